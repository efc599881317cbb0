import { RE2JS } from "re2js";
import { levelRanges, mainText } from "../signals/filter.ts";
import type { Filter } from "../signals/filter.ts";
import { serviceOf, spanKinds, statusCodes } from "../signals/records.ts";
import type {
  ErrorRecord,
  LogRecord,
  MetricPoint,
  Origin,
  Signal,
  SpanRecord,
} from "../signals/records.ts";
import { textOf } from "../signals/rows.ts";

/** A record of each signal. */
export interface RecordOf {
  readonly logs: LogRecord;
  readonly spans: SpanRecord;
  readonly points: MetricPoint;
  readonly errors: ErrorRecord;
}

/** Milliseconds since 1970 of a record, as nanoseconds. */
export function timeOf(record: RecordOf[Signal]): bigint {
  return "startNs" in record && !("value" in record)
    ? record.startNs
    : (record as LogRecord).timeNs;
}

const text = (value: unknown): string | undefined => {
  if (typeof value === "string") return value === "" ? undefined : value;
  return typeof value === "number" || typeof value === "bigint" ? String(value) : undefined;
};

function originField({ resource, scopeName }: Origin, field: string): string | undefined {
  const keys: Readonly<Record<string, readonly string[]>> = {
    version: ["service.version"],
    environment: ["deployment.environment.name", "deployment.environment"],
    instance: ["service.instance.id"],
  };
  if (field === "scope") return text(scopeName);
  const key = keys[field]?.find((one) => resource[one] !== undefined);
  const value = key === undefined ? undefined : resource[key];
  return value === undefined ? undefined : textOf(value)[0];
}

const levelOf = (severity: number): string =>
  Object.entries(levelRanges).find(([, [from, to]]) => severity >= from && severity <= to)?.[0] ??
  "unspecified";

function builtIn(signal: Signal, record: RecordOf[Signal], field: string): string | undefined {
  const any = record as unknown as Readonly<Record<string, unknown>>;
  if (field === "service") return serviceOf(record.origin);
  if (["version", "environment", "instance", "scope"].includes(field)) {
    return originField(record.origin, field);
  }
  const names: Readonly<Record<string, string>> = {
    trace_id: "traceId",
    span_id: "spanId",
    parent_span_id: "parentSpanId",
    event: "eventName",
    status_message: "statusMessage",
    group: "fingerprint",
  };
  if (signal === "spans") {
    const span = record as SpanRecord;
    if (field === "kind") return spanKinds[span.kind];
    if (field === "status") return statusCodes[span.status];
    if (field === "duration") return String(Number(span.durationNs) / 1e6);
  }
  if (field === "level")
    return signal === "logs" ? levelOf((record as LogRecord).severity) : undefined;
  if (field === "kind" || field === "status" || field === "attributes" || field === "origin") {
    return undefined;
  }
  const value = any[names[field] ?? field];
  return text(value);
}

/** The text of a field of a record; undefined where it has none. */
export function fieldText(
  signal: Signal,
  record: RecordOf[Signal],
  field: string,
): string | undefined {
  const own = builtIn(signal, record, field);
  if (own !== undefined) return own;
  if (field.startsWith("resource.")) {
    const value = record.origin.resource[field.slice(9)];
    return value === undefined ? undefined : textOf(value)[0];
  }
  const key = field.startsWith("attributes.") ? field.slice(11) : field;
  const value = record.attributes[key] ?? record.attributes[field];
  return value === undefined ? undefined : textOf(value)[0];
}

function comparable(field: string, value: string | number): string | number {
  if (field === "level") return levelRanges[String(value)]?.[0] ?? -1;
  return value;
}

function compare(field: string, has: string, wanted: string | number): number | undefined {
  const target = comparable(field, wanted);
  if (typeof target === "number") {
    const number = Number(field === "level" ? comparable(field, has) : has);
    return Number.isNaN(number) || has.trim() === "" ? undefined : number - target;
  }
  return has === target ? 0 : has < target ? -1 : 1;
}

const orders: Readonly<Record<string, (order: number) => boolean>> = {
  eq: (order) => order === 0,
  lt: (order) => order < 0,
  lte: (order) => order <= 0,
  gt: (order) => order > 0,
  gte: (order) => order >= 0,
};

const globSource = (pattern: string): string =>
  `^(?is:${pattern
    .split("*")
    .map((part) => RE2JS.quote(part))
    .join(".*")})$`;

/** Whether a filter holds for a record: what every store does, slowly. */
export function holds(filter: Filter, signal: Signal, record: RecordOf[Signal]): boolean {
  const of = (field: string): string | undefined => fieldText(signal, record, field);
  switch (filter.op) {
    case "all":
      return true;
    case "and":
      return filter.of.every((one) => holds(one, signal, record));
    case "or":
      return filter.of.some((one) => holds(one, signal, record));
    case "not":
      return !holds(filter.of, signal, record);
    case "text":
      return (of(mainText[signal]) ?? "").toLowerCase().includes(filter.text.toLowerCase());
    case "exists":
      return of(filter.field) !== undefined;
    case "in":
      return filter.values.some((value) =>
        holds({ op: "eq", field: filter.field, value }, signal, record),
      );
    case "like":
    case "regex": {
      const source = filter.op === "like" ? globSource(filter.pattern) : filter.pattern;
      const has = of(filter.field);
      return has !== undefined && RE2JS.compile(source).matcher(has).find();
    }
    case "ne":
      return !holds({ ...filter, op: "eq" }, signal, record);
    default: {
      const has = of(filter.field);
      const order = has === undefined ? undefined : compare(filter.field, has, filter.value);
      return order !== undefined && orders[filter.op]?.(order) === true;
    }
  }
}
