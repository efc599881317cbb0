import { compileFilter } from "../../logs/query/index.ts";
import type { Filter } from "../../signals/filter.ts";
import { serviceOf } from "../../signals/records.ts";
import type { LogRecord } from "../../signals/records.ts";
import { textOf } from "../../signals/rows.ts";
import type { Found, Page, SearchQuery } from "../../signals/store.ts";
import { readErrors } from "../embedded/read/errors.ts";
import { decodeHit, recordSource } from "./decode.ts";
import type { Hit } from "./decode.ts";
import type { Kept, KeptRecord } from "./documents.ts";
import { allOf, rangeQuery } from "./query.ts";
import { order, writerOf } from "./session.ts";
import type { ReadSession } from "./session.ts";

/** Records at most in one page. */
export const pageMax = 10_000;

/** Records that one search looks at one by one; the page then ends with what was found. */
const lookedMax = 50_000;

/** How far from a line its context may lie. */
const reachNs = 24n * 3_600_000_000_000n;

const placePattern = /^(-?\d{1,19})-([0-9a-zA-Z]{8,80})$/;

/** The place that a cursor or an id names: after which record a page goes on. */
function parsePlace(text: string): readonly [timeNs: string, rid: string] | undefined {
  const [, time, rid] = placePattern.exec(text) ?? [];
  return time === undefined || rid === undefined ? undefined : [time, rid];
}

/** @throws MOR_TELEMETRY_QUERY unless it is a whole number from 1 to `max` */
export function checkLimit(limit: number, max: number): void {
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= max) return;
  throw readErrors.MOR_TELEMETRY_QUERY(`the limit is from 1 to ${max}`);
}

const idOf = ({ _source: { time_ns: time, rid } }: Hit): string => `${time}-${rid}`;

/** One page of records, newest first or oldest first. */
export async function search<S extends Kept>(
  session: ReadSession,
  signal: S,
  query: SearchQuery,
): Promise<Page<KeptRecord[S]>> {
  checkLimit(query.limit, pageMax);
  let after = query.cursor === undefined ? undefined : parsePlace(query.cursor);
  if (query.cursor !== undefined && after === undefined) {
    throw readErrors.MOR_TELEMETRY_QUERY("the cursor is none that a search gave");
  }
  const { filter, limit } = query;
  const written = await writerOf(session, signal, query, [filter]).wide(filter);
  const holds: (record: KeptRecord[Kept]) => boolean = written.wide
    ? (compileFilter(filter, signal as Kept) as (record: KeptRecord[Kept]) => boolean)
    : () => true;
  const size = written.wide ? Math.min(pageMax, Math.max(1000, limit)) : limit + 1;
  const found: { readonly hit: Hit; readonly one: Found<KeptRecord[S]> }[] = [];
  let last: Hit | undefined;
  for (let looked = 0; found.length <= limit && looked < lookedMax; looked += size) {
    const { hits } = await session.search(signal, {
      query: allOf([rangeQuery(query), written.query]),
      size,
      sort: order(query.ascending === true),
      _source: recordSource,
      ...(after === undefined ? {} : { search_after: after }),
    });
    for (const hit of hits.hits) {
      const one = decodeHit(signal, hit);
      if (holds(one.record)) found.push({ hit, one });
    }
    last = hits.hits.length < size ? undefined : hits.hits.at(-1);
    if (last === undefined) break;
    after = [last._source.time_ns, last._source.rid];
  }
  const page = found.slice(0, limit);
  const cursor = found.length > limit ? page.at(-1)?.hit : last;
  return {
    records: page.map(({ one }) => one),
    ...(cursor === undefined ? {} : { cursor: idOf(cursor) }),
  };
}

function sameInstance({ origin }: LogRecord): Filter {
  const { resource } = origin;
  const [instance, host] = [resource["service.instance.id"], resource["host.name"]];
  const parts: Filter[] = [{ op: "eq", field: "service", value: serviceOf(origin) }];
  if (instance !== undefined) {
    parts.push({ op: "eq", field: "instance", value: textOf(instance)[0] });
  } else if (host !== undefined) {
    parts.push({ op: "eq", field: "resource.host.name", value: textOf(host)[0] });
  }
  return { op: "and", of: parts };
}

async function lineOf(session: ReadSession, id: string): Promise<Found<LogRecord> | undefined> {
  const [, rid] = parsePlace(id) ?? [];
  if (rid === undefined) return undefined;
  const { hits } = await session.search("logs", {
    query: { term: { rid } },
    size: 1,
    _source: recordSource,
  });
  const [hit] = hits.hits;
  return hit === undefined || idOf(hit) !== id ? undefined : decodeHit("logs", hit);
}

/** A line with what the same instance logged before and after it, oldest first. */
export async function contextOf(
  session: ReadSession,
  id: string,
  before: number,
  after: number,
): Promise<Page<LogRecord>> {
  for (const count of [before, after]) {
    if (!Number.isSafeInteger(count) || count < 0 || count >= pageMax) {
      throw readErrors.MOR_TELEMETRY_QUERY(`a context has from 0 to ${pageMax - 1} lines a side`);
    }
  }
  const line = await lineOf(session, id);
  if (line === undefined) return { records: [] };
  const { timeNs } = line.record;
  const around = {
    fromNs: timeNs - reachNs,
    toNs: timeNs + reachNs,
    filter: sameInstance(line.record),
    cursor: id,
  };
  const side = async (limit: number, ascending: boolean): Promise<readonly Found<LogRecord>[]> =>
    limit === 0 ? [] : (await search(session, "logs", { ...around, limit, ascending })).records;
  const [older, newer] = await Promise.all([side(before, false), side(after, true)]);
  return { records: [...older.toReversed(), line, ...newer] };
}
