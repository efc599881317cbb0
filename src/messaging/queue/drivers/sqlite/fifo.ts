import type { Cancel } from "../../../../core/clock.ts";
import type { SqlValue, Statement } from "../../../../core/store.ts";
import type { QueueSpec, ReceiptResult, SendEntry, SendResult } from "../../driver.ts";
import { dedupKey, findFirsts } from "./dedup.ts";
import type { Firsts } from "./dedup.ts";
import type { Engine, Lane } from "./engine.ts";
import { groupSql, pickMessages, receiveStatements } from "./fifo-pick.ts";
import type { FifoState } from "./fifo-state.ts";
import { deliveryKey, sequenceText } from "./ids.ts";
import type { Receipt } from "./ids.ts";
import { makeInbox, outboxStatements } from "./inbox.ts";
import type { Change, Take } from "./inbox.ts";
import { dueOf, loadLocks } from "./locks.ts";
import type { Flight } from "./locks.ts";
import { makePlan } from "./plan.ts";
import type { Plan } from "./plan.ts";
import { deleteSql, insertStatements, receivedMessages } from "./rows.ts";
import type { NewMessage } from "./rows.ts";

/** Messages received with one write. */
const receivesMax = 1000;

const dueSql = "update queue_group set due = ? where queue = ? and name = ?";
const extendSql = `update queue_message set visible_at = ?, error = coalesce(?, error)
  where seq = ? and queue = ? and receives = ?`;
const nextDueSql = "select min(due) as due from queue_group where queue = ?";
const totalSql = "select count(*) as n from queue_message where queue = ? and rank is null";
const delayedSql = `select count(*) as n from queue_message
  where queue = ? and visible_at > ? and receives = 0`;
const oldestSql = `select min(sent_at) as sent_at from (
  select (select m.sent_at from queue_message m where m.queue = g.queue and m.group_name = g.name
    and m.rank is null order by m.seq limit 1) as sent_at
  from queue_group g where g.queue = ? order by g.due limit 100)`;

/**
 * Opens the lane of a FIFO queue. It has one write under way at a time and decides on what is
 * committed, so that
 * order, locks and deduplication follow from plain reads.
 */
export async function openFifo(engine: Engine, id: number, spec: QueueSpec): Promise<Lane> {
  let running = false;
  let scheduled = false;
  let foreign = 0;
  let timer: Cancel | undefined;

  const schedule = (): void => {
    if (scheduled || running) return;
    scheduled = true;
    setImmediate(() => void flush());
  };
  const inbox = makeInbox(engine, () => lane, schedule);
  const lane: Lane = {
    id,
    name: spec.name,
    spec,
    ...inbox.face,
    rankOf: () => null,
    arriving() {
      foreign++;
      return (count) => {
        foreign--;
        state.total += count;
        appear(state);
        schedule();
      };
    },
    stats: () => fifoStats(state),
    async close() {
      timer?.();
      await inbox.close();
    },
  };
  const locks = await loadLocks(engine, id);
  const state: FifoState = {
    engine,
    lane,
    inbox,
    locks,
    total: await countOf(engine, totalSql, [id]),
    ready: true,
    events: 0,
    nextDueMs: 0,
  };
  const rest = (): void => {
    timer?.();
    timer = undefined;
    inbox.waiting.idle();
    if (inbox.waiting.size === 0 || state.nextDueMs === Infinity) return;
    timer = engine.clock.after(state.nextDueMs - engine.now(), schedule);
  };
  const flush = async (): Promise<void> => {
    scheduled = false;
    running = true;
    try {
      await work(state, foreign === 0);
    } finally {
      running = false;
      const more = inbox.busy || (inbox.maintenance && foreign === 0);
      if (more || mayReceive(state)) schedule();
      else rest();
    }
  };
  return lane;
}

async function countOf(engine: Engine, sql: string, params: SqlValue[]): Promise<number> {
  const [row] = await engine.store.read(sql, params);
  return Number(row?.["n"]);
}

async function fifoStats(state: FifoState): ReturnType<Lane["stats"]> {
  const { engine, lane, locks } = state;
  const nowMs = engine.now();
  const inFlight = locks.count(nowMs);
  const delayed = await countOf(engine, delayedSql, [lane.id, nowMs]);
  const [found] = await engine.store.read(oldestSql, [lane.id]);
  const sentAt = found?.["sent_at"];
  const visible = Math.max(0, state.total - inFlight - delayed);
  const waits = visible > 0 && typeof sentAt === "number";
  return { visible, inFlight, delayed, oldestMs: waits ? Math.max(0, nowMs - sentAt) : 0 };
}

function appear(state: FifoState): void {
  state.ready = true;
  state.events++;
}

function mayReceive(state: FifoState): boolean {
  if (state.nextDueMs <= state.engine.now()) state.ready = true;
  return state.ready && state.inbox.waiting.size > 0;
}

/** One round: maintenance, what was asked, then receives on what that left. */
async function work(state: FifoState, counting: boolean): Promise<void> {
  const { inbox, engine } = state;
  try {
    await engine.sequence.ready();
  } catch (error) {
    return inbox.refuse(error);
  }
  if (inbox.maintenance && counting) await maintain(state);
  if (inbox.busy) await change(state);
  if (mayReceive(state)) await receive(state);
}

async function maintain(state: FifoState): Promise<void> {
  const one = state.inbox.takeMaintenance();
  if (!one) return;
  try {
    const results =
      one.items.length === 0 ? [] : await state.engine.store.write({ statements: one.items });
    state.locks = await loadLocks(state.engine, state.lane.id);
    state.total = await countOf(state.engine, totalSql, [state.lane.id]);
    appear(state);
    one.settle(results);
  } catch (error) {
    one.fail(error);
  }
}

/** The groups that a write changes, as they will be after it. */
type After = Map<string, Map<number, Flight>>;

function flightsIn(state: FifoState, after: After, group: string): Map<number, Flight> {
  const known = after.get(group);
  if (known) return known;
  const copy = new Map(state.locks.get(group));
  after.set(group, copy);
  return copy;
}

async function change(state: FifoState): Promise<void> {
  const { inbox, engine, lane } = state;
  const taken = inbox.take();
  const plan = makePlan(engine.store);
  const nowMs = engine.now();
  const after: After = new Map();
  try {
    if (taken.sends.length > 0) await planSend(state, plan, taken.sends, nowMs);
  } catch (error) {
    for (const one of taken.sends) one.fail(error);
  }
  if (taken.deletes.length > 0) planDelete(state, plan, taken.deletes, after);
  if (taken.changes.length > 0) planExtend(state, plan, taken.changes, after, nowMs);
  if (after.size > 0) {
    const rows = [...after].map(([group, flights]) => [dueOf(flights, nowMs), lane.id, group]);
    plan.add([{ sql: dueSql, each: rows }], () => {
      for (const [group, flights] of after) state.locks.set(group, flights);
      appear(state);
    });
  }
  if (!plan.empty()) await plan.run();
}

function planDelete(
  state: FifoState,
  plan: Plan,
  deletes: readonly Take<Receipt, ReceiptResult>[],
  after: After,
): void {
  const receipts = deletes.flatMap((one) => one.items);
  for (const { group, seq, receives } of receipts) {
    if (group === undefined || state.locks.get(group).get(seq)?.receives !== receives) continue;
    flightsIn(state, after, group).delete(seq);
  }
  const params = [`[${receipts.map(deliveryKey).join(",")}]`, state.lane.id];
  plan.add(
    [{ sql: deleteSql, params, values: true }],
    ([result]) => {
      const gone = new Set(result?.values.map(([key]) => key));
      state.total -= gone.size;
      for (const one of deletes) {
        one.settle(one.items.map((one) => (gone.delete(deliveryKey(one)) ? "ok" : "stale")));
      }
    },
    (error) => deletes.forEach((one) => one.fail(error)),
  );
}

function planExtend(
  state: FifoState,
  plan: Plan,
  changes: readonly Take<Change, ReceiptResult>[],
  after: After,
  nowMs: number,
): void {
  const rows: SqlValue[][] = [];
  const extendOne = ({ receipt, visibilityMs, error }: Change): ReceiptResult => {
    const { group = "", seq, receives } = receipt;
    const flight = (after.get(group) ?? state.locks.get(group)).get(seq);
    if (flight?.receives !== receives || flight.visibleAtMs <= nowMs) return "stale";
    const flights = flightsIn(state, after, group);
    const visibleAtMs = nowMs + visibilityMs;
    if (visibilityMs === 0) flights.delete(seq);
    else flights.set(seq, { receives, visibleAtMs });
    rows.push([
      visibilityMs === 0 ? null : visibleAtMs,
      error ?? null,
      seq,
      state.lane.id,
      receives,
    ]);
    return "ok";
  };
  const answers = changes.map((one) => one.items.map(extendOne));
  plan.add(
    [{ sql: extendSql, each: rows }],
    () => changes.forEach((one, index) => one.settle(answers[index] ?? [])),
    (error) => changes.forEach((one) => one.fail(error)),
  );
}

async function planSend(
  state: FifoState,
  plan: Plan,
  sends: readonly Take<SendEntry, SendResult>[],
  nowMs: number,
): Promise<void> {
  const { engine, lane } = state;
  const keys = sends.flatMap((one) => one.items.map((entry) => dedupKey(lane.spec, entry)));
  const firsts = await findFirsts(engine, lane.id, keys, nowMs);
  const messages: NewMessage[] = [];
  const answers = sends.map((one) =>
    one.items.map((entry) => sendOne(state, entry, firsts, messages, nowMs)),
  );
  const groups = [...new Set(messages.map(({ entry }) => entry.group ?? ""))];
  const statements: Statement[] = [
    ...insertStatements(messages),
    { sql: groupSql, each: groups.map((group) => [lane.id, group, nowMs + lane.spec.delayMs]) },
    ...firsts.statements(),
    ...outboxStatements(sends),
  ];
  plan.add(
    statements,
    () => {
      state.total += messages.length;
      state.nextDueMs = Math.min(state.nextDueMs, nowMs + lane.spec.delayMs);
      appear(state);
      sends.forEach((one, index) => one.settle(answers[index] ?? []));
    },
    (error) => sends.forEach((one) => one.fail(error)),
  );
}

function sendOne(
  state: FifoState,
  entry: SendEntry,
  firsts: Firsts,
  messages: NewMessage[],
  nowMs: number,
): SendResult {
  const { engine, lane } = state;
  const { spec } = lane;
  const key = dedupKey(spec, entry);
  const first = firsts.get(key);
  if (first) {
    const id = engine.ids.idOf(first.seq, first.sentAtMs);
    return { id, sequence: sequenceText(first.seq), duplicate: true };
  }
  const seq = engine.sequence.next();
  firsts.add(key, { seq, sentAtMs: nowMs });
  messages.push({
    seq,
    queue: lane.id,
    rank: null,
    visibleAtMs: spec.delayMs > 0 ? nowMs + spec.delayMs : null,
    sentAtMs: nowMs,
    expiresAtMs: nowMs + spec.retentionMs,
    dedup: key.key,
    entry,
  });
  return { id: engine.ids.idOf(seq, nowMs), sequence: sequenceText(seq) };
}

/** Receives for as many as wait, as far as one write goes. */
async function receive(state: FifoState): Promise<void> {
  const { engine, lane, inbox } = state;
  const receivers = inbox.waiting.take(receivesMax);
  const { events } = state;
  const nowMs = engine.now();
  try {
    const pick = await pickMessages(state, receivers, nowMs);
    const arrived = pick.target && pick.dead.length > 0 ? pick.target.arriving() : undefined;
    let moved = 0;
    try {
      const statements = receiveStatements(state, pick, nowMs);
      if (statements.length > 0) {
        await engine.store.write({ statements });
        moved = pick.dead.length;
      }
    } finally {
      arrived?.(moved);
    }
    state.total -= moved + pick.expired.length;
    for (const [group, flights] of pick.flights) state.locks.set(group, flights);
    for (const { receiver, rows } of pick.served) {
      receiver.settle(await receivedMessages(engine, rows, nowMs, true));
    }
    const served = new Set(pick.served.map((one) => one.receiver));
    const unserved = receivers.filter((receiver) => !served.has(receiver));
    inbox.waiting.putBack(unserved);
    const [row] = await engine.store.read(nextDueSql, [lane.id]);
    const due = row?.["due"];
    state.nextDueMs = typeof due === "number" ? due : Infinity;
    state.ready = state.nextDueMs <= engine.now() || state.events !== events;
  } catch (error) {
    for (const receiver of receivers) receiver.fail(error);
  }
}
