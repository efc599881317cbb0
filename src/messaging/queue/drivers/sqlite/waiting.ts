import type { Cancel, Clock } from "../../../../core/clock.ts";
import type { ReceivedMessage, ReceiveOptions } from "../../driver.ts";

/** One receive that waits for messages. */
export interface Receiver {
  readonly max: number;
  readonly visibilityMs: number;
  /** On the clock that never goes back. */
  readonly deadlineMs: number;
  done(): boolean;
  /** Whether its caller gave up. */
  cancelled(): boolean;
  settle(messages: readonly ReceivedMessage[]): void;
  fail(error: unknown): void;
}

/** The receives of one queue, longest waiting first. */
export interface Waiting {
  add(
    options: ReceiveOptions,
    visibilityMs: number,
    signal: AbortSignal | undefined,
  ): Promise<readonly ReceivedMessage[]>;
  readonly size: number;
  /** Takes receives out, up to a number of messages in all. */
  take(messagesMax: number): Receiver[];
  /**
   * Puts back in front those that got nothing; those whose time is over are answered with nothing.
   */
  putBack(receivers: readonly Receiver[]): void;
  /** Answers every receive that will not wait, and has the others end at their deadline. */
  idle(): void;
  close(): void;
}

/** Calls back when a signal aborts. */
interface Aborts {
  add(signal: AbortSignal, abort: () => void): void;
  remove(signal: AbortSignal, abort: () => void): void;
}

/**
 * One listener a signal, however many receives share it. A listener that Node has removed still
 * points at the one added after it, so with one a receive each would keep all later ones alive, and
 * their messages, from one full garbage collection to the next.
 */
function makeAborts(): Aborts {
  const bySignal = new WeakMap<AbortSignal, Set<() => void>>();
  return {
    add(signal, abort) {
      const known = bySignal.get(signal);
      if (known) return void known.add(abort);
      const callbacks = new Set([abort]);
      bySignal.set(signal, callbacks);
      signal.addEventListener("abort", () => callbacks.forEach((callback) => callback()), {
        once: true,
      });
    },
    remove: (signal, abort) => void bySignal.get(signal)?.delete(abort),
  };
}

/** Makes the list of a queue's receives. */
export function makeWaiting(clock: Clock): Waiting {
  let receivers: Receiver[] = [];
  let closed = false;
  const timers = new Map<Receiver, Cancel>();
  const aborts = makeAborts();

  const live = (): Receiver[] => (receivers = receivers.filter((receiver) => !receiver.done()));
  const isOver = (receiver: Receiver): boolean => receiver.deadlineMs <= clock.monotonic();
  const arm = (receiver: Receiver): void => {
    if (timers.has(receiver)) return;
    const waitMs = receiver.deadlineMs - clock.monotonic();
    timers.set(
      receiver,
      clock.after(waitMs, () => receiver.settle([])),
    );
  };

  const add: Waiting["add"] = (options, visibilityMs, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted || options.max < 1) return resolve([]);
      let done = false;
      const end = (): boolean => {
        if (done) return false;
        done = true;
        timers.get(receiver)?.();
        timers.delete(receiver);
        if (signal) aborts.remove(signal, abort);
        return true;
      };
      const receiver: Receiver = {
        max: options.max,
        visibilityMs,
        deadlineMs: clock.monotonic() + options.waitMs,
        done: () => done,
        cancelled: () => signal?.aborted === true,
        settle: (messages) => end() && resolve(messages),
        fail: (error) => end() && reject(error),
      };
      // One that is with the writer now is answered with what it gets: nothing in flight is lost.
      const abort = (): void => {
        if (receivers.includes(receiver)) receiver.settle([]);
      };
      if (signal) aborts.add(signal, abort);
      receivers.push(receiver);
    });

  return {
    add,
    get size() {
      return receivers.length;
    },
    take(messagesMax) {
      const taken: Receiver[] = [];
      let room = messagesMax;
      for (const receiver of live()) {
        if (taken.length > 0 && receiver.max > room) break;
        room -= receiver.max;
        taken.push(receiver);
        timers.get(receiver)?.();
        timers.delete(receiver);
      }
      receivers = receivers.slice(taken.length);
      return taken;
    },
    putBack(returned) {
      receivers = [...returned.filter((receiver) => !receiver.done()), ...receivers];
      for (const receiver of returned) if (closed || receiver.cancelled()) receiver.settle([]);
      live();
    },
    idle() {
      for (const receiver of live()) {
        if (isOver(receiver)) receiver.settle([]);
        else arm(receiver);
      }
      live();
    },
    close() {
      closed = true;
      for (const receiver of live()) receiver.settle([]);
      receivers = [];
    },
  };
}
