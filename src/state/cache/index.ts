/**
 * Caches: typed values that live for a time, in memory or in Valkey.
 * @module
 */
export { cache } from "./cache.ts";
export type {
  Cache,
  CacheCounter,
  CacheOptions,
  CacheReader,
  CacheReadWriter,
  CacheWriter,
  PutOptions,
} from "./cache.ts";
export type { CacheDriver, CacheFeatures } from "./driver.ts";
export { cacheErrors } from "./errors.ts";
