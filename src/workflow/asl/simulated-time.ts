import { setImmediate } from "node:timers/promises";

/** Time that moves only when everything waits for it: a year passes in a moment. */
export interface SimulatedTime {
  nowMs(): number;
  /** Resolves at `atMs`, or as soon as `signal` aborts. */
  waitUntil(atMs: number, signal?: AbortSignal): Promise<void>;
  /** Does real work, during which time stands still, except while something in it waits. */
  work<T>(begin: (work: Work) => Promise<T>): Promise<T>;
  /** Moves time until `driven` has ended; rejects when nothing is left to wait for. */
  drive<T>(driven: Promise<T>): Promise<T>;
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
  /** Work that waits for simulated time in any of its parts lets time pass. */
  const begun = (): { readonly wait: (by: number) => void; readonly end: () => void } => {
    let waiting = 0;
    let isOver = false;
    changeWork(1);
    return {
      wait(by) {
        const wasIdle = waiting > 0;
        waiting += by;
        if (!isOver && wasIdle !== waiting > 0) changeWork(wasIdle ? 1 : -1);
      },
      end() {
        if (waiting === 0) changeWork(-1);
        isOver = true;
      },
    };
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
      throw new Error("simulated time has nothing left to wait for");
    }
    nowMs = next.atMs;
    const due = timers.filter(({ atMs }) => atMs === nowMs);
    for (const timer of due) timer.fire();
  };
  return {
    nowMs: () => nowMs,
    waitUntil,
    async work(begin) {
      const { wait, end } = begun();
      const idle: Work["idle"] = async (waited) => {
        wait(1);
        try {
          return await waited();
        } finally {
          wait(-1);
        }
      };
      const sleep: Work["sleep"] = (delayMs, signal) =>
        idle(() => waitUntil(nowMs + delayMs, signal));
      try {
        return await begin({ idle, sleep });
      } finally {
        end();
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
