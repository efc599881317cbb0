import { z } from "zod";
import { coreErrors } from "../../core/errors.ts";
import { get } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import { parseJson } from "../../core/json.ts";
import { toJsonSchema } from "../../core/schema.ts";
import { CountAnswer, EntryAnswer, RowsAnswer, TableAnswer, TablesAnswer } from "./answers.ts";
import type { TableView } from "./answers.ts";
import { pageRowsMax } from "./query.ts";
import type { AnyListOptions } from "./query.ts";
import { makeReading } from "./runtime.ts";
import type { TableRuntime } from "./runtime.ts";
import type { AnyRow } from "./rows.ts";
import type { AnyTable, Entry } from "./table.ts";

const ListQuery = z.object({
  index: z.string().optional(),
  /** A JSON object of exact values. */
  where: z.string().max(4096).optional(),
  prefix: z.string().max(512).optional(),
  order: z.enum(["asc", "desc"]).optional(),
  limit: z.coerce.number().int().min(1).max(pageRowsMax).optional(),
  cursor: z.string().max(8192).optional(),
});

/** A key has 512 bytes; as JSON, with its field names, some more. */
const KeyQuery = z.object({
  /** The key as JSON: `"a"`, or `{ "hall": "x", "seat": 1 }` where it has several fields. */
  key: z.string().max(8192),
});

async function described({ driver }: TableRuntime, table: AnyTable): Promise<TableView> {
  const { name, description, keyFields, indexes, row } = table;
  const declared = { name, description, key: keyFields, indexes };
  return { ...declared, row: toJsonSchema(row, "output"), ...(await driver.size(name)) };
}

async function entryOf(
  { driver }: TableRuntime,
  table: AnyTable,
  key: string,
): Promise<Entry<AnyRow>> {
  const found = await makeReading(table, driver).getEntry(parseJson(key, "key"));
  if (found !== undefined) return found;
  throw coreErrors.MOR_NOT_FOUND(`table ${table.name}: there is no row ${key.slice(0, 200)}`);
}

function whereOf(text: string): Record<string, unknown> {
  const where = parseJson(text, "where");
  if (typeof where === "object" && where !== null && !Array.isArray(where)) {
    return where as Record<string, unknown>;
  }
  throw coreErrors.MOR_INVALID("where is not a JSON object");
}

/** The HTTP API of tables: what is declared, and the rows of one. */
export function tableRoutes(runtime: TableRuntime): readonly AnyRoute[] {
  const named = (name: string): AnyTable => {
    const table = runtime.tables.find((one) => one.name === name);
    if (table === undefined) throw coreErrors.MOR_NOT_FOUND(`there is no table ${name}`);
    return table;
  };
  return [
    get(
      "/tables",
      { summary: "Every declared table", role: "viewer", answer: TablesAnswer },
      async () => ({
        tables: await Promise.all(runtime.tables.map((table) => described(runtime, table))),
      }),
    ),
    get(
      "/tables/:name",
      { summary: "One table", role: "viewer", answer: TableAnswer },
      ({ params }) => described(runtime, named(params.name)),
    ),
    get(
      "/tables/:name/row",
      { summary: "One row, by its key", role: "viewer", query: KeyQuery, answer: EntryAnswer },
      ({ params, query }) => entryOf(runtime, named(params.name), query.key),
    ),
    get(
      "/tables/:name/rows",
      {
        summary: "Rows of a table, by key or index",
        role: "viewer",
        query: ListQuery,
        answer: RowsAnswer,
      },
      async ({ params, query }) => {
        const { where, ...rest } = query;
        const conditions = where === undefined ? {} : { where: whereOf(where) };
        const options = { ...rest, ...conditions } as AnyListOptions;
        return makeReading(named(params.name), runtime.driver).list(options);
      },
    ),
    get(
      "/tables/:name/count",
      { summary: "How many rows a table has", role: "viewer", answer: CountAnswer },
      async ({ params }) => ({
        count: await makeReading(named(params.name), runtime.driver).count(),
      }),
    ),
  ];
}
