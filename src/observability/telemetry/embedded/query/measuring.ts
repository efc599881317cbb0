import type { Filter } from "../../../signals/filter.ts";
import type { AggregateQuery, Range } from "../../../signals/store.ts";
import { timeColumns } from "../segment.ts";
import { FieldSql } from "./field-sql.ts";
import { filterSql } from "./filter-sql.ts";
import { fromSql } from "./source.ts";
import type { Branch } from "./source.ts";

/** What a query computes of a field, and under which name the rows bring it. */
export interface Asked {
  readonly query: AggregateQuery;
  /** Fields whose numbers are measured. */
  readonly numbers: readonly string[];
  /** Fields whose different values are counted. */
  readonly texts: readonly string[];
  /** Filters of which it is counted how often they hold. */
  readonly filters: readonly Filter[];
}

/** The bucket of time of an instant in nanoseconds, milliseconds. */
export function bucketSql(time: string, { stepMs, fromNs }: AggregateQuery): string {
  if (stepMs === undefined) return `${fromNs / 1_000_000n}::bigint`;
  return `(${time} // ${BigInt(stepMs) * 1_000_000n}) * ${stepMs}`;
}

/**
 * The rows of a branch that are measured: their bucket of time `t`, fields `b0`.., weight `w`,
 * numbers `n0`.., texts `x0`.. and conditions `c0`..
 */
export function rowsSql(asked: Asked, branch: Branch, ranges: readonly Range[]): string {
  const { query } = asked;
  const { signal } = query;
  const time = `d.${timeColumns[signal]}`;
  const fields = new FieldSql(signal, branch);
  const columns = [
    `${bucketSql(time, query)} as t`,
    ...query.by.map((field, at) => `${fields.text(field)} as b${at}`),
    `${signal === "spans" ? "d.weight" : "1::double"} as w`,
    ...asked.numbers.map((field, at) => `${fields.number(field)} as n${at}`),
    ...asked.texts.map((field, at) => `${fields.text(field)} as x${at}`),
    ...asked.filters.map((filter, at) => `coalesce(${filterSql(filter, fields)}, false) as c${at}`),
  ];
  const where = filterSql(query.filter, fields);
  const within = ranges.map(({ fromNs, toNs }) => `(${time} >= ${fromNs} and ${time} < ${toNs})`);
  return `select ${columns.join(", ")} from ${fromSql(branch, fields.needsOrigin)}
    where (${within.join(" or ")}) and ${where}`;
}
