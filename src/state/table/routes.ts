import { z } from "zod";
import { coreErrors } from "../../core/errors.ts";
import { get } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import { parseJson } from "../../core/json.ts";
import { toJsonSchema } from "../../core/schema.ts";
import { CountAnswer, RowsAnswer, TablesAnswer } from "./answers.ts";
import type { TableView } from "./answers.ts";
import { pageRowsMax } from "./query.ts";
import type { AnyListOptions } from "./query.ts";
import { makeReading } from "./runtime.ts";
import type { TableRuntime } from "./runtime.ts";
import type { AnyTable } from "./table.ts";

const ListQuery = z.object({
  index: z.string().optional(),
  /** A JSON object of exact values. */
  where: z.string().max(4096).optional(),
  prefix: z.string().max(512).optional(),
  order: z.enum(["asc", "desc"]).optional(),
  limit: z.coerce.number().int().min(1).max(pageRowsMax).optional(),
  cursor: z.string().max(8192).optional(),
});

function described(table: AnyTable): TableView {
  const { name, description, keyFields, indexes, row } = table;
  return { name, description, key: keyFields, indexes, row: toJsonSchema(row, "output") };
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
      async () => ({ tables: runtime.tables.map(described) }),
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
