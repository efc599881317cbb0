import type { SignalReader } from "../signals/store.ts";
import { readRed } from "./apm-red.ts";
import type { RedFigures, RedQuery, RedRow } from "./apm-red.ts";
import { independenceP } from "./statistics.ts";

/** A subject beside itself in the period before. */
export interface RedChange extends RedRow {
  /** Absent where it had no calls then. */
  readonly before?: RedFigures;
  /** After over before. */
  readonly rateRatio?: number;
  readonly p95Ratio?: number;
  /** Whether the shares of errors differ by more than chance explains (1 %). */
  readonly errorsDiffer: boolean;
}

function errorsDiffer(now: RedFigures, before: RedFigures): boolean {
  const p = independenceP({
    inWith: Math.round(now.errors),
    inWithout: Math.round(now.calls - now.errors),
    restWith: Math.round(before.errors),
    restWithout: Math.round(before.calls - before.errors),
  });
  return p < 0.01;
}

function changeOf(row: RedRow, before: RedFigures | undefined): RedChange {
  if (before === undefined) return { ...row, errorsDiffer: false };
  const { calls, callsPerSecond, errors, errorShare, p50Ms, p95Ms, p99Ms, totalMs, apdex } = before;
  return {
    ...row,
    before: { calls, callsPerSecond, errors, errorShare, p50Ms, p95Ms, p99Ms, totalMs, apdex },
    ...(before.callsPerSecond > 0 && { rateRatio: row.callsPerSecond / before.callsPerSecond }),
    ...(before.p95Ms > 0 && { p95Ratio: row.p95Ms / before.p95Ms }),
    errorsDiffer: errorsDiffer(row, before),
  };
}

/** Subjects of a range beside the period of the same length before it (or `beforeMs` earlier). */
export async function readRedChanges(
  reader: Pick<SignalReader, "aggregate">,
  query: RedQuery & { readonly beforeMs?: number },
): Promise<{
  readonly rows: readonly RedChange[];
  /** Subjects that had calls before and have none now. */
  readonly gone: readonly RedRow[];
  readonly leftOut: number;
}> {
  const { fromNs, toNs, beforeMs } = query;
  const shift = beforeMs === undefined ? toNs - fromNs : BigInt(beforeMs) * 1_000_000n;
  const [now, before] = await Promise.all([
    readRed(reader, query),
    // More of them, so that who is among the first now is found among those before.
    readRed(reader, {
      ...query,
      fromNs: fromNs - shift,
      toNs: toNs - shift,
      limit: Math.min(10_000, (query.limit ?? 100) * 4),
    }),
  ]);
  const key = ({ service, name, system }: RedRow): string => `${service}\n${name}\n${system}`;
  const earlier = new Map(before.rows.map((row) => [key(row), row]));
  const rows = now.rows.map((row) => changeOf(row, earlier.get(key(row))));
  for (const row of now.rows) earlier.delete(key(row));
  const gone = now.leftOut > 0 ? [] : [...earlier.values()].slice(0, query.limit ?? 100);
  return { rows, gone, leftOut: now.leftOut };
}
