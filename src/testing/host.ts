import { allSeries } from "../core/capabilities/figures.ts";
import type { Clock } from "../core/clock.ts";
import { systemClock } from "../core/clock.ts";
import { coreErrors } from "../core/errors.ts";
import type { Host, ProviderKey } from "../core/host.ts";
import { makeIds, systemRandom } from "../core/ids.ts";
import type { Random } from "../core/ids.ts";
import { makeLog } from "../core/log.ts";
import { makeMetrics } from "../core/metrics.ts";
import { physicalName } from "../core/names.ts";
import type { Store } from "../core/store.ts";
import { noTracing } from "../core/tracing.ts";
import type { Tracing } from "../core/tracing.ts";
import { makeTransactions } from "../state/transaction/index.ts";

/** What a test's host is made of; what is left out it does not have. */
export interface TestHostOptions {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly store?: Store;
  /** Who records spans; nobody if left out. */
  readonly tracing?: Tracing;
  /** The app's name, part of every cloud name; two runs with different names do not meet. */
  readonly app?: string;
  readonly environment?: string;
  /** Folder of drivers that keep files. */
  readonly dataFolder?: string;
}

/** A host for tests of drivers and runtimes, with an end. */
export interface TestHost extends Host {
  /** Closes the shared engines; the store is its opener's. */
  close(): Promise<void>;
}

function missing(what: string): never {
  throw coreErrors.MOR_CONFIG(`test host: no ${what} was given`);
}

/** Makes a host of its own for one test: nothing is global, nothing is logged. */
export function testHost(options: TestHostOptions = {}): TestHost {
  const { clock = systemClock, random = systemRandom, store } = options;
  const { app = "test", environment = "test", dataFolder = "" } = options;
  const ids = makeIds(clock, random);
  const tracing = options.tracing ?? noTracing(ids);
  const openedStore = async (): Promise<Store> => store ?? missing("store");
  const engines = new Map<string, Promise<{ value: unknown; close(): Promise<void> }>>();
  const metrics = makeMetrics();
  const provided = new Map<string, unknown>([[allSeries.provider, () => metrics.snapshot()]]);
  return {
    app: { name: app } as Host["app"],
    environment,
    clock,
    random,
    ids,
    log: makeLog(() => {}),
    metrics,
    tracing,
    dataFolder,
    owner: true,
    store: openedStore,
    async engine<T>(key: string, open: () => Promise<{ value: T; close(): Promise<void> }>) {
      const opened = engines.get(key) ?? open();
      engines.set(key, opened);
      return (await opened).value as T;
    },
    physicalName: (kind, name) => physicalName(app, environment, kind, name),
    transactions(scope) {
      const tracer = tracing.tracerFor(scope.split("/", 1)[0] ?? scope);
      return makeTransactions({ store: openedStore, clock, ids, tracer }, scope);
    },
    provide: (key, value) => void provided.set(key.provider, value),
    need: <T>(key: ProviderKey<T>) => (provided.get(key.provider) as T) ?? missing(key.provider),
    async close() {
      for (const opened of engines.values()) await (await opened).close();
    },
  };
}
