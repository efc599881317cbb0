import type { Cancel } from "../../../../core/clock.ts";
import type { Engine } from "./engine.ts";

/** Rows looked at in one step. */
const stepRows = 20_000;
/** Pause between the steps of a pass, milliseconds. */
const pauseMs = 100;
/** Pause between passes at least, milliseconds. */
const passMs = 1000;

const lookSql = `select max(seq) as last, min(expires_at) as soonest, count(*) as n
  from (select seq, expires_at from queue_message where seq > ? order by seq limit ${stepRows})`;
const queuesSql = `select distinct queue from queue_message where seq > ? and seq <= ?
  and expires_at <= ?`;
const dropSql = `delete from queue_message
  where queue = ? and seq > ? and seq <= ? and expires_at <= ?`;

/**
 * Removes messages whose retention ended. No receive delivers such a message, so this only gives
 * room back:
 * step by step along the table, and then not before anything can expire.
 * @param retentionMs the shortest retention of any queue
 */
export function startSweep(engine: Engine, retentionMs: () => number): Cancel {
  let cancel: Cancel = () => {};
  let stopped = false;
  let last = 0;
  let soonest = Infinity;
  let startedMs = engine.now();

  const drop = async (from: number, to: number, nowMs: number): Promise<void> => {
    for (const row of await engine.store.read(queuesSql, [from, to, nowMs])) {
      const queue = Number(row["queue"]);
      const statement = { sql: dropSql, params: [queue, from, to, nowMs] };
      await engine.laneOf(queue)?.maintain([statement]);
    }
  };
  const step = async (): Promise<number> => {
    const nowMs = engine.now();
    if (last === 0) startedMs = nowMs;
    const [row] = await engine.store.read(lookSql, [last]);
    const to = Number(row?.["last"] ?? last);
    const oldest = Number(row?.["soonest"] ?? Infinity);
    if (row?.["soonest"] !== null && oldest <= nowMs) await drop(last, to, nowMs);
    else if (row?.["soonest"] !== null) soonest = Math.min(soonest, oldest);
    if (Number(row?.["n"]) === stepRows) {
      last = to;
      return pauseMs;
    }
    const nextMs = Math.min(soonest, startedMs + retentionMs());
    last = 0;
    soonest = Infinity;
    return Math.max(passMs, nextMs - engine.now());
  };
  const run = async (): Promise<void> => {
    let waitMs = passMs;
    try {
      waitMs = await step();
    } catch (error) {
      if (!stopped) engine.log.warn("queue: expired messages stay", { error: String(error) });
    }
    if (!stopped) cancel = engine.clock.after(waitMs, () => void run());
  };
  cancel = engine.clock.after(passMs, () => void run());
  return () => {
    stopped = true;
    cancel();
  };
}
