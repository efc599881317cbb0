import type { SqlValue, Statement, StatementResult } from "../../../../core/store.ts";
import type { Cancel } from "../../../../core/clock.ts";
import type { QueueSpec, ReceiptResult, SendEntry, SendResult } from "../../driver.ts";
import type { Engine, Lane } from "./engine.ts";
import { deliveryKey } from "./ids.ts";
import type { Receipt } from "./ids.ts";
import { makeInbox, outboxStatements } from "./inbox.ts";
import type { Change, Inbox, Take } from "./inbox.ts";
import { makePlan } from "./plan.ts";
import type { Plan } from "./plan.ts";
import { makeRanks } from "./ranks.ts";
import type { Ranks } from "./ranks.ts";
import {
  deadLetterSql,
  deleteSql,
  delivered,
  deliveryColumns,
  insertStatements,
  receivedMessages,
} from "./rows.ts";
import type { Delivered, NewMessage } from "./rows.ts";
import type { Receiver } from "./waiting.ts";

/** Writes that may be under way: the writer works on one while the next is built. */
const writesMax = 2;
/** Messages received with one write. */
const receivesMax = 1000;
/** Messages made visible with one write. */
const promotedMax = 1000;

const receiveSql = `update queue_message set visible_at = ?1, receives = receives + 1,
    first_at = coalesce(first_at, ?2)
  where seq in (select seq from queue_message
    where queue = ?3 and visible_at is null and rank is not null order by priority, rank, seq limit ?4)
  returning ${deliveryColumns}`;
const promoteSql = `update queue_message set visible_at = null where seq in (
    select seq from queue_message where queue = ?1 and visible_at <= ?2 order by visible_at limit ${promotedMax})
  returning receives`;
const nextDueSql = `select visible_at from queue_message where queue = ? and visible_at is not null
  order by visible_at limit 1`;
const extendSql = `update queue_message set visible_at = ?, error = coalesce(?, error)
  where seq = ? and queue = ? and receives = ? and visible_at > ? returning seq, visible_at`;
const countSql = `select
  (select count(*) from queue_message where queue = ?1 and visible_at is null and rank is not null) visible,
  (select count(*) from queue_message where queue = ?1 and visible_at is not null) waiting,
  (select count(*) from queue_message where queue = ?1 and visible_at is not null and receives = 0) delayed`;
/** The oldest of each priority stands first in its part of the index. */
const oldestSql = `with recursive p(priority) as (
    select min(priority) from queue_message where queue = ?1 and visible_at is null and rank is not null
    union all
    select (select min(priority) from queue_message
      where queue = ?1 and visible_at is null and rank is not null and priority > p.priority)
    from p where p.priority is not null)
  select min((select sent_at from queue_message where queue = ?1 and visible_at is null
    and rank is not null and priority = p.priority order by rank limit 1)) as sent_at
  from p where p.priority is not null`;

/** What a standard queue knows besides its rows. */
interface State {
  readonly engine: Engine;
  readonly lane: Lane;
  readonly inbox: Inbox;
  readonly ranks: Ranks;
  /** Exact: every change goes through the lane. */
  counts: { visible: number; inFlight: number; delayed: number };
  /** Whether a receive may find something. */
  ready: boolean;
  /** Grows with everything that may become receivable. */
  events: number;
  /** No message becomes visible before this. */
  nextDueMs: number;
}

/** Opens the lane of a standard queue: what happens in one tick is one write. */
export async function openStandard(engine: Engine, id: number, spec: QueueSpec): Promise<Lane> {
  const ranks = await makeRanks(engine, id);
  let writes = 0;
  let foreign = 0;
  let scheduled = false;
  let timer: { cancel: Cancel; atMs: number } | undefined;

  const schedule = (): void => {
    if (scheduled || writes >= writesMax) return;
    scheduled = true;
    setImmediate(flush);
  };
  const inbox = makeInbox(engine, () => lane, schedule);
  const lane: Lane = {
    id,
    name: spec.name,
    spec,
    ...inbox.face,
    rankOf: ranks.next,
    arriving() {
      foreign++;
      return (count) => {
        foreign--;
        appear(state, count);
        schedule();
      };
    },
    async stats() {
      if (state.nextDueMs <= engine.now()) await inbox.face.maintain([]);
      const [found] = await engine.store.read(oldestSql, [id]);
      const sentAt = found?.["sent_at"];
      const oldestMs = typeof sentAt === "number" ? Math.max(0, engine.now() - sentAt) : 0;
      return { ...state.counts, oldestMs };
    },
    async close() {
      timer?.cancel();
      await inbox.close();
    },
  };
  const counts = { visible: 0, inFlight: 0, delayed: 0 };
  const state: State = { engine, lane, inbox, ranks, counts, ready: true, events: 0, nextDueMs: 0 };
  await recount(state);

  const armTimer = (): void => {
    if (timer && timer.atMs <= state.nextDueMs) return;
    timer?.cancel();
    timer = undefined;
    if (state.nextDueMs === Infinity || inbox.waiting.size === 0) return;
    const atMs = state.nextDueMs;
    const cancel = engine.clock.after(atMs - engine.now(), () => {
      timer = undefined;
      schedule();
    });
    timer = { cancel, atMs };
  };
  const run = (work: Promise<void>): void => {
    writes++;
    void work.finally(() => {
      writes--;
      schedule();
    });
  };
  const flush = (): void => {
    scheduled = false;
    const reserving = engine.sequence.ready();
    if (reserving) return void reserving.then(schedule, (error) => inbox.refuse(error));
    if (inbox.maintenance) {
      // Alone, so that counting anew sees all of what the lane knows.
      if (writes + foreign === 0) run(maintain(state));
      return;
    }
    const plan = makePlan(engine.store);
    planChanges(state, plan);
    planReceive(state, plan);
    if (!plan.empty) {
      run(plan.run());
      if (inbox.busy) schedule();
      return;
    }
    inbox.waiting.idle();
    armTimer();
  };
  return lane;
}

/** Runs one write of maintenance, or makes visible what is due. */
async function maintain(state: State): Promise<void> {
  const one = state.inbox.takeMaintenance();
  if (!one) return;
  const plan = makePlan(state.engine.store);
  let results: readonly StatementResult[] | undefined;
  plan.add(
    one.items,
    (done) => {
      results = done;
    },
    one.fail,
  );
  if (state.nextDueMs <= state.engine.now()) planPromote(state, plan);
  await plan.run();
  if (!results) return;
  if (one.items.length > 0) {
    state.nextDueMs = 0;
    appear(state, 0);
    await recount(state);
  }
  one.settle(results);
}

/** Something became visible by another write than a send. */
function appear(state: State, count: number): void {
  state.counts.visible += count;
  state.ready = true;
  state.events++;
}

async function recount(state: State): Promise<void> {
  const [counted] = await state.engine.store.read(countSql, [state.lane.id]);
  const delayed = Number(counted?.["delayed"]);
  const inFlight = Number(counted?.["waiting"]) - delayed;
  state.counts = { visible: Number(counted?.["visible"]), inFlight, delayed };
}

/** Puts everything that waits, receives aside, into the plan. */
function planChanges(state: State, plan: Plan): void {
  const taken = state.inbox.take();
  if (taken.deletes.length > 0) planDelete(state, plan, taken.deletes);
  if (taken.changes.length > 0) planExtend(state, plan, taken.changes);
  if (taken.sends.length > 0) planSend(state, plan, taken.sends);
}

function planDelete(
  state: State,
  plan: Plan,
  deletes: readonly Take<Receipt, ReceiptResult>[],
): void {
  const keys = deletes.flatMap((one) => one.items.map(deliveryKey));
  const params = [`[${keys.join(",")}]`, state.lane.id];
  plan.add(
    [{ sql: deleteSql, params, values: true }],
    ([result]) => {
      const gone = new Set<SqlValue>();
      for (const [seq, visibleAt] of result?.values ?? []) {
        gone.add(seq as number);
        if (visibleAt === null) state.counts.visible--;
        else state.counts.inFlight--;
      }
      for (const one of deletes) {
        // A receipt given twice deletes once.
        one.settle(one.items.map(({ seq }) => (gone.delete(seq) ? "ok" : "stale")));
      }
    },
    (error) => deletes.forEach((one) => one.fail(error)),
  );
}

function planExtend(
  state: State,
  plan: Plan,
  changes: readonly Take<Change, ReceiptResult>[],
): void {
  const nowMs = state.engine.now();
  const rows = changes.flatMap((one) =>
    one.items.map(({ receipt, visibilityMs, error }): SqlValue[] => {
      const visibleAt = visibilityMs === 0 ? null : nowMs + visibilityMs;
      if (visibleAt !== null) state.nextDueMs = Math.min(state.nextDueMs, visibleAt);
      return [visibleAt, error ?? null, receipt.seq, state.lane.id, receipt.receives, nowMs];
    }),
  );
  plan.add(
    [{ sql: extendSql, each: rows, values: true }],
    ([result]) => {
      const done = new Set<SqlValue>();
      let released = 0;
      for (const [seq, visibleAt] of result?.values ?? []) {
        done.add(seq as number);
        if (visibleAt === null) released++;
      }
      state.counts.inFlight -= released;
      if (released > 0) appear(state, released);
      for (const one of changes) {
        one.settle(one.items.map(({ receipt }) => (done.has(receipt.seq) ? "ok" : "stale")));
      }
    },
    (error) => changes.forEach((one) => one.fail(error)),
  );
}

function newMessage(state: State, entry: SendEntry, nowMs: number): NewMessage {
  const { engine, lane, ranks } = state;
  const delayMs = entry.delayMs ?? lane.spec.delayMs;
  return {
    seq: engine.sequence.next(),
    queue: lane.id,
    rank: ranks.next(entry.group),
    visibleAtMs: delayMs > 0 ? nowMs + delayMs : null,
    sentAtMs: nowMs,
    expiresAtMs: nowMs + lane.spec.retentionMs,
    dedup: null,
    entry,
  };
}

function planSend(state: State, plan: Plan, sends: readonly Take<SendEntry, SendResult>[]): void {
  const nowMs = state.engine.now();
  const messages = sends.map((one) => one.items.map((entry) => newMessage(state, entry, nowMs)));
  const all = messages.flat();
  const statements: Statement[] = insertStatements(all);
  let delayed = 0;
  for (const { visibleAtMs } of all) {
    if (visibleAtMs === null) continue;
    delayed++;
    state.nextDueMs = Math.min(state.nextDueMs, visibleAtMs);
  }
  if (delayed < all.length) {
    state.ready = true;
    state.events++;
  }
  statements.push(...outboxStatements(sends));
  plan.add(
    statements,
    () => {
      state.counts.visible += all.length - delayed;
      state.counts.delayed += delayed;
      sends.forEach((one, index) =>
        one.settle(
          (messages[index] ?? []).map(({ seq }) => ({ id: state.engine.ids.idOf(seq, nowMs) })),
        ),
      );
    },
    (error) => sends.forEach((one) => one.fail(error)),
  );
}

/** Makes visible what is due, as far as one write goes. */
function planPromote(state: State, plan: Plan): void {
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

function planReceive(state: State, plan: Plan): void {
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

/** Gives received rows to receivers, sets aside what must not be delivered, puts the unserved back. */
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

/** Moves dead letters and drops what expired. Should this write fail, their next receive does it again. */
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
