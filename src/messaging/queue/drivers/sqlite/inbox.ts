import { coreErrors } from "../../../../core/errors.ts";
import type { Statement, StatementResult } from "../../../../core/store.ts";
import type { ReceiptResult, SendEntry, SendResult } from "../../driver.ts";
import { entryProblem } from "../../entry.ts";
import type { EntryRules } from "../../entry.ts";
import { queueErrors } from "../../errors.ts";
import { queueLimits } from "../../limits.ts";
import type { Engine, Lane } from "./engine.ts";
import { receiptOf } from "./ids.ts";
import type { Receipt } from "./ids.ts";
import { makeWaiting } from "./waiting.ts";
import type { Waiting } from "./waiting.ts";

/** Characters of bodies that may wait for the writer, a queue each. */
const waitingMax = 64 * 2 ** 20;
/** Characters of bodies, and calls, that one write takes. */
const takenMax = 2 ** 20;
const callsMax = 1000;

/** A call that waits for its write. */
export interface Take<Item, Result> {
  readonly items: readonly Item[];
  readonly size: number;
  readonly outboxId?: number | undefined;
  readonly settle: (results: readonly Result[]) => void;
  readonly fail: (error: unknown) => void;
}

/** A change of one delivery's visibility. */
export interface Change {
  readonly receipt: Receipt;
  readonly visibilityMs: number;
  readonly error?: string | undefined;
}

/** What one write takes of the calls that wait. */
export interface Taken {
  readonly sends: readonly Take<SendEntry, SendResult>[];
  readonly deletes: readonly Take<Receipt, ReceiptResult>[];
  readonly changes: readonly Take<Change, ReceiptResult>[];
}

/** The calls of one queue that wait for the next write. */
export interface Inbox {
  readonly face: Pick<Lane, "send" | "receive" | "delete" | "extend" | "maintain">;
  readonly waiting: Waiting;
  take(): Taken;
  takeMaintenance(): Take<Statement, StatementResult> | undefined;
  readonly maintenance: boolean;
  /** Whether calls other than receives wait. */
  readonly busy: boolean;
  /** Fails all sends that wait. */
  refuse(error: unknown): void;
  close(): Promise<void>;
}

interface Line<Item, Result> {
  readonly calls: Take<Item, Result>[];
  put(items: readonly Item[], size?: number, outboxId?: number): Promise<readonly Result[]>;
  take(): Take<Item, Result>[];
}

function makeLine<Item, Result>(schedule: () => void): Line<Item, Result> {
  let calls: Take<Item, Result>[] = [];
  return {
    get calls() {
      return calls;
    },
    put: (items, size = 0, outboxId) =>
      new Promise((resolve, reject) => {
        calls.push({ items, size, outboxId, settle: resolve, fail: reject });
        schedule();
      }),
    take() {
      let size = 0;
      let count = 0;
      while (count < calls.length && count < callsMax && size < takenMax) {
        size += calls[count]?.size ?? 0;
        count++;
      }
      const taken = calls.slice(0, count);
      calls = calls.slice(count);
      return taken;
    },
  };
}

/** The longest that SQS allows a receive to hide a message, and a delivery to last in all. */
const { visibilityMsMax } = queueLimits;

/** @throws MOR_QUEUE_VISIBILITY unless a delivery of that age may be hidden for so long */
function checkVisibility(queue: string, visibilityMs: number, ageMs: number): void {
  const sane = Number.isInteger(visibilityMs) && visibilityMs >= 0;
  if (sane && (visibilityMs === 0 || visibilityMs + ageMs <= visibilityMsMax)) return;
  throw queueErrors.MOR_QUEUE_VISIBILITY(
    `queue ${queue}: a visibility of ${visibilityMs} ms, ${ageMs} ms after the receive`,
  );
}

/** Makes the inbox of a queue; `schedule` is called when something waits. */
export function makeInbox(engine: Engine, laneOf: () => Lane, schedule: () => void): Inbox {
  const sends = makeLine<SendEntry, SendResult>(schedule);
  const deletes = makeLine<Receipt, ReceiptResult>(schedule);
  const changes = makeLine<Change, ReceiptResult>(schedule);
  const upkeep = makeLine<Statement, StatementResult>(schedule);
  const waiting = makeWaiting(engine.clock);
  let size = 0;
  let closed = false;

  const assertOpen = (): void => {
    if (closed) throw coreErrors.MOR_STOPPING(`queue ${laneOf().name}: the driver is closed`);
  };
  const put = async (entries: readonly SendEntry[], outboxId?: number): Promise<SendResult[]> => {
    if (size > waitingMax) {
      throw coreErrors.MOR_OVERLOADED(`queue ${laneOf().name}: too much waits for the writer`);
    }
    const bytes = entries.reduce((sum, entry) => sum + entry.body.length, 0);
    size += bytes;
    try {
      return (await sends.put(entries, bytes, outboxId)) as SendResult[];
    } finally {
      size -= bytes;
    }
  };
  return {
    waiting,
    face: {
      async send(entries, outboxId) {
        assertOpen();
        const { spec } = laneOf();
        const problems = entries.map((entry) => entryProblem(spec, entry, sqliteRules));
        if (problems.every((problem) => problem === undefined)) return put(entries, outboxId);
        const good = entries.filter((_, index) => problems[index] === undefined);
        const results = good.length > 0 ? await put(good, outboxId) : [];
        return problems.map((problem) => {
          if (problem === undefined) return results.shift() as SendResult;
          return { error: { code: problem.code, message: problem.message } };
        });
      },
      async receive(options, signal) {
        assertOpen();
        const { name, spec } = laneOf();
        const visibilityMs = options.visibilityMs ?? spec.visibilityMs;
        if (options.visibilityMs !== undefined) checkVisibility(name, visibilityMs, 0);
        const answer = waiting.add(options, visibilityMs, signal);
        schedule();
        return answer;
      },
      async delete(receipts) {
        assertOpen();
        const { name } = laneOf();
        return deletes.put(receipts.map((text) => receiptOf(name, text)));
      },
      async extend(asked) {
        assertOpen();
        const { name } = laneOf();
        const nowMs = engine.now();
        const items = asked.map(({ receipt: text, visibilityMs, error }): Change => {
          const receipt = receiptOf(name, text);
          checkVisibility(name, visibilityMs, Math.max(0, nowMs - receipt.atMs));
          return { receipt, visibilityMs, error };
        });
        return changes.put(items);
      },
      async maintain(statements) {
        assertOpen();
        return upkeep.put(statements);
      },
    },
    take: () => ({ sends: sends.take(), deletes: deletes.take(), changes: changes.take() }),
    takeMaintenance: () => {
      const [first, ...rest] = upkeep.take();
      for (const one of rest) {
        void upkeep.put(one.items).then(one.settle, one.fail);
      }
      return first;
    },
    get maintenance() {
      return upkeep.calls.length > 0;
    },
    get busy() {
      return sends.calls.length + deletes.calls.length + changes.calls.length > 0;
    },
    refuse(error) {
      for (const one of sends.take()) one.fail(error);
    },
    async close() {
      closed = true;
      waiting.close();
    },
  };
}

/** What the embedded engine takes: any delay, and priorities. */
export const sqliteRules: EntryRules = { delayMsMax: Infinity, priority: true };

/** Takes transactional sends out of the outbox in the write that inserts them. */
export function outboxStatements(sends: readonly Take<SendEntry, SendResult>[]): Statement[] {
  const ids = sends.flatMap((one) => (one.outboxId === undefined ? [] : [[one.outboxId]]));
  if (ids.length === 0) return [];
  return [{ sql: "delete from queue_outbox where id = ?", each: ids }];
}
