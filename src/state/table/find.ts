import { MorningError } from "../../core/errors.ts";
import type { FindHit } from "../../core/host.ts";
import { encodedKey } from "./keys.ts";
import { decodedRow } from "./rows.ts";
import type { TableRuntime } from "./runtime.ts";
import type { AnyTable } from "./table.ts";

const hitsMax = 20;
const titleMax = 200;

/** Keys that a text may stand for, as they are stored: the text, and the number that it writes. */
function keysOf(table: AnyTable, id: string): readonly string[] {
  const number = Number(id);
  const isNumber = Number.isSafeInteger(number) && String(number) === id;
  try {
    return [id, ...(isNumber ? [number] : [])].map((key) => encodedKey(table, key));
  } catch (error) {
    // No row has such a key.
    if (MorningError.is(error, "MOR_TABLE_KEY")) return [];
    throw error;
  }
}

async function findInTable(
  { driver }: TableRuntime,
  table: AnyTable,
  id: string,
): Promise<FindHit[]> {
  const [field = ""] = table.keyFields;
  const found = await driver.get(table.name, keysOf(table, id));
  return found.flatMap(({ body, updatedAtMs }) => {
    const key = decodedRow(body)[field];
    if (String(key) !== id) return [];
    const title = body.slice(0, titleMax);
    const resource = `table/${table.name}`;
    return [{ kind: "row", id: JSON.stringify(key), title, resource, atMs: updatedAtMs }];
  });
}

/** Rows that an identifier names, in every table whose key is one field. */
export async function findRows(runtime: TableRuntime, id: string): Promise<readonly FindHit[]> {
  const tables = runtime.tables.filter(({ singleKey }) => singleKey);
  const found = await Promise.all(tables.map((table) => findInTable(runtime, table, id)));
  return found.flat().slice(0, hitsMax);
}
