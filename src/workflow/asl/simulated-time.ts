import { setImmediate } from "node:timers/promises";
import { aslErrors } from "./errors.ts";

/** Time that moves only when everything waits for it: a year passes in a moment. */
export interface SimulatedTime {
  nowMs(): number;
  /** Resolves at `atMs`, or as soon as `signal` aborts. */
  waitUntil(atMs: number, signal?: AbortSignal): Promise<void>;
  /** Does real work, during which time stands still, except while it {@link Work.sleep}s. */
  work<T>(begin: (work: Work) => Promise<T>): Promise<T>;
  /** Moves time until `work` has ended. @throws MOR_ASL_STUCK when nothing is left to wait for */
  drive<T>(work: Promise<T>): Promise<T>;
}

/** What real work may do with simulated time. */
export interface Work {
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Waits for something that simulated time brings about, not the outside world. */
  idle<T>(wait: () => Promise<T>): Promise<T>;
}

interface Timer {
  readonly atMs: number;
  readonly fire: () => void;
}

/** Puts a timer behind those of its time and before those of later ones. */
function insert(timers: Timer[], timer: Timer): void {
  let [low, high] = [0, timers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timers[middle]?.atMs ?? 0) <= timer.atMs) low = middle + 1;
    else high = middle;
  }
  timers.splice(low, 0, timer);
}

/** Simulated time that begins at `startMs`. */
export function simulatedTime(startMs: number): SimulatedTime {
  const timers: Timer[] = [];
  let nowMs = startMs;
  let working = 0;
  let wake: () => void = () => {};

  const changeWork = (by: number): void => {
    working += by;
    if (working === 0) wake();
  };
  const waitUntil = (atMs: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const end = (): void => {
        const at = timers.indexOf(timer);
        if (at !== -1) timers.splice(at, 1);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer: Timer = { atMs: Math.max(atMs, nowMs), fire: end };
      insert(timers, timer);
      signal?.addEventListener("abort", end, { once: true });
    });
  /** Fires all timers of the next instant: what follows from them happens at the same time. */
  const advance = (): void => {
    const [next] = timers;
    if (next === undefined) {
      throw aslErrors.MOR_ASL_STUCK("the execution waits, and nothing is left that could wake it");
    }
    nowMs = next.atMs;
    const due = timers.filter(({ atMs }) => atMs === nowMs);
    for (const timer of due) timer.fire();
  };
  const idle: Work["idle"] = async (wait) => {
    changeWork(-1);
    try {
      return await wait();
    } finally {
      changeWork(1);
    }
  };
  const work: Work = {
    idle,
    sleep: (delayMs, signal) => idle(() => waitUntil(nowMs + delayMs, signal)),
  };
  return {
    nowMs: () => nowMs,
    waitUntil,
    async work(begin) {
      changeWork(1);
      try {
        return await begin(work);
      } finally {
        changeWork(-1);
      }
    },
    async drive(driven) {
      let isOver = false;
      const end = (): void => {
        isOver = true;
        wake();
      };
      driven.then(end, end);
      for (;;) {
        // All that follows from the last instant runs before the next one begins.
        await setImmediate();
        if (isOver) return driven;
        if (working === 0) advance();
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
