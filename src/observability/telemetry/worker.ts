import { parentPort, workerData } from "node:worker_threads";
import type { OwnBlobs } from "../../core/capabilities/blobs.ts";
import { systemClock } from "../../core/clock.ts";
import { coreErrors } from "../../core/errors.ts";
import { makeIds, systemRandom } from "../../core/ids.ts";
import { makeLog } from "../../core/log.ts";
import type { LogFields, LogLevel } from "../../core/log.ts";
import type { Store } from "../../core/store.ts";
import { joinThread } from "../../engines/thread/port.ts";
import type { SignalReader, SignalWriter } from "../signals/store.ts";
import { dropAgain, openCollector } from "./collector.ts";
import type { Collector } from "./collector.ts";
import type { TelemetryDriver, TelemetryFigures } from "./driver.ts";
import { openEmbedded } from "./embedded/open.ts";
import { openOpenSearchEngine } from "./opensearch/engine.ts";
import { openSearchSettings } from "./opensearch/settings.ts";
import { settingsOf } from "./settings.ts";
import type { IngestDoor, TelemetryLedger, TelemetryTap } from "./wiring.ts";
import type { ThreadSetup } from "./worker-offer.ts";

/** What keeps the records in this thread. */
export interface ThreadEngine extends SignalReader, SignalWriter {
  figures(): Promise<TelemetryFigures>;
  close(): Promise<void>;
}

const setup = workerData as ThreadSetup & {
  readonly dialect: Store["dialect"];
  readonly keepsBlobs: boolean;
};
const port = parentPort;
if (port === null) throw coreErrors.MOR_INTERNAL("the telemetry worker runs in a thread");

let begun: { readonly engine: ThreadEngine; readonly collector: Collector } | undefined;
let beginning: Promise<void> = Promise.resolve();

async function running(): Promise<NonNullable<typeof begun>> {
  await beginning;
  if (begun === undefined) throw coreErrors.MOR_ENGINE_UNAVAILABLE("telemetry is closed");
  return begun;
}

const reads = [
  "searchLogs",
  "searchSpans",
  "searchErrors",
  "logContext",
  "aggregate",
  "trace",
  "traces",
  "edges",
  "metrics",
  "series",
  "fields",
  "fieldValues",
  "sql",
] as const satisfies readonly (keyof SignalReader)[];

const driver: Record<string, (...args: never[]) => Promise<unknown>> = {
  ...Object.fromEntries(
    reads.map((name) => [
      name,
      async (...args: unknown[]) => {
        const { engine } = await running();
        return (engine[name] as (...given: unknown[]) => Promise<unknown>)(...args);
      },
    ]),
  ),
  write: async (batch: Uint8Array) => (await running()).collector.write(batch),
  figures: async () => (await running()).engine.figures(),
  dropped: async () => (await running()).collector.dropped.list(),
  drop: async (...[dropped]: Parameters<TelemetryDriver["drop"]>) =>
    dropAgain((await running()).collector.dropped, dropped),
  ingest: async (...[request]: Parameters<TelemetryDriver["ingest"]>) =>
    (await running()).collector.ingest(request),
  listen: async (...[free]: Parameters<TelemetryDriver["listen"]>) =>
    (await running()).collector.listen(free),
};

const main = joinThread(port, {
  driver,
  tails: {
    open: async (...args: Parameters<Collector["tails"]["open"]>) =>
      (await running()).collector.tails.open(...args),
    close: async (...args: Parameters<Collector["tails"]["close"]>) =>
      (await running()).collector.tails.close(...args),
  },
  control: {
    ready: async () => void (await running()),
    close: async () => {
      const { engine, collector } = await running();
      await collector.close();
      await engine.close();
      begun = undefined;
      // After the answer has left.
      setTimeout(() => port.close(), 10);
    },
  },
});

async function begin(): Promise<void> {
  const isOpenSearch = setup.engine === "opensearch";
  const settings = settingsOf(
    isOpenSearch ? openSearchSettings(setup.options, process.env).others : setup.options,
  );
  const remoteLog = main.service<{
    write(level: LogLevel, message: string, fields: LogFields): Promise<void>;
  }>("log");
  const log = makeLog(
    ({ level, message, fields }) => void remoteLog.write(level, message, fields).catch(() => {}),
  );
  const remote = main.service<Pick<Store, "write" | "read" | "migrate">>("store");
  const store = {
    dialect: setup.dialect,
    write: remote.write,
    read: remote.read,
    migrate: remote.migrate,
  } as Store;
  const random = systemRandom;
  const ids = makeIds(systemClock, random);
  const embedded = isOpenSearch
    ? undefined
    : await openEmbedded({
        setup,
        settings,
        store,
        blobs: setup.keepsBlobs ? main.service<OwnBlobs>("blobs") : undefined,
        clock: systemClock,
        ids,
        log,
      });
  const cluster = isOpenSearch
    ? await openOpenSearchEngine({ setup, clock: systemClock, ids, log })
    : undefined;
  const engine = (embedded ?? cluster) as ThreadEngine;
  const collector = await openCollector({
    settings,
    folder: setup.folder,
    hostname: settings.host ?? setup.hostname,
    ports: setup.ports,
    clock: systemClock,
    random,
    log,
    writer: engine,
    ledger: main.service<TelemetryLedger>("ledger"),
    door: main.service<IngestDoor>("door"),
    tap: main.service<TelemetryTap>("tap"),
  });
  embedded?.sampled((spans) => collector.dropped.drop("sampling", "spans", "sampled", spans));
  cluster?.refused((signal, reason, count, sample) =>
    collector.dropped.drop("opensearch", signal, reason, count, sample),
  );
  begun = { engine, collector };
}

beginning = begin();
beginning.catch(() => {});
