import type { Filter } from "../../../signals/filter.ts";
import type { Aggregate, AggregateQuery, AggregateRow, Measure } from "../../../signals/store.ts";
import { timeColumns } from "../segment.ts";
import { readErrors } from "./errors.ts";
import { FieldSql } from "./field-sql.ts";
import { filterSql, numeral } from "./filter-sql.ts";
import { rolledUp } from "./rollup.ts";
import type { RolledUp } from "./rollup.ts";
import { checkFilter, checkLimit } from "./search.ts";
import { rangeSql } from "./session.ts";
import type { Session } from "./session.ts";
import { fromSql } from "./source.ts";
import type { Branch } from "./source.ts";

const byMax = 8;
const measuresMax = 32;
const groupsMax = 10_000;

/** Rows at most in an answer. */
const rowsMax = 200_000;

/** Positive bucket `i` of a sketch is `shift + i`, the negative one the opposite, zero is 0. */
const shift = 1_000_000;

const bucketOf = (value: string): string => {
  const index = `ceil(ln(abs(${value})) / ln(1.02))::integer`;
  return `case when not isfinite(${value}) then null when ${value} = 0 then 0
    when ${value} > 0 then ${shift} + ${index} else -(${shift} + ${index}) end`;
};

const bucketValue = (code: string): string =>
  `case when ${code} = 0 then 0
    else sign(${code}) * 2 * pow(1.02, abs(${code}) - ${shift}) / 2.02 end`;

/** A part of what is aggregated: rows of one branch. */
interface Part {
  readonly branch: Branch;
  readonly where: string;
}

/** Writes what one query needs of each row, and how it is put together. */
class AggregateSql {
  readonly #query: AggregateQuery;
  /** Fields whose quantiles are asked for. */
  readonly #sketched: readonly string[];

  constructor(query: AggregateQuery) {
    this.#query = query;
    const quantiles = query.measures.filter((measure) => measure.fn === "quantile");
    this.#sketched = [...new Set(quantiles.map(({ field }) => field))];
  }

  get #groups(): string[] {
    return this.#query.by.map((_, index) => `g${index}`);
  }

  #codeOf(field: string): string {
    return `c${this.#sketched.indexOf(field)}`;
  }

  /** Whether rows can be put together by bucket first, so that files are read once. */
  get #once(): boolean {
    const distinct = this.#query.measures.some(({ fn }) => fn === "distinct");
    return this.#sketched.length === 1 && !distinct;
  }

  #time(branch: Branch): string {
    const { stepMs, fromNs, signal } = this.#query;
    if (stepMs === undefined) return `${fromNs / 1_000_000n}::bigint`;
    if (branch.rollup !== undefined) return `d.minute // ${stepMs} * ${stepMs}`;
    return `d.${timeColumns[signal]} // ${BigInt(stepMs) * 1_000_000n} * ${stepMs}`;
  }

  #weight(branch: Branch): string {
    const { signal } = this.#query;
    if (branch.rollup !== undefined) return signal === "logs" ? "d.lines::double" : "d.calls";
    return signal === "spans" ? "d.weight" : "1::double";
  }

  /** Columns of one measure: `s` weighted sum, `n` weight, `l` and `h` bounds, `x` text. */
  #measure(measure: Measure, at: number, fields: FieldSql, branch: Branch): string[] {
    const weight = this.#weight(branch);
    if (measure.fn === "count" || measure.fn === "quantile") return [];
    if (measure.fn === "count-if") {
      const holds = filterSql(measure.filter, fields);
      return [`case when ${holds} then ${weight} else 0 end as s${at}`];
    }
    if (measure.fn === "distinct") return [`${fields.text(measure.field)} as x${at}`];
    if (branch.rollup !== undefined && measure.field === "duration") {
      return [`d.sum_ns / 1e6 as s${at}`, ...(measure.fn === "avg" ? [`d.calls as n${at}`] : [])];
    }
    const value = fields.number(measure.field);
    if (measure.fn === "min" || measure.fn === "max") return [`${value} as l${at}`];
    const known = `case when ${value} is null then null else ${weight} end as n${at}`;
    return [`${value} * ${weight} as s${at}`, ...(measure.fn === "avg" ? [known] : [])];
  }

  /** The rows of one part. */
  rows({ branch, where }: Part): string {
    const { signal, by, measures, filter } = this.#query;
    const fields = new FieldSql(signal, branch);
    const selected = [
      `${this.#time(branch)} as t`,
      ...by.map((field, index) => `${fields.text(field)} as g${index}`),
      `${this.#weight(branch)} as w`,
      ...measures.flatMap((measure, at) => this.#measure(measure, at, fields, branch)),
      ...this.#sketched.map((field) => {
        const code =
          branch.rollup !== undefined && field === "duration"
            ? `if(d.bucket = -100000, 0, ${shift} + d.bucket)`
            : bucketOf(`(${fields.number(field)})`);
        return `${code} as ${this.#codeOf(field)}`;
      }),
    ];
    const condition = filterSql(filter, fields);
    return `select ${selected.join(", ")} from ${fromSql(branch, fields.needsOrigin)}
      where ${where} and ${condition}`;
  }

  /** How columns of a measure are put together; the same over rows and over parts of groups. */
  #put(measure: Measure, at: number): (readonly [sql: string, name: string])[] {
    if (measure.fn === "count" || measure.fn === "quantile") return [];
    if (measure.fn === "distinct") return [[`count(distinct x${at})`, `x${at}`]];
    if (measure.fn === "min" || measure.fn === "max") return [[`${measure.fn}(l${at})`, `l${at}`]];
    const sum = [`sum(s${at})`, `s${at}`] as const;
    return measure.fn === "avg" ? [sum, [`sum(n${at})`, `n${at}`]] : [sum];
  }

  #putAll(): string[] {
    const parts = this.#query.measures.flatMap((measure, at) => this.#put(measure, at));
    return ["sum(w) as w", ...parts.map(([sql, name]) => `${sql} as ${name}`)];
  }

  #value(measure: Measure, at: number): string {
    if (measure.fn === "count") return "p.w";
    if (measure.fn === "avg") return `p.s${at} / p.n${at}`;
    if (measure.fn === "min" || measure.fn === "max") return `p.l${at}`;
    if (measure.fn === "distinct") return `p.x${at}`;
    return measure.fn === "quantile" ? `p.q${at}` : `p.s${at}`;
  }

  /** Quantiles of one field, a row a group. */
  #quantiles(field: string): string {
    const [code, groups] = [this.#codeOf(field), this.#groups];
    const asked = this.#query.measures.flatMap((measure, at) =>
      measure.fn === "quantile" && measure.field === field ? [{ q: measure.q, at }] : [],
    );
    const chosen = asked.map(({ q, at }) => {
      const rank = numeral(Math.min(1, Math.max(0, q)));
      const found = `coalesce(min(c) filter (passed > ${rank} * (whole - 1)), max(c))`;
      return `${bucketValue(found)} as q${at}`;
    });
    const by = ["total", "t", ...groups].join(", ");
    const own = ["t", ...groups, "c"].join(", ");
    const over = [...groups, "c"].join(", ");
    return `${code}h as (select grouping(t) as total, ${own}, sum(w) as w
        from (select t, ${groups.map((name) => `${name}, `).join("")}${code} as c, w
          from cells where ${code} is not null)
        group by grouping sets ((${own}), (${over}))),
      ${code}p as (select *, sum(w) over (partition by ${by} order by c) as passed,
        sum(w) over (partition by ${by}) as whole from ${code}h),
      ${code}q as (select ${by}, ${chosen.join(", ")} from ${code}p group by ${by})`;
  }

  /** Ranks groups by a measure over all of their time. */
  #rank(): string {
    const { measures, orderBy } = this.#query;
    const at = measures.findIndex(({ as }) => as === orderBy);
    const measure = measures[at];
    return measure === undefined ? "p.w" : `coalesce(${this.#value(measure, at)}, 0)`;
  }

  /** The whole statement. */
  statement(parts: readonly Part[]): string {
    const groups = this.#groups;
    const { measures, limit } = this.#query;
    const base = parts.map((part) => this.rows(part)).join("\nunion all\n");
    const own = ["t", ...groups].join(", ");
    const same = (left: string, right: string, names: readonly string[]): string =>
      names.map((name) => `${left}.${name} is not distinct from ${right}.${name}`).join(" and ");
    const cells = this.#once
      ? `cells as materialized (select ${own}, c0, ${this.#putAll().join(", ")}
          from base group by ${own}, c0)`
      : "cells as not materialized (select * from base)";
    const joins = this.#sketched.map((field) => {
      const name = `${this.#codeOf(field)}q`;
      return `left join ${name} on ${same("m", name, ["total", "t", ...groups])}`;
    });
    const quantiles = measures.flatMap(({ fn }, at) => (fn === "quantile" ? [`q${at}`] : []));
    const values = measures.map((measure, at) => `${this.#value(measure, at)} as m${at}`);
    const ranked = ["true", ...groups.map((name) => same("p", "r", [name]))].join(" and ");
    return `with base as not materialized (${base}), ${cells},
      m as materialized (select grouping(t) as total, ${own}, ${this.#putAll().join(", ")}
        from cells group by grouping sets ((${own}), (${groups.join(", ")})) having sum(w) > 0),
      ${this.#sketched.map((field) => `${this.#quantiles(field)},`).join("\n")}
      p as materialized (select ${["m.*", ...quantiles].join(", ")} from m ${joins.join("\n")}),
      r as materialized (select ${[...groups, ""].join(", ")}
        row_number() over (order by ${[`${this.#rank()} desc`, ...groups].join(", ")}) as place
        from p where total = 1)
      select p.t as t, ${[...groups.map((name) => `p.${name}`), ...values].join(", ")},
        (select count(*) from r) as many
      from p join r on ${ranked} where p.total = 0 and r.place <= ${limit}
      order by r.place, p.t limit ${rowsMax + 1}`;
  }
}

function checkQuery({ by, measures, limit, stepMs, filter, orderBy }: AggregateQuery): void {
  checkLimit(limit, groupsMax);
  const filters: readonly Filter[] = [
    filter,
    ...measures.flatMap((one) => (one.fn === "count-if" ? [one.filter] : [])),
  ];
  for (const one of filters) checkFilter(one);
  const problem =
    by.length > byMax
      ? `at most ${byMax} fields to group by`
      : measures.length > measuresMax || measures.length === 0
        ? `from 1 to ${measuresMax} measures`
        : stepMs !== undefined && !(Number.isSafeInteger(stepMs) && stepMs > 0)
          ? "a step is a whole number of milliseconds"
          : orderBy !== undefined && !measures.some(({ as }) => as === orderBy)
            ? `orderBy is the name of a measure, and ${orderBy} is none`
            : undefined;
  if (problem !== undefined) throw readErrors.MOR_TELEMETRY_QUERY(`aggregate: ${problem}`);
}

/** The parts that a query reads: rollups where they answer it, records for the rest. */
async function partsOf(session: Session, query: AggregateQuery): Promise<Part[]> {
  const rolled: RolledUp | undefined = await rolledUp(session, query);
  const files = await session.files(query.signal, query, query.filter);
  const range = rangeSql(query.signal, query);
  if (rolled === undefined) {
    return (await session.branches(files)).map((branch) => ({ branch, where: range }));
  }
  const { minutes, segments, branch } = rolled;
  const whole = files.filter((file) => !("segment" in file && segments.has(file.segment)));
  const time = `d.${timeColumns[query.signal]}`;
  // Of segments with rollups only what the whole minutes leave over.
  const edges = files.filter(
    (file) =>
      "segment" in file &&
      segments.has(file.segment) &&
      (file.facts.fromNs < minutes.fromNs || file.facts.toNs >= minutes.toNs),
  );
  const outside = `${range} and (${time} < ${minutes.fromNs} or ${time} >= ${minutes.toNs})`;
  const [wholeBranches, edgeBranches] = [
    await session.branches(whole),
    await session.branches(edges),
  ];
  const [fromMs, toMs] = [minutes.fromNs / 1_000_000n, minutes.toNs / 1_000_000n];
  return [
    { branch, where: `d.minute >= ${fromMs} and d.minute < ${toMs}` },
    ...wholeBranches.map((one) => ({ branch: one, where: range })),
    ...edgeBranches.map((one) => ({ branch: one, where: outside })),
  ];
}

/** Figures over records. */
export async function aggregateOf(session: Session, query: AggregateQuery): Promise<Aggregate> {
  checkQuery(query);
  const parts = await partsOf(session, query);
  if (parts.length === 0) return { rows: [], groupsLeftOut: 0 };
  const found = await session.rows(new AggregateSql(query).statement(parts));
  if (found.length > rowsMax) {
    throw readErrors.MOR_TELEMETRY_QUERY_TOO_LARGE(`the answer has over ${rowsMax} rows`);
  }
  const number = (value: unknown): number | null =>
    value === null || value === undefined ? null : Number(value);
  const rows = found.map((row): AggregateRow => ({
    timeMs: Number(row["t"]),
    by: query.by.map((_, index) => (row[`g${index}`] ?? null) as string | null),
    values: Object.fromEntries(query.measures.map(({ as }, at) => [as, number(row[`m${at}`])])),
  }));
  const groups = Number(found[0]?.["many"] ?? 0);
  return { rows, groupsLeftOut: Math.max(0, groups - query.limit) };
}
