import type { Cancel, Clock } from "../../core/clock.ts";
import type { Run } from "./delivery.ts";

/** Calls that may not start yet, by key, in order. */
export interface Parking {
  /**
   * Puts calls of any keys back in front of those of their key; nobody asks for the key before
   * `untilMs`.
   */
  park(runs: readonly Run[], untilMs: number, forSlot: boolean): void;
  /** Adds a call behind others of its key that wait; false when its key is free to ask. */
  join(run: Run): boolean;
  /** A call of a key that may be asked for again. */
  readonly next: () => Run | undefined;
  /** Slots were given back: keys that wait for one may ask again. */
  readonly freed: () => void;
  has(run: Run): boolean;
  readonly drain: () => readonly Run[];
  close(): void;
}

/** Calls of one key that wait, and from when on asking makes sense. */
interface Place {
  readonly runs: Run[];
  untilMs: number;
  forSlot: boolean;
}

/** One timer for all that waits: the earliest instant. */
function makeAlarm(
  clock: Clock,
  ring: () => void,
): {
  readonly at: (atMs: number) => void;
  readonly close: () => void;
} {
  let armed: { readonly cancel: Cancel; readonly atMs: number } | undefined;
  let closed = false;
  return {
    at(atMs) {
      if (closed || (armed !== undefined && armed.atMs <= atMs)) return;
      armed?.cancel();
      const fire = (): void => {
        armed = undefined;
        ring();
      };
      armed = { cancel: clock.after(Math.max(0, atMs - clock.now()), fire), atMs };
    },
    close() {
      closed = true;
      armed?.cancel();
    },
  };
}

/** An empty parking; `wake` is called when something may be asked for again. */
export function makeParking(clock: Clock, keyOf: (run: Run) => string, wake: () => void): Parking {
  const places = new Map<string, Place>();
  const alarm = makeAlarm(clock, () => {
    for (const place of places.values()) if (place.untilMs > clock.now()) alarm.at(place.untilMs);
    wake();
  });
  return {
    park(runs, untilMs, forSlot) {
      for (const run of runs.toReversed()) {
        const key = keyOf(run);
        const place = places.get(key) ?? { runs: [], untilMs, forSlot };
        place.runs.unshift(run);
        place.untilMs = untilMs;
        place.forSlot = forSlot;
        places.set(key, place);
      }
      if (runs.length > 0) alarm.at(untilMs);
    },
    join(run) {
      const place = places.get(keyOf(run));
      if (place === undefined || place.untilMs <= clock.now()) return false;
      place.runs.push(run);
      return true;
    },
    next() {
      for (const [key, place] of places) {
        if (place.untilMs > clock.now()) continue;
        const run = place.runs.shift();
        if (place.runs.length === 0) places.delete(key);
        if (run !== undefined) return run;
      }
      return undefined;
    },
    freed() {
      for (const place of places.values()) if (place.forSlot) place.untilMs = 0;
      wake();
    },
    has: (run) => places.get(keyOf(run))?.runs.includes(run) ?? false,
    drain() {
      const runs = [...places.values()].flatMap((place) => place.runs);
      places.clear();
      return runs;
    },
    close: alarm.close,
  };
}
