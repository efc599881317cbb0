import { decodeBatch } from "../signals/batch.ts";
import type { Attributes } from "../signals/records.ts";
import { valueOf } from "../signals/rows.ts";
import { tables } from "../signals/tables.ts";
import type { TableName } from "../signals/tables.ts";

/** A row of a batch as plain values: ids in hex, 64-bit integers as bigint, maps as objects. */
export type PlainRow = Readonly<Record<string, string | number | bigint | Attributes>>;

function textsOf(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = view.getUint32(at, true);
    texts.push(Buffer.from(bytes.subarray(at + 4, at + 4 + size)).toString("utf8"));
    at += 4 + size;
  }
  return texts;
}

function fixedOf(kind: string, bytes: Uint8Array): (string | number | bigint)[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = { i64: 8, f64: 8, i32: 4, id16: 16, id8: 8 }[kind] ?? 1;
  return Array.from({ length: bytes.length / size }, (_, index) => {
    const at = index * size;
    if (kind === "i64") return view.getBigInt64(at, true);
    if (kind === "f64") return view.getFloat64(at, true);
    if (kind === "i32") return view.getInt32(at, true);
    return Buffer.from(bytes.subarray(at, at + size)).toString("hex");
  });
}

/** The rows of one table of an encoded batch; types of attributes are applied. */
export function rowsOf(encoded: Uint8Array, name: TableName): PlainRow[] {
  const table = decodeBatch(encoded)[name];
  if (table === undefined) return [];
  const rows = Array.from({ length: table.rows }, () => ({}) as Record<string, PlainRow[string]>);
  const types = new Map<string, string[]>();
  for (const { name: column, kind } of tables[name]) {
    if (kind !== "text") continue;
    const texts = textsOf(table.columns[column]?.data ?? new Uint8Array());
    types.set(column, texts);
    rows.forEach((row, index) => (row[column] = texts[index] ?? "missing"));
  }
  for (const { name: column, kind } of tables[name]) {
    const found = table.columns[column];
    if (found === undefined || kind === "text") continue;
    if (kind !== "map") {
      const values = fixedOf(kind, found.data);
      rows.forEach((row, index) => (row[column] = values[index] ?? "missing"));
      continue;
    }
    const keys = textsOf(found.keys ?? new Uint8Array());
    const values = textsOf(found.values ?? new Uint8Array());
    const typed = types.get(`${column.replace(/s$/, "")}_types`) ?? types.get(`${column}_types`);
    let at = 0;
    rows.forEach((row, index) => {
      const count = new DataView(found.data.buffer, found.data.byteOffset).getUint16(
        index * 2,
        true,
      );
      const pairs: Record<string, Attributes[string]> = {};
      for (let pair = 0; pair < count; pair++, at++) {
        const type = typed?.[index]?.[pair] ?? "s";
        pairs[keys[at] ?? ""] = valueOf(values[at] ?? "", type);
      }
      row[column] = pairs;
    });
  }
  return rows;
}

/** A text column's value. */
export function textAt(row: PlainRow | undefined, column: string): string {
  const value = row?.[column];
  return typeof value === "string" ? value : "";
}
