import type { BatchWriter, TableWriter } from "../signals/batch.ts";
import type { ColumnWriter, Growing } from "../signals/columns.ts";
import type { AttributeValue } from "../signals/records.ts";
import { attributeBytesMax, textOf } from "../signals/rows.ts";

const asciiFastMax = 96;
/** Above this size a copy by `set` beats a loop. */
const loopMax = 24;

/** Appends a text; short ASCII, which most are, without the encoder. */
export function putText(column: ColumnWriter, value: string): void {
  const { length } = value;
  if (length > asciiFastMax) return column.text(value);
  const { data } = column;
  data.reserve(4 + length * 3);
  const { bytes } = data;
  const at = data.length + 4;
  for (let i = 0; i < length; i++) {
    const code = value.charCodeAt(i);
    if (code > 127) return column.text(value);
    bytes[at + i] = code;
  }
  data.view.setUint32(data.length, length, true);
  data.length = at + length;
}

/** Appends bytes as they are. */
export function putBytes(data: Growing, source: Uint8Array): void {
  const size = source.length;
  data.reserve(size);
  const { bytes, length } = data;
  if (size <= loopMax) for (let i = 0; i < size; i++) bytes[length + i] = source[i] as number;
  else bytes.set(source, length);
  data.length = length + size;
}

/** Values of lower-case hex digits by their code. */
const nibbles = new Uint8Array(128);
for (let digit = 0; digit < 16; digit++) nibbles[digit.toString(16).charCodeAt(0)] = digit;

/** Appends an id of lower-case hex digits; zeros for an empty text. */
export function putHex(column: ColumnWriter, value: string, size: 8 | 16): void {
  const { data } = column;
  data.reserve(size);
  const { bytes, length } = data;
  if (value === "") bytes.fill(0, length, length + size);
  else {
    for (let i = 0; i < size; i++) {
      const high = nibbles[value.charCodeAt(i * 2)] as number;
      bytes[length + i] = (high << 4) | (nibbles[value.charCodeAt(i * 2 + 1)] as number);
    }
  }
  data.length = length + size;
}

const word = 2 ** 32;
const half = 2 ** 16;

/** Appends a span of time or an instant, given in milliseconds, as nanoseconds in 64 bits. */
export function putNanoseconds(column: ColumnWriter, ms: number): void {
  const { data } = column;
  data.reserve(8);
  const seconds = Math.floor(ms / 1000);
  // In doubles, without a bigint: the product is put together from parts that are exact.
  const upper = Math.floor(seconds / half) * 1e9;
  const lower = (seconds % half) * 1e9 + Math.round((ms - seconds * 1000) * 1e6);
  const low = (upper % half) * half + (lower % word);
  const high = Math.floor(upper / half) + Math.floor(lower / word) + Math.floor(low / word);
  data.view.setUint32(data.length, low % word, true);
  data.view.setUint32(data.length + 4, high, true);
  data.length += 8;
}

/** Appends one pair of a map; answers the character of its type. */
export function putPair(map: ColumnWriter, key: string, value: AttributeValue): string {
  putText(map.keys as ColumnWriter, key);
  const values = map.values as ColumnWriter;
  if (typeof value === "string") {
    putText(values, value.length > attributeBytesMax ? value.slice(0, attributeBytesMax) : value);
    return "s";
  }
  const [text, type] = textOf(value);
  putText(values, text.length > attributeBytesMax ? text.slice(0, attributeBytesMax) : text);
  return type;
}

/** The columns of the tables that this process writes, looked up once a batch writer. */
export interface Columns {
  readonly spans: ColumnsOf<SpanColumn>;
  readonly logs: ColumnsOf<LogColumn>;
}

/** Columns by name. */
export type ColumnsOf<Name extends string> = Readonly<Record<Name, ColumnWriter>>;

const spanColumns = [
  "origin",
  "trace_id",
  "span_id",
  "parent_span_id",
  "trace_state",
  "name",
  "kind",
  "start_ns",
  "duration_ns",
  "status",
  "status_message",
  "events",
  "links",
  "weight",
  "attributes",
  "attribute_types",
] as const;
const logColumns = [
  "origin",
  "time_ns",
  "observed_ns",
  "severity",
  "severity_text",
  "body",
  "event",
  "trace_id",
  "span_id",
  "pattern",
  "attributes",
  "attribute_types",
] as const;
/** A column of the spans. */
export type SpanColumn = (typeof spanColumns)[number];
/** A column of the logs. */
export type LogColumn = (typeof logColumns)[number];

function columnsOf<Name extends string>(
  table: TableWriter,
  names: readonly Name[],
): ColumnsOf<Name> {
  const found = names.map((name) => [name, table.columns[name]] as const);
  return Object.fromEntries(found) as ColumnsOf<Name>;
}

/** Finds the columns of a batch writer. */
export function findColumns(batch: BatchWriter): Columns {
  return {
    spans: columnsOf(batch.spans, spanColumns),
    logs: columnsOf(batch.logs, logColumns),
  };
}

/** Empties a batch writer, which keeps its memory. */
export function emptyBatch(batch: BatchWriter): void {
  for (const table of Object.values(batch)) {
    table.rows = 0;
    for (const { data, keys, values } of Object.values(table.columns)) {
      data.length = 0;
      if (keys !== undefined) keys.data.length = 0;
      if (values !== undefined) values.data.length = 0;
    }
  }
}
