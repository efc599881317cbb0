import { useSyncExternalStore } from "react";
import { browserClock } from "./clock.ts";

const periodMs = 500;
const readers = new Set<() => void>();
let nowMs = browserClock.nowMs();
let end = (): void => {};

/** One timer for every moment on the page, while there is any. */
function subscribe(changed: () => void): () => void {
  readers.add(changed);
  if (readers.size === 1) {
    nowMs = browserClock.nowMs();
    end = browserClock.every(periodMs, () => {
      nowMs = browserClock.nowMs();
      for (const reader of readers) reader();
    });
  }
  return () => {
    readers.delete(changed);
    if (readers.size === 0) end();
  };
}

const still = (): (() => void) => () => {};

/** The time, read again twice a second while `running`; all who ask see the same. */
export function useNow(running: boolean): number {
  return useSyncExternalStore(running ? subscribe : still, () => nowMs);
}

/**
 * What is made of the time, drawn anew only when it has changed: an age in words does so once a
 * minute, not twice a second.
 */
export function useMadeOfNow<T extends string | number>(make: (nowMs: number) => T): T {
  return useSyncExternalStore(subscribe, () => make(nowMs));
}
