import type { BatchWriter, TableWriter } from "../signals/batch.ts";
import type { ColumnWriter, Growing } from "../signals/columns.ts";
import type { AttributeValue } from "../signals/records.ts";
import { attributeBytesMax, textOf } from "../signals/rows.ts";
import { nibbles } from "./ids.ts";

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

/** The last second that an instant was in, as nanoseconds in two words: most are in the same. */
const last = { seconds: 0, low: 0, high: 0 };

function enter(seconds: number): void {
  // In doubles, without a bigint: the product is put together from parts that are exact.
  const upper = Math.floor(seconds / half) * 1e9;
  const lower = (seconds % half) * 1e9;
  const low = (upper % half) * half + (lower % word);
  last.seconds = seconds;
  last.low = low % word;
  last.high = Math.floor(upper / half) + Math.floor(lower / word) + Math.floor(low / word);
}

/**
 * Writes a span of time or an instant, given in milliseconds from 0, as nanoseconds in 64 bits.
 */
export function setNanoseconds(view: DataView, at: number, ms: number): void {
  let low: number;
  let high = 0;
  if (ms < 1000) low = Math.round(ms * 1e6);
  else {
    const seconds = Math.floor(ms / 1000);
    if (seconds !== last.seconds) enter(seconds);
    low = last.low + Math.round((ms - seconds * 1000) * 1e6);
    high = last.high;
    if (low >= word) high++;
  }
  view.setUint32(at, low, true);
  view.setUint32(at + 4, high, true);
}

/** Appends what {@link setNanoseconds} writes. */
export function putNanoseconds(column: ColumnWriter, ms: number): void {
  const { data } = column;
  data.reserve(8);
  setNanoseconds(data.view, data.length, ms);
  data.length += 8;
}

/** What a value says; one that holds itself has no JSON, and must not cost others their batch. */
function textUnlessCyclic(value: AttributeValue): readonly [text: string, type: string] {
  try {
    return textOf(value);
  } catch {
    return ["[cyclic]", "s"];
  }
}

/** Appends one pair of a map; answers the character of its type. */
export function putPair(map: ColumnWriter, key: string, value: AttributeValue): string {
  putText(map.keys as ColumnWriter, key);
  const values = map.values as ColumnWriter;
  if (typeof value === "string") {
    putText(values, value.length > attributeBytesMax ? value.slice(0, attributeBytesMax) : value);
    return "s";
  }
  if (typeof value === "number") {
    putText(values, String(value));
    return Number.isSafeInteger(value) ? "i" : "d";
  }
  const [text, type] = textUnlessCyclic(value);
  putText(values, text.length > attributeBytesMax ? text.slice(0, attributeBytesMax) : text);
  return type;
}

/** A text column of which most rows are empty: these are written many at once, as zeros. */
export class SparseText {
  readonly #column: ColumnWriter;
  #rows = 0;

  constructor(column: ColumnWriter) {
    this.#column = column;
  }

  /** Says what stands in `row`; rows that were left out before it are empty. */
  put(row: number, value: string): void {
    this.#fill(row);
    putText(this.#column, value);
    this.#rows = row + 1;
  }

  /** Completes the column of a batch. */
  seal(rows: number): void {
    this.#fill(rows);
    this.#rows = 0;
  }

  #fill(rows: number): void {
    const { data } = this.#column;
    const size = (rows - this.#rows) * 4;
    data.reserve(size);
    data.bytes.fill(0, data.length, data.length + size);
    data.length += size;
  }
}

/** Bytes of a value in the columns of spans whose values are all of one size. */
const valueSizes = {
  origin: 8,
  trace_id: 16,
  span_id: 8,
  parent_span_id: 8,
  kind: 4,
  start_ns: 8,
  duration_ns: 8,
  status: 4,
  weight: 8,
  // How many attributes there are.
  attributes: 2,
} as const;
type SizedColumn = keyof typeof valueSizes;

/** Rows by which the columns of spans grow: those of a usual batch. */
const growthRows = 512;

/**
 * The columns of spans under construction. Values of one size are written where their row is,
 * without a look at what is before them; so `seal` has to complete the columns.
 */
export class SpanColumns {
  readonly name: ColumnWriter;
  readonly keys: ColumnWriter;
  readonly values: ColumnWriter;
  readonly map: ColumnWriter;
  readonly types: ColumnWriter;
  readonly traceState: SparseText;
  readonly statusMessage: SparseText;
  readonly events: SparseText;
  readonly links: SparseText;
  readonly sized: Readonly<Record<SizedColumn, Growing>>;
  #room = 0;

  constructor(table: TableWriter) {
    const column = (name: string): ColumnWriter => table.columns[name] as ColumnWriter;
    this.name = column("name");
    this.map = column("attributes");
    this.keys = this.map.keys as ColumnWriter;
    this.values = this.map.values as ColumnWriter;
    this.types = column("attribute_types");
    this.traceState = new SparseText(column("trace_state"));
    this.statusMessage = new SparseText(column("status_message"));
    this.events = new SparseText(column("events"));
    this.links = new SparseText(column("links"));
    const sized = Object.keys(valueSizes).map((name) => [name, column(name).data]);
    this.sized = Object.fromEntries(sized) as Record<SizedColumn, Growing>;
  }

  /** Makes room for a row. */
  reserve(row: number): void {
    if (row < this.#room) return;
    this.#room = row + growthRows;
    this.#eachSized((data, size) => {
      data.length = row * size;
      data.reserve(growthRows * size);
    });
  }

  /** Completes the columns of so many rows. */
  seal(rows: number): void {
    this.#eachSized((data, size) => (data.length = rows * size));
    for (const text of [this.traceState, this.statusMessage, this.events, this.links]) {
      text.seal(rows);
    }
  }

  #eachSized(work: (data: Growing, size: number) => void): void {
    for (const name in valueSizes) {
      work(this.sized[name as SizedColumn], valueSizes[name as SizedColumn]);
    }
  }
}

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
/** The columns of logs by name. */
export type LogColumns = Readonly<Record<(typeof logColumns)[number], ColumnWriter>>;

/** The columns of the tables that this process writes, looked up once a batch writer. */
export interface Columns {
  readonly spans: SpanColumns;
  readonly logs: LogColumns;
}

/** Finds the columns of a batch writer. */
export function findColumns(batch: BatchWriter): Columns {
  const logs = logColumns.map((name) => [name, batch.logs.columns[name]] as const);
  return {
    spans: new SpanColumns(batch.spans),
    logs: Object.fromEntries(logs) as LogColumns,
  };
}

function appendColumn(from: ColumnWriter, to: ColumnWriter): void {
  putBytes(to.data, from.data.written());
  if (from.keys !== undefined && to.keys !== undefined) appendColumn(from.keys, to.keys);
  if (from.values !== undefined && to.values !== undefined) appendColumn(from.values, to.values);
}

/** Appends all rows of a table to one of the same columns. */
export function appendRows(from: TableWriter, to: TableWriter): void {
  for (const name in from.columns) {
    appendColumn(from.columns[name] as ColumnWriter, to.columns[name] as ColumnWriter);
  }
  to.rows += from.rows;
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
