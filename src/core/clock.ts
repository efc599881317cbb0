/** Cancels a timer; calling it again does nothing. */
export type Cancel = () => void;

/** Time for everything that Morning does, so that a simulated clock can replay any run. */
export interface Clock {
  /** Wall-clock time, milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that never go backwards, with a fraction: for durations only. */
  monotonic(): number;
  /** Calls `fire` once after `delayMs` (0 or more). The timer does not keep the process alive. */
  after(delayMs: number, fire: () => void): Cancel;
}

/** Node's timers fire at once for longer delays than this, milliseconds. */
const timerMsMax = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, fire) {
    let timer: NodeJS.Timeout;
    const arm = (remainingMs: number): void => {
      const stepMs = Math.min(remainingMs, timerMsMax);
      timer = setTimeout(() => (remainingMs > stepMs ? arm(remainingMs - stepMs) : fire()), stepMs);
      timer.unref();
    };
    arm(Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};

/**
 * Resolves after `delayMs`, or as soon as `signal` aborts: whoever waits looks at the signal
 * itself.
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = (): void => {
      cancel();
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const cancel = clock.after(delayMs, finish);
    signal?.addEventListener("abort", finish, { once: true });
  });
}
