/**
 * What a search looks for, as a tree. The query language of `logs/query` is its text form; every
 * store evaluates the tree with the same meaning.
 *
 * Fields: the built-in ones of a signal by name (`service`, `severity`, `body`, `trace_id` ...; see
 * {@link builtInFields}), `resource.KEY` for an attribute of the resource, anything else is the
 * attribute of that key (`attributes.KEY` where a built-in field has its name). An attribute
 * compares as a number where the value given is a number and the attribute reads as one, else as
 * text; text compares exactly, with its case.
 */
export type Filter =
  | { readonly op: "all" }
  | { readonly op: "and" | "or"; readonly of: readonly Filter[] }
  | { readonly op: "not"; readonly of: Filter }
  /** The main text of the record (body, span name, message) contains it, whatever its case. */
  | { readonly op: "text"; readonly text: string }
  | {
      readonly op: "eq" | "ne" | "lt" | "lte" | "gt" | "gte";
      readonly field: string;
      readonly value: string | number;
    }
  | { readonly op: "in"; readonly field: string; readonly values: readonly (string | number)[] }
  | { readonly op: "exists"; readonly field: string }
  /** Glob with `*` for any run of characters; the whole value must match, whatever its case. */
  | { readonly op: "like"; readonly field: string; readonly pattern: string }
  /** RE2 expression that matches anywhere in the value. */
  | { readonly op: "regex"; readonly field: string; readonly pattern: string };

/** Matches everything. */
export const everything: Filter = { op: "all" };

/** A field that every record of a signal has. */
export interface BuiltInField {
  readonly name: string;
  readonly type: "text" | "number" | "duration" | "id" | "enum";
  /** The values of an enum. */
  readonly values?: readonly string[];
  readonly about: string;
}

const severities = ["unspecified", "trace", "debug", "info", "warn", "error", "fatal"] as const;

const origin: readonly BuiltInField[] = [
  { name: "service", type: "text", about: "service.name of the resource" },
  { name: "version", type: "text", about: "service.version of the resource" },
  { name: "environment", type: "text", about: "deployment.environment.name of the resource" },
  { name: "instance", type: "text", about: "service.instance.id of the resource" },
  { name: "scope", type: "text", about: "name of the instrumentation scope" },
  { name: "trace_id", type: "id", about: "32 hex digits" },
  { name: "span_id", type: "id", about: "16 hex digits" },
];

/**
 * The fields by name that are no attributes, a signal each. `level` compares in the order of
 * severity; durations are milliseconds.
 */
export const builtInFields: {
  readonly [S in "logs" | "spans" | "points" | "errors"]: readonly BuiltInField[];
} = {
  logs: [
    ...origin,
    { name: "level", type: "enum", values: severities, about: "severity, as a word" },
    { name: "severity", type: "number", about: "OTLP severity number, 0 to 24" },
    { name: "body", type: "text", about: "the log line" },
    { name: "event", type: "text", about: "event name, for records that are events" },
    { name: "pattern", type: "id", about: "the log pattern that the line belongs to" },
  ],
  spans: [
    ...origin,
    { name: "parent_span_id", type: "id", about: "16 hex digits; empty for a root span" },
    { name: "name", type: "text", about: "the operation" },
    {
      name: "kind",
      type: "enum",
      values: ["unspecified", "internal", "server", "client", "producer", "consumer"],
      about: "span kind",
    },
    { name: "status", type: "enum", values: ["unset", "ok", "error"], about: "status code" },
    { name: "status_message", type: "text", about: "what the status says" },
    { name: "duration", type: "duration", about: "milliseconds" },
  ],
  points: [
    ...origin.slice(0, 5),
    { name: "name", type: "text", about: "the metric" },
    { name: "unit", type: "text", about: "its unit" },
    { name: "value", type: "number", about: "value, or sum of a histogram" },
  ],
  errors: [
    ...origin,
    { name: "type", type: "text", about: "class of the exception" },
    { name: "message", type: "text", about: "what it says" },
    { name: "group", type: "id", about: "fingerprint of the group, 16 hex digits" },
    { name: "release", type: "text", about: "version that ran" },
    { name: "user", type: "text", about: "whom it happened to" },
    { name: "source", type: "enum", values: ["span", "log", "sentry"], about: "how it was told" },
  ],
};

/** The field that `text` looks in, a signal each. */
export const mainText: { readonly [S in "logs" | "spans" | "points" | "errors"]: string } = {
  logs: "body",
  spans: "name",
  points: "name",
  errors: "message",
};

/** The OTLP severity numbers of a level, from and to (OpenTelemetry logs data model). */
export const levelRanges: Readonly<Record<string, readonly [number, number]>> = {
  unspecified: [0, 0],
  trace: [1, 4],
  debug: [5, 8],
  info: [9, 12],
  warn: [13, 16],
  error: [17, 20],
  fatal: [21, 24],
};

/** The level of an OTLP severity number. */
export function levelOf(severity: number): string {
  return severities[Math.min(6, Math.max(0, Math.ceil(severity / 4)))] ?? "unspecified";
}
