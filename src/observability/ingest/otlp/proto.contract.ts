import protobuf from "protobufjs";

/**
 * The OTLP messages for protobufjs, the oracle of our reader: field names, numbers and types of
 * opentelemetry-proto 1.7, written as `type name number`.
 */
const messages: Readonly<Record<string, readonly string[]>> = {
  AnyValue: [
    "oneof value",
    "string string_value 1",
    "bool bool_value 2",
    "int64 int_value 3",
    "double double_value 4",
    "ArrayValue array_value 5",
    "KeyValueList kvlist_value 6",
    "bytes bytes_value 7",
  ],
  ArrayValue: ["repeated AnyValue values 1"],
  KeyValueList: ["repeated KeyValue values 1"],
  KeyValue: ["string key 1", "AnyValue value 2"],
  InstrumentationScope: [
    "string name 1",
    "string version 2",
    "repeated KeyValue attributes 3",
    "uint32 dropped_attributes_count 4",
  ],
  EntityRef: [
    "string schema_url 1",
    "string type 2",
    "repeated string id_keys 3",
    "repeated string description_keys 4",
  ],
  Resource: [
    "repeated KeyValue attributes 1",
    "uint32 dropped_attributes_count 2",
    "repeated EntityRef entity_refs 3",
  ],
  LogsRequest: ["repeated ResourceLogs resource_logs 1"],
  ResourceLogs: ["Resource resource 1", "repeated ScopeLogs scope_logs 2", "string schema_url 3"],
  ScopeLogs: [
    "InstrumentationScope scope 1",
    "repeated LogRecord log_records 2",
    "string schema_url 3",
  ],
  LogRecord: [
    "fixed64 time_unix_nano 1",
    "int32 severity_number 2",
    "string severity_text 3",
    "AnyValue body 5",
    "repeated KeyValue attributes 6",
    "uint32 dropped_attributes_count 7",
    "fixed32 flags 8",
    "bytes trace_id 9",
    "bytes span_id 10",
    "fixed64 observed_time_unix_nano 11",
    "string event_name 12",
  ],
  TracesRequest: ["repeated ResourceSpans resource_spans 1"],
  ResourceSpans: [
    "Resource resource 1",
    "repeated ScopeSpans scope_spans 2",
    "string schema_url 3",
  ],
  ScopeSpans: ["InstrumentationScope scope 1", "repeated Span spans 2", "string schema_url 3"],
  Span: [
    "bytes trace_id 1",
    "bytes span_id 2",
    "string trace_state 3",
    "bytes parent_span_id 4",
    "string name 5",
    "int32 kind 6",
    "fixed64 start_time_unix_nano 7",
    "fixed64 end_time_unix_nano 8",
    "repeated KeyValue attributes 9",
    "uint32 dropped_attributes_count 10",
    "repeated Event events 11",
    "uint32 dropped_events_count 12",
    "repeated Link links 13",
    "uint32 dropped_links_count 14",
    "Status status 15",
    "fixed32 flags 16",
  ],
  Event: [
    "fixed64 time_unix_nano 1",
    "string name 2",
    "repeated KeyValue attributes 3",
    "uint32 dropped_attributes_count 4",
  ],
  Link: [
    "bytes trace_id 1",
    "bytes span_id 2",
    "string trace_state 3",
    "repeated KeyValue attributes 4",
    "uint32 dropped_attributes_count 5",
    "fixed32 flags 6",
  ],
  Status: ["string message 2", "int32 code 3"],
  MetricsRequest: ["repeated ResourceMetrics resource_metrics 1"],
  ResourceMetrics: [
    "Resource resource 1",
    "repeated ScopeMetrics scope_metrics 2",
    "string schema_url 3",
  ],
  ScopeMetrics: [
    "InstrumentationScope scope 1",
    "repeated Metric metrics 2",
    "string schema_url 3",
  ],
  Metric: [
    "string name 1",
    "string description 2",
    "string unit 3",
    "oneof data",
    "Points gauge 5",
    "Points sum 7",
    "HistogramPoints histogram 9",
    "ExponentialPoints exponential_histogram 10",
    "SummaryPoints summary 11",
    "end",
    "repeated KeyValue metadata 12",
  ],
  Points: [
    "repeated NumberDataPoint data_points 1",
    "int32 aggregation_temporality 2",
    "bool is_monotonic 3",
  ],
  HistogramPoints: ["repeated HistogramDataPoint data_points 1", "int32 aggregation_temporality 2"],
  ExponentialPoints: [
    "repeated ExponentialDataPoint data_points 1",
    "int32 aggregation_temporality 2",
  ],
  SummaryPoints: ["repeated SummaryDataPoint data_points 1"],
  NumberDataPoint: [
    "fixed64 start_time_unix_nano 2",
    "fixed64 time_unix_nano 3",
    "repeated Exemplar exemplars 5",
    "repeated KeyValue attributes 7",
    "uint32 flags 8",
    "oneof value",
    "double as_double 4",
    "sfixed64 as_int 6",
  ],
  HistogramDataPoint: [
    "fixed64 start_time_unix_nano 2",
    "fixed64 time_unix_nano 3",
    "fixed64 count 4",
    "optional double sum 5",
    "repeated fixed64 bucket_counts 6",
    "repeated double explicit_bounds 7",
    "repeated Exemplar exemplars 8",
    "repeated KeyValue attributes 9",
    "uint32 flags 10",
    "optional double min 11",
    "optional double max 12",
  ],
  ExponentialDataPoint: [
    "repeated KeyValue attributes 1",
    "fixed64 start_time_unix_nano 2",
    "fixed64 time_unix_nano 3",
    "fixed64 count 4",
    "optional double sum 5",
    "sint32 scale 6",
    "fixed64 zero_count 7",
    "Buckets positive 8",
    "Buckets negative 9",
    "uint32 flags 10",
    "repeated Exemplar exemplars 11",
    "optional double min 12",
    "optional double max 13",
    "double zero_threshold 14",
  ],
  Buckets: ["sint32 offset 1", "repeated uint64 bucket_counts 2"],
  SummaryDataPoint: [
    "fixed64 start_time_unix_nano 2",
    "fixed64 time_unix_nano 3",
    "fixed64 count 4",
    "double sum 5",
    "repeated ValueAtQuantile quantile_values 6",
    "repeated KeyValue attributes 7",
    "uint32 flags 8",
  ],
  ValueAtQuantile: ["double quantile 1", "double value 2"],
  Exemplar: [
    "fixed64 time_unix_nano 2",
    "bytes span_id 4",
    "bytes trace_id 5",
    "repeated KeyValue filtered_attributes 7",
    "oneof value",
    "double as_double 3",
    "sfixed64 as_int 6",
  ],
  PartialLogs: ["int64 rejected_log_records 1", "string error_message 2"],
  LogsResponse: ["PartialLogs partial_success 1"],
  RpcStatus: ["int32 code 1", "string message 2", "repeated Detail details 3"],
  Detail: ["string type_url 1", "bytes value 2"],
  BadRequest: ["repeated FieldViolation field_violations 1"],
  FieldViolation: ["string field 1", "string description 2"],
  RetryInfo: ["Duration retry_delay 1"],
  Duration: ["int64 seconds 1", "int32 nanos 2"],
};

function source(name: string, lines: readonly string[]): string {
  let text = `message ${name} {\n`;
  let open = false;
  for (const line of lines) {
    if (line === "end") {
      text += "}\n";
      open = false;
    } else if (line.startsWith("oneof")) {
      text += `${line} {\n`;
      open = true;
    } else text += `${line.replace(/ (\d+)$/, " = $1")};\n`;
  }
  return `${text}${open ? "}\n" : ""}}\n`;
}

/** The messages, by name. */
export function otlpMessages(): protobuf.Root {
  const text = Object.entries(messages).map(([name, lines]) => source(name, lines));
  return protobuf.parse(`syntax = "proto3";\n${text.join("")}`, { keepCase: true }).root;
}
