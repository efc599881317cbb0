import { slowQueriesMsOf, valkeyQuestions } from "../../../core/capabilities/questions.ts";
import type { DriverModule, Host } from "../../../core/host.ts";
import { openValkey, valkeyError } from "../../../engines/valkey/client.ts";
import type { CacheDriver } from "../driver.ts";

/** The result of one command of a transaction. */
function resultOf(
  results: readonly (readonly [Error | null, unknown])[] | null,
  at: number,
): unknown {
  const [error, result] = results?.[at] ?? [new Error("the transaction was discarded")];
  if (error !== null && error !== undefined) throw error;
  return result;
}

async function openDriver(
  host: Host,
  options: Readonly<Record<string, unknown>>,
): Promise<CacheDriver> {
  const client = await openValkey(host, options);
  const named = (set: string, key: string): string => `${host.physicalName("cache", set)}:${key}`;
  const asOurs = async <T>(set: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (cause) {
      throw valkeyError(`cache ${set}`, cause);
    }
  };
  host.provide(valkeyQuestions, {
    everyMs: slowQueriesMsOf("cache", options),
    command: (name, ...args) => client.call(name, [...args]),
  });
  return {
    features: { shared: true, durable: false, bytesMax: 0 },
    get: (set, keys) =>
      asOurs(set, async () => {
        const values = await client.mget(keys.map((key) => named(set, key)));
        return values.map((value) => value ?? undefined);
      }),
    put: (set, key, value, ttlMs) =>
      asOurs(set, async () => void (await client.set(named(set, key), value, "PX", ttlMs))),
    putIfAbsent: (set, key, value, ttlMs) =>
      asOurs(set, async () => {
        return (await client.set(named(set, key), value, "PX", ttlMs, "NX")) === "OK";
      }),
    delete: (set, key) => asOurs(set, async () => (await client.del(named(set, key))) > 0),
    increment: (set, key, by, ttlMs) =>
      asOurs(set, async () => {
        const name = named(set, key);
        // In one transaction: no moment in which the key is there without its time to live.
        const results = await client
          .multi()
          .set(name, "0", "PX", ttlMs, "NX")
          .incrby(name, by)
          .exec();
        return Number(resultOf(results, 1));
      }),
    // The client belongs to the host.
    close: async () => {},
  };
}

/**
 * Values in Valkey or Redis (ElastiCache). Options: `url`, or MORNING_VALKEY_URL; `slowQueriesMs`,
 * how often its SLOWLOG is read.
 */
export const driver: DriverModule<CacheDriver> = {
  engine: "valkey",
  embedded: false,
  open: openDriver,
};
