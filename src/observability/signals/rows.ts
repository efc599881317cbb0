import { createHash } from "node:crypto";
import type { BatchWriter, TableWriter } from "./batch.ts";
import type { ColumnWriter } from "./columns.ts";
import type {
  Attributes,
  AttributeValue,
  ErrorRecord,
  LogRecord,
  MetricPoint,
  Origin,
  SpanRecord,
} from "./records.ts";
import { serviceOf } from "./records.ts";
import { temporalities } from "./tables.ts";

/** The most pairs that a row's attributes may have; the rest is left out and counted. */
export const attributesMax = 256;

/** The most bytes of one attribute's value. */
export const attributeBytesMax: number = 64 * 1024;

function plain(value: AttributeValue): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map((one: AttributeValue) => plain(one));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
  }
  return value;
}

/** An attribute's value as text, and the character of its type (see `tables`). */
export function textOf(value: AttributeValue): readonly [text: string, type: string] {
  if (typeof value === "string") return [value, "s"];
  if (typeof value === "bigint") return [value.toString(), "i"];
  if (typeof value === "number") {
    return [String(value), Number.isSafeInteger(value) ? "i" : "d"];
  }
  if (typeof value === "boolean") return [String(value), "b"];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString("base64"), "y"];
  return [JSON.stringify(plain(value)), "j"];
}

/** The value of an attribute from its text and type. */
export function valueOf(text: string, type: string): AttributeValue {
  if (type === "i") {
    const number = Number(text);
    return Number.isSafeInteger(number) ? number : BigInt(text);
  }
  if (type === "d") return Number(text);
  if (type === "b") return text === "true";
  if (type === "y") return Buffer.from(text, "base64");
  return type === "j" ? (JSON.parse(text) as AttributeValue) : text;
}

function at(table: TableWriter, name: string): ColumnWriter {
  const found = table.columns[name];
  if (found === undefined) throw new RangeError(`there is no column ${name}`);
  return found;
}

function putAttributes(
  table: TableWriter,
  map: string,
  typesColumn: string,
  given: Attributes,
): void {
  const column = at(table, map);
  let types = "";
  for (const [key, value] of Object.entries(given)) {
    if (types.length === attributesMax) break;
    const [text, type] = textOf(value);
    const isCut = text.length > attributeBytesMax;
    column.keys?.text(key);
    column.values?.text(isCut ? text.slice(0, attributeBytesMax) : text);
    // What is left of JSON or base64 reads as neither.
    types += isCut ? "s" : type;
  }
  column.pairs(types.length);
  at(table, typesColumn).text(types);
}

/** The id of an origin: the first 63 bits of SHA-256 over what identifies it. */
export function originId(...parts: readonly (string | Uint8Array)[]): bigint {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\u0000");
  return hash.digest().readBigUInt64LE(0) & 0x7fffffffffffffffn;
}

const textAt = (attributes: Attributes, key: string): string => {
  const value = attributes[key];
  return value === undefined ? "" : textOf(value)[0];
};

/** Appends an origin's row under `id`. */
export function putOrigin(batch: BatchWriter, id: bigint, origin: Origin): void {
  const table = batch.origins;
  const { resource } = origin;
  at(table, "id").i64(id);
  at(table, "service").text(serviceOf(origin));
  at(table, "version").text(textAt(resource, "service.version"));
  const environment = textAt(resource, "deployment.environment.name");
  at(table, "environment").text(environment || textAt(resource, "deployment.environment"));
  at(table, "instance").text(textAt(resource, "service.instance.id"));
  at(table, "scope").text(origin.scopeName);
  at(table, "scope_version").text(origin.scopeVersion);
  putAttributes(table, "resource", "resource_types", resource);
  putAttributes(table, "scope_attributes", "scope_attribute_types", origin.scopeAttributes);
  table.rows++;
}

/** Puts records into a batch, each origin once. Records of one origin object are cheapest. */
export interface RecordWriter {
  readonly batch: BatchWriter;
  log(record: LogRecord): void;
  span(record: SpanRecord): void;
  point(record: MetricPoint): void;
  error(record: ErrorRecord): void;
}

/** JSON text of span events and links, exemplars: instants as decimal text of nanoseconds. */
const json = (value: unknown): string =>
  JSON.stringify(value, (_key, one: unknown) => {
    if (typeof one === "bigint") return one.toString();
    return one instanceof Uint8Array ? Buffer.from(one).toString("base64") : one;
  });

function origins(batch: BatchWriter): (origin: Origin) => bigint {
  const byObject = new Map<Origin, bigint>();
  const written = new Set<bigint>();
  return (origin) => {
    const known = byObject.get(origin);
    if (known !== undefined) return known;
    const id = originId(
      json(origin.resource),
      origin.scopeName,
      origin.scopeVersion,
      json(origin.scopeAttributes),
    );
    byObject.set(origin, id);
    if (!written.has(id)) putOrigin(batch, id, origin);
    written.add(id);
    return id;
  };
}

function putLog(table: TableWriter, origin: bigint, record: LogRecord): void {
  at(table, "origin").i64(origin);
  at(table, "time_ns").i64(record.timeNs);
  at(table, "observed_ns").i64(record.observedNs);
  at(table, "severity").i32(record.severity);
  at(table, "severity_text").text(record.severityText);
  at(table, "body").text(record.body);
  at(table, "event").text(record.eventName);
  at(table, "trace_id").hex(record.traceId, 16);
  at(table, "span_id").hex(record.spanId, 8);
  at(table, "pattern").text("");
  putAttributes(table, "attributes", "attribute_types", record.attributes);
  table.rows++;
}

function putSpan(table: TableWriter, origin: bigint, record: SpanRecord): void {
  at(table, "origin").i64(origin);
  at(table, "trace_id").hex(record.traceId, 16);
  at(table, "span_id").hex(record.spanId, 8);
  at(table, "parent_span_id").hex(record.parentSpanId, 8);
  at(table, "trace_state").text(record.traceState);
  at(table, "name").text(record.name);
  at(table, "kind").i32(record.kind);
  at(table, "start_ns").i64(record.startNs);
  at(table, "duration_ns").i64(record.durationNs);
  at(table, "status").i32(record.status);
  at(table, "status_message").text(record.statusMessage);
  at(table, "events").text(record.events.length === 0 ? "" : json(record.events));
  at(table, "links").text(record.links.length === 0 ? "" : json(record.links));
  at(table, "weight").f64(record.weight);
  putAttributes(table, "attributes", "attribute_types", record.attributes);
  table.rows++;
}

function putPoint(table: TableWriter, origin: bigint, record: MetricPoint): void {
  at(table, "origin").i64(origin);
  at(table, "name").text(record.name);
  at(table, "unit").text(record.unit);
  at(table, "description").text(record.description);
  at(table, "kind").i32(record.kind);
  at(table, "temporality").i32(temporalities.indexOf(record.temporality));
  at(table, "monotonic").i32(record.monotonic ? 1 : 0);
  at(table, "start_ns").i64(record.startNs);
  at(table, "time_ns").i64(record.timeNs);
  at(table, "value").f64(record.value);
  at(table, "count").i64(record.count);
  at(table, "distribution").text(
    record.distribution === undefined ? "" : json(record.distribution),
  );
  at(table, "exemplars").text(record.exemplars.length === 0 ? "" : json(record.exemplars));
  putAttributes(table, "attributes", "attribute_types", record.attributes);
  table.rows++;
}

function putError(table: TableWriter, origin: bigint, record: ErrorRecord): void {
  at(table, "origin").i64(origin);
  at(table, "time_ns").i64(record.timeNs);
  at(table, "type").text(record.type);
  at(table, "message").text(record.message);
  at(table, "stack").text(record.stack);
  at(table, "fingerprint").text(record.fingerprint);
  at(table, "source").text(record.source);
  at(table, "handled").i32(record.handled ? 1 : 0);
  at(table, "release").text(record.release);
  at(table, "user").text(record.user);
  at(table, "trace_id").hex(record.traceId, 16);
  at(table, "span_id").hex(record.spanId, 8);
  at(table, "breadcrumbs").text(record.breadcrumbs);
  putAttributes(table, "attributes", "attribute_types", record.attributes);
  table.rows++;
}

/** Writes records into `batch`. */
export function recordWriter(batch: BatchWriter): RecordWriter {
  const originOf = origins(batch);
  return {
    batch,
    log: (record) => putLog(batch.logs, originOf(record.origin), record),
    span: (record) => putSpan(batch.spans, originOf(record.origin), record),
    point: (record) => putPoint(batch.points, originOf(record.origin), record),
    error: (record) => putError(batch.errors, originOf(record.origin), record),
  };
}
