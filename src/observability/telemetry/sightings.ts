import type { Clock } from "../../core/clock.ts";
import { fingerprintOf } from "../errors/fingerprint.ts";
import type { Sighting } from "../errors/groups.ts";
import { readBatch } from "../export/read.ts";
import { decodeBatch } from "../signals/batch.ts";
import type { ErrorRecord } from "../signals/records.ts";
import { serviceOf } from "../signals/records.ts";

/** Tells of the errors that were stored, gathered by group. */
export interface Sightings {
  /** Looks at a batch that is durable. */
  stored(batch: Uint8Array): void;
  /** Tells what waits, and ends. */
  close(): Promise<void>;
}

/** How long errors are gathered before they are told, milliseconds. */
const gatherMs = 1000;
/** Groups that are gathered at once; errors of more are counted in the next round. */
const groupsMax = 2000;

type Gathered = { -readonly [K in keyof Sighting]: Sighting[K] };

function sightingOf(error: ErrorRecord): Gathered {
  const service = serviceOf(error.origin);
  const { type, message, stack, fingerprint, release } = error;
  const usual = fingerprintOf({ service, type, message, stack });
  const isUsual = usual.id === fingerprint;
  const atMs = Number(error.timeNs / 1_000_000n);
  return {
    fingerprint,
    service,
    type,
    message,
    culprit: usual.culprit,
    groupedBy: isUsual ? usual.by : "sender",
    parts: isUsual ? usual.parts : [],
    release,
    count: 0,
    firstMs: atMs,
    lastMs: atMs,
  };
}

/** Gathers sightings and hands them to `seen`. */
export function makeSightings(
  clock: Clock,
  seen: (sightings: readonly Sighting[]) => Promise<void>,
  failed: (error: unknown) => void,
): Sightings {
  let gathered = new Map<string, Gathered>();
  let telling: Promise<void> = Promise.resolve();
  let armed = false;
  const tell = (): void => {
    armed = false;
    const list = [...gathered.values()];
    gathered = new Map();
    if (list.length > 0) telling = telling.then(() => seen(list)).catch(failed);
  };
  const add = (error: ErrorRecord): void => {
    const key = `${error.fingerprint}\u0000${error.release}`;
    let one = gathered.get(key);
    if (one === undefined) {
      if (gathered.size >= groupsMax) return;
      gathered.set(key, (one = sightingOf(error)));
    }
    const atMs = Number(error.timeNs / 1_000_000n);
    one.count++;
    one.firstMs = Math.min(one.firstMs, atMs);
    one.lastMs = Math.max(one.lastMs, atMs);
  };
  return {
    stored(batch) {
      if (decodeBatch(batch).errors === undefined) return;
      for (const error of readBatch(batch).errors) add(error);
      if (armed) return;
      armed = true;
      clock.after(gatherMs, tell);
    },
    async close() {
      tell();
      await telling;
    },
  };
}
