import { readErrors } from "./errors.ts";

/** Tables that statements may read. */
const tables = new Set(["logs", "spans", "points", "errors"]);

/** Functions that give tables and read nothing. */
const tableFunctions = new Set(["unnest", "range", "generate_series"]);

/** Functions that tell of the engine, its settings or the machine, by how their names begin. */
const forbidden = `read_ parquet_ duckdb_ pragma_ pg_ has_ sniff_ query which_secret json_execute
  write_log sql_auto in_search_path txid session_user current_setting current_database
  current_schema current_user current_role current_query current_catalog getvariable getenv glob
  nextval currval`.split(/\s+/);

/** References that are allowed besides tables, functions and joins. */
const references = new Set(["SUBQUERY", "EMPTY", "EXPRESSION_LIST"]);

type Node = Record<string, unknown>;

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function refuse(why: string): never {
  throw readErrors.MOR_TELEMETRY_SQL(`sql: ${why}`);
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

function visit(value: unknown, meet: (node: Node) => void): void {
  if (Array.isArray(value)) for (const one of value) visit(one, meet);
  if (!isNode(value)) return;
  meet(value);
  for (const one of Object.values(value)) visit(one, meet);
}

/** Names that `with` gives. */
function namesGiven(tree: unknown): Set<string> {
  const names = new Set<string>();
  visit(tree, ({ cte_map: given }) => {
    const list = isNode(given) ? given["map"] : undefined;
    if (!Array.isArray(list)) return;
    for (const one of list as readonly unknown[]) {
      const name = isNode(one) ? textOf(one["key"]).toLowerCase() : "";
      if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) refuse(`${name} is no name that with may give`);
      names.add(name);
    }
  });
  return names;
}

function checkFrom(from: unknown, given: ReadonlySet<string>): void {
  if (!isNode(from)) return;
  const type = textOf(from["type"]);
  if (type === "JOIN") {
    checkFrom(from["left"], given);
    checkFrom(from["right"], given);
  } else if (type === "BASE_TABLE") {
    const name = textOf(from["table_name"]);
    const path = [from["catalog_name"], from["schema_name"]].map(textOf).filter(Boolean);
    const isKnown = tables.has(name.toLowerCase()) || given.has(name.toLowerCase());
    if (path.length > 0 || !isKnown) {
      refuse(`there is no table ${[...path, name].join(".")}; there are ${[...tables].join(", ")}`);
    }
  } else if (type === "TABLE_FUNCTION") {
    const call = from["function"];
    const name = isNode(call) ? textOf(call["function_name"]).toLowerCase() : "";
    if (!tableFunctions.has(name)) refuse(`the function ${name || "?"} is not allowed`);
  } else if (!references.has(type)) refuse(`${type.toLowerCase()} is not allowed`);
}

/**
 * Refuses what reads anything but the tables of telemetry. DuckDB itself is locked too: this says
 * it well, and is not alone.
 * @throws MOR_TELEMETRY_SQL
 */
function check(tree: unknown): void {
  const given = namesGiven(tree);
  visit(tree, (node) => {
    const type = textOf(node["type"]);
    if (type === "SHOW_REF") refuse("only SELECT is allowed");
    if ("from_table" in node) checkFrom(node["from_table"], given);
    if (type === "BASE_TABLE" || type === "TABLE_FUNCTION") checkFrom(node, given);
    const name = textOf(node["function_name"]).toLowerCase();
    if (forbidden.some((start) => name.startsWith(start)))
      refuse(`the function ${name} is not allowed`);
  });
}

/** The constant text that a node is. */
function constantOf(node: unknown): string | undefined {
  if (!isNode(node) || node["class"] !== "CONSTANT" || !isNode(node["value"])) return undefined;
  const { value, type } = node["value"];
  return isNode(type) && type["id"] === "VARCHAR" && typeof value === "string" ? value : undefined;
}

/** Makes `attributes['key']` a column, where there is one; says whether anything was changed. */
function useColumns(tree: unknown, keys: ReadonlySet<string>): boolean {
  let changed = false;
  visit(tree, (node) => {
    if (node["type"] !== "ARRAY_EXTRACT" || !Array.isArray(node["children"])) return;
    const [from, index] = node["children"] as readonly unknown[];
    const key = constantOf(index);
    if (!isNode(from) || from["class"] !== "COLUMN_REF" || key === undefined) return;
    const names = from["column_names"] as readonly string[];
    if (names.at(-1)?.toLowerCase() !== "attributes" || !keys.has(key)) return;
    const alias = textOf(node["alias"]) || `attributes['${key}']`;
    const column = [...names.slice(0, -1), `attributes.${key}`];
    delete node["children"];
    Object.assign(node, { class: "COLUMN_REF", type: "COLUMN_REF", alias, column_names: column });
    changed = true;
  });
  return changed;
}

interface ExactJson {
  parse(text: string, revive: (key: string, value: unknown, from: From) => unknown): unknown;
  rawJSON(text: string): unknown;
}

/** What a value was read from. */
interface From {
  readonly source: string;
}

/** Numbers that a double does not hold stay as they are written. */
function parseExactly(text: string): unknown {
  // Newer than TypeScript's library knows.
  const json = JSON as unknown as ExactJson;
  return json.parse(text, (_key, value, { source }) =>
    typeof value === "number" && !Number.isSafeInteger(value) ? json.rawJSON(source) : value,
  );
}

/**
 * Checks a statement by its syntax tree (`json_serialize_sql`); answers with the tree to run
 * instead, where attributes can be read from columns.
 * @throws MOR_TELEMETRY_SQL
 */
export function guarded(serialized: string, keys: readonly string[]): string | undefined {
  const tree = parseExactly(serialized);
  if (!isNode(tree)) return refuse("the statement cannot be read");
  if (tree["error"] === true) {
    const why = textOf(tree["error_message"]);
    return refuse(why.startsWith("Only SELECT") ? "only SELECT is allowed" : why);
  }
  const statements = tree["statements"];
  const count = Array.isArray(statements) ? statements.length : 0;
  if (count !== 1) return refuse(`one statement is allowed, and these are ${count}`);
  check(tree);
  return useColumns(tree, new Set(keys)) ? JSON.stringify(tree) : undefined;
}
