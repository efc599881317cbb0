import { allSeries } from "../core/capabilities/figures.ts";
import { postgresQuestions, slowQueriesMsOf } from "../core/capabilities/questions.ts";
import { join } from "node:path";
import { systemClock } from "../core/clock.ts";
import type { Clock } from "../core/clock.ts";
import { driverChoice } from "../core/config.ts";
import type { Config, EnvironmentConfig } from "../core/config.ts";
import { coreErrors } from "../core/errors.ts";
import type { CapabilityModule, Driver, Host, ProviderKey } from "../core/host.ts";
import { makeIds, systemRandom } from "../core/ids.ts";
import type { Random } from "../core/ids.ts";
import type { Log } from "../core/log.ts";
import { makeMetrics } from "../core/metrics.ts";
import { physicalName } from "../core/names.ts";
import type { Store } from "../core/store.ts";
import { noTracing } from "../core/tracing.ts";
import type { Tracing } from "../core/tracing.ts";
import { makeTransactions } from "../state/transaction/index.ts";
import { makeFolder } from "./folder.ts";
import type { OwnerConnection } from "./owner.ts";

/** What a host is made from. */
export interface HostOptions {
  readonly config: Config;
  /** A key of the configuration's environments. */
  readonly environment: string;
  readonly log: Log;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Who records spans; nobody if left out. */
  readonly tracing?: Tracing;
  /** Overrides the environment's data folder. */
  readonly dataFolder?: string;
  /** Set in a process that does not own the embedded engines: the way to the one that does. */
  readonly connection?: OwnerConnection;
}

/** A host, and the end of what it opened. */
export interface OpenHost extends Host {
  readonly settings: EnvironmentConfig;
  /** Opens the driver that the environment chose for a capability. */
  openDriver(module: CapabilityModule): Promise<Driver>;
  /** Drivers opened in this process, by capability: what the owner serves over the socket. */
  readonly drivers: ReadonlyMap<string, Driver>;
  /** The engines that the environment chose, by capability; the state store's is `state`. */
  readonly engines: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

function settingsOf(config: Config, environment: string): EnvironmentConfig {
  const settings = config.environments[environment];
  if (settings !== undefined) return settings;
  const known = Object.keys(config.environments).join(", ");
  throw coreErrors.MOR_CONFIG(`there is no environment ${environment}; there are ${known}`);
}

async function openState(host: Host, settings: EnvironmentConfig): Promise<Store> {
  const { driver, options } = driverChoice(settings, "state", "sqlite");
  if (driver === "sqlite") {
    const { openSqlite } = await import("../engines/sqlite/store.ts");
    return openSqlite({ path: join(host.dataFolder, "state.db"), clock: host.clock });
  }
  if (driver === "postgres") {
    const { openPostgres } = await import("../engines/postgres/store.ts");
    const url = options["url"] ?? process.env["MORNING_POSTGRES_URL"];
    if (typeof url !== "string") {
      throw coreErrors.MOR_CONFIG("state: the driver postgres needs url or MORNING_POSTGRES_URL");
    }
    // Apps and environments that share a database keep apart.
    const schema = physicalName(host.app.name, host.environment, "table", "state");
    const everyMs = slowQueriesMsOf("state", options);
    const store = await openPostgres({ url, clock: host.clock, schema });
    host.provide(postgresQuestions, { everyMs, query: (text, values) => store.read(text, values) });
    return store;
  }
  throw coreErrors.MOR_CONFIG(`state: there is no driver ${driver}; there are sqlite, postgres`);
}

function providers(): Pick<Host, "provide" | "need"> {
  const values = new Map<string, unknown>();
  return {
    provide: (key, value) => void values.set(key.provider, value),
    need<T>(key: ProviderKey<T>): T {
      if (!values.has(key.provider)) {
        throw coreErrors.MOR_CONFIG(`nothing provides ${key.provider} in this process`);
      }
      return values.get(key.provider) as T;
    },
  };
}

/** @throws MOR_CONFIG when the folder cannot be made */
function openDataFolder(folder: string): void {
  try {
    makeFolder(folder);
  } catch (cause) {
    const message = `the data folder ${folder} cannot be made: ${(cause as Error).message}`;
    const fix = "Correct the rights of the folder above it, or name another with --data-folder.";
    throw coreErrors.MOR_CONFIG(message, { cause, fix });
  }
}

/** What is opened once and closed last, newest first. */
function sharedEngines(): Pick<Host, "engine"> & { close(): Promise<void> } {
  const opened = new Map<string, Promise<{ value: unknown; close(): Promise<void> }>>();
  return {
    async engine<T>(key: string, open: () => Promise<{ value: T; close(): Promise<void> }>) {
      let engine = opened.get(key);
      if (engine === undefined) {
        opened.set(key, (engine = open()));
        // What failed to open may be tried again, and need not be closed.
        engine.catch(() => opened.delete(key));
      }
      return (await engine).value as T;
    },
    async close() {
      for (const engine of [...opened.values()].reverse()) await (await engine).close();
    },
  };
}

/** Makes the host of one process. */
export function makeHost(options: HostOptions): OpenHost {
  const { config, environment, log, connection } = options;
  const settings = settingsOf(config, environment);
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  const ids = makeIds(clock, random);
  const tracing = options.tracing ?? noTracing(ids);
  const dataFolder = options.dataFolder ?? settings.dataFolder ?? join(".morning", environment);
  const shared = sharedEngines();
  const drivers = new Map<string, Driver>();
  if (connection === undefined) openDataFolder(dataFolder);
  const chosenState = driverChoice(settings, "state", "sqlite").driver;
  const engines = new Map([["state", chosenState]]);
  const store = (): Promise<Store> =>
    shared.engine("state", async () => {
      const remote = connection !== undefined && chosenState === "sqlite";
      const value = remote ? await connection.store() : await openState(host, settings);
      return { value, close: () => value.close() };
    });
  const state = { store, clock, ids, engine: chosenState };
  const host: OpenHost = {
    app: config.app,
    environment,
    settings,
    clock,
    random,
    ids,
    log,
    metrics: makeMetrics(),
    tracing,
    dataFolder,
    owner: connection === undefined,
    drivers,
    engines,
    store,
    engine: shared.engine,
    ...providers(),
    physicalName: (kind, name) => physicalName(config.app.name, environment, kind, name),
    transactions: (scope) => {
      const [service = scope] = scope.split("/", 1);
      return makeTransactions({ ...state, tracer: tracing.tracerFor(service) }, scope);
    },
    async openDriver(module) {
      const { driver: name, options: given } = driverChoice(
        settings,
        module.kind,
        module.followsState === true ? chosenState : module.defaultDriver,
      );
      const load = module.drivers[name];
      if (load === undefined) {
        const known = Object.keys(module.drivers).join(", ");
        throw coreErrors.MOR_CONFIG(
          `${module.kind}: there is no driver ${name}; there are ${known}`,
        );
      }
      const { driver: found } = await load();
      const remote = connection !== undefined && found.embedded;
      const driver = remote ? await connection.driver(module.kind) : await found.open(host, given);
      drivers.set(module.kind, driver);
      engines.set(module.kind, name);
      return driver;
    },
    close: () => shared.close(),
  };
  host.provide(allSeries, () => host.metrics.snapshot());
  return host;
}
