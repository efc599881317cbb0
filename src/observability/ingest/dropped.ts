import type { Clock } from "../../core/clock.ts";
import type { Signal } from "../signals/records.ts";
import type { DropCounter, Dropped } from "../signals/store.ts";

/** Different pairs of source, signal and reason; what comes after counts as reason `other`. */
const kindsMax = 1_000;

/** Characters of a sample. */
const sampleMax = 2_000;

/** The reason of what is counted together past {@link kindsMax}. */
const otherwise = "other";

/** What counting drops needs. */
export interface DropCounterOptions {
  readonly clock: Clock;
  /** Takes secrets and personal data out of a sample. */
  readonly redact: (text: string) => string;
}

type Counted = { -readonly [K in keyof Dropped]: Dropped[K] };

/**
 * Counts what is not stored, a source, signal and reason each, with the start of what came last.
 * Bounded: in kinds and in the size of samples.
 */
export function dropCounter({ clock, redact }: DropCounterOptions): DropCounter {
  const byKind = new Map<string, Counted>();
  const counted = (source: string, signal: Signal | "unknown", reason: string): Counted => {
    const key = `${source}\u0000${signal}\u0000${reason}`;
    const known = byKind.get(key);
    if (known !== undefined) return known;
    const room = byKind.size < kindsMax || (source === otherwise && reason === otherwise);
    if (!room) return counted(otherwise, "unknown", otherwise);
    const made = { source, signal, reason, count: 0, sample: "", lastAtMs: 0 };
    byKind.set(key, made);
    return made;
  };
  return {
    drop(source, signal, reason, count, sample) {
      if (count <= 0) return;
      const kind = counted(source, signal, reason);
      kind.count += count;
      kind.lastAtMs = clock.now();
      // A secret may lie across the cut, so the cut comes last.
      if (sample !== undefined && sample !== "") {
        kind.sample = redact(sample.slice(0, sampleMax * 2)).slice(0, sampleMax);
      }
    },
    list: () => [...byKind.values()].map((one) => ({ ...one })),
  };
}
