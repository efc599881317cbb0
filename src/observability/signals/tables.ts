import type { Signal } from "./records.ts";

/**
 * How a column lies in a batch, which is how Parquet's PLAIN encoding lays it out, so that a batch
 * becomes a Parquet page by copying:
 *
 * - `i64`, `f64`, `i32`: little-endian, 8, 8 and 4 bytes a row;
 * - `text`: for each row its length in bytes (u32, little-endian) and its UTF-8 bytes;
 * - `id16`, `id8`: 16 and 8 bytes a row, zeros where there is none;
 * - `map`: for each row a count (u16), and apart from that the keys and the values as two `text`
 *   columns of all pairs in order.
 */
export type ColumnKind = "i64" | "f64" | "i32" | "text" | "id16" | "id8" | "map";

/** One column of a table. */
export interface ColumnSpec {
  readonly name: string;
  readonly kind: ColumnKind;
}

/** The tables of a batch: the signals, and the origins that their rows point to. */
export type TableName = Signal | "origins";

const column = (name: string, kind: ColumnKind): ColumnSpec => ({ name, kind });

/**
 * The columns of every table. `origin` is the 63-bit id of a row of `origins` (a hash of what it
 * says, the same in every batch). Attribute values are text; `attribute_types` has one character a
 * pair, which says what the value was: `s` string, `i` integer, `d` double, `b` boolean, `j` array,
 * map or null as JSON, `y` bytes as base64.
 */
export const tables: { readonly [T in TableName]: readonly ColumnSpec[] } = {
  origins: [
    column("id", "i64"),
    column("service", "text"),
    column("version", "text"),
    column("environment", "text"),
    column("instance", "text"),
    column("scope", "text"),
    column("scope_version", "text"),
    column("resource", "map"),
    column("resource_types", "text"),
    column("scope_attributes", "map"),
    column("scope_attribute_types", "text"),
  ],
  logs: [
    column("origin", "i64"),
    column("time_ns", "i64"),
    column("observed_ns", "i64"),
    column("severity", "i32"),
    column("severity_text", "text"),
    column("body", "text"),
    column("event", "text"),
    column("trace_id", "id16"),
    column("span_id", "id8"),
    column("pattern", "text"),
    column("attributes", "map"),
    column("attribute_types", "text"),
  ],
  spans: [
    column("origin", "i64"),
    column("trace_id", "id16"),
    column("span_id", "id8"),
    column("parent_span_id", "id8"),
    column("trace_state", "text"),
    column("name", "text"),
    column("kind", "i32"),
    column("start_ns", "i64"),
    column("duration_ns", "i64"),
    column("status", "i32"),
    column("status_message", "text"),
    // JSON text: opened one span at a time, never searched; exceptions among the events are rows
    // of `errors`.
    column("events", "text"),
    column("links", "text"),
    column("weight", "f64"),
    column("attributes", "map"),
    column("attribute_types", "text"),
  ],
  points: [
    column("origin", "i64"),
    column("name", "text"),
    column("unit", "text"),
    column("description", "text"),
    column("kind", "i32"),
    column("temporality", "i32"),
    column("monotonic", "i32"),
    column("start_ns", "i64"),
    column("time_ns", "i64"),
    column("value", "f64"),
    column("count", "i64"),
    // JSON text: read whole with its point, never searched.
    column("distribution", "text"),
    column("exemplars", "text"),
    column("attributes", "map"),
    column("attribute_types", "text"),
  ],
  errors: [
    column("origin", "i64"),
    column("time_ns", "i64"),
    column("type", "text"),
    column("message", "text"),
    column("stack", "text"),
    column("fingerprint", "text"),
    column("source", "text"),
    column("handled", "i32"),
    column("release", "text"),
    column("user", "text"),
    column("trace_id", "id16"),
    column("span_id", "id8"),
    column("breadcrumbs", "text"),
    column("attributes", "map"),
    column("attribute_types", "text"),
  ],
};

/** `temporality` of a point by number. */
export const temporalities = ["none", "delta", "cumulative"] as const;

/** The tables in the order in which a batch holds them. */
export const tableNames: readonly TableName[] = ["origins", "logs", "spans", "points", "errors"];
