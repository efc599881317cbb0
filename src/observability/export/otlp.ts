import type {
  Attributes,
  AttributeValue,
  ErrorRecord,
  LogRecord,
  MetricPoint,
  Origin,
  SpanRecord,
} from "../signals/records.ts";
import { metricMessage, sameMetric } from "./otlp-metrics.ts";
import { ProtoWriter } from "./wire.ts";

/** How deep the value of an attribute may nest; deeper is left out. */
const depthMax = 32;

function anyValue(writer: ProtoWriter, value: AttributeValue, depth: number): void {
  if (typeof value === "string") writer.textAlways(1, value);
  else if (typeof value === "boolean") writer.uintAlways(2, value ? 1 : 0);
  else if (typeof value === "bigint") writer.intAlways(3, value);
  else if (typeof value === "number") {
    if (Number.isSafeInteger(value)) writer.intAlways(3, BigInt(value));
    else writer.doubleAlways(4, value);
  } else if (value instanceof Uint8Array) writer.data(7, value);
  else if (value !== null && depth < depthMax) nested(writer, value, depth);
}

function nested(
  writer: ProtoWriter,
  value: readonly AttributeValue[] | Attributes,
  depth: number,
): void {
  if (!Array.isArray(value)) {
    const mark = writer.begin(6);
    putAttributes(writer, 1, value as Attributes, depth + 1);
    writer.end(mark);
    return;
  }
  const mark = writer.begin(5);
  for (const one of value as readonly AttributeValue[]) {
    const item = writer.begin(1);
    anyValue(writer, one, depth + 1);
    writer.end(item);
  }
  writer.end(mark);
}

/** Writes attributes as repeated `KeyValue` (common.proto). */
export function putAttributes(
  writer: ProtoWriter,
  field: number,
  attributes: Attributes,
  depth = 0,
): void {
  for (const [key, value] of Object.entries(attributes)) {
    const pair = writer.begin(field);
    writer.text(1, key);
    const mark = writer.begin(2);
    anyValue(writer, value, depth);
    writer.end(mark);
    writer.end(pair);
  }
}

function spanMessage(writer: ProtoWriter, field: number, span: SpanRecord): void {
  const mark = writer.begin(field);
  writer.hex(1, span.traceId);
  writer.hex(2, span.spanId);
  writer.text(3, span.traceState);
  writer.hex(4, span.parentSpanId);
  writer.text(5, span.name);
  writer.uint(6, span.kind);
  writer.fixed64(7, span.startNs);
  writer.fixed64(8, span.startNs + span.durationNs);
  putAttributes(writer, 9, span.attributes);
  // Without it, whoever counts the spans there counts too few.
  if (span.weight !== 1) putAttributes(writer, 9, { "morning.weight": span.weight });
  for (const event of span.events) {
    const inner = writer.begin(11);
    writer.fixed64(1, event.timeNs);
    writer.text(2, event.name);
    putAttributes(writer, 3, event.attributes);
    writer.end(inner);
  }
  for (const link of span.links) {
    const inner = writer.begin(13);
    writer.hex(1, link.traceId);
    writer.hex(2, link.spanId);
    putAttributes(writer, 4, link.attributes);
    writer.end(inner);
  }
  const status = writer.begin(15);
  writer.text(2, span.statusMessage);
  writer.uint(3, span.status);
  writer.end(status);
  writer.end(mark);
}

function logMessage(writer: ProtoWriter, field: number, log: LogRecord): void {
  const mark = writer.begin(field);
  writer.fixed64(1, log.timeNs);
  writer.uint(2, log.severity);
  writer.text(3, log.severityText);
  const body = writer.begin(5);
  writer.textAlways(1, log.body);
  writer.end(body);
  putAttributes(writer, 6, log.attributes);
  writer.hex(9, log.traceId);
  writer.hex(10, log.spanId);
  writer.fixed64(11, log.observedNs);
  writer.text(12, log.eventName);
  writer.end(mark);
}

/** Severity ERROR (OpenTelemetry logs data model). */
const severityError = 17;

/** An error as a log record, by the semantic conventions for exceptions in logs. */
export function errorAsLog(error: ErrorRecord): LogRecord {
  return {
    origin: error.origin,
    timeNs: error.timeNs,
    observedNs: error.timeNs,
    severity: severityError,
    severityText: "ERROR",
    body: `${error.type}: ${error.message}`,
    eventName: "exception",
    traceId: error.traceId,
    spanId: error.spanId,
    attributes: {
      ...error.attributes,
      "exception.type": error.type,
      "exception.message": error.message,
      ...(error.stack === "" ? {} : { "exception.stacktrace": error.stack }),
      ...(error.user === "" ? {} : { "user.id": error.user }),
    },
  };
}

interface Grouped<T> {
  readonly resource: Attributes;
  readonly scopes: Map<string, { readonly origin: Origin; readonly records: T[] }>;
}

/** Text that two equal attribute sets share. */
const textOfAttributes = (attributes: Attributes): string =>
  JSON.stringify(attributes, (_key, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );

/** Finds or makes the list that records of an origin go to. */
function listOf<T>(resources: Map<string, Grouped<T>>, origin: Origin): T[] {
  const { resource, scopeName, scopeVersion, scopeAttributes } = origin;
  const key = textOfAttributes(resource);
  const group: Grouped<T> = resources.get(key) ?? { resource, scopes: new Map() };
  resources.set(key, group);
  const scopeKey = [scopeName, scopeVersion, textOfAttributes(scopeAttributes)].join("\u0000");
  const scope = group.scopes.get(scopeKey) ?? { origin, records: [] };
  group.scopes.set(scopeKey, scope);
  return scope.records;
}

/** Records by resource and scope, each once, in the order in which they first occur. */
function grouped<T extends { readonly origin: Origin }>(records: readonly T[]): Grouped<T>[] {
  const byOrigin = new Map<Origin, T[]>();
  const resources = new Map<string, Grouped<T>>();
  for (const record of records) {
    const list = byOrigin.get(record.origin) ?? listOf(resources, record.origin);
    byOrigin.set(record.origin, list);
    list.push(record);
  }
  return [...resources.values()];
}

type PutRecords<T> = (writer: ProtoWriter, records: readonly T[]) => void;

/** `ResourceX` of `ScopeX`: the same field numbers for logs, spans and metrics. */
function request<T extends { readonly origin: Origin }>(
  records: readonly T[],
  put: PutRecords<T>,
): Uint8Array<ArrayBuffer> {
  const writer = new ProtoWriter(Math.max(4096, records.length * 256));
  for (const { resource, scopes } of grouped(records)) {
    const outer = writer.begin(1);
    const inner = writer.begin(1);
    putAttributes(writer, 1, resource);
    writer.end(inner);
    for (const { origin, records: list } of scopes.values()) {
      const scope = writer.begin(2);
      const name = writer.begin(1);
      writer.text(1, origin.scopeName);
      writer.text(2, origin.scopeVersion);
      putAttributes(writer, 3, origin.scopeAttributes);
      writer.end(name);
      put(writer, list);
      writer.end(scope);
    }
    writer.end(outer);
  }
  return writer.written();
}

/** Spans as `ExportTraceServiceRequest`, protobuf (opentelemetry-proto 1.x). */
export function encodeSpans(spans: readonly SpanRecord[]): Uint8Array<ArrayBuffer> {
  return request(spans, (writer, list) => {
    for (const span of list) spanMessage(writer, 2, span);
  });
}

/** Log records as `ExportLogsServiceRequest`, protobuf. */
export function encodeLogs(logs: readonly LogRecord[]): Uint8Array<ArrayBuffer> {
  return request(logs, (writer, list) => {
    for (const log of list) logMessage(writer, 2, log);
  });
}

/** Metric points as `ExportMetricsServiceRequest`, protobuf; points of one metric together. */
export function encodePoints(points: readonly MetricPoint[]): Uint8Array<ArrayBuffer> {
  return request(points, (writer, list) => {
    const metrics = new Map<string, MetricPoint[]>();
    for (const point of list) {
      const key = sameMetric(point);
      const of = metrics.get(key);
      if (of === undefined) metrics.set(key, [point]);
      else of.push(point);
    }
    for (const of of metrics.values()) metricMessage(writer, 2, of, putAttributes);
  });
}
