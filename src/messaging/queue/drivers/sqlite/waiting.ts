import { setMaxListeners } from "node:events";
import type { Cancel, Clock } from "../../../../core/clock.ts";
import type { ReceivedMessage, ReceiveOptions } from "../../driver.ts";

/** One receive that waits for messages. */
export interface Receiver {
  readonly max: number;
  readonly visibilityMs: number;
  /** On the clock that never goes back. */
  readonly deadlineMs: number;
  readonly done: boolean;
  /** Whether its caller gave up. */
  readonly cancelled: boolean;
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

/** Makes the list of a queue's receives. */
export function makeWaiting(clock: Clock): Waiting {
  let receivers: Receiver[] = [];
  let closed = false;
  const timers = new Map<Receiver, Cancel>();

  const live = (): Receiver[] => (receivers = receivers.filter((receiver) => !receiver.done));
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
        signal?.removeEventListener("abort", abort);
        return true;
      };
      const receiver: Receiver = {
        max: options.max,
        visibilityMs,
        deadlineMs: clock.monotonic() + options.waitMs,
        get done() {
          return done;
        },
        get cancelled() {
          return signal?.aborted === true;
        },
        settle: (messages) => end() && resolve(messages),
        fail: (error) => end() && reject(error),
      };
      // One that is with the writer now is answered with what it gets: nothing in flight is lost.
      const abort = (): void => {
        if (receivers.includes(receiver)) receiver.settle([]);
      };
      if (signal) {
        // Many receives share one signal: that is no leak.
        setMaxListeners(0, signal);
        signal.addEventListener("abort", abort);
      }
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
      receivers = [...returned.filter((receiver) => !receiver.done), ...receivers];
      for (const receiver of returned) if (closed || receiver.cancelled) receiver.settle([]);
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
