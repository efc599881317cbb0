import { builtInFields, everything } from "../../../signals/filter.ts";
import type { Signal } from "../../../signals/records.ts";
import type { FieldInfo, FieldValue, Range } from "../../../signals/store.ts";
import { named } from "../duck.ts";
import { literal } from "./field-sql.ts";
import { checkLimit } from "./search.ts";
import { rangeSql, unionSql } from "./session.ts";
import type { Session } from "./session.ts";
import type { DataFile } from "./source.ts";

/** Fields at most in an answer. */
const fieldsMax = 2000;

/** Rows that fields are counted in: those of the newest files. */
const countedRows = 200_000;

/** Rows that values are counted in. */
const valuedRows = 1_500_000;

const valuesMax = 1000;

/** The newest files up to so many rows; at least one. */
function newestOf(files: readonly DataFile[], rowsMax: number): DataFile[] {
  let rows = 0;
  const chosen: DataFile[] = [];
  for (const file of files) {
    if (rows >= rowsMax) break;
    chosen.push(file);
    rows += file.facts.rows;
  }
  return chosen;
}

const isNumber = (type: string | undefined): boolean => type === "i" || type === "d";

interface Counted {
  records: number;
  number: boolean;
}

/**
 * Fields that records of the range have, the most frequent first. How many records have one is
 * counted in the newest files, up to 200,000 rows; what only older ones have is told with 0.
 */
export async function fieldsIn(
  session: Session,
  signal: Signal,
  range: Range,
): Promise<FieldInfo[]> {
  const files = await session.files(signal, range, everything);
  const counted = new Map<string, Counted>();
  const field = (key: string, type?: string): Counted => {
    const found = counted.get(key) ?? { records: 0, number: false };
    if (isNumber(type)) found.number = true;
    counted.set(key, found);
    return found;
  };
  for (const { facts } of files) {
    for (const [at, key] of facts.columns.entries()) field(key, facts.types[at]);
    for (const key of facts.rest ?? []) field(key);
  }
  const total = await countAttributes(
    session,
    { signal, range },
    newestOf(files, countedRows),
    field,
  );
  const own = builtInFields[signal].map(({ name, type }): FieldInfo => {
    return { name, type, records: total };
  });
  const names = new Set(own.map(({ name }) => name));
  const attributes = [...counted].map(([key, { records, number }]): FieldInfo => ({
    name: names.has(key) || key.startsWith("resource.") ? `attributes.${key}` : key,
    type: number ? "number" : "text",
    records,
  }));
  attributes.sort((a, b) => b.records - a.records || (a.name < b.name ? -1 : 1));
  return [...own, ...attributes].slice(0, fieldsMax);
}

/** Counts attributes by key; answers with the number of records that it looked at. */
async function countAttributes(
  session: Session,
  { signal, range }: { readonly signal: Signal; readonly range: Range },
  files: readonly DataFile[],
  field: (key: string, type?: string) => Counted,
): Promise<number> {
  let total = 0;
  const where = rangeSql(signal, range);
  for (const branch of await session.branches(files)) {
    const { columns } = branch.shape;
    const each = columns.map((key, at) => {
      const column = `d.${named(`@${key}`)}`;
      return `count(${column}) as k${at}, any_value(${column}) as v${at}`;
    });
    const data = (select: string): string =>
      unionSql(signal, [branch], everything, { where, columns: () => select });
    const [row] = await session.rows(data(["count(*) as n", ...each].join(", ")));
    total += Number(row?.["n"] ?? 0);
    for (const [at, key] of columns.entries()) {
      const value = row?.[`v${at}`];
      // Where a column's usual type is not what this field mostly is now.
      const reads =
        typeof value === "string" && value.trim() !== "" && !Number.isNaN(Number(value));
      field(key, reads ? "d" : undefined).records += Number(row?.[`k${at}`] ?? 0);
    }
    const pairs = "list_zip(map_keys(d.attributes), string_split(d.attribute_types, ''))";
    const rows = await session.rows(`select pair[1] as k, mode(pair[2]) as type, count(*) as n
      from (${data(`unnest(${pairs}) as pair`)}) group by k order by n desc limit ${fieldsMax}`);
    for (const { k, type, n } of rows) field(String(k), String(type)).records += Number(n);
  }
  return total;
}

/**
 * Values of a field, the most frequent first, counted in the newest files up to 1.5 million rows:
 * a sample, where the range has more.
 */
export async function fieldValuesIn(
  session: Session,
  {
    signal,
    field,
    range,
    prefix,
    limit,
  }: {
    readonly signal: Signal;
    readonly field: string;
    readonly range: Range;
    readonly prefix: string;
    readonly limit: number;
  },
): Promise<FieldValue[]> {
  checkLimit(limit, valuesMax);
  const files = await session.files(signal, range, { op: "exists", field });
  const branches = await session.branches(newestOf(files, valuedRows));
  if (branches.length === 0) return [];
  const found = unionSql(signal, branches, everything, {
    where: rangeSql(signal, range),
    columns: (_branch, fields) => `${fields.text(field)} as v`,
  });
  const begins =
    prefix === "" ? "v is not null" : `starts_with(lower(v), ${literal(prefix.toLowerCase())})`;
  const rows = await session.rows(`select v, count(*) as n from (${found}) where ${begins}
    group by v order by n desc, v limit ${limit}`);
  return rows.map(({ v, n }) => ({ value: String(v), count: Number(n) }));
}
