import type { ProviderKey } from "../../core/host.ts";
import type { Filter } from "./filter.ts";
import type { ErrorRecord, LogRecord, MetricPoint, Signal, SpanRecord } from "./records.ts";

/** A stretch of time, nanoseconds since 1970; `toNs` is excluded. */
export interface Range {
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

/** Records of one signal, newest first. */
export interface SearchQuery extends Range {
  readonly filter: Filter;
  /** At most 10,000. */
  readonly limit: number;
  /** Where the last page ended. */
  readonly cursor?: string;
  /** Oldest first instead. */
  readonly ascending?: boolean;
}

/** One page of what a search found. */
export interface Page<T> {
  readonly records: readonly Found<T>[];
  /** Set when there may be more. */
  readonly cursor?: string;
}

/** A record and what names it: stable, so that a link to it can be kept. */
export interface Found<T> {
  /** Opaque; opens the record by `record(signal, id)` and orders what has the same time. */
  readonly id: string;
  readonly record: T;
}

/** What is computed of the records of a group. */
export type Measure =
  | { readonly as: string; readonly fn: "count" }
  /** Counts by what sampling left out too: spans by their weight. */
  | { readonly as: string; readonly fn: "sum" | "avg" | "min" | "max"; readonly field: string }
  | { readonly as: string; readonly fn: "distinct"; readonly field: string }
  /** `q` between 0 and 1; from a sketch of relative error 1 %, so that answers merge. */
  | { readonly as: string; readonly fn: "quantile"; readonly field: string; readonly q: number }
  /** Records for which `filter` holds. */
  | { readonly as: string; readonly fn: "count-if"; readonly filter: Filter };

/** Figures over records, by time and by fields. */
export interface AggregateQuery extends Range {
  readonly signal: Signal;
  readonly filter: Filter;
  /** Width of a time bucket, milliseconds, aligned to 1970; one bucket over all if left out. */
  readonly stepMs?: number;
  /** Fields to group by, at most 8. */
  readonly by: readonly string[];
  readonly measures: readonly Measure[];
  /** Name of the measure by which groups are ranked, highest first. */
  readonly orderBy?: string;
  /** Groups at most (each with all its time buckets); 10,000 at most. */
  readonly limit: number;
}

/** One row of an aggregate. */
export interface AggregateRow {
  /** Start of the bucket, milliseconds since 1970; the range's start where there is one bucket. */
  readonly timeMs: number;
  /** Values of the `by` fields, in order; null where a record has none. */
  readonly by: readonly (string | null)[];
  /** Values of the measures by name; null where nothing was measured. */
  readonly values: Readonly<Record<string, number | null>>;
}

/** An aggregate's rows, and how they were made. */
export interface Aggregate {
  readonly rows: readonly AggregateRow[];
  /** Groups that the limit left out. */
  readonly groupsLeftOut: number;
}

/** Everything that the store has of one trace. */
export interface Trace {
  readonly traceId: string;
  /** By start; at most 50,000. */
  readonly spans: readonly SpanRecord[];
  /** By time; at most 10,000. */
  readonly logs: readonly LogRecord[];
  readonly errors: readonly ErrorRecord[];
  /** Spans that the limit left out. */
  readonly spansLeftOut: number;
}

/** A trace in one line. */
export interface TraceSummary {
  readonly traceId: string;
  readonly rootService: string;
  readonly rootName: string;
  readonly startNs: bigint;
  readonly durationNs: bigint;
  readonly spans: number;
  readonly errors: number;
  /** Spans by service, most first. */
  readonly services: readonly { readonly name: string; readonly spans: number }[];
}

/** Traces that hold at least one span that the filter matches. */
export interface TraceQuery extends Range {
  readonly filter: Filter;
  /** At most 1,500. */
  readonly limit: number;
  /** Newest first if left out. */
  readonly orderBy?: "start" | "duration";
  /** Of the whole trace, milliseconds. */
  readonly durationMinMs?: number;
  readonly durationMaxMs?: number;
}

/** One observed edge between two nodes, over a stretch of time. */
export interface ObservedEdge {
  /** `service/orders`, `queue/payments`, `event/order.placed`, `database/postgres:orders`, ... */
  readonly from: string;
  readonly to: string;
  /** `http`, `rpc`, `messaging`, `db`, `model`, ... */
  readonly type: string;
  readonly calls: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** A field that records have, for completion. */
export interface FieldInfo {
  readonly name: string;
  readonly type: "text" | "number" | "duration" | "id" | "enum";
  /** Records that have it, as far as was counted. */
  readonly records: number;
}

/** How often a value of a field occurs. */
export interface FieldValue {
  readonly value: string;
  readonly count: number;
}

/** A column of a SQL answer. */
export interface SqlColumn {
  readonly name: string;
  /** As the engine names it: `BIGINT`, `VARCHAR`, `TIMESTAMP_NS`. */
  readonly type: string;
}

/** An answer to SQL. */
export interface SqlAnswer {
  readonly columns: readonly SqlColumn[];
  /** Numbers where they are exact, text for wider ones and instants (ISO 8601). */
  readonly rows: readonly (readonly (null | string | number | boolean)[])[];
  /** More rows than the limit were there. */
  readonly cut: boolean;
  readonly elapsedMs: number;
}

/** Series of one metric that a selection found. */
export interface MetricSeries {
  readonly name: string;
  readonly unit: string;
  readonly kind: number;
  readonly temporality: MetricPoint["temporality"];
  readonly monotonic: boolean;
  /** Attributes and `service`, `instance` of its origin, as text. */
  readonly labels: Readonly<Record<string, string>>;
  /** Ascending times, milliseconds since 1970. */
  readonly timesMs: Float64Array;
  /** Values; the sum of a histogram. */
  readonly values: Float64Array;
  /** Observations and distribution of each point, where the metric has them. */
  readonly counts?: Float64Array;
  readonly distributions?: readonly (MetricPoint["distribution"] | undefined)[];
}

/** Which series to read. */
export interface SeriesQuery extends Range {
  /** Metric name, exact or (with `regex`) an anchored RE2 expression; absent: every name. */
  readonly name?: { readonly value: string; readonly regex: boolean };
  readonly filter: Filter;
  /** Series at most; past it MOR_TELEMETRY_QUERY_TOO_LARGE. */
  readonly seriesMax: number;
}

/** A metric that points were stored of. */
export interface MetricInfo {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly kind: number;
  readonly temporality: MetricPoint["temporality"];
  readonly monotonic: boolean;
  readonly series: number;
}

/**
 * Reads what was stored. Every call is bounded in rows, time (`MOR_TELEMETRY_QUERY_TIMEOUT`) and
 * memory; what was acknowledged before a call began is seen by it.
 */
export interface SignalReader {
  searchLogs(query: SearchQuery): Promise<Page<LogRecord>>;
  searchSpans(query: SearchQuery): Promise<Page<SpanRecord>>;
  searchErrors(query: SearchQuery): Promise<Page<ErrorRecord>>;
  /** One log line with what came before and after it from the same instance. */
  logContext(id: string, before: number, after: number): Promise<Page<LogRecord>>;
  aggregate(query: AggregateQuery): Promise<Aggregate>;
  /** Undefined when no span and no log bears the id. */
  trace(traceId: string): Promise<Trace | undefined>;
  traces(query: TraceQuery): Promise<readonly TraceSummary[]>;
  edges(range: Range): Promise<readonly ObservedEdge[]>;
  metrics(range: Range): Promise<readonly MetricInfo[]>;
  series(query: SeriesQuery): Promise<readonly MetricSeries[]>;
  fields(signal: Signal, range: Range): Promise<readonly FieldInfo[]>;
  fieldValues(
    signal: Signal,
    field: string,
    range: Range,
    prefix: string,
    limit: number,
  ): Promise<readonly FieldValue[]>;
  /**
   * Runs one read-only statement over the tables `logs`, `spans`, `points` and `errors`.
   * @throws MOR_UNSUPPORTED where the store knows no SQL
   * @throws MOR_TELEMETRY_SQL for a statement that is refused or wrong
   */
  sql(
    text: string,
    limits: { readonly rowsMax: number; readonly timeoutMs: number },
  ): Promise<SqlAnswer>;
}

/** Takes records in. */
export interface SignalWriter {
  /**
   * Stores one batch (see `batch.ts`) durably: resolves after its commit, never before.
   * @throws MOR_TELEMETRY_BUSY when the buffer is full (`retryAfterMs` in its details)
   */
  write(batch: Uint8Array): Promise<void>;
}

/** What was not stored, and why. */
export interface Dropped {
  /** Where it came in: `otlp-http`, `loki`, `syslog`, `redaction`, `sampling` ... */
  readonly source: string;
  readonly signal: Signal | "unknown";
  /** One word: `malformed`, `too-large`, `overload`, `unauthorized`, `limit`, `sampled` ... */
  readonly reason: string;
  readonly count: number;
  /** Start of what was dropped last, as text, at most 2,000 characters; secrets are redacted. */
  readonly sample: string;
  readonly lastAtMs: number;
}

/** Counts what is not stored: never silently lost. */
export interface DropCounter {
  drop(
    source: string,
    signal: Signal | "unknown",
    reason: string,
    count: number,
    sample?: string,
  ): void;
  list(): readonly Dropped[];
}

/** The telemetry store of the platform: what other parts read and write through. */
export interface SignalStore extends SignalReader, SignalWriter {}

/** The key under which the telemetry store is provided. */
export const signalStore: ProviderKey<SignalStore> = { provider: "signal-store" };
