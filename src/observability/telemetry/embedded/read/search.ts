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
import { rowsIn } from "./source.ts";
import type { Branch, DataFile } from "./source.ts";

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

/** Where the first records of a hunt lie. */
interface Sighted {
  /** Times of the first records, in order, one more than the limit where there are more. */
  readonly times: readonly bigint[];
  readonly files: ReadonlySet<string>;
}

/** Looks through files wave by wave, at times alone, until what is left cannot matter. */
async function sight(
  session: Session,
  signal: Searched,
  hunt: Hunt,
  files: readonly DataFile[],
): Promise<Sighted> {
  const { ascending, filter } = hunt;
  const wanted = hunt.limit + 1;
  const order = ascending ? "asc" : "desc";
  let found: { readonly ns: bigint; readonly file: string }[] = [];
  const waiting = [...files];
  for (let rowsMax = firstWaveRows; waiting.length > 0; rowsMax *= 4) {
    const wave: DataFile[] = [];
    for (let rows = 0; waiting[0] !== undefined && rows < rowsMax;) {
      const file = waiting.shift() as DataFile;
      rows += rowsIn(file);
      wave.push(file);
    }
    const times = unionSql(signal, await session.branches(wave), filter, {
      where: rangeSql(signal, hunt),
      columns: () => `d.${timeColumns[signal]} as ns, d.filename as file`,
    });
    const rows = await session.rows(
      `select ns, file from (${times}) order by ns ${order} limit ${wanted}`,
    );
    const more = rows.map(({ ns, file }) => ({ ns: ns as bigint, file: String(file) }));
    found = [...found, ...more]
      .toSorted((one, other) => compare(one.ns, other.ns) * (ascending ? 1 : -1))
      .slice(0, wanted);
    const last = found[wanted - 1]?.ns;
    const next = waiting[0]?.facts;
    if (last === undefined || next === undefined) continue;
    if (ascending ? next.fromNs > last : next.toNs < last) break;
  }
  return { times: found.map(({ ns }) => ns), files: new Set(found.map(({ file }) => file)) };
}

const compare = (a: bigint, b: bigint): number => (a === b ? 0 : a < b ? -1 : 1);

const pathOf = (file: DataFile): string =>
  "fresh" in file ? file.fresh.path : (file.segment.files.data ?? "");

/** Times that are listed one by one; more are a range. */
const listedMax = 2000;

/**
 * What is read whole: the files and the times of the first records of a hunt, and those of the
 * instants at both ends, whose records have an order of their own.
 */
async function narrowed(
  session: Session,
  signal: Searched,
  hunt: Hunt,
  files: readonly DataFile[],
): Promise<{ readonly files: DataFile[]; readonly where: string }> {
  const { ascending, after } = hunt;
  // Records of the cursor's own instant are read anyway.
  const rest = after === undefined ? {} : beyond(after.timeNs, ascending);
  const sighted = await sight(session, signal, { ...hunt, ...rest }, files);
  const ends = [sighted.times.at(-1), after?.timeNs].filter((end) => end !== undefined);
  const kept = files.filter(
    (file) =>
      sighted.files.has(pathOf(file)) ||
      ends.some((end) => file.facts.fromNs <= end && file.facts.toNs >= end),
  );
  const time = `d.${timeColumns[signal]}`;
  const times = [...new Set([...sighted.times, ...ends])].toSorted(compare);
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined) return { files: [], where: "false" };
  const between = `${time} between ${first} and ${last} and ${rangeSql(signal, hunt)}`;
  if (times.length > listedMax) return { files: kept, where: between };
  // Times tell row groups apart as well as blocks do, and files alike are read as one.
  const whole = kept.map((file) => ("segment" in file ? { ...file, rows: undefined } : file));
  return { files: whole, where: `${between} and ${time} in (${times.join(", ")})` };
}

/** The rows of a hunt in order, one more than its limit where there are more. */
async function rowsOf(session: Session, signal: Searched, hunt: Hunt): Promise<Located> {
  const { ascending, filter, after } = hunt;
  let files = await session.files(signal, hunt, filter);
  if (ascending) files.sort((a, b) => (a.facts.fromNs < b.facts.fromNs ? -1 : 1));
  let where = rangeSql(signal, hunt);
  // Unless most rows are wanted, it is found first where they lie.
  if (files.reduce((sum, file) => sum + rowsIn(file), 0) > hunt.limit * 2) {
    ({ files, where } = await narrowed(session, signal, hunt, files));
  }
  if (files.length === 0) return { rows: [], branches: [] };
  const branches = await session.branches(files);
  const found = unionSql(signal, branches, filter, {
    where,
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
  readonly branches: readonly Branch[];
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
async function decoded<S extends Searched>(
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
