/**
 * Durable publishes through the embedded bus: state store with its writer thread, log, and a queue
 * a subscription. 35 rules of the mix of bench/event-pattern, events of about 900 B; each event is
 * acknowledged after its fsync. Run: `npm run bench -- event-publish [--json]`.
 * First one publisher after the other (latency), then 200 at once (throughput), each for 5 s.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { queueing } from "../src/core/capabilities/queueing.ts";
import { systemClock } from "../src/core/clock.ts";
import { openSqlite } from "../src/engines/sqlite/store.ts";
import { driver as bus } from "../src/messaging/event/drivers/sqlite.ts";
import type { EventEntry } from "../src/messaging/event/driver.ts";
import { makePublishing } from "../src/messaging/event/publishing.ts";
import { driver as queues } from "../src/messaging/queue/drivers/sqlite.ts";
import { openQueues } from "../src/messaging/queue/runtime.ts";
import { testHost } from "../src/testing/host.ts";
import { orderEvents } from "./event-pattern/events.ts";
import { mixOf } from "./event-pattern/rules.ts";

const seconds = Number(process.env["SECONDS"] ?? 5);
const publishers = 200;

const folder = mkdtempSync(join(tmpdir(), "morning-bench-"));
const store = await openSqlite({ path: join(folder, "state.db"), clock: systemClock });
const host = testHost({ store });
const queueDriver = await queues.open(host, {});
await openQueues(host, queueDriver, []);
const driver = await bus.open(host, {});
const specs = mixOf(35).map((pattern, at) => ({ name: `rule-${at}`, queue: `q${at}`, pattern }));
for (const { queue: name } of specs) {
  const retry = { retryBaseMs: 1000, retryMsMax: 1000 };
  await host.need(queueing).declare({ name, receivesMax: 5, retentionMs: 86_400_000, ...retry });
}
await driver.declare(specs as Parameters<typeof driver.declare>[0]);

const events = orderEvents(1000, 7).events as { "detail-type": string; detail: unknown }[];
const entries: EventEntry[] = events.map((event) => ({
  type: event["detail-type"],
  source: "shop.orders",
  detail: JSON.stringify(event.detail),
}));
const bytes = entries.reduce((sum, { detail }) => sum + detail.length, 0) / entries.length;
const publishing = makePublishing(driver);

async function measure(width: number): Promise<{ rate: number; p50: number; p99: number }> {
  const latencies: number[] = [];
  const endMs = performance.now() + seconds * 1000;
  let at = 0;
  const startedMs = performance.now();
  const work = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const sentMs = performance.now();
      await publishing.one(entries[at++ % entries.length] as EventEntry);
      latencies.push(performance.now() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  const took = (performance.now() - startedMs) / 1000;
  latencies.sort((a, b) => a - b);
  const quantile = (share: number): number =>
    latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
  return { rate: latencies.length / took, p50: quantile(0.5), p99: quantile(0.99) };
}

await measure(publishers);
const one = await measure(1);
const many = await measure(publishers);
const logged = await driver.log({ limit: 500 });
const deliveries =
  logged.events.reduce((sum, { deliveredTo }) => sum + deliveredTo.length, 0) /
  logged.events.length;
const result = { rules: specs.length, bytes: Math.round(bytes), deliveries, one, many };
if (process.argv.includes("--json")) console.log(JSON.stringify(result));
else {
  console.log(`${cpus()[0]?.model}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}`);
  console.log(
    `35 rules, details of ${bytes.toFixed(0)} B, ${deliveries.toFixed(1)} deliveries an event`,
  );
  for (const [name, { rate, p50, p99 }] of Object.entries({
    one,
    [`${publishers} at once`]: many,
  })) {
    console.log(
      `${name}: ${rate.toFixed(0)}/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
    );
  }
}
await driver.close();
await queueDriver.close();
await store.close();
rmSync(folder, { recursive: true });
