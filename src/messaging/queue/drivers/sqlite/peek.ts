import { coreErrors } from "../../../../core/errors.ts";
import type { Row, SqlValue, Statement } from "../../../../core/store.ts";
import type { PeekedMessage, PeekOptions, PeekPage } from "../../driver.ts";
import type { Engine, Lane } from "./engine.ts";
import { sequenceText } from "./ids.ts";
import { payloadOf } from "./rows.ts";

/** Rows that one page looks at; a search that found less than a page then answers with a cursor. */
const lookedMax = 5000;
/** Characters of bodies in one page. */
const pageMax = 8 * 2 ** 20;

/** Parts of a queue, each with an index of its own; a peek walks them in this order. */
interface Part {
  readonly where: string;
  /** Columns of the index behind the queue, ending in `seq`. */
  readonly keys: readonly string[];
}

const ready: Part = {
  where: "visible_at is null and rank is not null",
  keys: ["priority", "rank", "seq"],
};
const due: Part = { where: "visible_at is not null", keys: ["visible_at", "seq"] };
const ordered: Part = { where: "rank is null", keys: ["group_name", "seq"] };

function partsOf(lane: Lane, state: PeekOptions["state"]): readonly Part[] {
  if (lane.spec.fifo) return [ordered];
  if (state === undefined) return [ready, due];
  // What is due but not yet made so by a receive counts as visible.
  return state === "visible" ? [ready, due] : [due];
}

interface Cursor {
  readonly part: number;
  readonly after: readonly SqlValue[];
}

function cursorText(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString("base64url");
}

function cursorOf(lane: Lane, text: string | undefined): Cursor {
  if (text === undefined) return { part: 0, after: [] };
  try {
    const { part, after } = JSON.parse(Buffer.from(text, "base64url").toString()) as Cursor;
    const keys = partsOf(lane, undefined)[part]?.keys.length ?? 0;
    const scalars = after.every((key) => typeof key === "number" || typeof key === "string");
    if (scalars && (after.length === 0 || after.length === keys)) return { part, after };
  } catch {
    // Said below.
  }
  throw coreErrors.MOR_INVALID(`queue ${lane.name}: the cursor is not one of a peek`);
}

function stateOf(row: Row, nowMs: number): PeekedMessage["state"] {
  const visibleAt = row["visible_at"];
  if (typeof visibleAt !== "number" || visibleAt <= nowMs) return "visible";
  return row["receives"] === 0 ? "delayed" : "inFlight";
}

/** Conditions of a search as one SQL expression, and its parameters. */
function hitOf(options: PeekOptions, nowMs: number): { sql: string; params: SqlValue[] } {
  const tests = ["expires_at > ?"];
  const params: SqlValue[] = [nowMs];
  if (options.group !== undefined) {
    tests.push("group_name = ?");
    params.push(options.group);
  }
  if (options.contains !== undefined) {
    const payload = (column: string): string =>
      `coalesce(${column}, (select p.${column} from queue_payload p where p.seq = m.seq), '')`;
    const values = `exists (select 1 from json_each(nullif(${payload("attributes")}, '')) a
      where instr(a.value, ?) > 0)`;
    tests.push(`(instr(${payload("body")}, ?) > 0 or ${values})`);
    params.push(options.contains, options.contains);
  }
  if (options.state === "visible") {
    tests.push("(visible_at is null or visible_at <= ?)");
    params.push(nowMs);
  } else if (options.state !== undefined) {
    tests.push(`visible_at > ? and receives ${options.state === "delayed" ? "= 0" : "> 0"}`);
    params.push(nowMs);
  }
  return { sql: tests.join(" and "), params };
}

/** Looks at one page of a part; answers the numbers of hits and where it stopped. */
async function look(
  engine: Engine,
  lane: Lane,
  part: Part,
  after: readonly SqlValue[],
  options: PeekOptions,
  rowsMax: number,
): Promise<{ hits: number[]; seen: number; last?: SqlValue[] }> {
  const hit = hitOf(options, engine.now());
  const keys = part.keys.join(", ");
  const from = after.length === 0 ? "" : `and (${keys}) > (${part.keys.map(() => "?").join(", ")})`;
  const sql = `select ${keys}, ${hit.sql} as hit from queue_message m
    where queue = ? and ${part.where} ${from} order by ${keys} limit ?`;
  const rows = await engine.store.read(sql, [...hit.params, lane.id, ...after, rowsMax]);
  const hits: number[] = [];
  let seen = 0;
  for (const row of rows) {
    seen++;
    if (row["hit"] === 1) hits.push(Number(row["seq"]));
    if (hits.length === options.limit) break;
  }
  const stop = rows[seen - 1];
  return stop
    ? { hits, seen, last: part.keys.map((key) => stop[key] as SqlValue) }
    : { hits, seen };
}

const messageSql = `select m.*, (select name from queue q where q.id = m.origin) as source
  from queue_message m where m.seq = ? and m.queue = ?`;

async function peekOne(
  engine: Engine,
  lane: Lane,
  seq: number,
): Promise<PeekedMessage | undefined> {
  const [row] = await engine.store.read(messageSql, [seq, lane.id]);
  if (!row) return undefined;
  const nowMs = engine.now();
  const body = row["body"] as string | null;
  const attributes = row["attributes"] as string | null;
  const payload = await payloadOf(engine, { seq, body, attributes });
  if (!payload) return undefined;
  const text = (column: string, name: string): Record<string, string> =>
    typeof row[column] === "string" ? { [name]: row[column] } : {};
  const sentAtMs = Number(row["sent_at"]);
  return {
    id: engine.ids.idOf(seq, sentAtMs),
    ...payload,
    receiveCount: Number(row["receives"]),
    sentAtMs,
    state: stateOf(row, nowMs),
    priority: 0 - Number(row["priority"]),
    visibleAtMs: Math.max(Number(row["visible_at"] ?? 0), sentAtMs),
    ...text("group_name", "group"),
    ...text("dedup", "deduplicationId"),
    ...text("source", "source"),
    ...text("error", "lastError"),
    ...(lane.spec.fifo ? { sequence: sequenceText(seq) } : {}),
  };
}

/** Looks at messages by number until the page is full; answers how many numbers it used. */
async function peekAll(
  engine: Engine,
  lane: Lane,
  seqs: readonly number[],
): Promise<PeekedMessage[]> {
  const messages: PeekedMessage[] = [];
  let size = 0;
  for (const seq of seqs) {
    const message = size > pageMax ? undefined : await peekOne(engine, lane, seq);
    if (!message) continue;
    size += message.body.length;
    messages.push(message);
  }
  return messages;
}

async function peekById(engine: Engine, lane: Lane, options: PeekOptions): Promise<PeekPage> {
  const parsed = engine.ids.parse(options.id ?? "");
  const message = parsed && (await peekOne(engine, lane, parsed.seq));
  return { messages: message?.id === options.id && message ? [message] : [] };
}

/** One page of a queue's messages, in the order of their delivery; those not visible come last. */
export async function peekMessages(
  engine: Engine,
  lane: Lane,
  options: PeekOptions,
): Promise<PeekPage> {
  if (!Number.isInteger(options.limit) || options.limit < 1 || options.limit > 100) {
    throw coreErrors.MOR_INVALID(`queue ${lane.name}: a peek's limit is 1 to 100`);
  }
  if (options.id !== undefined) return peekById(engine, lane, options);
  const parts = partsOf(lane, options.state);
  let { part: at, after } = cursorOf(lane, options.cursor);
  let left = lookedMax;
  const hits: number[] = [];
  for (let part = parts[at]; part; part = parts[at]) {
    const limit = options.limit - hits.length;
    const rowsMax = options.contains === undefined && options.group === undefined ? 500 : left;
    const page = await look(engine, lane, part, after, { ...options, limit }, rowsMax);
    hits.push(...page.hits);
    left -= page.seen;
    if (page.last === undefined || page.seen < rowsMax) {
      const full = hits.length === options.limit && page.last !== undefined;
      if (!full) {
        at++;
        after = [];
        continue;
      }
    }
    after = page.last ?? [];
    if (hits.length === options.limit || left <= 0) {
      const messages = await peekAll(engine, lane, hits);
      return { messages, cursor: cursorText({ part: at, after }) };
    }
  }
  return { messages: await peekAll(engine, lane, hits) };
}

const cancelSql = `delete from queue_message
  where seq = ? and queue = ? and sent_at = ? and receives = 0 returning seq`;

/** Takes messages back that nobody has received. */
export async function cancelMessages(
  engine: Engine,
  lane: Lane,
  ids: readonly string[],
): Promise<readonly string[]> {
  const bySeq = new Map<SqlValue, string>();
  const each: SqlValue[][] = [];
  for (const id of ids) {
    const parsed = engine.ids.parse(id);
    if (!parsed) continue;
    bySeq.set(parsed.seq, id);
    each.push([parsed.seq, lane.id, parsed.sentAtMs]);
  }
  if (each.length === 0) return [];
  const [result] = await lane.maintain([{ sql: cancelSql, each, values: true }]);
  return (result?.values ?? []).map(([seq]) => bySeq.get(seq as number) ?? "");
}

/** Messages dropped with one write. */
const purgedMax = 10_000;

function purgeStatement(lane: Lane, where: string): Statement {
  const sql = `delete from queue_message where seq in (
    select seq from queue_message where queue = ? and ${where} limit ${purgedMax})`;
  return { sql, params: [lane.id] };
}

/** Drops every message that is there now, a part at a time so that others can write between. */
export async function purgeMessages(engine: Engine, lane: Lane): Promise<number> {
  const parts = (lane.spec.fifo ? [ordered] : [ready, due]).map((part) =>
    purgeStatement(lane, part.where),
  );
  const groups = { sql: "delete from queue_group where queue = ?", params: [lane.id] };
  let dropped = 0;
  for (;;) {
    const results = await lane.maintain(parts);
    const changes = results.reduce((sum, result) => sum + result.changes, 0);
    dropped += changes;
    if (changes > 0) continue;
    const guard = `not exists (select 1 from queue_message m where m.queue = queue_group.queue
      and m.group_name = queue_group.name and m.rank is null)`;
    await engine.store.write({ statements: [{ ...groups, sql: `${groups.sql} and ${guard}` }] });
    return dropped;
  }
}
