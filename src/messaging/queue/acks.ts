import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { QueueDriver } from "./driver.ts";

/** A new visibility timeout of one delivery. */
export interface LeaseChange {
  readonly receipt: string;
  readonly visibilityMs: number;
  readonly error?: string;
}

/** Takes acknowledgements one at a time and sends them on many at a time. */
export interface Acks {
  /** The message is done: it will be deleted. */
  done(receipt: string): void;
  /** The message comes again after `visibilityMs`. */
  change(change: LeaseChange): void;
  /** How many are on their way. */
  readonly pending: number;
  /** Resolves when none is on its way. */
  flushed(): Promise<void>;
}

/** Calls of one kind under way at once: the next gathers while they commit. */
const callsMax = 2;
/** Entries in one call. */
const entriesMax = 1000;
const attemptsMax = 5;
const retryMs = 100;

interface BatcherOptions<T> {
  readonly clock: Clock;
  send(entries: readonly T[]): Promise<unknown>;
  settled(): void;
  lost(error: unknown, entries: number): void;
}

interface Batcher<T> {
  readonly add: (entry: T) => void;
  readonly pending: number;
}

/** Gathers entries and sends them; a call that fails is repeated, then given up. */
function makeBatcher<T>(options: BatcherOptions<T>): Batcher<T> {
  const waiting: T[] = [];
  let scheduled = false;
  let calls = 0;
  let pending = 0;
  const settle = (entries: readonly T[]): void => {
    calls--;
    pending -= entries.length;
    options.settled();
    flush();
  };
  const attempt = (entries: readonly T[], number: number): void => {
    options.send(entries).then(
      () => settle(entries),
      (error: unknown) => {
        if (number < attemptsMax) {
          options.clock.after(retryMs * 2 ** number, () => attempt(entries, number + 1));
          return;
        }
        options.lost(error, entries.length);
        settle(entries);
      },
    );
  };
  const flush = (): void => {
    scheduled = false;
    while (waiting.length > 0 && calls < callsMax) {
      const entries = waiting.splice(0, entriesMax);
      calls++;
      attempt(entries, 1);
    }
  };
  return {
    add(entry) {
      waiting.push(entry);
      pending++;
      if (scheduled || calls >= callsMax) return;
      scheduled = true;
      queueMicrotask(flush);
    },
    get pending() {
      return pending;
    },
  };
}

/**
 * Acknowledgements of one consumer.
 * @param settled is called whenever some arrived
 */
export function makeAcks(
  driver: QueueDriver,
  queue: string,
  surroundings: { readonly clock: Clock; readonly log: Log },
  settled: () => void,
): Acks {
  const { clock, log } = surroundings;
  const waiters: (() => void)[] = [];
  const pending = (): number => deletes.pending + changes.pending;
  const arrived = (): void => {
    settled();
    if (pending() === 0) for (const resolve of waiters.splice(0)) resolve();
  };
  const lost = (error: unknown, entries: number): void =>
    log.error("acknowledgements given up; the messages come again", {
      entries,
      error: String(error),
    });
  const deletes = makeBatcher<string>({
    clock,
    send: (receipts) => driver.delete(queue, receipts),
    settled: arrived,
    lost,
  });
  const changes = makeBatcher<LeaseChange>({
    clock,
    send: (list) => driver.extend(queue, list),
    settled: arrived,
    lost,
  });
  return {
    done: deletes.add,
    change: changes.add,
    get pending() {
      return pending();
    },
    flushed: () =>
      pending() === 0 ? Promise.resolve() : new Promise((resolve) => void waiters.push(resolve)),
  };
}
