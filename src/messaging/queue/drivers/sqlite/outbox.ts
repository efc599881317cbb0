import type { Cancel } from "../../../../core/clock.ts";
import type { Statement } from "../../../../core/store.ts";
import type { SendEntry } from "../../driver.ts";
import type { Engine } from "./engine.ts";

/** Channel that a commit with transactional sends wakes. */
export const outboxChannel = "queue.outbox";

/**
 * Sends that committed with other writes of the store, on their way into their queues in commit
 * order.
 */
export interface Outbox {
  /** Undefined when nothing of earlier transactions is still on its way. */
  settled(): Promise<void> | undefined;
  /** The statements that send within somebody's transaction. */
  statements(queue: string, entries: readonly SendEntry[]): Statement[];
  /** Looks again: a queue was declared. */
  wake(): void;
  close(): void;
}

/** Rows moved with one read. */
const pageRows = 200;
/** Wait before a failed move is tried again, milliseconds. */
const retryMs = 500;

const insertSql = "insert into queue_outbox (queue, entry) values (?, ?)";
const pageSql = `select id, queue, entry from queue_outbox where id > ?
  order by id limit ${pageRows}`;

/** Opens the outbox and moves what an earlier process left in it. */
export function makeOutbox(engine: Engine): Outbox {
  /** Rows that are with their lane now: it deletes them in the write that inserts the message. */
  const handed = new Set<number>();
  let dirty = false;
  let draining: Promise<void> | undefined;
  let cancelRetry: Cancel = () => {};
  let closed = false;

  const failed = (error: unknown): void => {
    if (closed) return;
    engine.log.warn("queue: transactional sends wait", { error: String(error) });
    cancelRetry();
    cancelRetry = engine.clock.after(retryMs, wake);
  };
  const hand = (id: number, queue: string, entry: string): void => {
    const lane = engine.lane(queue);
    // Not declared now: the row stays until it is again.
    if (!lane || handed.has(id)) return;
    handed.add(id);
    void lane
      .send([JSON.parse(entry) as SendEntry], id)
      .catch(failed)
      .finally(() => handed.delete(id));
  };
  const page = async (): Promise<void> => {
    let last = 0;
    for (;;) {
      const rows = await engine.store.read(pageSql, [last]);
      for (const row of rows) {
        last = Number(row["id"]);
        hand(last, String(row["queue"]), String(row["entry"]));
      }
      if (rows.length < pageRows) return;
    }
  };
  const drain = async (): Promise<void> => {
    try {
      while (dirty && !closed) {
        dirty = false;
        await page();
      }
    } catch (error) {
      failed(error);
    } finally {
      // In the same turn as the last look at `dirty`: a wake in between would find nobody.
      draining = undefined;
    }
  };
  const wake = (): void => {
    dirty = true;
    if (!closed) draining ??= drain();
  };
  const stop = engine.store.listen(outboxChannel, wake);
  wake();
  return {
    settled: () => draining,
    wake,
    statements(queue, entries) {
      const each = entries.map((entry) => [queue, JSON.stringify(entry)]);
      return [{ sql: insertSql, each }];
    },
    close() {
      closed = true;
      stop();
      cancelRetry();
    },
  };
}
