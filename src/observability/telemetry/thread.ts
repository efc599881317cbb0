import { Worker } from "node:worker_threads";
import { platformBlobs } from "../../core/capabilities/blobs.ts";
import { coreErrors } from "../../core/errors.ts";
import type { Host } from "../../core/host.ts";
import type { LogFields, LogLevel } from "../../core/log.ts";
import { workerUrl } from "../../core/package.ts";
import { joinThread } from "../../engines/thread/port.ts";
import type { ThreadPort } from "../../engines/thread/port.ts";
import type { IngestPorts, TelemetryDriver, TelemetryFeatures } from "./driver.ts";
import type { ThreadSetup, WorkerTails } from "./worker-offer.ts";
import { ingestDoor, telemetryLedger, telemetryTap } from "./wiring.ts";

/** What opens a telemetry engine in its thread. */
export interface ThreadOptions {
  readonly features: TelemetryFeatures;
  readonly setup: ThreadSetup;
}

/** Milliseconds that a thread has to end on its own. */
const endMs = 15_000;

const methods = [
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
  "figures",
  "dropped",
  "drop",
  "ingest",
] as const;

/** What the thread calls in this one. */
async function offerOf(host: Host): Promise<Readonly<Record<string, object>>> {
  const store = await host.store();
  const blobs = await host.need(platformBlobs).open("telemetry");
  return {
    store: {
      write: store.write.bind(store),
      read: store.read.bind(store),
      migrate: store.migrate.bind(store),
    },
    blobs: { ...blobs },
    ledger: { ...host.need(telemetryLedger) },
    door: {
      authorize: (credential: string | undefined, address: string) =>
        host.need(ingestDoor).authorize(credential, address),
    },
    tap: { ...host.need(telemetryTap) },
    log: {
      write: async (level: LogLevel, message: string, fields: LogFields) =>
        host.log[level](message, fields),
    },
  };
}

interface Started {
  readonly port: ThreadPort;
  readonly worker: Worker;
  readonly ended: Promise<void>;
}

async function startThread(host: Host, setup: ThreadSetup): Promise<Started> {
  const store = await host.store();
  const worker = new Worker(workerUrl("observability/telemetry/worker"), {
    name: "telemetry",
    // Blobs on the same disk would only be a second copy.
    workerData: {
      ...setup,
      dialect: store.dialect,
      keepsBlobs: host.engines?.get("blob") !== "filesystem",
    },
    // Column buffers and DuckDB lie outside of the heap.
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
  const port = joinThread(worker, await offerOf(host));
  const ended = new Promise<void>((resolve) => {
    worker.once("exit", () => {
      port.fail(coreErrors.MOR_ENGINE_UNAVAILABLE("the telemetry thread has ended"));
      resolve();
    });
  });
  worker.on("error", (error) => {
    host.log.error("the telemetry thread failed", { cause: error.stack });
    port.fail(coreErrors.MOR_ENGINE_UNAVAILABLE(`the telemetry thread failed: ${error.message}`));
  });
  await port.call("control", "ready", []);
  return { port, worker, ended };
}

/** A driver whose engine works in a thread of its own, begun when it is first needed. */
export interface ThreadDriver extends TelemetryDriver {
  /** Begins the thread now, so that it loads while the rest of the platform starts. */
  warm(): void;
  /** Live tails of what the thread stores. */
  readonly tails: WorkerTails;
}

/** Opens a telemetry engine in a thread. */
export function openInThread(host: Host, { features, setup }: ThreadOptions): ThreadDriver {
  let started: Promise<Started> | undefined;
  let closed = false;
  const thread = (): Promise<Started> => {
    if (closed) throw coreErrors.MOR_ENGINE_UNAVAILABLE("telemetry is closed");
    return (started ??= startThread(host, setup));
  };
  const calls = Object.fromEntries(
    methods.map((method) => [
      method,
      async (...args: unknown[]) => (await thread()).port.call("driver", method, args),
    ]),
  ) as unknown as Pick<TelemetryDriver, (typeof methods)[number]>;
  return {
    ...calls,
    features,
    warm: () => void thread().catch(() => undefined),
    async write(batch) {
      const { port } = await thread();
      const whole = batch.byteLength === batch.buffer.byteLength;
      const transfer = whole && batch.buffer instanceof ArrayBuffer ? [batch.buffer] : [];
      await port.call("driver", "write", [batch], transfer);
    },
    listen: async (free) =>
      (await thread()).port.call("driver", "listen", [free]) as Promise<IngestPorts>,
    tails: {
      open: async (id, filter) => {
        await (await thread()).port.call("tails", "open", [id, filter]);
      },
      close: async (id) => {
        if (started !== undefined) await (await started).port.call("tails", "close", [id]);
      },
    },
    async close() {
      closed = true;
      if (started === undefined) return;
      const { port, worker, ended } = await started;
      const late = setTimeout(() => void worker.terminate(), endMs);
      await port.call("control", "close", []).catch(() => undefined);
      await ended;
      clearTimeout(late);
    },
  };
}
