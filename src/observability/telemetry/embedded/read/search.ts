import { coreErrors } from "../../../../core/errors.ts";
import type { Filter } from "../../../signals/filter.ts";
import { everything } from "../../../signals/filter.ts";
import type { Signal } from "../../../signals/records.ts";
import type { Found, Page, Range, SearchQuery } from "../../../signals/store.ts";
import { textColumns, timeColumns } from "../segment.ts";
import type { Engine, View } from "../view.ts";
import { Decoder, recordColumns } from "./decode.ts";
import type { DuckPool } from "./duck-pool.ts";
import { FieldSql } from "./field-sql.ts";
import { filterSql } from "./filter-sql.ts";
import { branchesOf, candidates, fromSql } from "./source.ts";
import type { Branch, DataFile } from "./source.ts";

/** Signals whose records are searched one by one. */
export type Searched = Exclude<Signal, "points">;

/** What queries read from. */
export interface Reading {
  readonly engine: Engine;
  readonly pool: DuckPool;
}

/** Records that a search gives at most. */
export const searchLimitMax = 10_000;
/** Files that a search reads first; each round reads twice as many. */
const firstFiles = 4;

/** A place in the order of records: by time, and among equals by a hash of what they say. */
interface Place {
  readonly timeNs: bigint;
  readonly key: bigint;
}

interface Row<T> extends Place {
  readonly record: T;
  readonly origin: bigint;
}

/** A number that tells records of one time apart; the same wherever the record lies. */
function keySql(signal: Searched): string {
  const text = textColumns[signal] ?? "name";
  return `hash(d.origin, d.${text}, d.trace_id, d.span_id)`;
}

const idForm = /^([lse])(-?\d{1,19})-(\d{1,20})$/;

function idOf(signal: Searched, { timeNs, key }: Place): string {
  return `${signal[0] ?? ""}${timeNs}-${key}`;
}

/** @throws MOR_INVALID for what is no id of a record */
function placeOf(id: string): Place {
  const [, , time, key] = idForm.exec(id) ?? [];
  if (time === undefined || key === undefined) {
    throw coreErrors.MOR_INVALID(`${JSON.stringify(id.slice(0, 60))} is no id of a record`);
  }
  return { timeNs: BigInt(time), key: BigInt(key) };
}

/** A search within some files. */
interface Asked {
  readonly signal: Searched;
  readonly filter: Filter;
  readonly range: Range;
  readonly limit: number;
  readonly ascending: boolean;
  readonly after: Place | undefined;
  /** Only records of this origin. */
  readonly origin?: bigint;
}

function conditions(asked: Asked, fields: FieldSql): string[] {
  const { signal, filter, range, after, ascending, origin } = asked;
  const time = `d.${timeColumns[signal]}`;
  const found = [
    `${time} >= ${range.fromNs}`,
    `${time} < ${range.toNs}`,
    filterSql(filter, fields),
  ];
  if (origin !== undefined) found.push(`d.origin = ${origin}`);
  if (after !== undefined) {
    const sign = ascending ? ">" : "<";
    found.push(
      `${time} ${sign}= ${after.timeNs}`,
      `(${time} ${sign} ${after.timeNs} or ${keySql(signal)} ${sign} ${after.key})`,
    );
  }
  return found;
}

/** The time of the last of the `limit` first records: rows beyond it need not be read whole. */
async function horizon(
  { pool }: Reading,
  branches: readonly Branch[],
  asked: Asked,
): Promise<bigint | undefined> {
  const time = timeColumns[asked.signal];
  const parts = branches.map((branch) => {
    const fields = new FieldSql(asked.signal, branch);
    const where = conditions(asked, fields).join(" and ");
    return `select d.${time} as t from ${fromSql(branch, fields.needsOrigin)} where ${where}`;
  });
  const order = asked.ascending ? "asc" : "desc";
  const sql = `select t from (${parts.join(" union all ")})
    order by t ${order} limit 1 offset ${asked.limit - 1}`;
  const [row] = await pool.rows(sql);
  return row?.["t"] as bigint | undefined;
}

function recordOf(
  signal: Searched,
  decoder: Decoder,
  row: Readonly<Record<string, unknown>>,
): unknown {
  if (signal === "logs") return decoder.log(row);
  return signal === "spans" ? decoder.span(row) : decoder.error(row);
}

async function rowsOf<T>(
  { pool }: Reading,
  branch: Branch,
  asked: Asked,
  horizonNs: bigint | undefined,
): Promise<Row<T>[]> {
  const { signal, ascending, limit } = asked;
  const time = `d.${timeColumns[signal]}`;
  const fields = new FieldSql(signal, branch);
  const where = conditions(asked, fields);
  if (horizonNs !== undefined) where.push(`${time} ${ascending ? "<=" : ">="} ${horizonNs}`);
  const order = ascending ? "asc" : "desc";
  const sql = `select ${recordColumns(signal, branch)}, ${time} as t, ${keySql(signal)} as k
    from ${fromSql(branch, true)} where ${where.join(" and ")}
    order by t ${order}, k ${order} limit ${limit}`;
  const decoder = new Decoder(branch);
  return (await pool.rows(sql)).map((row) => ({
    timeNs: row["t"] as bigint,
    key: row["k"] as bigint,
    origin: row["origin"] as bigint,
    record: recordOf(signal, decoder, row) as T,
  }));
}

function inOrder(ascending: boolean): (a: Place, b: Place) => number {
  const sign = ascending ? 1 : -1;
  return (a, b) => {
    if (a.timeNs !== b.timeNs) return a.timeNs < b.timeNs ? -sign : sign;
    if (a.key === b.key) return 0;
    return a.key < b.key ? -sign : sign;
  };
}

/** Whether no record of the files that are left comes before the last that was found. */
function isSettled(
  found: readonly Place[],
  left: readonly DataFile[],
  { limit, ascending }: Asked,
): boolean {
  const last = found[limit - 1];
  if (last === undefined) return false;
  return left.every(({ facts }) =>
    ascending ? facts.fromNs > last.timeNs : facts.toNs < last.timeNs,
  );
}

/** Reads files from the near end of the range until what is left cannot matter. */
async function searchIn<T>(reading: Reading, view: View, asked: Asked): Promise<Row<T>[]> {
  const { engine } = reading;
  const { signal, range, filter, ascending, limit } = asked;
  const files = await candidates(engine, view, signal, range, filter);
  if (ascending) files.sort((a, b) => (a.facts.fromNs > b.facts.fromNs ? 1 : -1));
  let found: Row<T>[] = [];
  let at = 0;
  for (let count = firstFiles; at < files.length; count *= 2) {
    const some = files.slice(at, at + count);
    at += some.length;
    const branches = await branchesOf(engine, view, some);
    const horizonNs = await horizon(reading, branches, asked);
    const rows = await Promise.all(
      branches.map((branch) => rowsOf<T>(reading, branch, asked, horizonNs)),
    );
    found = [...found, ...rows.flat()].sort(inOrder(ascending)).slice(0, limit);
    if (isSettled(found, files.slice(at), asked)) break;
  }
  return found;
}

const foundOf = <T>(signal: Searched, row: Row<T>): Found<T> => ({
  id: idOf(signal, row),
  record: row.record,
});

/** One page of a search. */
export async function search<T>(
  reading: Reading,
  view: View,
  signal: Searched,
  query: SearchQuery,
): Promise<Page<T>> {
  const limit = Math.min(Math.max(1, query.limit), searchLimitMax);
  const rows = await searchIn<T>(reading, view, {
    signal,
    filter: query.filter,
    range: query,
    limit: limit + 1,
    ascending: query.ascending === true,
    after: query.cursor === undefined ? undefined : placeOf(query.cursor),
  });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    records: page.map((row) => foundOf(signal, row)),
    ...(rows.length > limit && last !== undefined ? { cursor: idOf(signal, last) } : {}),
  };
}

/** How far around a line its context is looked for. */
const contextNs: bigint = 86_400_000_000_000n;

/** A log line with what its instance logged before and after it, oldest first. */
export async function context<T>(
  reading: Reading,
  view: View,
  id: string,
  before: number,
  after: number,
): Promise<Page<T>> {
  const place = placeOf(id);
  const base = { signal: "logs" as const, filter: everything, after: undefined };
  const here = await searchIn<T>(reading, view, {
    ...base,
    range: { fromNs: place.timeNs, toNs: place.timeNs + 1n },
    limit: 1000,
    ascending: true,
  });
  const line = here.find(({ key }) => key === place.key);
  if (line === undefined) return { records: [] };
  const { origin } = line;
  const around = (ascending: boolean, limit: number): Promise<Row<T>[]> => {
    if (limit === 0) return Promise.resolve([]);
    const range = ascending
      ? { fromNs: place.timeNs, toNs: place.timeNs + contextNs }
      : { fromNs: place.timeNs - contextNs, toNs: place.timeNs + 1n };
    return searchIn<T>(reading, view, { ...base, range, limit, ascending, after: place, origin });
  };
  const [back, on] = await Promise.all([around(false, before), around(true, after)]);
  return { records: [...back.reverse(), line, ...on].map((row) => foundOf("logs", row)) };
}
