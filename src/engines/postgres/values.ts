import type { Row, SqlValue, Statement, StatementResult } from "../../core/store.ts";
import type { Step, StepResult } from "./pipeline.ts";

/** Type OIDs, from PostgreSQL's catalogue (pg_type.dat). */
const bool = 16;
const bytea = 17;
const int8 = 20;
const numeric = 1700;
const plainNumbers: ReadonlySet<number> = new Set([21, 23, 26, 700, 701]);

/** An integer as a number where that is exact, else as a bigint. */
function integer(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

/** A value in PostgreSQL's text form as what every state engine hands out. */
export function decode(text: string | null, type: number): SqlValue {
  if (text === null) return null;
  if (plainNumbers.has(type)) return Number(text);
  if (type === int8) return integer(text);
  if (type === bool) return text === "t" ? 1 : 0;
  if (type === bytea) return new Uint8Array(Buffer.from(text.slice(2), "hex"));
  if (type === numeric) return /^-?\d+$/.test(text) ? integer(text) : Number(text);
  return text;
}

/** Rows by column name. */
export function rowsOf(result: StepResult): Row[] {
  const { columns } = result;
  return result.rows.map((fields) => {
    const row: Record<string, SqlValue> = {};
    columns.forEach(({ name, type }, at) => {
      row[name] = decode(fields[at] ?? null, type);
    });
    return row;
  });
}

/** Roughly the bytes of a value's text. */
export function bytesOf(value: SqlValue): number {
  if (typeof value === "string") return value.length;
  return value instanceof Uint8Array ? value.byteLength : 8;
}

/**
 * SQLSTATE that `morning_expect` raises; its message is `found` and `at`, the statement's number.
 */
export const unmetState = "MO001";

/**
 * The first raises when a statement did not do what its write expects, so that the server itself
 * undoes the write and no round trip is spent on looking; -1 stands for "at least one". The second
 * sums over the runs of an `each`.
 */
export const functions: readonly string[] = [
  `create or replace function morning_expect(counted bigint, wanted bigint)
  returns bigint language plpgsql as $$
  begin
    if (wanted < 0 and counted > 0) or counted = wanted then return counted; end if;
    raise exception using errcode = '${unmetState}', message = 'found ' || counted;
  end $$`,
  `create or replace function morning_add(counted bigint)
  returns bigint language plpgsql as $$
  begin
    perform set_config('morning.sum',
      (current_setting('morning.sum')::bigint + counted)::text, true);
    return counted;
  end $$`,
];

/** How the results of a statement's steps are read back. */
export type Shape = "plain" | "counted" | "rows";

/** A statement as steps of a pipeline. */
export interface Planned {
  readonly steps: readonly Step[];
  readonly shape: Shape;
  /** The steps whose results count: one a run. */
  readonly runs: { readonly from: number; readonly to: number };
}

const selecting = /^\s*(?:select|values|table)\b/i;
const returning = /\breturning\b/i;
const modifying = /\b(?:insert\s+into|update|delete\s+from|merge\s+into)\b/i;

/**
 * Wraps `sql` so that `check`, a call over the count in its argument, sees how many rows it had.
 */
function wrap(sql: string, check: (count: string) => string): { sql: string; shape: Shape } {
  const gives = selecting.test(sql) || returning.test(sql) || !modifying.test(sql);
  if (!gives) {
    const counting = `select ${check("count(*)")} from morning_s`;
    return { sql: `with morning_s as (${sql} returning 1) ${counting}`, shape: "counted" };
  }
  const count = check("(select count(*) from morning_s)");
  return {
    sql: `with morning_s as (${sql}) select morning_e.*, morning_s.* from
      (select ${count} as morning_n) morning_e left join morning_s on true`,
    shape: "rows",
  };
}

/** The steps of a statement; an expectation that is not met is an error of the server. */
export function plan({ sql, params = [], each, expect }: Statement): Planned {
  if (expect === undefined) {
    const steps = (each ?? [params]).map((row) => ({ sql, params: row }));
    return { steps, shape: "plain", runs: { from: 0, to: steps.length } };
  }
  const wanted = expect.rows === "some" ? -1 : expect.rows;
  if (each === undefined) {
    const wrapped = wrap(sql, (count) => `morning_expect(${count}, ${wanted})`);
    return {
      steps: [{ sql: wrapped.sql, params }],
      shape: wrapped.shape,
      runs: { from: 0, to: 1 },
    };
  }
  const wrapped = wrap(sql, (count) => `morning_add(${count})`);
  const reset = { sql: "select set_config('morning.sum', '0', true)", params: [] };
  const check = {
    sql: `select morning_expect(current_setting('morning.sum')::bigint, ${wanted})`,
    params: [],
  };
  return {
    steps: [reset, ...each.map((row) => ({ sql: wrapped.sql, params: row })), check],
    shape: wrapped.shape,
    runs: { from: 1, to: each.length + 1 },
  };
}

/** What a `rows` shape gave: the count comes first, and a single row of nulls stands for none. */
function unwrapped(result: StepResult, sql: string): StepResult {
  const count = Number(result.rows[0]?.[0] ?? 0);
  const rows = count === 0 ? [] : result.rows.map((row) => row.slice(1));
  return { changes: modifying.test(sql) ? count : 0, columns: result.columns.slice(1), rows };
}

/** The result of one statement from those of its steps. */
export function resultOf(
  statement: Statement,
  { shape, runs }: Planned,
  given: readonly StepResult[],
): StatementResult {
  const own = given.slice(runs.from, runs.to);
  if (shape === "counted") {
    const changes = own.reduce((sum, part) => sum + Number(part.rows[0]?.[0] ?? 0), 0);
    return { changes, rows: [], values: [] };
  }
  const parts = shape === "rows" ? own.map((part) => unwrapped(part, statement.sql)) : own;
  const changes = parts.reduce((sum, part) => sum + part.changes, 0);
  if (statement.values !== true) return { changes, rows: parts.flatMap(rowsOf), values: [] };
  const values = parts.flatMap(({ columns, rows }) =>
    rows.map((row) => row.map((text, at) => decode(text, columns[at]?.type ?? 0))),
  );
  return { changes, rows: [], values };
}
