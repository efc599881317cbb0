import type { Clock } from "../core/clock.ts";

/** A clock that stands until it is moved: tests and simulations own time. */
export interface SimulatedClock extends Clock {
  /** Moves time on; timers fire in order, each at its own time, before this returns. */
  advance(byMs: number): void;
  /** Sets the wall clock ahead or back, as an administrator or NTP does; timers do not notice. */
  jump(byMs: number): void;
  /** Milliseconds until the next timer; undefined when none is set. */
  nextInMs(): number | undefined;
}

interface Timer {
  readonly atMs: number;
  readonly order: number;
  fire(): void;
}

/**
 * Makes a clock for simulations.
 * @param startMs wall-clock time to begin with, milliseconds since the epoch
 */
export function simulatedClock(startMs: number = Date.UTC(2026, 0, 1)): SimulatedClock {
  let elapsedMs = 0;
  let wallMs = startMs;
  let order = 0;
  const timers = new Set<Timer>();

  const next = (): Timer | undefined => {
    let first: Timer | undefined;
    for (const timer of timers) {
      const earlier = !first || timer.atMs < first.atMs;
      if (earlier || (timer.atMs === first?.atMs && timer.order < first.order)) first = timer;
    }
    return first;
  };
  return {
    now: () => wallMs + elapsedMs,
    monotonic: () => elapsedMs,
    after(delayMs, fire) {
      const timer: Timer = { atMs: elapsedMs + Math.max(0, delayMs), order: order++, fire };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(byMs) {
      const endMs = elapsedMs + byMs;
      for (let timer = next(); timer && timer.atMs <= endMs; timer = next()) {
        timers.delete(timer);
        elapsedMs = Math.max(elapsedMs, timer.atMs);
        timer.fire();
      }
      elapsedMs = Math.max(elapsedMs, endMs);
    },
    jump(byMs) {
      wallMs += byMs;
    },
    nextInMs() {
      const first = next();
      return first && Math.max(0, first.atMs - elapsedMs);
    },
  };
}
