import type { SqlValue, Statement } from "../../../../core/store.ts";
import type { ReceiptResult, SendEntry, SendResult } from "../../driver.ts";
import { deliveryKey } from "./ids.ts";
import type { Receipt } from "./ids.ts";
import { outboxStatements } from "./inbox.ts";
import type { Change, Take } from "./inbox.ts";
import type { Plan } from "./plan.ts";
import { deleteSql, insertStatements } from "./rows.ts";
import type { NewMessage } from "./rows.ts";
import { appear } from "./standard-state.ts";
import type { State } from "./standard-state.ts";

const extendSql = `update queue_message set visible_at = ?, error = coalesce(?, error)
  where seq = ? and queue = ? and receives = ? and visible_at > ? returning ?, visible_at`;

/** Puts everything that waits, receives aside, into the plan. */
export function planChanges(state: State, plan: Plan): void {
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
      for (const [key, visibleAt] of result?.values ?? []) {
        gone.add(key as number);
        if (visibleAt === null) state.counts.visible--;
        else state.counts.inFlight--;
      }
      for (const one of deletes) {
        // A receipt given twice deletes once.
        one.settle(one.items.map((one) => (gone.delete(deliveryKey(one)) ? "ok" : "stale")));
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
  const items = changes.flatMap((one) => one.items);
  const rows = items.map(({ receipt, visibilityMs, error }, index): SqlValue[] => {
    const visibleAt = visibilityMs === 0 ? null : nowMs + visibilityMs;
    if (visibleAt !== null) state.nextDueMs = Math.min(state.nextDueMs, visibleAt);
    const { seq, receives } = receipt;
    return [visibleAt, error ?? null, seq, state.lane.id, receives, nowMs, index];
  });
  plan.add(
    [{ sql: extendSql, each: rows, values: true }],
    ([result]) => {
      const done = new Set<SqlValue>();
      let released = 0;
      for (const [index, visibleAt] of result?.values ?? []) {
        done.add(index as number);
        if (visibleAt === null) released++;
      }
      state.counts.inFlight -= released;
      if (released > 0) appear(state, released);
      let index = 0;
      for (const one of changes) {
        one.settle(one.items.map(() => (done.has(index++) ? "ok" : "stale")));
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
