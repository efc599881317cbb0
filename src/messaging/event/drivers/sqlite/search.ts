import { parseTraceparent } from "../../../../core/context.ts";
import type { SqlValue } from "../../../../core/store.ts";
import { openDetail } from "../../driver.ts";
import type { LogOptions, LoggedEvent } from "../../driver.ts";
import { readRows } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { logColumns, logRow, pageBytesMax } from "./log-rows.ts";
import type { LogRow, Where } from "./log-rows.ts";

/** What one page of a search looks at: the next page goes on where it stopped. */
const lookedMax = 10_000;
const lookedBytesMax = 64 * 2 ** 20;
/** Events looked at with one read. */
const stretchEvents = 500;

/** What is looked for beside what an index finds. */
export type Sought = Pick<LogOptions, "contains" | "source" | "traceId">;

/** Whether a log cannot be read by its indexes alone. */
export function isSearch({ contains, source, traceId }: Sought): boolean {
  return (contains ?? source ?? traceId) !== undefined;
}

/** A text as it stands, and as it stands within JSON. */
function formsOf(text: string): readonly string[] {
  return [...new Set([text, JSON.stringify(text).slice(1, -1)])];
}

function isSought({ envelope }: LoggedEvent, sought: Sought): boolean {
  const { data, reserved } = openDetail(envelope.detail);
  const { contains, source, traceId } = sought;
  if (source !== undefined && envelope.source !== source) return false;
  if (traceId !== undefined && parseTraceparent(reserved.traceparent)?.traceId !== traceId) {
    return false;
  }
  if (contains === undefined) return true;
  const texts = [envelope["detail-type"], envelope.source, JSON.stringify(data)];
  return formsOf(contains).some((form) => texts.some((text) => text.includes(form)));
}

/** A cheap test that everything that is sought passes; what passes is looked at again. */
function candidateOf(engine: Engine, { contains, source, traceId }: Sought): Where {
  const position = engine.store.dialect === "sqlite" ? "instr" : "strpos";
  const parts: { sql: string; params: SqlValue[] }[] = [];
  const within = (texts: readonly string[]): void => {
    const sql = texts.map(() => `${position}(envelope, ?) > 0`).join(" or ");
    parts.push({ sql: `(${sql})`, params: [...texts] });
  };
  if (source !== undefined) parts.push({ sql: "source = ?", params: [source] });
  if (traceId !== undefined) within([traceId]);
  if (contains !== undefined) within(formsOf(contains));
  return {
    sql: parts.map(({ sql }) => sql).join(" and "),
    params: parts.flatMap(({ params }) => params),
  };
}

/** The next events of the log, as many as one read may bring; none at its end. */
async function stretchOf(
  engine: Engine,
  where: Where,
  direction: "asc" | "desc",
): Promise<{ readonly first: number; readonly last: number; count: number; bytes: number } | null> {
  const rows = await readRows(
    engine,
    `select seq, bytes from event_log where ${where.sql} order by seq ${direction} limit ?`,
    [...where.params, stretchEvents],
  );
  let [count, bytes] = [0, 0];
  for (; count < rows.length; count++) {
    const size = Number(rows[count]?.["bytes"]);
    if (count > 0 && bytes + size > pageBytesMax) break;
    bytes += size;
  }
  const [first, last] = [rows[0]?.["seq"], rows[count - 1]?.["seq"]];
  if (first === undefined || last === undefined) return null;
  return { first: Number(first), last: Number(last), count, bytes };
}

async function hitsIn(
  engine: Engine,
  where: Where,
  [first, last]: readonly [number, number],
  direction: "asc" | "desc",
  sought: Sought,
): Promise<readonly LogRow[]> {
  const candidate = candidateOf(engine, sought);
  const rows = await readRows(
    engine,
    `select ${logColumns} from event_log where ${where.sql} and seq between ? and ?
      and ${candidate.sql} order by seq ${direction}`,
    [...where.params, Math.min(first, last), Math.max(first, last), ...candidate.params],
  );
  return rows.map(logRow).filter(({ logged }) => isSought(logged, sought));
}

/**
 * Looks through the log in its order until the page is full or the limit of what is looked at is
 * reached; then `stoppedAt` is the last place that was looked at.
 */
export async function searchLog(
  engine: Engine,
  where: Where,
  direction: "asc" | "desc",
  limit: number,
  sought: Sought,
): Promise<{ readonly rows: readonly LogRow[]; readonly stoppedAt?: number }> {
  const rows: LogRow[] = [];
  let looked = 0;
  let bytes = 0;
  let held = 0;
  let at: number | undefined;
  while (looked < lookedMax && bytes < lookedBytesMax && held < pageBytesMax) {
    const behind = direction === "asc" ? "seq > ?" : "seq < ?";
    const rest: Where =
      at === undefined
        ? where
        : { sql: `${where.sql} and ${behind}`, params: [...where.params, at] };
    const stretch = await stretchOf(engine, rest, direction);
    if (stretch === null) return { rows };
    const { first, last } = stretch;
    const hits = await hitsIn(engine, where, [first, last], direction, sought);
    rows.push(...hits.slice(0, limit - rows.length));
    const end = rows.at(-1);
    // A full page ends with its last event: the others of the stretch are the next page's.
    if (rows.length === limit && end !== undefined) return { rows, stoppedAt: end.seq };
    looked += stretch.count;
    bytes += stretch.bytes;
    if (hits.length > 0) held += stretch.bytes;
    at = last;
  }
  return at === undefined ? { rows } : { rows, stoppedAt: at };
}
