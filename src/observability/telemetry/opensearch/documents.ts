import { levelOf, mainText } from "../../signals/filter.ts";
import type {
  Attributes,
  AttributeValue,
  ErrorRecord,
  LogRecord,
  Origin,
  SpanRecord,
} from "../../signals/records.ts";
import { serviceOf, spanKinds, statusCodes } from "../../signals/records.ts";
import { textOf } from "../../signals/rows.ts";
import { foldedChunks, numberOf, numberTerm, pairPrefix, valueTerm } from "./terms.ts";
import type { PairPlace } from "./terms.ts";
import type { Json } from "../../../core/json.ts";

/** The signals that OpenSearch keeps. */
export type Kept = "logs" | "spans" | "errors";

/** The record of each signal that is kept. */
export interface KeptRecord {
  readonly logs: LogRecord & { readonly pattern: string };
  readonly spans: SpanRecord;
  readonly errors: ErrorRecord;
}

/** Which field says when a record was. */
export const timeOf: { readonly [S in Kept]: (record: KeptRecord[S]) => bigint } = {
  logs: ({ timeNs }) => timeNs,
  spans: ({ startNs }) => startNs,
  errors: ({ timeNs }) => timeNs,
};

/** Attributes as JSON, with the types of those whose JSON does not say them. */
function attributesJson(attributes: Attributes): { values: Json; types?: Json } {
  const values: (readonly [string, Json])[] = [];
  const types: (readonly [string, string])[] = [];
  for (const [key, value] of Object.entries(attributes)) {
    const [text, type] = textOf(value);
    const plain = plainJson(value, type);
    values.push([key, plain === undefined ? text : plain]);
    if (plain === undefined) types.push([key, type]);
  }
  return {
    values: Object.fromEntries(values),
    ...(types.length === 0 ? {} : { types: Object.fromEntries(types) }),
  };
}

function plainJson(value: AttributeValue, type: string): Json | undefined {
  if (type === "s" || type === "b") return value as string | boolean;
  if (type === "j") return JSON.parse(textOf(value)[0]) as Json;
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** Anything of a record as JSON: instants as text, bytes as base64. */
const json = (value: unknown): Json =>
  JSON.parse(
    JSON.stringify(value, (_key, one: unknown) => {
      if (typeof one === "bigint") return one.toString();
      return one instanceof Uint8Array ? Buffer.from(one).toString("base64") : one;
    }),
  ) as Json;

function originJson({ resource, scopeName, scopeVersion, scopeAttributes }: Origin): Json {
  const [own, scope] = [attributesJson(resource), attributesJson(scopeAttributes)];
  return {
    resource: own.values,
    ...(own.types === undefined ? {} : { resource_types: own.types }),
    scopeName,
    scopeVersion,
    scopeAttributes: scope.values,
    ...(scope.types === undefined ? {} : { scope_types: scope.types }),
  };
}

function recordJson(record: KeptRecord[Kept]): Json {
  const { origin: _origin, attributes, ...rest } = record;
  const { values, types } = attributesJson(attributes);
  const plain = json(rest) as { readonly [key: string]: Json };
  return { ...plain, attributes: values, ...(types === undefined ? {} : { types }) };
}

const textAt = (attributes: Attributes, ...keys: readonly string[]): string => {
  for (const key of keys) {
    const value = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
    const text = value === undefined ? "" : textOf(value)[0];
    if (text !== "") return text;
  }
  return "";
};

const ofOrigin = (origin: Origin): Record<string, string> => ({
  service: serviceOf(origin),
  version: textAt(origin.resource, "service.version"),
  environment: textAt(origin.resource, "deployment.environment.name", "deployment.environment"),
  instance: textAt(origin.resource, "service.instance.id"),
  scope: origin.scopeName,
});

type Columns<S extends Kept> = (record: KeptRecord[S]) => Record<string, string>;

/** The built-in fields of a signal as text; empty where a record has none. */
const columnsOf: { readonly [S in Kept]: Columns<S> } = {
  logs: (record) => ({
    trace_id: record.traceId,
    span_id: record.spanId,
    level: levelOf(record.severity),
    severity: String(record.severity),
    body: record.body,
    event: record.eventName,
    pattern: record.pattern,
  }),
  spans: (record) => ({
    trace_id: record.traceId,
    span_id: record.spanId,
    parent_span_id: record.parentSpanId,
    name: record.name,
    kind: spanKinds[record.kind] ?? "",
    status: statusCodes[record.status] ?? "",
    status_message: record.statusMessage,
    duration: String(Number(record.durationNs) / 1e6),
  }),
  errors: (record) => ({
    trace_id: record.traceId,
    span_id: record.spanId,
    type: record.type,
    message: record.message,
    group: record.fingerprint,
    release: record.release,
    user: record.user,
    source: record.source,
  }),
};

interface Terms {
  readonly keys: string[];
  readonly pairs: string[];
  readonly numbers: string[];
}

function addPair(terms: Terms, place: PairPlace, key: string, text: string): void {
  const prefix = pairPrefix(place, key);
  if (place !== "b") {
    terms.keys.push(prefix);
    terms.pairs.push(prefix + valueTerm(text));
  }
  const number = numberOf(text);
  if (number !== undefined) terms.numbers.push(prefix + numberTerm(number));
}

/**
 * The document of a record. `record` and `origin` are what comes back, in no index; beside them lie
 * the built-in fields, each with the attribute of its name where it is empty (see `filter.ts`), and
 * all attributes as terms of three fields, so that no attribute makes a field of its own.
 */
export function documentOf<S extends Kept>(
  signal: S,
  record: KeptRecord[S],
  id: string,
): { readonly [key: string]: Json } {
  const columns = { ...ofOrigin(record.origin), ...columnsOf[signal](record) };
  const terms: Terms = { keys: [], pairs: [], numbers: [] };
  for (const [key, value] of Object.entries(record.attributes)) {
    addPair(terms, "a", key, textOf(value)[0]);
  }
  for (const [key, value] of Object.entries(record.origin.resource)) {
    addPair(terms, "r", key, textOf(value)[0]);
  }
  const filled: Record<string, Json> = {};
  for (const [name, own] of Object.entries(columns)) {
    const value = Object.hasOwn(record.attributes, name) ? record.attributes[name] : undefined;
    const text = own === "" ? (value === undefined ? undefined : textOf(value)[0]) : own;
    if (text === undefined) continue;
    filled[name] = valueTerm(text);
    addPair(terms, "b", name, text);
  }
  const main = columns[mainText[signal]] ?? "";
  return {
    ...filled,
    ...terms,
    folded: foldedChunks(main),
    "@timestamp": Number(timeOf[signal](record) / 1_000_000n),
    time_ns: timeOf[signal](record).toString(),
    rid: id,
    ...(signal === "spans" ? spanFigures(record as SpanRecord) : {}),
    origin: originJson(record.origin),
    record: recordJson(record),
  };
}

function spanFigures({ startNs, durationNs, weight }: SpanRecord): Record<string, Json> {
  return {
    weight,
    duration_ns: durationNs.toString(),
    end_ns: (startNs + durationNs).toString(),
  };
}
