import type { Filter } from "../signals/filter.ts";
import type { AggregateRow, Measure, Range, SignalReader } from "../signals/store.ts";

/** By what requests are told apart. */
export type RedSubject = "service" | "endpoint" | "query" | "queue" | "external";

/** Rate, errors and duration of one subject. */
export interface RedFigures {
  readonly calls: number;
  readonly callsPerSecond: number;
  readonly errors: number;
  /** Between 0 and 1. */
  readonly errorShare: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Time of all calls together: where work on speed pays. */
  readonly totalMs: number;
  /**
   * Apdex (Application Performance Index, 2007): satisfied up to T, tolerating up to 4 T, errors
   * frustrated; between 0 and 1.
   */
  readonly apdex: number;
}

/** One subject and its figures. */
export interface RedRow extends RedFigures {
  readonly service: string;
  /** Operation, query, queue or address; the service again where services are asked for. */
  readonly name: string;
  /** Engine of a query; empty otherwise. */
  readonly system: string;
  /** T of its Apdex, milliseconds. */
  readonly apdexMs: number;
}

/** Which figures to read. */
export interface RedQuery extends Range {
  readonly subject: RedSubject;
  /** Only of this service. */
  readonly service?: string;
  /** Narrows further. */
  readonly filter?: Filter;
  /** T of the Apdex by service, milliseconds; 500 where none is said. */
  readonly apdexMs?: ReadonlyMap<string, number>;
  readonly orderBy?: "calls" | "errors" | "p95" | "total";
  /** 100 if left out. */
  readonly limit?: number;
}

/** T where a service says none, milliseconds. */
export const apdexMsDefault = 500;

const exists = (field: string): Filter => ({ op: "exists", field });
const kindIs = (value: string): Filter => ({ op: "eq", field: "kind", value });
const not = (of: Filter): Filter => ({ op: "not", of });

interface Subject {
  readonly filter: Filter;
  /** Fields to group by, behind `service`. */
  readonly by: readonly string[];
}

const subjects: { readonly [S in RedSubject]: Subject } = {
  service: {
    filter: { op: "in", field: "kind", values: ["server", "consumer"] },
    by: [],
  },
  endpoint: { filter: kindIs("server"), by: ["name"] },
  query: {
    filter: { op: "and", of: [kindIs("client"), exists("db.system.name")] },
    by: ["name", "db.system.name"],
  },
  queue: {
    filter: { op: "and", of: [kindIs("consumer"), exists("messaging.destination.name")] },
    by: ["messaging.destination.name"],
  },
  external: {
    filter: {
      op: "and",
      of: [
        kindIs("client"),
        exists("server.address"),
        not(exists("db.system.name")),
        not(exists("messaging.system")),
      ],
    },
    by: ["server.address"],
  },
};

/** Spans up to `times` T: each service by its own. */
function within(thresholds: ReadonlyMap<string, number>, times: number): Filter {
  const upTo = (ms: number): Filter => ({ op: "lte", field: "duration", value: ms * times });
  const named = [...thresholds].map(([value, ms]): Filter => ({
    op: "and",
    of: [{ op: "eq", field: "service", value }, upTo(ms)],
  }));
  const others: Filter = {
    op: "and",
    of: [not({ op: "in", field: "service", values: [...thresholds.keys()] }), upTo(apdexMsDefault)],
  };
  return thresholds.size === 0 ? upTo(apdexMsDefault) : { op: "or", of: [...named, others] };
}

const failed: Filter = { op: "eq", field: "status", value: "error" };

function measuresOf(thresholds: ReadonlyMap<string, number>): readonly Measure[] {
  const field = "duration";
  const fine = (times: number): Filter => ({
    op: "and",
    of: [not(failed), within(thresholds, times)],
  });
  return [
    { as: "calls", fn: "count" },
    { as: "errors", fn: "count-if", filter: failed },
    { as: "p50", fn: "quantile", field, q: 0.5 },
    { as: "p95", fn: "quantile", field, q: 0.95 },
    { as: "p99", fn: "quantile", field, q: 0.99 },
    { as: "total", fn: "sum", field },
    { as: "satisfied", fn: "count-if", filter: fine(1) },
    { as: "tolerated", fn: "count-if", filter: fine(4) },
  ];
}

function figuresOf(values: AggregateRow["values"], seconds: number): RedFigures {
  const of = (name: string): number => values[name] ?? 0;
  const calls = of("calls");
  // Who is satisfied is tolerated too: half of both is Apdex' sum.
  const apdex = calls === 0 ? 1 : (of("satisfied") + of("tolerated")) / 2 / calls;
  return {
    calls,
    callsPerSecond: calls / seconds,
    errors: of("errors"),
    errorShare: calls === 0 ? 0 : of("errors") / calls,
    p50Ms: of("p50"),
    p95Ms: of("p95"),
    p99Ms: of("p99"),
    totalMs: of("total"),
    apdex,
  };
}

const secondsOf = ({ fromNs, toNs }: Range): number => Math.max(1e-3, Number(toNs - fromNs) / 1e9);

function filterOf(query: RedQuery): Filter {
  const { subject, service, filter } = query;
  const of = [
    subjects[subject].filter,
    ...(service === undefined ? [] : [{ op: "eq", field: "service", value: service } as const]),
    ...(filter === undefined ? [] : [filter]),
  ];
  return { op: "and", of };
}

/** Rate, errors, durations and Apdex of every subject of a range. */
export async function readRed(
  reader: Pick<SignalReader, "aggregate">,
  query: RedQuery,
): Promise<{ readonly rows: readonly RedRow[]; readonly leftOut: number }> {
  const { fromNs, toNs, subject, apdexMs = new Map(), orderBy = "calls", limit = 100 } = query;
  const { rows, groupsLeftOut } = await reader.aggregate({
    fromNs,
    toNs,
    signal: "spans",
    filter: filterOf(query),
    by: ["service", ...subjects[subject].by],
    measures: measuresOf(apdexMs),
    orderBy,
    limit,
  });
  const seconds = secondsOf(query);
  const read = rows.map(({ by: [service, name, system], values }): RedRow => ({
    service: service ?? "",
    name: name ?? service ?? "",
    system: system ?? "",
    apdexMs: apdexMs.get(service ?? "") ?? apdexMsDefault,
    ...figuresOf(values, seconds),
  }));
  return { rows: read, leftOut: groupsLeftOut };
}

/** Figures of one bucket of time. */
export interface RedPoint extends RedFigures {
  readonly timeMs: number;
}

/** Rate, errors, durations and Apdex over time, of all that the query names together. */
export async function readRedSeries(
  reader: Pick<SignalReader, "aggregate">,
  query: RedQuery & { readonly stepMs: number },
): Promise<readonly RedPoint[]> {
  const { fromNs, toNs, stepMs, apdexMs = new Map() } = query;
  const { rows } = await reader.aggregate({
    fromNs,
    toNs,
    signal: "spans",
    filter: filterOf(query),
    stepMs,
    by: [],
    measures: measuresOf(apdexMs),
    limit: 1,
  });
  return rows
    .map(({ timeMs, values }) => ({ timeMs, ...figuresOf(values, stepMs / 1000) }))
    .sort((a, b) => a.timeMs - b.timeMs);
}
