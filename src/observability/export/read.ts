import { decodeBatch } from "../signals/batch.ts";
import type { BatchTable, ColumnBytes } from "../signals/batch.ts";
import type {
  Attributes,
  AttributeValue,
  Distribution,
  ErrorRecord,
  Exemplar,
  LogRecord,
  MetricPoint,
  Origin,
  SpanEvent,
  SpanLink,
  SpanRecord,
} from "../signals/records.ts";
import { valueOf } from "../signals/rows.ts";
import { temporalities } from "../signals/tables.ts";

/** Records of all signals, in the order of their batch. */
export interface Records {
  readonly logs: readonly LogRecord[];
  readonly spans: readonly SpanRecord[];
  readonly points: readonly MetricPoint[];
  readonly errors: readonly ErrorRecord[];
}

const nothing: ColumnBytes = { data: new Uint8Array(0) };

/** Reads one column from its first row to its last, one value a call. */
interface Reading {
  text(): string;
  i64(): bigint;
  i32(): number;
  f64(): number;
  /** Hex digits; empty where all bytes are zero. */
  id(size: 8 | 16): string;
  u16(): number;
}

function reading(bytes: Uint8Array): Reading {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const step = (size: number): number => {
    const start = at;
    at += size;
    return start;
  };
  return {
    text() {
      const size = buffer.readUInt32LE(step(4));
      const start = step(size);
      return buffer.toString("utf8", start, start + size);
    },
    i64: () => buffer.readBigInt64LE(step(8)),
    i32: () => buffer.readInt32LE(step(4)),
    f64: () => buffer.readDoubleLE(step(8)),
    u16: () => buffer.readUInt16LE(step(2)),
    id(size) {
      const start = step(size);
      let seen = 0;
      for (let index = start; index < at; index++) seen |= buffer[index] as number;
      return seen === 0 ? "" : buffer.toString("hex", start, at);
    },
  };
}

type Columns = (name: string) => Reading;

function columnsOf(table: BatchTable): Columns {
  return (name) => reading((table.columns[name] ?? nothing).data);
}

/** Reads the attributes of one row a call. */
function attributesOf(table: BatchTable, map: string, types: string): () => Attributes {
  const { data, keys, values } = table.columns[map] ?? nothing;
  const counts = reading(data);
  const key = reading(keys ?? nothing.data);
  const value = reading(values ?? nothing.data);
  const type = reading((table.columns[types] ?? nothing).data);
  return () => {
    const count = counts.u16();
    const letters = type.text();
    const made: [string, AttributeValue][] = [];
    for (let index = 0; index < count; index++) {
      made.push([key.text(), valueOf(value.text(), letters[index] ?? "s")]);
    }
    // A key may be `__proto__`.
    return Object.fromEntries(made);
  };
}

/** `rows` results of `read`. */
function each<T>(table: BatchTable | undefined, begin: (table: BatchTable) => () => T): T[] {
  if (table === undefined) return [];
  const read = begin(table);
  return Array.from({ length: table.rows }, () => read());
}

function originsOf(table: BatchTable | undefined): (id: bigint) => Origin {
  const byId = new Map<bigint, Origin>();
  each(table, (given) => {
    const at = columnsOf(given);
    const [id, scopeName, scopeVersion] = [at("id"), at("scope"), at("scope_version")];
    const resource = attributesOf(given, "resource", "resource_types");
    const scope = attributesOf(given, "scope_attributes", "scope_attribute_types");
    return () =>
      void byId.set(id.i64(), {
        resource: resource(),
        scopeName: scopeName.text(),
        scopeVersion: scopeVersion.text(),
        scopeAttributes: scope(),
      });
  });
  const unknown: Origin = { resource: {}, scopeName: "", scopeVersion: "", scopeAttributes: {} };
  return (id) => byId.get(id) ?? unknown;
}

type Row<T> = (table: BatchTable) => () => T;

const logsOf =
  (originOf: (id: bigint) => Origin): Row<LogRecord> =>
  (table) => {
    const at = columnsOf(table);
    const [origin, time, observed] = [at("origin"), at("time_ns"), at("observed_ns")];
    const [severity, severityText] = [at("severity"), at("severity_text")];
    const [body, event, trace, span] = [at("body"), at("event"), at("trace_id"), at("span_id")];
    const attributes = attributesOf(table, "attributes", "attribute_types");
    return () => ({
      origin: originOf(origin.i64()),
      timeNs: time.i64(),
      observedNs: observed.i64(),
      severity: severity.i32(),
      severityText: severityText.text(),
      body: body.text(),
      eventName: event.text(),
      traceId: trace.id(16),
      spanId: span.id(8),
      attributes: attributes(),
    });
  };

/** What rows.ts wrote as JSON: instants are decimal texts. */
type Timed<T> = Omit<T, "timeNs"> & { readonly timeNs: string };

function timed<T extends { readonly timeNs: bigint }>(text: string): readonly T[] {
  if (text === "") return [];
  const parsed = JSON.parse(text) as readonly Timed<T>[];
  return parsed.map((one) => ({ ...one, timeNs: BigInt(one.timeNs) }) as unknown as T);
}

const spansOf =
  (originOf: (id: bigint) => Origin): Row<SpanRecord> =>
  (table) => {
    const at = columnsOf(table);
    const [origin, trace, span] = [at("origin"), at("trace_id"), at("span_id")];
    const [parent, state, name] = [at("parent_span_id"), at("trace_state"), at("name")];
    const [kind, start, duration] = [at("kind"), at("start_ns"), at("duration_ns")];
    const [status, message, weight] = [at("status"), at("status_message"), at("weight")];
    const [events, links] = [at("events"), at("links")];
    const attributes = attributesOf(table, "attributes", "attribute_types");
    return () => ({
      origin: originOf(origin.i64()),
      traceId: trace.id(16),
      spanId: span.id(8),
      parentSpanId: parent.id(8),
      traceState: state.text(),
      name: name.text(),
      kind: kind.i32(),
      startNs: start.i64(),
      durationNs: duration.i64(),
      status: status.i32(),
      statusMessage: message.text(),
      events: timed<SpanEvent>(events.text()),
      links: JSON.parse(links.text() || "[]") as readonly SpanLink[],
      weight: weight.f64(),
      attributes: attributes(),
    });
  };

const pointsOf =
  (originOf: (id: bigint) => Origin): Row<MetricPoint> =>
  (table) => {
    const at = columnsOf(table);
    const [origin, name, unit, about] = [at("origin"), at("name"), at("unit"), at("description")];
    const [kind, temporality, monotonic] = [at("kind"), at("temporality"), at("monotonic")];
    const [start, time, value, count] = [at("start_ns"), at("time_ns"), at("value"), at("count")];
    const [spread, exemplars] = [at("distribution"), at("exemplars")];
    const attributes = attributesOf(table, "attributes", "attribute_types");
    const distribution = (text: string): Pick<MetricPoint, "distribution"> =>
      text === "" ? {} : { distribution: JSON.parse(text) as Distribution };
    return () => ({
      origin: originOf(origin.i64()),
      name: name.text(),
      unit: unit.text(),
      description: about.text(),
      kind: kind.i32(),
      temporality: temporalities[temporality.i32()] ?? "none",
      monotonic: monotonic.i32() === 1,
      startNs: start.i64(),
      timeNs: time.i64(),
      value: value.f64(),
      count: count.i64(),
      ...distribution(spread.text()),
      exemplars: timed<Exemplar>(exemplars.text()),
      attributes: attributes(),
    });
  };

const errorsOf =
  (originOf: (id: bigint) => Origin): Row<ErrorRecord> =>
  (table) => {
    const at = columnsOf(table);
    const [origin, time, type, message] = [at("origin"), at("time_ns"), at("type"), at("message")];
    const [stack, fingerprint, source] = [at("stack"), at("fingerprint"), at("source")];
    const [handled, release, user] = [at("handled"), at("release"), at("user")];
    const [trace, span, crumbs] = [at("trace_id"), at("span_id"), at("breadcrumbs")];
    const attributes = attributesOf(table, "attributes", "attribute_types");
    return () => ({
      origin: originOf(origin.i64()),
      timeNs: time.i64(),
      type: type.text(),
      message: message.text(),
      stack: stack.text(),
      fingerprint: fingerprint.text(),
      source: source.text() as ErrorRecord["source"],
      handled: handled.i32() === 1,
      release: release.text(),
      user: user.text(),
      traceId: trace.id(16),
      spanId: span.id(8),
      breadcrumbs: crumbs.text(),
      attributes: attributes(),
    });
  };

/**
 * The records of an encoded batch (see `signals/batch.ts`). Records of one origin share its object.
 * @throws RangeError for bytes that are no batch
 */
export function readBatch(bytes: Uint8Array): Records {
  const batch = decodeBatch(bytes);
  const originOf = originsOf(batch.origins);
  return {
    logs: each(batch.logs, logsOf(originOf)),
    spans: each(batch.spans, spansOf(originOf)),
    points: each(batch.points, pointsOf(originOf)),
    errors: each(batch.errors, errorsOf(originOf)),
  };
}
