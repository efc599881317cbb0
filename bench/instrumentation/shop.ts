// The storefront in a process of its own, recorded as the parent says; started by
// instrumentation.bench.ts.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PerformanceObserver } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { storefront } from "../../examples/storefront/src/app.ts";
import { systemClock } from "../../src/core/clock.ts";
import { config } from "../../src/core/config.ts";
import { systemRandom } from "../../src/core/ids.ts";
import { makeLog } from "../../src/core/log.ts";
import { connectSdk } from "../../src/observability/sdk/connect.ts";
import { openSdk } from "../../src/observability/sdk/sdk.ts";
import type { Sdk } from "../../src/observability/sdk/sdk.ts";
import { signalStore } from "../../src/observability/signals/store.ts";
import { start } from "../../src/server/start.ts";

/** What the parent hears. */
export interface Report {
  /** CPU of all threads of the process. */
  readonly cpuMs: number;
  /** Pauses of the main thread for garbage collection. */
  readonly gcMs: number;
  /** Records that went out in batches: thrown away, or stored. */
  readonly records: number;
  /** Records that found no place: a run with any is no measurement. */
  readonly dropped: number;
  readonly bytes: number;
}

const [mode = "none", share = "1"] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "morning-bench-"));
// Named in every mode: the platform would else record by itself.
const telemetry = mode === "store" ? "embedded" : "none";
let bytes = 0;

/** What records, where somebody does: it throws batches away unless they are to be stored. */
function recorded(): Sdk | undefined {
  if (mode === "none") return undefined;
  const about = { app: "storefront", environment: "bench", version: "1", instance: "bench" };
  const options = { process: about, clock: systemClock, random: systemRandom };
  const sdk = openSdk({ ...options, sample: Number(share) });
  if (mode === "sdk") sdk.attach(async (batch) => void (bytes += batch.length));
  return sdk;
}

const sdk = recorded();
const silent = makeLog(() => {});
// The thread of telemetry does not keep a process alive while it opens.
const alive = setInterval(() => {}, 1_000);
const running = await start({
  config: config({ app: storefront, environments: { local: { drivers: { telemetry } } } }),
  log: sdk?.log(silent) ?? silent,
  ...(sdk === undefined ? {} : { tracing: sdk.tracing }),
  dataFolder: join(folder, "data"),
  port: 0,
});
clearInterval(alive);
if (sdk !== undefined && mode === "store") {
  const { host } = running.platform;
  const store = host.need(signalStore);
  connectSdk(sdk, host, (batch) => {
    bytes += batch.length;
    return store.write(batch);
  });
}

const collections = new PerformanceObserver((list) => addPauses(list.getEntries()));
let gcMs = 0;
function addPauses(entries: readonly PerformanceEntry[]): void {
  for (const { duration } of entries) gcMs += duration;
}
collections.observe({ entryTypes: ["gc"] });

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

function report(): Report {
  const { host } = running.platform;
  if (host.tracing.tracerFor("orders").recording !== (sdk !== undefined)) {
    throw new Error(`mode ${mode} is not what runs`);
  }
  addPauses(collections.takeRecords());
  const { written = 0, dropped = 0 } = sdk?.figures() ?? {};
  return { cpuMs: cpuMs(), gcMs, records: written, dropped, bytes };
}

/** Looks so often whether work goes on. */
const lookMs = 20;
/** CPU between two looks that timers use at rest. */
const restMs = 2;

/** Resolves when what the requests left behind in queues is done: in two looks no work is seen. */
async function quiet(): Promise<void> {
  let before = cpuMs();
  for (let still = 0; still < 2;) {
    await wait(lookMs);
    const now = cpuMs();
    still = now - before < restMs ? still + 1 : 0;
    before = now;
  }
}

async function end(): Promise<void> {
  await sdk?.close();
  await running.stop();
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}

process.on("message", (message) => {
  if (message === "end") void end();
  else if (message === "quiet") void quiet().then(() => process.send?.(report()));
  else process.send?.(report());
});
process.send?.({ url: running.url });
