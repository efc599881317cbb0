import type { Cancel, Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { Row, Statement } from "../../core/store.ts";
import { writeFlow } from "./flow-store.ts";
import type { FlowStore } from "./flow-store.ts";

/** A message that waits outside of its queue, as JSON text. */
export interface Debounced {
  readonly queue: string;
  readonly key: string;
  readonly id: string;
  readonly stored: string;
}

/** Sends what was quiet for long enough. */
export interface DebounceRelay {
  /** Begins to watch; safe to call again. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** What a relay works with. */
export interface RelayOptions {
  readonly flow: () => Promise<FlowStore>;
  readonly clock: Clock;
  readonly log: Log;
  /**
   * Puts the message on its queue. With `remove` in the same commit where the driver can, else
   * before it.
   */
  send(one: Debounced, remove: Statement): Promise<void>;
}

/** Woken when a message was debounced. */
export const debounceChannel = "queue-debounced";

/** A relay that claimed messages and died gives them up after this. */
const leaseMs = 30_000;
const claimMax = 100;
const retryMs = 1000;

/** Puts a message in the place of the one that waits under its key. */
export function debounceStatement(one: Debounced, dueMs: number): Statement {
  return {
    sql: `insert into queue_debounced (queue, name, id, entry, due_ms, lease_ms)
      values (?, ?, ?, ?, ?, 0)
      on conflict (queue, name) do update set id = excluded.id, entry = excluded.entry,
        due_ms = excluded.due_ms, lease_ms = 0`,
    params: [one.queue, one.key, one.id, one.stored, dueMs],
  };
}

function removeStatement(one: Debounced): Statement {
  return {
    sql: `delete from queue_debounced where queue = ? and name = ? and id = ?`,
    params: [one.queue, one.key, one.id],
  };
}

async function claim(flow: FlowStore, nowMs: number): Promise<readonly Debounced[]> {
  const [result] = await writeFlow(flow.store, [
    {
      sql: `update queue_debounced set lease_ms = ?
        where due_ms <= ? and lease_ms <= ? and (queue, name) in (
          select queue, name from queue_debounced where due_ms <= ? and lease_ms <= ?
          order by due_ms limit ${claimMax})
        returning queue, name, id, entry`,
      params: [nowMs + leaseMs, nowMs, nowMs, nowMs, nowMs],
    },
  ]);
  return (result?.rows ?? []).map((row: Row) => ({
    queue: String(row["queue"]),
    key: String(row["name"]),
    id: String(row["id"]),
    stored: String(row["entry"]),
  }));
}

async function nextDueMs(flow: FlowStore): Promise<number | undefined> {
  const [row] = await flow.store.read(
    `select min(case when lease_ms > due_ms then lease_ms else due_ms end) as next_ms
      from queue_debounced`,
  );
  const value = row?.["next_ms"];
  return value === null || value === undefined ? undefined : Number(value);
}

/** Sends all that is due; answers when to look again. */
async function relayOnce(options: RelayOptions): Promise<number | undefined> {
  const flow = await options.flow();
  const due = await claim(flow, options.clock.now());
  const sent = await Promise.allSettled(due.map((one) => options.send(one, removeStatement(one))));
  const failed = sent.filter(({ status }) => status === "rejected");
  if (failed.length > 0) {
    const [first] = failed as PromiseRejectedResult[];
    options.log.warn("debounced messages wait for another try", {
      messages: failed.length,
      error: String(first?.reason),
    });
  }
  return nextDueMs(flow);
}

/** Makes a relay. Any number of processes may run one on the same store. */
export function makeDebounceRelay(options: RelayOptions): DebounceRelay {
  const { clock } = options;
  let cancel: Cancel | undefined;
  let unlisten: Cancel | undefined;
  let working: Promise<void> | undefined;
  let again = false;
  let closed = false;

  const work = async (): Promise<void> => {
    let dueMs: number | undefined;
    do {
      again = false;
      try {
        dueMs = await relayOnce(options);
      } catch (error) {
        options.log.warn("debounced messages are not looked at", { error: String(error) });
        dueMs = clock.now() + retryMs;
      }
    } while (again && !closed);
    working = undefined;
    if (dueMs === undefined || closed) return;
    cancel = clock.after(Math.max(1, dueMs - clock.now()), look);
  };
  const look = (): void => {
    again = true;
    if (working !== undefined || closed) return;
    cancel?.();
    working = work();
  };
  return {
    async start() {
      if (unlisten !== undefined || closed) return;
      unlisten = () => {};
      unlisten = (await options.flow()).store.listen(debounceChannel, look);
      look();
    },
    async close() {
      closed = true;
      cancel?.();
      unlisten?.();
      await working;
    },
  };
}
