import { coreErrors } from "../../core/errors.ts";
import type { CapabilityRuntime, Holder, Host } from "../../core/host.ts";
import type { Capability, Resource } from "../../core/resource.ts";
import { validate } from "../../core/schema.ts";
import { storeForms, tracedHeld } from "../../core/traced.ts";
import { ttlMsMax } from "./cache.ts";
import type { Cache, CacheCounter, CacheReader, CacheReadWriter, PutOptions } from "./cache.ts";
import type { CacheDriver } from "./driver.ts";
import { cacheErrors } from "./errors.ts";

/** Longest key, bytes of UTF-8. */
export const keyBytesMax = 512;
/** Bytes of a value as JSON at most. */
export const valueBytesMax: number = 2 ** 20;
const keysMax = 1000;

function checkKey(set: Cache, key: string): string {
  const bytes = Buffer.byteLength(key);
  if (bytes >= 1 && bytes <= keyBytesMax && key.isWellFormed()) return key;
  throw cacheErrors.MOR_CACHE_KEY(`cache ${set.name}: a key of ${bytes} bytes`);
}

function ttlOf(set: Cache, options: PutOptions = {}): number {
  const ttlMs = options.ttlMs ?? set.ttlMs;
  if (Number.isInteger(ttlMs) && ttlMs >= 1 && ttlMs <= ttlMsMax) return ttlMs;
  throw cacheErrors.MOR_CACHE_TTL(`cache ${set.name}: a time to live of ${ttlMs} ms`);
}

async function encoded(set: Cache, given: unknown): Promise<string> {
  const value = await validate(set.value, given, `value of cache ${set.name}`);
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw coreErrors.MOR_INVALID(`value of cache ${set.name} is not JSON`);
  const bytes = Buffer.byteLength(text);
  if (bytes <= valueBytesMax) return text;
  throw cacheErrors.MOR_CACHE_VALUE_TOO_LARGE(
    `cache ${set.name}: a value of ${bytes} bytes, at most ${valueBytesMax}`,
  );
}

function makeReader(set: Cache, driver: CacheDriver): CacheReader<unknown> {
  const getMany = async (keys: readonly string[]): Promise<readonly unknown[]> => {
    if (keys.length > keysMax) {
      throw coreErrors.MOR_INVALID(`cache ${set.name}: ${keys.length} keys, at most ${keysMax}`);
    }
    for (const key of keys) checkKey(set, key);
    const values = keys.length === 0 ? [] : await driver.get(set.name, keys);
    return values.map((text) => (text === undefined ? undefined : JSON.parse(text)) as unknown);
  };
  return { getMany, get: async (key) => (await getMany([key]))[0] };
}

type Writing = Omit<CacheReadWriter<unknown>, keyof CacheReader<unknown> | "getOrPut"> &
  CacheCounter;

function makeWriter(set: Cache, driver: CacheDriver): Writing {
  const { name } = set;
  return {
    async put(key, value, options) {
      const ttlMs = ttlOf(set, options);
      await driver.put(name, checkKey(set, key), await encoded(set, value), ttlMs);
    },
    async putIfAbsent(key, value, options) {
      const ttlMs = ttlOf(set, options);
      return driver.putIfAbsent(name, checkKey(set, key), await encoded(set, value), ttlMs);
    },
    delete: async (key) => driver.delete(name, checkKey(set, key)),
    async increment(key, by = 1, options) {
      if (!Number.isSafeInteger(by)) {
        throw coreErrors.MOR_INVALID(`cache ${name}: ${by} is no safe integer to add`);
      }
      return driver.increment(name, checkKey(set, key), by, ttlOf(set, options));
    },
  };
}

/** One making a key, however many ask for it at once. */
function makeGetOrPut(
  reader: CacheReader<unknown>,
  writer: Writing,
): CacheReadWriter<unknown>["getOrPut"] {
  const making = new Map<string, Promise<unknown>>();
  return async (key, make, options) => {
    const found = await reader.get(key);
    if (found !== undefined) return found;
    const known = making.get(key);
    if (known !== undefined) return known;
    const made = (async () => {
      const value = await make();
      await writer.put(key, value, options);
      return value;
    })();
    making.set(key, made);
    try {
      return await made;
    } finally {
      making.delete(key);
    }
  };
}

const operations = ["get", "getMany", "put", "putIfAbsent", "delete", "increment"];

/** The caches of an app at run time. */
export interface CacheRuntime extends CapabilityRuntime {
  readonly sets: readonly Cache[];
}

/** Hands out what is held of caches. */
export async function openCaches(
  host: Host,
  driver: CacheDriver,
  resources: readonly Resource[],
): Promise<CacheRuntime> {
  return {
    sets: resources as readonly Cache[],
    hold(capability: Capability, { service }: Holder) {
      const set = capability.resource as Cache;
      const system = host.engines?.get("cache") ?? "memory";
      const forms = storeForms(system, "cache", set.name, operations);
      const tracer = host.tracing.tracerFor(service);
      const reader = tracedHeld(makeReader(set, driver), tracer, forms);
      if (capability.verb === "read") return reader;
      const writer = tracedHeld(makeWriter(set, driver), tracer, forms);
      if (capability.verb === "write") return writer;
      return { ...reader, ...writer, getOrPut: makeGetOrPut(reader, writer) };
    },
    close: () => driver.close(),
  };
}
