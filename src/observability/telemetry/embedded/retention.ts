import type { Signal } from "../../signals/records.ts";
import type { SealedSegment } from "./segment.ts";

/** How long records are kept, days. */
export interface Retention {
  readonly days: { readonly [S in Signal]: number };
  /** Of single services, where theirs is another. */
  readonly services?: Readonly<Record<string, Partial<{ readonly [S in Signal]: number }>>>;
}

/** What people expect: a month of metrics and errors, two weeks of logs, one of traces. */
export const defaultRetention: Retention = { days: { logs: 14, spans: 7, points: 31, errors: 31 } };

const dayMs = 86_400_000;

/** What the end of retention does to segments. */
export interface Expired {
  /** Segments of which nothing is kept. */
  readonly drop: readonly SealedSegment[];
  /** Segments that have services whose records are to go, and others. */
  readonly purge: readonly {
    readonly segment: SealedSegment;
    readonly without: readonly string[];
  }[];
}

/** Judges segments by their last record. */
export function expired(
  segments: readonly SealedSegment[],
  retention: Retention,
  nowMs: number,
): Expired {
  const drop: SealedSegment[] = [];
  const purge: { segment: SealedSegment; without: readonly string[] }[] = [];
  for (const segment of segments) {
    const { signal, services, toNs } = segment;
    const ageMs = nowMs - Number(toNs / 1_000_000n);
    const days = (service: string): number =>
      retention.services?.[service]?.[signal] ?? retention.days[signal];
    const without = services.filter((service) => ageMs > days(service) * dayMs);
    // Of a segment without services only rollups are left.
    const all = services.length === 0 ? ageMs > retention.days[signal] * dayMs : false;
    if (all || (without.length > 0 && without.length === services.length)) drop.push(segment);
    else if (without.length > 0) purge.push({ segment, without });
  }
  return { drop, purge };
}
