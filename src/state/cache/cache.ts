import { coreErrors } from "../../core/errors.ts";
import { capability, checkName } from "../../core/resource.ts";
import type { Capability, Resource } from "../../core/resource.ts";
import type { Schema } from "../../core/schema.ts";

/** What a cache declares. */
export interface CacheOptions<Value> {
  /** Schema of a value; its output must be plain JSON. */
  readonly value: Schema<unknown, Value>;
  /** How long a value lives unless a call says otherwise; 300,000 if left out. */
  readonly ttlMs?: number;
  readonly description?: string;
}

/** How long one value lives. */
export interface PutOptions {
  readonly ttlMs?: number;
}

/** Reads values. Held by `cache.reader()`. */
export interface CacheReader<Value> {
  /** @throws MOR_CACHE_KEY */
  get(key: string): Promise<Value | undefined>;
  /** At most 1,000 keys. */
  getMany(keys: readonly string[]): Promise<readonly (Value | undefined)[]>;
}

/** Counts; only a cache of numbers does. */
export interface CacheCounter {
  /**
   * Adds to an integer, from 0 if there is none, and gives the sum. A new key lives for `ttlMs`.
   */
  increment(key: string, by?: number, options?: PutOptions): Promise<number>;
}

/** Writes values. Held by `cache.writer()`. */
export type CacheWriter<Value> = {
  /** @throws MOR_INVALID, MOR_CACHE_KEY, MOR_CACHE_TTL, MOR_CACHE_VALUE_TOO_LARGE */
  put(key: string, value: Value, options?: PutOptions): Promise<void>;
  /** Whether it was put: false when there is a value already. */
  putIfAbsent(key: string, value: Value, options?: PutOptions): Promise<boolean>;
  /** Whether there was one. */
  delete(key: string): Promise<boolean>;
} & (Value extends number ? CacheCounter : unknown);

/** Reads and writes. Held by `cache.readWriter()`. */
export type CacheReadWriter<Value> = CacheReader<Value> &
  CacheWriter<Value> & {
    /** The value, made by `make` and put when there is none; callers at once share one making. */
    getOrPut(key: string, make: () => Promise<Value>, options?: PutOptions): Promise<Value>;
  };

/** A declared cache: plain data, and the capabilities that it hands out. */
export interface Cache<Value = unknown> extends Resource<"cache"> {
  readonly description: string;
  readonly value: Schema<unknown, Value>;
  readonly ttlMs: number;
  /** The right to read. */
  reader(): Capability<CacheReader<Value>, Resource>;
  /** The right to write. */
  writer(): Capability<CacheWriter<Value>, Resource>;
  /** The right to both. */
  readWriter(): Capability<CacheReadWriter<Value>, Resource>;
}

/** Longest time to live, milliseconds: 30 days. */
export const ttlMsMax: number = 30 * 24 * 3_600_000;

/**
 * Declares a cache: values that may be gone at any time, and are after their time to live.
 * @example export const sessions = cache("sessions", { value: Session, ttlMs: 3_600_000 });
 * @throws MOR_NAME, MOR_DECLARATION
 */
export function cache<Value>(name: string, options: CacheOptions<Value>): Cache<Value> {
  checkName("cache", name);
  const ttlMs = options.ttlMs ?? 300_000;
  if (!Number.isInteger(ttlMs) || ttlMs < 1 || ttlMs > ttlMsMax) {
    throw coreErrors.MOR_DECLARATION(`cache ${name}: ttlMs is 1 to ${ttlMsMax}`);
  }
  const declared: Cache<Value> = {
    kind: "cache",
    name,
    description: options.description ?? "",
    value: options.value,
    ttlMs,
    reader: () => capability<CacheReader<Value>, Resource>(declared, "read", "in"),
    writer: () => capability<CacheWriter<Value>, Resource>(declared, "write", "out"),
    readWriter: () => capability<CacheReadWriter<Value>, Resource>(declared, "readWrite", "both"),
  };
  return Object.freeze(declared);
}
