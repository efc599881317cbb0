import { coreErrors } from "../../../../core/errors.ts";
import type { SqlValue, Statement } from "../../../../core/store.ts";
import { placeholders } from "../../../../engines/sql.ts";
import type { LoggedEvent, LogOptions, LogPage } from "../../driver.ts";
import { readRows } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { logColumns, logRow, pageBytesMax } from "./log-rows.ts";
import type { LogRow, Where } from "./log-rows.ts";
import { isSearch, searchLog } from "./search.ts";

/** Events of one page at most. */
const pageMax = 500;
/** Rows that one trim looks at; it never walks the whole log. */
const trimRows = 5000;

const trimSql = `delete from event_log
  where seq < (select min(seq) from event_log) + ${trimRows}
  and (published < ? or seq <= (select max(seq) from event_log) - ?)`;

/**
 * The statement that removes a bounded number of the oldest events, if the log no longer keeps
 * them.
 */
export function trimStatement({ store, host, limits }: Engine): Statement {
  const params = [host.clock.now() - limits.retentionMs, limits.eventsMax];
  return { sql: placeholders(store.dialect, trimSql), params };
}

/**
 * Rows of the log in order, as many as the limit and the bytes of a page allow; `more` says if any
 * were left.
 */
export async function readLog(
  engine: Engine,
  where: Where,
  direction: "asc" | "desc",
  limit: number,
): Promise<{ readonly rows: readonly LogRow[]; readonly more: boolean }> {
  const sizes = await readRows(
    engine,
    `select seq, bytes from event_log where ${where.sql} order by seq ${direction} limit ?`,
    [...where.params, limit + 1],
  );
  let count = 0;
  for (let bytes = 0; count < Math.min(limit, sizes.length); count++) {
    bytes += Number(sizes[count]?.["bytes"]);
    if (count > 0 && bytes > pageBytesMax) break;
  }
  const last = sizes[count - 1]?.["seq"];
  if (last === undefined) return { rows: [], more: false };
  const rows = await readRows(
    engine,
    `select ${logColumns} from event_log where ${where.sql}
      and seq ${direction === "asc" ? "<=" : ">="} ? order by seq ${direction}`,
    [...where.params, last],
  );
  return { rows: rows.map(logRow), more: sizes.length > count };
}

/**
 * The places of the log that a window of time can lie at, so that a page does not walk past them.
 * Undefined where nothing lies in the window.
 */
export async function windowOf(
  engine: Engine,
  fromMs: number,
  toMs: number,
): Promise<{ readonly first: number; readonly last: number; readonly count: number } | undefined> {
  const [row] = await readRows(
    engine,
    `select min(seq) as first, max(seq) as last, count(*) as count from event_log
      where at >= ? and at < ?`,
    [fromMs, toMs],
  );
  const count = Number(row?.["count"] ?? 0);
  if (count === 0) return undefined;
  return { first: Number(row?.["first"]), last: Number(row?.["last"]), count };
}

/** What is older than the log keeps is not shown, even if no publish has removed it yet. */
function keptSince({ host, limits }: Engine): number {
  return host.clock.now() - limits.retentionMs;
}

function cursorOf(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw coreErrors.MOR_INVALID(`event log: ${cursor} is no cursor of a page`);
}

async function whereOf(engine: Engine, options: LogOptions): Promise<Where | undefined> {
  const parts: [string, ...SqlValue[]][] = [["published >= ?", keptSince(engine)]];
  if (options.fromMs !== undefined || options.toMs !== undefined) {
    const { fromMs = 0, toMs = Number.MAX_SAFE_INTEGER } = options;
    const found = await windowOf(engine, fromMs, toMs);
    if (found === undefined) return undefined;
    parts.push(["seq between ? and ?", found.first, found.last]);
    parts.push(["at >= ? and at < ?", fromMs, toMs]);
  }
  if (options.type !== undefined) parts.push(["type = ?", options.type]);
  if (options.cursor !== undefined) {
    parts.push([options.order === "oldest" ? "seq > ?" : "seq < ?", cursorOf(options.cursor)]);
  }
  const sql = parts.map(([text]) => text).join(" and ");
  return { sql, params: parts.flatMap(([, ...params]) => params) };
}

/** A page of the log. */
export async function logPage(engine: Engine, options: LogOptions): Promise<LogPage> {
  const { limit } = options;
  if (!Number.isInteger(limit) || limit < 1 || limit > pageMax) {
    throw coreErrors.MOR_INVALID(`event log: the limit is ${limit}, not 1 to ${pageMax}`);
  }
  const where = await whereOf(engine, options);
  if (where === undefined) return { events: [] };
  const direction = options.order === "oldest" ? "asc" : "desc";
  if (isSearch(options)) {
    const found = await searchLog(engine, where, direction, limit, options);
    const events = found.rows.map(({ logged }) => logged);
    return found.stoppedAt === undefined ? { events } : { events, cursor: String(found.stoppedAt) };
  }
  const { rows, more } = await readLog(engine, where, direction, limit);
  const events = rows.map(({ logged }) => logged);
  const last = rows.at(-1);
  return more && last !== undefined ? { events, cursor: String(last.seq) } : { events };
}

/** One event. @throws MOR_NOT_FOUND */
export async function loggedEvent(engine: Engine, id: string): Promise<LoggedEvent> {
  const sql = `select ${logColumns} from event_log where id = ? and published >= ?`;
  const [row] = await readRows(engine, sql, [id, keptSince(engine)]);
  if (row !== undefined) return logRow(row).logged;
  throw coreErrors.MOR_NOT_FOUND(`event ${id} is not in the log`);
}

/** Events published so far, by type. */
export async function eventTotals(engine: Engine): Promise<Readonly<Record<string, number>>> {
  const rows = await readRows(engine, "select type, count from event_total limit 1000", []);
  return Object.fromEntries(rows.map((row) => [String(row["type"]), Number(row["count"])]));
}
