import type { Signal } from "../../signals/records.ts";
import { tables } from "../../signals/tables.ts";
import { named, quoted } from "./duck.ts";
import { originColumns } from "./segment.ts";
import type { FileFacts } from "./segment.ts";

/** Rows of a row group in sealed files: what a reader that looks for one row has to read. */
export const sealedGroupRows = 16_384;

/**
 * How sealed files are written: without DuckDB's own bloom filters, by which DuckDB 1.5 passes over
 * row groups that hold a wanted BLOB, so that a join on span_id finds nothing.
 */
export const copyOptions: string =
  "(format parquet, compression zstd, parquet_version v2, write_bloom_filter false, " +
  `row_group_size ${sealedGroupRows})`;

/** Rows of each row group of spans, and the least and greatest trace id in it, as text. */
export const traceGroupsSql = (path: string): string => `select row_group_num_rows as n,
    stats_min_value as least, stats_max_value as greatest
  from parquet_metadata(${quoted(path)}) where path_in_schema = 'trace_id'
  order by row_group_id`;

/** Several Parquet files as one table; what a file has no column for is null. */
export const filesSql = (paths: readonly string[]): string =>
  `read_parquet([${paths.map(quoted).join(", ")}], union_by_name = true)`;

/** Keys that are listed of what a map holds. */
const restMax = 256;

/** The columns of a file that is made of several. */
export type MergedColumns = Pick<FileFacts, "columns" | "types" | "mixed" | "rest">;

/**
 * What becomes of attributes' columns when files are merged. Keys that are a column in one file and
 * in the map of another are `mixed`.
 */
export function mergeColumns(inputs: readonly MergedColumns[]): MergedColumns {
  const types = new Map<string, string>();
  for (const { columns, types: usual } of inputs) {
    for (const [index, key] of columns.entries()) types.set(key, usual[index] ?? "s");
  }
  const columns = [...types.keys()].toSorted();
  const mixed = new Set(inputs.flatMap((input) => input.mixed));
  const rest = new Set<string>();
  let many = false;
  for (const input of inputs) {
    const own = new Set(input.columns);
    if (input.rest === undefined) many = true;
    for (const key of input.rest ?? columns) if (types.has(key) && !own.has(key)) mixed.add(key);
    for (const key of input.rest ?? []) if (!types.has(key)) rest.add(key);
  }
  return {
    columns,
    types: columns.map((key) => types.get(key) ?? "s"),
    mixed: [...mixed].toSorted(),
    ...(many || rest.size > restMax ? {} : { rest: [...rest].toSorted() }),
  };
}

/**
 * Whether the usual types of what both have as columns are the same, so that rows may be merged.
 */
export function typesAgree(a: MergedColumns, b: MergedColumns): boolean {
  const types = new Map(a.columns.map((key, index) => [key, a.types[index]]));
  return b.columns.every((key, index) => (types.get(key) ?? b.types[index]) === b.types[index]);
}

/** The text of an attribute in rows of these columns, empty where there is none. */
export function attributeSql(merged: MergedColumns, key: string, table = "d"): string {
  const column = merged.columns.includes(key) ? [`${table}.${named(`@${key}`)}`] : [];
  const inMap = merged.rest?.includes(key) ?? !merged.columns.includes(key);
  const map = inMap || merged.mixed.includes(key) ? [`${table}.attributes[${quoted(key)}]`] : [];
  return `coalesce(${[...column, ...map, "''"].join(", ")})`;
}

/** The columns of a sealed file of these attributes, without those of the origin. */
export function sealedColumns(signal: Signal, merged: MergedColumns): string[] {
  const plain = [...tables[signal].map(({ name }) => name), "column_types"];
  return [...plain, ...merged.columns.map((key) => `@${key}`)];
}

/**
 * How rows of a sealed file are ordered: spans of a trace together, so that a trace is found by the
 * least and greatest id of each row group; points by series; logs and errors by time, which is what
 * their queries cut out, and compresses best (lines of a trace are near each other).
 */
export function orderSql(signal: Signal, merged: MergedColumns): string {
  if (signal === "spans") return "trace_id, start_ns";
  if (signal !== "points") return "time_ns";
  const keys = merged.columns.map((key) => named(`@${key}`));
  return ["name", "service", "origin", ...keys, "time_ns"].join(", ");
}

const originTypes = { i64: "bigint", text: "varchar", map: "map(varchar, varchar)" };

/** Origins by id, each once, as a table of the session; empty where there is no file of them. */
export function originsSql(paths: readonly string[]): string {
  const make = "create or replace temp table origin";
  if (paths.length > 0) return `${make} as select distinct on (id) * from ${filesSql(paths)}`;
  const columns = tables.origins.map(
    ({ name, kind }) => `${name} ${originTypes[kind as keyof typeof originTypes]}`,
  );
  return `${make} (${columns.join(", ")})`;
}

/** Columns of the origin, for rows `d` joined with `origin` as `o`. */
export const originSql: string = originColumns
  .map((name) => `coalesce(o.${name}, '') as ${name}`)
  .join(", ");
