import type { Clock } from "../../core/clock.ts";

/** Token buckets by caller. */
export interface RateLimit {
  /** Milliseconds until there is a token again; undefined while there is one. Takes none. */
  check(caller: string): number | undefined;
  /** Takes one token; otherwise milliseconds until there is one. */
  take(caller: string): number | undefined;
}

/** Callers remembered at once; the one unseen for longest is forgotten. */
const callersMax = 10_000;

interface Bucket {
  tokens: number;
  atMs: number;
}

/** A limit of `perSecond` requests a caller, `burst` at once. */
export function rateLimit(clock: Clock, perSecond: number, burst: number): RateLimit {
  const buckets = new Map<string, Bucket>();
  const filled = (caller: string): Bucket => {
    const nowMs = clock.monotonic();
    const bucket = buckets.get(caller) ?? { tokens: burst, atMs: nowMs };
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * perSecond);
    bucket.atMs = nowMs;
    return bucket;
  };
  const waitMs = ({ tokens }: Bucket): number | undefined =>
    tokens < 1 ? ((1 - tokens) / perSecond) * 1000 : undefined;
  return {
    check: (caller) => waitMs(filled(caller)),
    take(caller) {
      const bucket = filled(caller);
      buckets.delete(caller);
      buckets.set(caller, bucket);
      if (buckets.size > callersMax) {
        const [oldest] = buckets.keys();
        if (oldest !== undefined) buckets.delete(oldest);
      }
      const missingMs = waitMs(bucket);
      if (missingMs === undefined) bucket.tokens--;
      return missingMs;
    },
  };
}
