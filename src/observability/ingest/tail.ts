import type { Cancel, Clock } from "../../core/clock.ts";
import { readBatch } from "../export/read.ts";
import type { Records } from "../export/read.ts";
import { compileFilter } from "../logs/query/index.ts";
import type { SignalRecord } from "../logs/query/index.ts";
import { decodeBatch } from "../signals/batch.ts";
import type { Filter } from "../signals/filter.ts";
import type { Signal } from "../signals/records.ts";

/** Records of one signal that were just stored. */
export interface TailPart<S extends Signal> {
  /** Oldest first. */
  readonly records: readonly SignalRecord[S][];
  /** Records that matched and are not told, as there were too many. */
  readonly leftOut: number;
  /** Records that were not looked at, as there were too many: they may have matched. */
  readonly unseen: number;
}

/** Limits of the live tail. */
export interface TailLimits {
  /** A subscriber hears at most once in this time. */
  readonly everyMs: number;
  /** Records that a subscriber is told at once. */
  readonly recordsMax: number;
  /** Records that are looked at in that time, for all subscribers. */
  readonly lookedMax: number;
  readonly subscribersMax: number;
}

/** Limits where nothing else is said: 5,000 records/s a subscriber. */
export const tailLimits: TailLimits = {
  everyMs: 100,
  recordsMax: 500,
  lookedMax: 5_000,
  subscribersMax: 100,
};

/** Larger batches are not looked into: it would take too long. */
const batchBytesMax = 8 * 1024 * 1024;

/** Tells whoever looks what was just stored. */
export interface Tail {
  /** Hears a batch that is durable. Costs nothing when nobody looks. */
  offer(batch: Uint8Array): void;
  /** Begins to tell; the function given back ends it. @throws RangeError past the limit */
  open<S extends Signal>(signal: S, filter: Filter, listener: (part: TailPart<S>) => void): Cancel;
  /** Subscribers that listen. */
  readonly size: number;
}

interface Subscriber {
  readonly signal: Signal;
  /** Looks at a batch's records. */
  look(records: Records): void;
  /** Notes records that are not looked at. */
  miss(count: number): void;
  /** Tells what there is. */
  tell(): void;
}

function subscriber<S extends Signal>(
  signal: S,
  filter: Filter,
  recordsMax: number,
  listener: (part: TailPart<S>) => void,
): Subscriber {
  const holds = compileFilter(filter, signal);
  let records: SignalRecord[S][] = [];
  let leftOut = 0;
  let unseen = 0;
  return {
    signal,
    look(given) {
      for (const record of given[signal] as readonly SignalRecord[S][]) {
        if (!holds(record)) continue;
        if (records.length < recordsMax) records.push(record);
        else leftOut++;
      }
    },
    miss(count) {
      unseen += count;
    },
    tell() {
      if (records.length + leftOut + unseen === 0) return;
      const part = { records, leftOut, unseen };
      records = [];
      leftOut = unseen = 0;
      listener(part);
    },
  };
}

/**
 * Makes a live tail: bounded in what it looks at and tells, so that a flood costs little and says
 * how much of it is not shown.
 */
export function tail(clock: Clock, given: Partial<TailLimits> = {}): Tail {
  const limits = { ...tailLimits, ...given };
  const subscribers = new Set<Subscriber>();
  let looked = 0;
  let waiting = false;
  const tellAll = (): void => {
    waiting = false;
    looked = 0;
    for (const one of subscribers) one.tell();
  };
  const offer = (batch: Uint8Array): void => {
    if (subscribers.size === 0) return;
    if (!waiting) {
      waiting = true;
      clock.after(limits.everyMs, tellAll);
    }
    const tables = decodeBatch(batch);
    const wanted = new Set([...subscribers].map(({ signal }) => signal));
    let rows = 0;
    for (const signal of wanted) rows += tables[signal]?.rows ?? 0;
    if (rows === 0) return;
    const many = looked > 0 && looked + rows > limits.lookedMax;
    if (many || batch.length > batchBytesMax) {
      for (const one of subscribers) one.miss(tables[one.signal]?.rows ?? 0);
      return;
    }
    looked += rows;
    const records = readBatch(batch);
    for (const one of subscribers) one.look(records);
  };
  return {
    offer,
    open(signal, filter, listener) {
      if (subscribers.size >= limits.subscribersMax) {
        throw new RangeError(`more than ${limits.subscribersMax} live tails`);
      }
      const one = subscriber(signal, filter, limits.recordsMax, listener);
      subscribers.add(one);
      return () => void subscribers.delete(one);
    },
    get size() {
      return subscribers.size;
    },
  };
}
