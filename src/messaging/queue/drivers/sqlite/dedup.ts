import { createHash } from "node:crypto";
import type { SqlValue, Statement } from "../../../../core/store.ts";
import type { QueueSpec, SendEntry } from "../../driver.ts";
import { queueLimits } from "../../limits.ts";
import type { Engine } from "./engine.ts";

/** The message that a deduplication key stands for. */
export interface First {
  readonly seq: number;
  readonly sentAtMs: number;
}

/** What must be unique for five minutes. */
export interface DedupKey {
  readonly scope: string;
  readonly key: string;
}

/** The key of a FIFO entry: its id, or the SHA-256 of its body. */
export function dedupKey(spec: QueueSpec, entry: SendEntry): DedupKey {
  const scope = spec.deduplicationScope === "group" ? (entry.group ?? "") : "";
  const key = entry.deduplicationId ?? createHash("sha256").update(entry.body).digest("hex");
  return { scope, key };
}

/** Messages by deduplication key, of one write. */
export interface Firsts {
  get(key: DedupKey): First | undefined;
  add(key: DedupKey, first: First): void;
  /** Statements that remember what was added, and forget about as many that are over. */
  statements(): Statement[];
}

const findSql = `select d.scope, d.key, d.seq, d.sent_at from json_each(?1) j
  cross join queue_dedup d on d.queue = ?2 and d.scope = (j.value ->> 0) and d.key = (j.value ->> 1)
  where d.expires_at > ?3`;
const addSql = `insert or replace into queue_dedup (queue, scope, key, seq, sent_at, expires_at)
  values (?, ?, ?, ?, ?, ?)`;
const forgetSql = `delete from queue_dedup where (queue, scope, key) in (
  select queue, scope, key from queue_dedup where queue = ? and expires_at <= ?
  order by expires_at limit ?)`;

/** Keys looked up with one read. */
const keysMax = 2000;

const textOf = ({ scope, key }: DedupKey): string => `${scope}\n${key}`;

/** Looks up the keys of a write among those of the last five minutes. */
export async function findFirsts(
  engine: Engine,
  queue: number,
  keys: readonly DedupKey[],
  nowMs: number,
): Promise<Firsts> {
  const known = new Map<string, First>();
  const added: SqlValue[][] = [];
  for (let at = 0; at < keys.length; at += keysMax) {
    const pairs = keys.slice(at, at + keysMax).map(({ scope, key }) => [scope, key]);
    const rows = await engine.store.read(findSql, [JSON.stringify(pairs), queue, nowMs]);
    for (const row of rows) {
      const key = { scope: String(row["scope"]), key: String(row["key"]) };
      known.set(textOf(key), { seq: Number(row["seq"]), sentAtMs: Number(row["sent_at"]) });
    }
  }
  return {
    get: (key) => known.get(textOf(key)),
    add(key, first) {
      known.set(textOf(key), first);
      const end = first.sentAtMs + queueLimits.deduplicationMs;
      added.push([queue, key.scope, key.key, first.seq, first.sentAtMs, end]);
    },
    statements() {
      const forget = { sql: forgetSql, params: [queue, nowMs, 100 + 2 * keys.length] };
      return added.length === 0 ? [forget] : [{ sql: addSql, each: added }, forget];
    },
  };
}
