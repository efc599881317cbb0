import { jsonDepthMax } from "../../core/json.ts";
import { validate } from "../../core/schema.ts";
import { tableErrors } from "./errors.ts";
import type { AnyTable } from "./table.ts";

/** Bytes of a row as JSON at most. */
export const rowBytesMax: number = 2 ** 20;

/**
 * Bytes of an index's text fields at most: with the key they fit into a B-tree page of PostgreSQL.
 */
export const indexBytesMax = 2000;

/** A row, whatever its table. */
export type AnyRow = Readonly<Record<string, unknown>>;

/** The path of the first value that would not come back as it went in. */
function notJson(value: unknown, path: string, depth: number): string | undefined {
  if (value === null || typeof value === "boolean") return undefined;
  // PostgreSQL's JSON has no U+0000.
  if (typeof value === "string") return value.includes("\u0000") ? path : undefined;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : path;
  if (typeof value !== "object" || depth > jsonDepthMax) return path;
  const prototype: unknown = Object.getPrototypeOf(value);
  const plain = prototype === Object.prototype || prototype === null || Array.isArray(value);
  if (!plain) return path;
  for (const [name, child] of Object.entries(value)) {
    if (child === undefined && !Array.isArray(value)) continue;
    const found = notJson(child, path === "" ? name : `${path}.${name}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function textBytes(value: unknown): number {
  if (value === undefined || value === null) return 0;
  return Buffer.byteLength(typeof value === "string" ? value : JSON.stringify(value));
}

function assertIndexable(table: AnyTable, row: AnyRow): void {
  for (const { name, fields } of table.indexes) {
    const bytes = fields.reduce((sum, field) => sum + textBytes(row[field.name]), 0);
    if (bytes <= indexBytesMax) continue;
    throw tableErrors.MOR_TABLE_INDEX_TOO_LARGE(
      `row of table ${table.name}: ${bytes} bytes in index ${name}, at most ${indexBytesMax}`,
    );
  }
}

/** A validated row as JSON text. */
export function encodedRow(table: AnyTable, row: AnyRow): string {
  const path = notJson(row, "", 1);
  if (path !== undefined) {
    throw tableErrors.MOR_TABLE_ROW_NOT_JSON(`row of table ${table.name}: ${path} is not JSON`);
  }
  const body = JSON.stringify(row);
  const bytes = Buffer.byteLength(body);
  if (bytes <= rowBytesMax) {
    assertIndexable(table, row);
    return body;
  }
  throw tableErrors.MOR_TABLE_ROW_TOO_LARGE(
    `row of table ${table.name}: ${bytes} bytes, at most ${rowBytesMax}`,
    { details: { bytes, bytesMax: rowBytesMax } },
  );
}

/** A row as the schema makes it. @throws MOR_INVALID */
export async function validRow(table: AnyTable, given: unknown): Promise<AnyRow> {
  return (await validate(table.row, given, `row of table ${table.name}`)) as AnyRow;
}

/** A stored row. */
export function decodedRow(body: string): AnyRow {
  return JSON.parse(body) as AnyRow;
}
