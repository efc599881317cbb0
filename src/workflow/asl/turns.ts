import { Aborted } from "./failure.ts";

/**
 * Lets the strands of an execution work one at a time, in the order in which they ask: the order of
 * events does not depend on how many ticks an evaluation takes.
 */
export interface Turns {
  /** Resolves when it is the caller's turn. */
  take(): Promise<void>;
  give(): void;
}

/** Turns that nobody holds. */
export function makeTurns(): Turns {
  const waiting: (() => void)[] = [];
  let isHeld = false;
  return {
    take() {
      if (isHeld) return new Promise((resolve) => waiting.push(resolve));
      isHeld = true;
      return Promise.resolve();
    },
    give() {
      const next = waiting.shift();
      if (next === undefined) isHeld = false;
      else next();
    },
  };
}

/** Gives the turn away while `work` is waited for. @throws Aborted if the strand ended meanwhile */
export async function blocked<T>(
  turns: Turns,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw new Aborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(new Aborted());
  signal.addEventListener("abort", stop, { once: true });
  turns.give();
  const [settled] = await Promise.allSettled([Promise.race([work(), aborted])]);
  signal.removeEventListener("abort", stop);
  await turns.take();
  if (signal.aborted) throw new Aborted();
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}

/** Lets the other strands that are ready go first. @throws Aborted */
export async function pass(turns: Turns, signal: AbortSignal): Promise<void> {
  await blocked(turns, signal, () => Promise.resolve());
}
