import type { Driver } from "../../core/host.ts";

/** Positive flags of a cache driver. */
export interface CacheFeatures extends Readonly<Record<string, boolean | number | string>> {
  /** Every process of every machine sees the same values. */
  readonly shared: boolean;
  /** Values are still there after the engine restarts. */
  readonly durable: boolean;
  /** Bytes that it holds before it drops the least recently used; 0: the engine's own setting. */
  readonly bytesMax: number;
}

/**
 * An engine that keeps values for a time.
 *
 * Guarantees, on every driver:
 * - a value is never read after its time to live; it may be gone before (bounds, restarts);
 * - `putIfAbsent` and `increment` are atomic over all who share the engine;
 * - `increment` sets the time to live of a key that it makes, and leaves that of one that is there.
 */
export interface CacheDriver extends Driver {
  readonly features: CacheFeatures;
  /** Values in the order of the keys; undefined where there is none. */
  get(set: string, keys: readonly string[]): Promise<readonly (string | undefined)[]>;
  put(set: string, key: string, value: string, ttlMs: number): Promise<void>;
  /** Whether it was put. */
  putIfAbsent(set: string, key: string, value: string, ttlMs: number): Promise<boolean>;
  /** Whether there was one. */
  delete(set: string, key: string): Promise<boolean>;
  /** The sum. @throws MOR_INVALID when the value is no integer */
  increment(set: string, key: string, by: number, ttlMs: number): Promise<number>;
}
