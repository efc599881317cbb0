import type { Clock } from "../../core/clock.ts";

/** Token buckets by caller. */
export interface RateLimit {
  /** Takes one token; otherwise milliseconds until there is one. */
  take(caller: string): number | undefined;
}

/** Callers remembered at once; the one unseen for longest is forgotten. */
const callersMax = 10_000;

/** A limit of `perSecond` requests a caller, `burst` at once. */
export function rateLimit(clock: Clock, perSecond: number, burst: number): RateLimit {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return {
    take(caller) {
      const nowMs = clock.monotonic();
      const bucket = buckets.get(caller) ?? { tokens: burst, atMs: nowMs };
      bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * perSecond);
      bucket.atMs = nowMs;
      buckets.delete(caller);
      buckets.set(caller, bucket);
      if (buckets.size > callersMax) {
        const [oldest] = buckets.keys();
        if (oldest !== undefined) buckets.delete(oldest);
      }
      if (bucket.tokens < 1) return ((1 - bucket.tokens) / perSecond) * 1000;
      bucket.tokens--;
      return undefined;
    },
  };
}
