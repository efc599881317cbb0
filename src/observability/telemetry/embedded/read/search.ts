import { RE2JS } from "re2js";
import type { Filter } from "../../../signals/filter.ts";
import type { Found, Page, Range, SearchQuery } from "../../../signals/store.ts";
import { timeColumns } from "../segment.ts";
import { decodeRecord } from "./decode.ts";
import type { RecordOf } from "./decode.ts";
import type { DuckRow } from "./duck-pool.ts";
import { readErrors } from "./errors.ts";
import { recordColumns } from "./records-sql.ts";
import { rangeSql, unionSql } from "./session.ts";
import type { Session } from "./session.ts";
import type { DataFile } from "./source.ts";

/** Records at most in one page. */
export const pageMax = 10_000;

/** Rows of the files that are looked through first; each time four times as many. */
const firstWaveRows = 250_000;

const filterPartsMax = 500;
const filterDepthMax = 40;

/** @throws MOR_TELEMETRY_QUERY for a filter that is too large or an expression that is wrong */
export function checkFilter(filter: Filter): void {
  let parts = 0;
  const check = (one: Filter, depth: number): void => {
    parts += one.op === "in" ? one.values.length : 1;
    if (parts > filterPartsMax || depth > filterDepthMax) {
      throw readErrors.MOR_TELEMETRY_QUERY(
        `a filter has at most ${filterPartsMax} parts, ${filterDepthMax} deep`,
      );
    }
    if (one.op === "and" || one.op === "or") for (const each of one.of) check(each, depth + 1);
    if (one.op === "not") check(one.of, depth + 1);
    if (one.op !== "regex") return;
    try {
      RE2JS.compile(one.pattern);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw readErrors.MOR_TELEMETRY_QUERY(`the expression ${one.pattern}: ${why}`, { cause });
    }
  };
  check(filter, 0);
}

/** @throws MOR_TELEMETRY_QUERY unless it is a whole number from 1 to `max` */
export function checkLimit(limit: number, max: number): void {
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= max) return;
  throw readErrors.MOR_TELEMETRY_QUERY(`the limit is from 1 to ${max}`);
}

/** A place in the order of records: what is before it was given already. */
export interface Place {
  readonly timeNs: bigint;
  /** Key of a record; see `keySql`. */
  readonly key: string;
  /** Records of this time and key that were given: there may be several that say the same. */
  readonly given: number;
}

const placePattern = /^(-?\d{1,19})-([0-9a-f]{16})(?:-(\d{1,9}))?$/;

/** The name of a record. */
export const idText = (timeNs: bigint, key: string): string => `${timeNs}-${key}`;

/** The place that a cursor or an id names; undefined for anything else. */
export function parsePlace(text: string): Place | undefined {
  const [, time, key, given] = placePattern.exec(text) ?? [];
  if (time === undefined || key === undefined) return undefined;
  return { timeNs: BigInt(time), key, given: Number(given ?? 0) };
}

/** What is looked for, in order. */
interface Hunt extends Range {
  readonly filter: Filter;
  readonly limit: number;
  readonly ascending: boolean;
  readonly after: Place | undefined;
}

type Searched = keyof RecordOf;

/** Looks through files wave by wave; answers from when on enough records are, if there are. */
async function farEnough(
  session: Session,
  signal: Searched,
  hunt: Hunt,
  files: readonly DataFile[],
): Promise<{ readonly boundNs: bigint | undefined; readonly read: readonly DataFile[] }> {
  const { ascending, limit, filter } = hunt;
  const order = ascending ? "asc" : "desc";
  const times: bigint[] = [];
  const read: DataFile[] = [];
  const waiting = [...files];
  for (let rowsMax = firstWaveRows; waiting.length > 0; rowsMax *= 4) {
    const wave: DataFile[] = [];
    for (let rows = 0; waiting[0] !== undefined && rows < rowsMax;) {
      const file = waiting.shift() as DataFile;
      rows += file.facts.rows;
      wave.push(file);
    }
    read.push(...wave);
    const time = `d.${timeColumns[signal]}`;
    const found = unionSql(signal, await session.branches(wave), filter, {
      where: rangeSql(signal, hunt),
      columns: () => `${time} as ns`,
    });
    const rows = await session.rows(
      `select ns from (${found}) order by ns ${order} limit ${limit}`,
    );
    times.push(...rows.map((row) => row["ns"] as bigint));
    times.sort((a, b) => (a === b ? 0 : a < b === ascending ? -1 : 1));
    times.length = Math.min(times.length, limit);
    const last = times[limit - 1];
    const [next] = waiting;
    if (last === undefined) continue;
    if (next === undefined) return { boundNs: last, read };
    const further = ascending ? next.facts.fromNs > last : next.facts.toNs < last;
    if (further) return { boundNs: last, read };
  }
  return { boundNs: undefined, read };
}

/** The rows of a hunt in order, one more than its limit where there are more. */
async function rowsOf(session: Session, signal: Searched, hunt: Hunt): Promise<Located> {
  const { ascending, filter, after } = hunt;
  let files = await session.files(signal, hunt, filter);
  if (ascending) files.sort((a, b) => (a.facts.fromNs < b.facts.fromNs ? -1 : 1));
  let { fromNs, toNs } = hunt;
  // Keys are made of whole rows: unless most rows are wanted, it is found first from when on.
  if (files.reduce((sum, { facts }) => sum + facts.rows, 0) > hunt.limit * 2) {
    // Records of the cursor's own instant are read anyway.
    const rest = after === undefined ? {} : beyond(after.timeNs, ascending);
    const { boundNs, read } = await farEnough(
      session,
      signal,
      { ...hunt, ...rest, limit: hunt.limit + 1 },
      files,
    );
    files = [...read];
    if (boundNs !== undefined && ascending) toNs = boundNs + 1n;
    if (boundNs !== undefined && !ascending) fromNs = boundNs;
    files = files.filter(({ facts }) => facts.fromNs < toNs && facts.toNs >= fromNs);
  }
  if (files.length === 0) return { rows: [], branches: [] };
  const branches = await session.branches(files);
  const found = unionSql(signal, branches, filter, {
    where: rangeSql(signal, { fromNs, toNs }),
    columns: (branch) => recordColumns(signal, branch),
  });
  const sign = ascending ? ">" : "<";
  const placed =
    after === undefined
      ? ""
      : `where ns ${sign} ${after.timeNs} or (ns = ${after.timeNs} and id ${sign}= '${after.key}')`;
  const order = ascending ? "ns, id" : "ns desc, id desc";
  const rows = await session.rows(
    `select * from (${found}) ${placed} order by ${order} limit ${hunt.limit + 1}
      offset ${after?.given ?? 0}`,
  );
  return { rows, branches };
}

interface Located {
  readonly rows: readonly DuckRow[];
  readonly branches: Awaited<ReturnType<Session["branches"]>>;
}

function beyond(timeNs: bigint, ascending: boolean): Partial<Range> {
  return ascending ? { fromNs: timeNs + 1n } : { toNs: timeNs };
}

function huntOf(query: SearchQuery): Hunt {
  const ascending = query.ascending === true;
  const after = query.cursor === undefined ? undefined : parsePlace(query.cursor);
  if (query.cursor !== undefined && after === undefined) {
    throw readErrors.MOR_TELEMETRY_QUERY("the cursor is none that a search gave");
  }
  let { fromNs, toNs } = query;
  if (after !== undefined && ascending && after.timeNs > fromNs) fromNs = after.timeNs;
  if (after !== undefined && !ascending && after.timeNs < toNs) toNs = after.timeNs + 1n;
  return { filter: query.filter, limit: query.limit, ascending, after, fromNs, toNs };
}

/** Records of whole rows, in their order. */
export async function decoded<S extends Searched>(
  session: Session,
  signal: S,
  { rows, branches }: Located,
): Promise<Found<RecordOf[S]>[]> {
  const decoding = await session.decoding(branches, rows);
  return rows.map((row) => ({
    id: idText(row["ns"] as bigint, String(row["id"])),
    record: decodeRecord(signal, row, decoding),
  }));
}

function cursorOf(page: readonly DuckRow[], after: Place | undefined): string {
  const last = page.at(-1);
  const place = { timeNs: last?.["ns"] as bigint, key: String(last?.["id"]) };
  const same = page.filter((row) => row["ns"] === place.timeNs && row["id"] === place.key).length;
  const before =
    after !== undefined && after.timeNs === place.timeNs && after.key === place.key
      ? after.given
      : 0;
  return `${idText(place.timeNs, place.key)}-${same + before}`;
}

/** One page of records, newest first or oldest first. */
export async function search<S extends Searched>(
  session: Session,
  signal: S,
  query: SearchQuery,
): Promise<Page<RecordOf[S]>> {
  checkLimit(query.limit, pageMax);
  checkFilter(query.filter);
  const hunt = huntOf(query);
  const located = await rowsOf(session, signal, hunt);
  const page = located.rows.slice(0, query.limit);
  const records = await decoded(session, signal, { ...located, rows: page });
  const more = located.rows.length > page.length;
  return { records, ...(more ? { cursor: cursorOf(page, hunt.after) } : {}) };
}
