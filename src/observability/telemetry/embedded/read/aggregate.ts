import type { Filter } from "../../../signals/filter.ts";
import type { Aggregate, AggregateQuery, AggregateRow, Measure } from "../../../signals/store.ts";
import { named } from "../duck.ts";
import type { View } from "../view.ts";
import type { DuckRow } from "./duck-pool.ts";
import { readErrors } from "./errors.ts";
import { rowsSql } from "./measuring.ts";
import type { Asked } from "./measuring.ts";
import { rolledUp } from "./rolled-up.ts";
import type { Reading } from "./search.ts";
import { branchesOf, candidates } from "./source.ts";

const groupsMax = 10_000;
const fieldsMax = 8;
const rowsMax = 500_000;
const stepsMax = 20_000;

/** The base of the sketch's buckets (folder `metrics`): a relative error of 1 %. */
const gamma = 1.02;

/** The bucket of a value; values of 0 and below are in two buckets of their own. */
const bucketOf = (value: string): string =>
  `case when ${value} > 0 then ceil(ln(${value}) / ln(${gamma})) when ${value} = 0 then -100000
    else -200000 - ceil(ln(-${value}) / ln(${gamma})) end`;

/** The value that a bucket stands for. */
const valueOfBucket = `case when bucket > -100000 then 2 * pow(${gamma}, bucket) / ${gamma + 1}
  when bucket = -100000 then 0
  else -2 * pow(${gamma}, -200000 - bucket) / ${gamma + 1} end`;

function askedOf(query: AggregateQuery): Asked {
  const numbers = new Set<string>();
  const texts = new Set<string>();
  const filters: Filter[] = [];
  for (const measure of query.measures) {
    if (measure.fn === "distinct") texts.add(measure.field);
    else if (measure.fn === "count-if") filters.push(measure.filter);
    else if (measure.fn !== "count") numbers.add(measure.field);
  }
  return { query, numbers: [...numbers], texts: [...texts], filters };
}

/** @throws MOR_TELEMETRY_QUERY for a query that asks for nothing or too much */
function check({ by, measures, stepMs, fromNs, toNs, orderBy }: AggregateQuery): void {
  const refuse = (why: string): never => {
    throw readErrors.MOR_TELEMETRY_QUERY(`aggregate: ${why}`);
  };
  if (by.length > fieldsMax) refuse(`more than ${fieldsMax} fields to group by`);
  if (measures.length === 0) refuse("no measure");
  const names = new Set(measures.map((measure) => measure.as));
  if (names.size < measures.length) refuse("two measures have one name");
  if (orderBy !== undefined && !names.has(orderBy)) refuse(`there is no measure ${orderBy}`);
  if (stepMs === undefined) return;
  if (!Number.isInteger(stepMs) || stepMs < 1) refuse("the step is no whole number of ms");
  const steps = Number((toNs - fromNs) / 1_000_000n) / stepMs;
  if (steps > stepsMax) {
    throw readErrors.MOR_TELEMETRY_QUERY_TOO_LARGE(`aggregate: more than ${stepsMax} steps`);
  }
}

/** Rows to aggregate: `t`, `b0`.., weight `w`, numbers `n0`.., texts `x0`.., conditions `c0`... */
async function rowsToMeasure(reading: Reading, view: View, asked: Asked): Promise<string[]> {
  const { query } = asked;
  const files = await candidates(reading.engine, view, query.signal, query, query.filter);
  const branches = await branchesOf(reading.engine, view, files);
  return branches.map((branch) => rowsSql(asked, branch, [query]));
}

function measureSql(measure: Measure, asked: Asked, filterAt: number): string | undefined {
  switch (measure.fn) {
    case "count":
      return "sum(w)";
    case "count-if":
      return `coalesce(sum(w) filter (c${filterAt}), 0)`;
    case "distinct":
      return `count(distinct x${asked.texts.indexOf(measure.field)})::double`;
    case "quantile":
      return undefined;
    default: {
      const value = `n${asked.numbers.indexOf(measure.field)}`;
      if (measure.fn === "sum") return `sum(${value} * w)`;
      if (measure.fn === "avg") return `sum(${value} * w) / sum(w) filter (${value} is not null)`;
      return `${measure.fn}(${value})::double`;
    }
  }
}

/** The columns of groups: their time and fields. */
function groupColumns({ by }: AggregateQuery): string[] {
  return ["t", ...by.map((_, at) => `b${at}`)];
}

function plainSql(asked: Asked, source: string): string {
  let filterAt = 0;
  const measures = asked.query.measures.flatMap((measure) => {
    const sql = measureSql(measure, asked, filterAt);
    if (measure.fn === "count-if") filterAt++;
    return sql === undefined ? [] : [`${sql} as ${named(measure.as)}`];
  });
  const groups = groupColumns(asked.query);
  return `select ${[...groups, ...measures].join(", ")} from (${source})
    group by ${groups.join(", ")} limit ${rowsMax + 1}`;
}

type Quantile = Extract<Measure, { readonly fn: "quantile" }>;

/** Quantiles of one field: of each group the first bucket that reaches the rank. */
function quantileSql(
  asked: Asked,
  source: string,
  field: string,
  measures: readonly Quantile[],
): string {
  const groups = groupColumns(asked.query);
  const value = `n${asked.numbers.indexOf(field)}`;
  const quantiles = measures.map(({ as, q }) => {
    const reached = q >= 1 ? "cum >= total" : `cum > ${q} * (total - 1)`;
    return `min(v) filter (${reached}) as ${named(as)}`;
  });
  const list = groups.join(", ");
  return `with bucketed as (
      select ${list}, ${bucketOf(value)} as bucket, sum(w) as calls
      from (${source}) where ${value} is not null group by all),
    valued as (select ${list}, ${valueOfBucket} as v, calls from bucketed),
    summed as (select ${list}, v, sum(calls) over (partition by ${list} order by v) as cum,
      sum(calls) over (partition by ${list}) as total from valued)
    select ${[...groups, ...quantiles].join(", ")} from summed group by ${list}`;
}

const keyOf = (by: readonly (string | null)[]): string => JSON.stringify(by);

interface Group {
  readonly by: readonly (string | null)[];
  readonly rows: Map<number, Record<string, number | null>>;
}

function numberOf(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}

function collect(
  groups: Map<string, Group>,
  rows: readonly DuckRow[],
  query: AggregateQuery,
  measures: readonly Measure[],
): void {
  for (const row of rows) {
    const by = query.by.map((_, at) => (row[`b${at}`] ?? null) as string | null);
    const key = keyOf(by);
    const group = groups.get(key) ?? { by, rows: new Map() };
    groups.set(key, group);
    const time = Number(row["t"]);
    const values = group.rows.get(time) ?? {};
    group.rows.set(time, values);
    for (const { as } of measures) values[as] = numberOf(row[as]);
  }
}

/** How much a group weighs in the order: sums add up over time, the rest goes by its peak. */
function rankOf(group: Group, { measures, orderBy }: AggregateQuery): number {
  const fn = measures.find(({ as }) => as === orderBy)?.fn ?? "count";
  const adds = fn === "count" || fn === "sum" || fn === "count-if";
  let rank = adds ? 0 : -Infinity;
  for (const values of group.rows.values()) {
    const value = values[orderBy ?? ""] ?? null;
    if (value !== null) rank = adds ? rank + value : Math.max(rank, value);
  }
  return rank;
}

function answerOf(groups: readonly Group[], query: AggregateQuery): AggregateRow[] {
  const names = query.measures.map(({ as }) => as);
  return groups.flatMap(({ by, rows }) =>
    [...rows]
      .sort(([a], [b]) => a - b)
      .map(([timeMs, values]) => ({
        timeMs,
        by,
        values: Object.fromEntries(names.map((name) => [name, values[name] ?? null])),
      })),
  );
}

/** Figures over records, by time and by fields. */
export async function aggregate(
  reading: Reading,
  view: View,
  query: AggregateQuery,
): Promise<Aggregate> {
  check(query);
  const asked = askedOf(query);
  const parts =
    (await rolledUp(reading, view, asked)) ?? (await rowsToMeasure(reading, view, asked));
  if (parts.length === 0) return { rows: [], groupsLeftOut: 0 };
  const source = parts.join(" union all ");
  const quantiles = query.measures.filter((one): one is Quantile => one.fn === "quantile");
  const plain = query.measures.filter(({ fn }) => fn !== "quantile");
  const groups = new Map<string, Group>();
  if (plain.length > 0) {
    const rows = await reading.pool.rows(plainSql(asked, source));
    if (rows.length > rowsMax) {
      throw readErrors.MOR_TELEMETRY_QUERY_TOO_LARGE(`aggregate: more than ${rowsMax} rows`);
    }
    collect(groups, rows, query, plain);
  }
  for (const field of new Set(quantiles.map((one) => one.field))) {
    const measures = quantiles.filter((one) => one.field === field);
    const rows = await reading.pool.rows(quantileSql(asked, source, field, measures));
    collect(groups, rows, query, measures);
  }
  const ordered = [...groups.values()];
  if (query.orderBy !== undefined) {
    ordered.sort((a, b) => rankOf(b, query) - rankOf(a, query));
  }
  const limit = Math.min(Math.max(1, query.limit), groupsMax);
  return {
    rows: answerOf(ordered.slice(0, limit), query),
    groupsLeftOut: Math.max(0, ordered.length - limit),
  };
}
