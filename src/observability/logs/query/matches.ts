import { RE2JS } from "re2js";
import { levelOf, levelRanges, mainText } from "../../signals/filter.ts";
import type { Filter } from "../../signals/filter.ts";
import { serviceOf, spanKinds, statusCodes } from "../../signals/records.ts";
import type {
  Attributes,
  ErrorRecord,
  LogRecord,
  MetricPoint,
  Origin,
  Signal,
  SpanRecord,
} from "../../signals/records.ts";
import { textOf } from "../../signals/rows.ts";

/** The record of each signal. */
export interface SignalRecord {
  readonly logs: LogRecord;
  readonly spans: SpanRecord;
  readonly points: MetricPoint;
  readonly errors: ErrorRecord;
}

/** Reads one field as text; undefined where the record has none. */
type Reader<R> = (record: R) => string | undefined;
type Readers<R> = Readonly<Record<string, Reader<R>>>;

const filled = (text: string): string | undefined => (text === "" ? undefined : text);

function attributeText(attributes: Attributes, key: string): string | undefined {
  const value = attributes[key];
  return value === undefined ? undefined : textOf(value)[0];
}

interface WithOrigin {
  readonly origin: Origin;
  readonly attributes: Attributes;
}

const resource =
  (...keys: readonly string[]): Reader<WithOrigin> =>
  ({ origin }) => {
    const key = keys.find((one) => origin.resource[one] !== undefined);
    return key === undefined ? undefined : attributeText(origin.resource, key);
  };

const ofOrigin: Readers<WithOrigin> = {
  service: ({ origin }) => serviceOf(origin),
  version: resource("service.version"),
  environment: resource("deployment.environment.name", "deployment.environment"),
  instance: resource("service.instance.id"),
  scope: ({ origin }) => filled(origin.scopeName),
};

const ofTrace: Readers<{ readonly traceId: string; readonly spanId: string }> = {
  trace_id: ({ traceId }) => filled(traceId),
  span_id: ({ spanId }) => filled(spanId),
};

const readers: { readonly [S in Signal]: Readers<SignalRecord[S]> } = {
  logs: {
    ...ofOrigin,
    ...ofTrace,
    level: ({ severity }) => levelOf(severity),
    severity: ({ severity }) => String(severity),
    body: ({ body }) => filled(body),
    event: ({ eventName }) => filled(eventName),
    pattern: (record) => {
      const { pattern } = record as { readonly pattern?: string };
      return pattern === undefined ? undefined : filled(pattern);
    },
  },
  spans: {
    ...ofOrigin,
    ...ofTrace,
    parent_span_id: ({ parentSpanId }) => filled(parentSpanId),
    name: ({ name }) => filled(name),
    kind: ({ kind }) => spanKinds[kind],
    status: ({ status }) => statusCodes[status],
    status_message: ({ statusMessage }) => filled(statusMessage),
    duration: ({ durationNs }) => String(Number(durationNs) / 1e6),
  },
  points: {
    ...ofOrigin,
    name: ({ name }) => filled(name),
    unit: ({ unit }) => filled(unit),
    value: ({ value }) => String(value),
  },
  errors: {
    ...ofOrigin,
    ...ofTrace,
    type: ({ type }) => filled(type),
    message: ({ message }) => filled(message),
    group: ({ fingerprint }) => filled(fingerprint),
    release: ({ release }) => filled(release),
    user: ({ user }) => filled(user),
    source: ({ source }) => source,
  },
};

function readerOf<R extends WithOrigin>(own: Readers<R>, field: string): Reader<R> {
  const found = Object.hasOwn(own, field) ? own[field] : undefined;
  const key = field.startsWith("attributes.") ? field.slice("attributes.".length) : field;
  const attribute: Reader<R> = field.startsWith("resource.")
    ? ({ origin }) => attributeText(origin.resource, field.slice("resource.".length))
    : ({ attributes }) => attributeText(attributes, key) ?? attributeText(attributes, field);
  return found === undefined ? attribute : (record) => found(record) ?? attribute(record);
}

/** How a field's text stands to a value: below, at or above 0; undefined if it cannot be said. */
function orderOf(field: string, value: string | number): (has: string) => number | undefined {
  if (field === "level" || typeof value === "number") {
    const rank = (text: string | number): number => levelRanges[String(text)]?.[0] ?? -1;
    const target = field === "level" ? rank(value) : Number(value);
    return (has) => {
      const number = field === "level" ? rank(has) : has.trim() === "" ? NaN : Number(has);
      return Number.isNaN(number) ? undefined : number - target;
    };
  }
  return (has) => (has === value ? 0 : has < value ? -1 : 1);
}

const holds = {
  eq: (order: number) => order === 0,
  lt: (order: number) => order < 0,
  lte: (order: number) => order <= 0,
  gt: (order: number) => order > 0,
  gte: (order: number) => order >= 0,
} as const;

function globSource(pattern: string): string {
  return `^(?is:${pattern
    .split("*")
    .map((part) => RE2JS.quote(part))
    .join(".*")})$`;
}

function compile<R extends WithOrigin>(
  filter: Filter,
  own: Readers<R>,
  main: string,
): (record: R) => boolean {
  switch (filter.op) {
    case "all":
      return () => true;
    case "and":
    case "or": {
      const parts = filter.of.map((one) => compile(one, own, main));
      return filter.op === "and"
        ? (record) => parts.every((part) => part(record))
        : (record) => parts.some((part) => part(record));
    }
    case "not": {
      const inside = compile(filter.of, own, main);
      return (record) => !inside(record);
    }
    case "ne":
      return compile({ op: "not", of: { ...filter, op: "eq" } }, own, main);
    case "in": {
      const each = filter.values.map((value): Filter => ({ op: "eq", field: filter.field, value }));
      return compile({ op: "or", of: each }, own, main);
    }
    case "text": {
      const read = readerOf(own, main);
      const text = filter.text.toLowerCase();
      return (record) => (read(record) ?? "").toLowerCase().includes(text);
    }
    case "exists": {
      const read = readerOf(own, filter.field);
      return (record) => read(record) !== undefined;
    }
    case "like":
    case "regex": {
      const read = readerOf(own, filter.field);
      const source = filter.op === "like" ? globSource(filter.pattern) : filter.pattern;
      const expression = RE2JS.compile(source);
      return (record) => {
        const has = read(record);
        return has !== undefined && expression.test(has);
      };
    }
    default: {
      const read = readerOf(own, filter.field);
      const order = orderOf(filter.field, filter.value);
      const wanted = holds[filter.op];
      return (record) => {
        const has = read(record);
        const stands = has === undefined ? undefined : order(has);
        return stands !== undefined && wanted(stands);
      };
    }
  }
}

/**
 * A filter as a function over records in memory, with the meaning that it has in every store:
 * a text is found anywhere in the main text, whatever its case; equality is exact; what compares
 * with a number needs a field that reads as one; `ne` also holds where the field is missing.
 * For whoever tests many records; {@link matches} is for one.
 */
export function compileFilter<S extends Signal>(
  filter: Filter,
  signal: S,
): (record: SignalRecord[S]) => boolean {
  return compile<SignalRecord[S]>(filter, readers[signal], mainText[signal]);
}

/** Whether a filter holds for one record; see {@link compileFilter}. */
export function matches<S extends Signal>(
  filter: Filter,
  signal: S,
  record: SignalRecord[S],
): boolean {
  return compileFilter(filter, signal)(record);
}
