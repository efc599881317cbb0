import type { SqlValue, StatementResult } from "../../../../core/store.ts";
import type { Engine } from "./engine.ts";
import type { Plan } from "./plan.ts";
import { deadLetterSql, delivered, deliveryColumns, receivedMessages } from "./rows.ts";
import type { Delivered } from "./rows.ts";
import type { State } from "./standard-state.ts";
import type { Receiver } from "./waiting.ts";

/** Messages received with one write. */
const receivesMax = 1000;
/** Messages made visible with one write. */
const promotedMax = 1000;

const receiveSql = `update queue_message set visible_at = ?1, receives = receives + 1,
    first_at = coalesce(first_at, ?2)
  where seq in (select seq from queue_message
    where queue = ?3 and visible_at is null and rank is not null
      order by priority, rank, seq limit ?4)
  returning ${deliveryColumns}`;
const promoteSql = `update queue_message set visible_at = null where seq in (
    select seq from queue_message where queue = ?1 and visible_at <= ?2
      order by visible_at limit ${promotedMax})
  returning receives`;
const nextDueSql = `select visible_at from queue_message where queue = ? and visible_at is not null
  order by visible_at limit 1`;

/** Makes visible what is due, as far as one write goes. */
export function planPromote(state: State, plan: Plan): void {
  const { engine, lane } = state;
  const before = state.nextDueMs;
  state.nextDueMs = Infinity;
  state.ready = true;
  plan.add(
    [
      { sql: promoteSql, params: [lane.id, engine.now()], values: true },
      { sql: nextDueSql, params: [lane.id], values: true },
    ],
    ([promoted, due]) => {
      for (const [receives] of promoted?.values ?? []) {
        if (receives === 0) state.counts.delayed--;
        else state.counts.inFlight--;
        state.counts.visible++;
      }
      const next = due?.values[0]?.[0];
      if (typeof next === "number") state.nextDueMs = Math.min(state.nextDueMs, next);
    },
    () => {
      state.nextDueMs = Math.min(state.nextDueMs, before);
    },
  );
}

/** Receives for as many as wait, as far as one write goes. */
export function planReceive(state: State, plan: Plan): void {
  const { engine, inbox } = state;
  if (inbox.waiting.size === 0) return;
  const nowMs = engine.now();
  if (state.nextDueMs <= nowMs) planPromote(state, plan);
  if (!state.ready) return;
  const receivers = inbox.waiting.take(receivesMax);
  const kept = state.ranks.statements();
  if (kept.length > 0) plan.add(kept, () => {});
  const events = state.events;
  for (const [visibilityMs, group] of byVisibility(receivers)) {
    const wanted = Math.min(
      receivesMax,
      group.reduce((sum, receiver) => sum + receiver.max, 0),
    );
    const visibleAt = nowMs + visibilityMs;
    state.nextDueMs = Math.min(state.nextDueMs, visibleAt);
    plan.add(
      [{ sql: receiveSql, params: [visibleAt, nowMs, state.lane.id, wanted], values: true }],
      ([result]) => {
        const rows = result?.values ?? [];
        if (rows.length < wanted && state.events === events) state.ready = false;
        state.counts.visible -= rows.length;
        state.counts.inFlight += rows.length;
        return handOut(state, rows.map(delivered), group, nowMs);
      },
      (error) => group.forEach((receiver) => receiver.fail(error)),
    );
  }
}

function byVisibility(receivers: readonly Receiver[]): Map<number, Receiver[]> {
  const groups = new Map<number, Receiver[]>();
  for (const receiver of receivers) {
    const group = groups.get(receiver.visibilityMs);
    if (group) group.push(receiver);
    else groups.set(receiver.visibilityMs, [receiver]);
  }
  return groups;
}

/**
 * Gives received rows to receivers, sets aside what must not be delivered, puts the unserved back.
 */
function handOut(
  state: State,
  rows: readonly Delivered[],
  receivers: readonly Receiver[],
  atMs: number,
): Promise<void> | undefined {
  const { engine, lane, ranks, inbox } = state;
  const limit = engine.lane(lane.spec.deadLetters ?? "")
    ? (lane.spec.receivesMax ?? Infinity)
    : Infinity;
  const good: Delivered[] = [];
  const dead: Delivered[] = [];
  const expired: Delivered[] = [];
  for (const row of rows) {
    ranks.served(row.rank);
    if (row.expiresAtMs <= atMs) expired.push(row);
    else if (row.receives > limit) dead.push(row);
    else good.push(row);
  }
  good.sort((a, b) => a.priority - b.priority || a.rank - b.rank || a.seq - b.seq);
  const aside = dead.length + expired.length > 0 ? setAside(state, dead, expired) : undefined;
  const unserved: Receiver[] = [];
  let at = 0;
  for (const receiver of receivers) {
    const share = good.slice(at, at + receiver.max);
    at += share.length;
    if (share.length === 0) unserved.push(receiver);
    else void deliver(engine, receiver, share, atMs);
  }
  inbox.waiting.putBack(unserved);
  return aside;
}

async function deliver(
  engine: Engine,
  receiver: Receiver,
  rows: readonly Delivered[],
  atMs: number,
): Promise<void> {
  try {
    receiver.settle(await receivedMessages(engine, rows, atMs, false));
  } catch (error) {
    receiver.fail(error);
  }
}

/**
 * Moves dead letters and drops what expired. Should this write fail, their next receive does it
 * again.
 */
async function setAside(
  state: State,
  dead: readonly Delivered[],
  expired: readonly Delivered[],
): Promise<void> {
  const { engine, lane, counts } = state;
  const target = engine.lane(lane.spec.deadLetters ?? "");
  const moves = dead.map((row): SqlValue[] => {
    const rank = target?.rankOf(row.group) ?? 0;
    const expiresAt = row.sentAtMs + (target?.spec.retentionMs ?? 0);
    return [target?.id ?? lane.id, rank, expiresAt, lane.id, row.seq, lane.id, row.receives];
  });
  const arrived = target?.arriving();
  const drops = expired.map((row): SqlValue[] => [row.seq, lane.id]);
  const dropSql = "delete from queue_message where seq = ? and queue = ? returning seq";
  let results: readonly StatementResult[];
  try {
    results = await engine.store.write({
      statements: [
        { sql: deadLetterSql, each: moves, values: true },
        { sql: dropSql, each: drops, values: true },
      ],
    });
  } catch (error) {
    engine.log.warn("queue: dead letters stay in flight for now", {
      queue: lane.name,
      error: String(error),
    });
    arrived?.(0);
    return;
  }
  const moved = results[0]?.values.length ?? 0;
  counts.inFlight -= moved + (results[1]?.values.length ?? 0);
  arrived?.(moved);
}
