import { ColumnWriter } from "./columns.ts";
import type { Growing } from "./columns.ts";
import { tableNames, tables } from "./tables.ts";
import type { TableName } from "./tables.ts";

/** A table under construction: its columns by name. */
export interface TableWriter {
  rows: number;
  readonly columns: Readonly<Record<string, ColumnWriter>>;
}

/** A batch under construction: append to its tables' columns, one value a column and row. */
export type BatchWriter = { readonly [T in TableName]: TableWriter };

/** An empty batch. */
export function batchWriter(): BatchWriter {
  const made = tableNames.map((name) => {
    const columns = tables[name].map(({ name: key, kind }) => [key, new ColumnWriter(kind)]);
    return [name, { rows: 0, columns: Object.fromEntries(columns) as TableWriter["columns"] }];
  });
  return Object.fromEntries(made) as BatchWriter;
}

/** Bytes of a column: its values, and for a map its keys and values. */
export interface ColumnBytes {
  readonly data: Uint8Array;
  readonly keys?: Uint8Array;
  readonly values?: Uint8Array;
}

/** One table of a finished batch. */
export interface BatchTable {
  readonly rows: number;
  readonly columns: Readonly<Record<string, ColumnBytes>>;
}

/** A finished batch: only tables that have rows. */
export type Batch = { readonly [T in TableName]?: BatchTable };

/** First byte of a batch: the version of its layout. */
export const batchVersion = 1;

/** Columns of a table in their order, those of a map one after the other. */
function columnsOf(writer: BatchWriter, name: TableName): readonly Growing[] {
  const { columns } = writer[name];
  return tables[name].flatMap(({ name: key }) => {
    const { data, keys, values } = columns[key] as ColumnWriter;
    return keys === undefined || values === undefined ? [data] : [data, keys.data, values.data];
  });
}

/**
 * A batch as bytes: version, then for each table its row count and, if it has rows, each column as
 * length and bytes. All numbers are u32, little-endian.
 */
export function encodeBatch(writer: BatchWriter): Uint8Array<ArrayBuffer> {
  const written = tableNames.map((name) => {
    const { rows } = writer[name];
    return { rows, columns: rows === 0 ? [] : columnsOf(writer, name) };
  });
  let size = 1;
  for (const { columns } of written) {
    size += 4;
    for (const { length } of columns) size += 4 + length;
  }
  const encoded = new Uint8Array(size);
  const view = new DataView(encoded.buffer);
  encoded[0] = batchVersion;
  let at = 1;
  for (const { rows, columns } of written) {
    view.setUint32(at, rows, true);
    at += 4;
    for (const column of columns) {
      view.setUint32(at, column.length, true);
      encoded.set(column.written(), at + 4);
      at += 4 + column.length;
    }
  }
  return encoded;
}

/**
 * Reads a batch; its columns are views of `bytes`, not copies.
 * @throws RangeError for bytes that are no batch
 */
export function decodeBatch(bytes: Uint8Array): Batch {
  if (bytes[0] !== batchVersion) throw new RangeError(`batch version ${bytes[0]} is not known`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 1;
  const take = (): Uint8Array => {
    const size = view.getUint32(at, true);
    const end = at + 4 + size;
    if (end > bytes.length) throw new RangeError("a batch ends before its column");
    const part = bytes.subarray(at + 4, end);
    at = end;
    return part;
  };
  const batch: { [T in TableName]?: BatchTable } = {};
  for (const name of tableNames) {
    const rows = view.getUint32(at, true);
    at += 4;
    if (rows === 0) continue;
    const columns: Record<string, ColumnBytes> = {};
    for (const { name: key, kind } of tables[name]) {
      const data = take();
      columns[key] = kind === "map" ? { data, keys: take(), values: take() } : { data };
    }
    batch[name] = { rows, columns };
  }
  return batch;
}
