/** How a field is written in JSON, and in protobuf. */
export type FieldType =
  | "string"
  | "bytes"
  | "hex"
  | "bool"
  | "double"
  | "fixed64"
  | "sfixed64"
  | "int64"
  | "uint64"
  | "uint32"
  | "sint32"
  | "fixed32"
  | "enum";

/** A field of a message. */
export interface JsonField {
  readonly number: number;
  readonly repeated: boolean;
  /** A scalar's type; absent for a message. */
  readonly type?: FieldType;
  /** The name of the message that it is. */
  readonly message?: string;
}

/** The fields of a message by their lowerCamelCase name, the only one that OTLP/JSON knows. */
export type JsonMessage = ReadonlyMap<string, JsonField>;

/** `name: number type`; `[]` behind the type where it is repeated; a capital letter: a message. */
const described: Readonly<Record<string, string>> = {
  AnyValue:
    "stringValue 1 string, boolValue 2 bool, intValue 3 int64, doubleValue 4 double, " +
    "arrayValue 5 ArrayValue, kvlistValue 6 KeyValueList, bytesValue 7 bytes",
  ArrayValue: "values 1 AnyValue[]",
  KeyValueList: "values 1 KeyValue[]",
  KeyValue: "key 1 string, value 2 AnyValue",
  Resource: "attributes 1 KeyValue[], droppedAttributesCount 2 uint32",
  Scope:
    "name 1 string, version 2 string, attributes 3 KeyValue[], droppedAttributesCount 4 uint32",
  LogsRequest: "resourceLogs 1 ResourceLogs[]",
  ResourceLogs: "resource 1 Resource, scopeLogs 2 ScopeLogs[], schemaUrl 3 string",
  ScopeLogs: "scope 1 Scope, logRecords 2 LogRecord[], schemaUrl 3 string",
  LogRecord:
    "timeUnixNano 1 fixed64, observedTimeUnixNano 11 fixed64, severityNumber 2 enum, " +
    "severityText 3 string, body 5 AnyValue, attributes 6 KeyValue[], " +
    "droppedAttributesCount 7 uint32, flags 8 fixed32, traceId 9 hex, spanId 10 hex, " +
    "eventName 12 string",
  TracesRequest: "resourceSpans 1 ResourceSpans[]",
  ResourceSpans: "resource 1 Resource, scopeSpans 2 ScopeSpans[], schemaUrl 3 string",
  ScopeSpans: "scope 1 Scope, spans 2 Span[], schemaUrl 3 string",
  Span:
    "traceId 1 hex, spanId 2 hex, traceState 3 string, parentSpanId 4 hex, flags 16 fixed32, " +
    "name 5 string, kind 6 enum, startTimeUnixNano 7 fixed64, endTimeUnixNano 8 fixed64, " +
    "attributes 9 KeyValue[], droppedAttributesCount 10 uint32, events 11 Event[], " +
    "droppedEventsCount 12 uint32, links 13 Link[], droppedLinksCount 14 uint32, status 15 Status",
  Event:
    "timeUnixNano 1 fixed64, name 2 string, attributes 3 KeyValue[], " +
    "droppedAttributesCount 4 uint32",
  Link:
    "traceId 1 hex, spanId 2 hex, traceState 3 string, attributes 4 KeyValue[], " +
    "droppedAttributesCount 5 uint32, flags 6 fixed32",
  Status: "message 2 string, code 3 enum",
  MetricsRequest: "resourceMetrics 1 ResourceMetrics[]",
  ResourceMetrics: "resource 1 Resource, scopeMetrics 2 ScopeMetrics[], schemaUrl 3 string",
  ScopeMetrics: "scope 1 Scope, metrics 2 Metric[], schemaUrl 3 string",
  Metric:
    "name 1 string, description 2 string, unit 3 string, gauge 5 Numbers, sum 7 Numbers, " +
    "histogram 9 Histograms, exponentialHistogram 10 Exponentials, summary 11 Summaries, " +
    "metadata 12 KeyValue[]",
  Numbers: "dataPoints 1 Number[], aggregationTemporality 2 enum, isMonotonic 3 bool",
  Histograms: "dataPoints 1 Histogram[], aggregationTemporality 2 enum",
  Exponentials: "dataPoints 1 Exponential[], aggregationTemporality 2 enum",
  Summaries: "dataPoints 1 Summary[]",
  Number:
    "startTimeUnixNano 2 fixed64, timeUnixNano 3 fixed64, asDouble 4 double, asInt 6 sfixed64, " +
    "exemplars 5 Exemplar[], attributes 7 KeyValue[], flags 8 uint32",
  Histogram:
    "startTimeUnixNano 2 fixed64, timeUnixNano 3 fixed64, count 4 fixed64, sum 5 double, " +
    "bucketCounts 6 fixed64[], explicitBounds 7 double[], exemplars 8 Exemplar[], " +
    "attributes 9 KeyValue[], flags 10 uint32, min 11 double, max 12 double",
  Exponential:
    "attributes 1 KeyValue[], startTimeUnixNano 2 fixed64, timeUnixNano 3 fixed64, " +
    "count 4 fixed64, sum 5 double, scale 6 sint32, zeroCount 7 fixed64, positive 8 Buckets, " +
    "negative 9 Buckets, flags 10 uint32, exemplars 11 Exemplar[], min 12 double, " +
    "max 13 double, zeroThreshold 14 double",
  Buckets: "offset 1 sint32, bucketCounts 2 uint64[]",
  Summary:
    "startTimeUnixNano 2 fixed64, timeUnixNano 3 fixed64, count 4 fixed64, sum 5 double, " +
    "quantileValues 6 Quantile[], attributes 7 KeyValue[], flags 8 uint32",
  Quantile: "quantile 1 double, value 2 double",
  Exemplar:
    "timeUnixNano 2 fixed64, asDouble 3 double, asInt 6 sfixed64, spanId 4 hex, traceId 5 hex, " +
    "filteredAttributes 7 KeyValue[]",
};

function fieldOf(text: string): readonly [string, JsonField] {
  const [name = "", number = "", rest = ""] = text.split(" ");
  const repeated = rest.endsWith("[]");
  const type = repeated ? rest.slice(0, -2) : rest;
  const isMessage = /^[A-Z]/.test(type);
  const what = isMessage ? { message: type } : { type: type as FieldType };
  return [name, { number: Number(number), repeated, ...what }];
}

/** The messages of OTLP by name. */
export const jsonMessages: ReadonlyMap<string, JsonMessage> = new Map(
  Object.entries(described).map(([name, fields]) => [
    name,
    new Map(fields.split(", ").map((field) => fieldOf(field))),
  ]),
);
