// Storefronts in a process of their own, recorded as the parent says; started by
// instrumentation.bench.ts. Arguments: for each storefront `none`, `sdk` or `store`, a colon and
// the share of traces that is recorded.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PerformanceObserver } from "node:perf_hooks";
import type { PerformanceEntry } from "node:perf_hooks";
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
import type { Running } from "../../src/server/start.ts";

/** What the parent asks about one of the storefronts. */
export interface Question {
  readonly about: number;
  /** Garbage is collected before it is answered. */
  readonly collect: boolean;
  /** Answered when all that the requests left behind in queues is done. */
  readonly quiet: boolean;
}

/** What the parent hears. */
export interface Report {
  /** CPU of all threads of the process. */
  readonly cpuMs: number;
  /** CPU of the main thread alone, where services run and spans are made. */
  readonly mainMs: number;
  /** Pauses of the main thread for garbage collection. */
  readonly gcMs: number;
  /** Records of the storefront that went out in batches: thrown away, or stored. */
  readonly records: number;
  /** Records that found no place: a run with any is no measurement. */
  readonly dropped: number;
  readonly bytes: number;
}

interface Storefront {
  readonly mode: string;
  readonly sdk: Sdk | undefined;
  readonly running: Running;
  bytes: number;
}

const folder = mkdtempSync(join(tmpdir(), "morning-bench-"));

/** What records, where somebody does. */
function recorded(mode: string, share: string): Sdk | undefined {
  if (mode === "none") return undefined;
  const about = { app: "storefront", environment: "bench", version: "1", instance: "bench" };
  const options = { process: about, clock: systemClock, random: systemRandom };
  return openSdk({ ...options, sample: Number(share) });
}

/** Batches are thrown away unless they are to be stored. */
function attach(storefront: Storefront): void {
  const { mode, sdk, running } = storefront;
  const count = ({ length }: Uint8Array): void => void (storefront.bytes += length);
  if (mode === "sdk") sdk?.attach(async (batch) => count(batch));
  if (mode !== "store" || sdk === undefined) return;
  const { host } = running.platform;
  const store = host.need(signalStore);
  connectSdk(sdk, host, (batch) => {
    count(batch);
    return store.write(batch);
  });
}

async function open(argument: string, index: number): Promise<Storefront> {
  const [mode = "none", share = "1"] = argument.split(":");
  // Named in every mode: the platform would else record by itself.
  const telemetry = mode === "store" ? "embedded" : "none";
  const sdk = recorded(mode, share);
  const silent = makeLog(() => {});
  const running = await start({
    config: config({ app: storefront, environments: { local: { drivers: { telemetry } } } }),
    log: sdk?.log(silent) ?? silent,
    ...(sdk === undefined ? {} : { tracing: sdk.tracing }),
    dataFolder: join(folder, `data-${index}`),
    port: 0,
  });
  const opened = { mode, sdk, running, bytes: 0 };
  attach(opened);
  return opened;
}

// The thread of telemetry does not keep a process alive while it opens.
const alive = setInterval(() => {}, 1_000);
const storefronts: Storefront[] = [];
for (const argument of process.argv.slice(2)) {
  storefronts.push(await open(argument, storefronts.length));
}
clearInterval(alive);

const collections = new PerformanceObserver((list) => addPauses(list.getEntries()));
let gcMs = 0;
function addPauses(entries: readonly PerformanceEntry[]): void {
  for (const { duration } of entries) gcMs += duration;
}
collections.observe({ entryTypes: ["gc"] });

const msOf = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000;
const cpuMs = (): number => msOf(process.cpuUsage());

function report({ mode, sdk, running, bytes }: Storefront): Report {
  const { host } = running.platform;
  if (host.tracing.tracerFor("orders").recording !== (sdk !== undefined)) {
    throw new Error(`mode ${mode} is not what runs`);
  }
  addPauses(collections.takeRecords());
  const { written = 0, dropped = 0 } = sdk?.figures() ?? {};
  const mainMs = msOf(process.threadCpuUsage());
  return { cpuMs: cpuMs(), mainMs, gcMs, records: written, dropped, bytes };
}

/** Looks so often whether work goes on. */
const lookMs = 20;
/** CPU between two looks that timers use at rest. */
const restMs = 2;

/** Resolves when in two looks no work is seen, and what waits to be written is. */
async function quiet({ mode, sdk }: Storefront): Promise<void> {
  let before = cpuMs();
  for (let still = 0; still < 2;) {
    await wait(lookMs);
    const now = cpuMs();
    still = now - before < restMs ? still + 1 : 0;
    before = now;
  }
  // Else the last batch would be paid for in the slice of another.
  if (mode === "sdk") await sdk?.flush();
}

async function answer({ about, collect, quiet: toBeQuiet }: Question): Promise<void> {
  const asked = storefronts[about] as Storefront;
  if (toBeQuiet) await quiet(asked);
  if (collect) {
    await globalThis.gc?.({ type: "major", execution: "async" });
    // Its pause is told some turns later, and is not one of the slice's.
    await wait(lookMs);
  }
  process.send?.(report(asked));
}

async function end(): Promise<void> {
  for (const { sdk, running } of storefronts) {
    await sdk?.close();
    await running.stop();
  }
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}

process.on("message", (message: Question | "end") => {
  void (message === "end" ? end() : answer(message));
});
process.send?.({ urls: storefronts.map(({ running }) => running.url) });
