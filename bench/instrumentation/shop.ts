// The storefront in a process of its own, recorded as the parent says; started by
// instrumentation.bench.ts.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storefront } from "../../examples/storefront/src/app.ts";
import { systemClock } from "../../src/core/clock.ts";
import { config } from "../../src/core/config.ts";
import { systemRandom } from "../../src/core/ids.ts";
import { makeLog } from "../../src/core/log.ts";
import { openSdk } from "../../src/observability/sdk/sdk.ts";
import type { Sdk } from "../../src/observability/sdk/sdk.ts";
import { start } from "../../src/server/start.ts";
import { openStore } from "./store.ts";

/** What the parent hears. */
export interface Report {
  readonly cpuMs: number;
  readonly records: number;
  readonly dropped: number;
  readonly bytes: number;
}

const [mode = "none", share = "1"] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "morning-bench-"));
const store = mode === "store" ? await openStore(folder) : undefined;
let bytes = 0;

async function writeBatch(batch: Uint8Array): Promise<void> {
  bytes += batch.length;
  await store?.write(batch);
}

function recorded(): Sdk | undefined {
  if (mode === "none") return undefined;
  const about = { app: "storefront", environment: "bench", version: "1", instance: "bench" };
  const options = { process: about, clock: systemClock, random: systemRandom };
  const sdk = openSdk({ ...options, sample: Number(share) });
  sdk.attach(writeBatch);
  return sdk;
}

const sdk = recorded();
const silent = makeLog(() => {});
const running = await start({
  config: config({ app: storefront }),
  log: sdk?.log(silent) ?? silent,
  ...(sdk === undefined ? {} : { tracing: sdk.tracing }),
  dataFolder: join(folder, "data"),
  port: 0,
});

async function report(sealed: boolean): Promise<void> {
  await sdk?.flush();
  if (sealed) await store?.seal();
  const { user, system } = process.cpuUsage();
  const { written = 0, dropped = 0 } = sdk?.figures() ?? {};
  const cpuMs = (user + system) / 1000;
  process.send?.({ cpuMs, records: written, dropped, bytes } satisfies Report);
}

async function end(): Promise<void> {
  await running.stop();
  await sdk?.close();
  await store?.close();
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}

process.on("message", (message) => {
  if (message === "end") void end();
  else void report(message === "seal");
});
process.send?.({ url: running.url });
