import { MorningError } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import { engineErrors } from "../errors.ts";
import type { SocketConnection } from "./client.ts";
import type { Offer, Service } from "./peer.ts";

/** What of a store crosses the socket: all but its listening, which is a subscription. */
type StoreService = Required<Omit<Store, "dialect" | "listen" | "close">> & {
  readonly describe: () => Promise<Pick<Store, "dialect">>;
};

/** A store's optional members, which use no `this`: stores are made by functions. */
interface Methods {
  readonly readLong?: (this: void, ...args: Parameters<StoreService["readLong"]>) => unknown;
  readonly backup?: (this: void, path: string) => unknown;
}

/**
 * Offers a store to other processes: spread it into the options of `serveSocket`.
 * @param name the service's name, for {@link remoteStore}
 */
export function offerStore(store: Store, name: string = "store"): Required<Offer> {
  const service: Record<string, unknown> = {
    describe: async () => ({ dialect: store.dialect }),
    write: (write: Parameters<Store["write"]>[0]) => store.write(write),
    read: (...args: Parameters<Store["read"]>) => store.read(...args),
    migrate: (schema: Parameters<Store["migrate"]>[0]) => store.migrate(schema),
    stats: () => store.stats(),
  };
  const { readLong, backup } = store as Methods;
  if (readLong) service["readLong"] = readLong;
  if (backup) service["backup"] = backup;
  return {
    services: { [name]: service as Service },
    listen: (channel, listener) => store.listen(channel, listener),
  };
}

/** A write that had left when the owner went away may or may not be kept. */
function unknownOutcome(error: unknown): never {
  const away = MorningError.is(error, "MOR_ENGINE_UNAVAILABLE") && error.details["sent"] === true;
  if (!away) throw error;
  throw engineErrors.MOR_STATE_UNKNOWN_OUTCOME(error.message, { cause: error });
}

/**
 * A store that another process owns. Every write is grouped there with those of all other
 * processes. Closing it closes the connection. Besides the store's own errors, calls fail with
 * MOR_ENGINE_UNAVAILABLE while the owner is away, and a write that had left when it went with
 * MOR_STATE_UNKNOWN_OUTCOME.
 */
export async function remoteStore(
  connection: SocketConnection,
  name: string = "store",
): Promise<Store> {
  const service = connection.service<StoreService>(name);
  const { dialect } = await service.describe();
  return {
    dialect,
    write: (write) => service.write(write).catch(unknownOutcome),
    read: (sql, params = []) => service.read(sql, params),
    readLong: (sql, params = [], limits = {}) => service.readLong(sql, params, limits),
    backup: (path) => service.backup(path),
    migrate: (schema) => service.migrate(schema),
    stats: () => service.stats(),
    listen: (channel, listener) => connection.subscribe(channel, listener),
    close: () => connection.close(),
  };
}
