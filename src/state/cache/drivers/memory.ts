import { coreErrors } from "../../../core/errors.ts";
import type { DriverModule, Host } from "../../../core/host.ts";
import type { CacheDriver } from "../driver.ts";

/** What an entry takes beside its texts, bytes; an estimate. */
const entryBytes = 120;
const bytesMaxDefault: number = 64 * 2 ** 20;

interface Entry {
  readonly value: string;
  /** By the monotonic clock: a change of the wall clock makes nothing older. */
  readonly expiresMs: number;
  readonly bytes: number;
}

function bytesMaxOf(options: Readonly<Record<string, unknown>>): number {
  const bytesMax = options["bytesMax"] ?? bytesMaxDefault;
  if (typeof bytesMax === "number" && bytesMax >= 2 ** 20) return bytesMax;
  throw coreErrors.MOR_CONFIG("cache: bytesMax of the memory driver is at least 1048576");
}

function openMemory(host: Host, options: Readonly<Record<string, unknown>>): CacheDriver {
  const { clock } = host;
  const bytesMax = bytesMaxOf(options);
  /** In the order of their last use: a Map keeps that of insertion. */
  const entries = new Map<string, Entry>();
  let bytes = 0;

  // A set's name has no such character.
  const idOf = (set: string, key: string): string => `${set}\u0000${key}`;
  const remove = (id: string, entry: Entry): void => {
    entries.delete(id);
    bytes -= entry.bytes;
  };
  const find = (id: string): Entry | undefined => {
    const entry = entries.get(id);
    if (entry === undefined) return undefined;
    if (entry.expiresMs <= clock.monotonic()) {
      remove(id, entry);
      return undefined;
    }
    entries.delete(id);
    entries.set(id, entry);
    return entry;
  };
  const store = (id: string, value: string, expiresMs: number): void => {
    const before = entries.get(id);
    if (before !== undefined) remove(id, before);
    const entry = { value, expiresMs, bytes: 2 * (id.length + value.length) + entryBytes };
    entries.set(id, entry);
    bytes += entry.bytes;
    for (const [oldest, dropped] of entries) {
      if (bytes <= bytesMax) break;
      remove(oldest, dropped);
      host.metrics.count("morning_cache_evictions_total");
    }
  };

  return {
    features: { shared: false, durable: false, bytesMax },
    get: async (set, keys) => keys.map((key) => find(idOf(set, key))?.value),
    put: async (set, key, value, ttlMs) => store(idOf(set, key), value, clock.monotonic() + ttlMs),
    async putIfAbsent(set, key, value, ttlMs) {
      const id = idOf(set, key);
      if (find(id) !== undefined) return false;
      store(id, value, clock.monotonic() + ttlMs);
      return true;
    },
    async delete(set, key) {
      const id = idOf(set, key);
      const entry = find(id);
      if (entry !== undefined) remove(id, entry);
      return entry !== undefined;
    },
    async increment(set, key, by, ttlMs) {
      const id = idOf(set, key);
      const entry = find(id);
      const sum = Number(entry?.value ?? 0) + by;
      if (!/^-?\d+$/.test(entry?.value ?? "0") || !Number.isSafeInteger(sum)) {
        throw coreErrors.MOR_INVALID(`cache ${set}: the value is no integer to count with`);
      }
      store(id, String(sum), entry?.expiresMs ?? clock.monotonic() + ttlMs);
      return sum;
    },
    async close() {
      entries.clear();
      bytes = 0;
    },
  };
}

/** Values in the owner's memory, least recently used dropped first. Options: `bytesMax`. */
export const driver: DriverModule<CacheDriver> = {
  engine: "memory",
  embedded: true,
  open: async (host, options) => openMemory(host, options),
};
