/**
 * What recording costs: CPU milliseconds of the storefront's process for each order, with nobody
 * recording, with the SDK that throws away what it made, and with storing in the embedded engine
 * (sealed at the end), at 100 % and at 10 % head sampling. All platforms run side by side; orders
 * go to one after the other, a portion each in turn, so that what else the machine does weighs on
 * all of them.
 * Goals: under 5 % without storing, under 15 % with it.
 * Run: `node bench/instrumentation.bench.ts [--smoke]`. Writes bench/results/instrumentation.md.
 */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { generate } from "../examples/storefront/generator.ts";
import type { Invoice } from "../examples/storefront/replay/invoices.ts";
import { play } from "../examples/storefront/replay/play.ts";
import { shopAt } from "../examples/storefront/replay/shop.ts";
import type { Shop } from "../examples/storefront/replay/shop.ts";
import { tracerCosts } from "./instrumentation/tracers.ts";
import type { Report } from "./instrumentation/shop.ts";

const smoke = process.argv.includes("--smoke");
const portions = smoke ? 2 : 15;
const portionOrders = smoke ? 100 : 200;
const warmUp = smoke ? 100 : 600;
const orders = portions * portionOrders;

const modes = [
  { name: "nobody records", args: ["none", "1"] },
  { name: "SDK, 100 %", args: ["sdk", "1"] },
  { name: "SDK, 10 %", args: ["sdk", "0.1"] },
  { name: "SDK and storing, 100 %", args: ["store", "1"] },
  { name: "SDK and storing, 10 %", args: ["store", "0.1"] },
] as const;

/** A platform under measurement. */
interface Bench {
  readonly name: string;
  readonly child: ChildProcess;
  readonly shop: Shop;
  readonly invoices: Iterator<Invoice>;
  /** CPU of each portion, milliseconds an order. */
  readonly cpuMs: number[];
  /** CPU of sealing, milliseconds an order. */
  sealMs: number;
  recordsEach: number;
  bytesEach: number;
  dropped: number;
}

async function tell(child: ChildProcess, what: "report" | "seal"): Promise<Report> {
  child.send(what);
  const [report] = (await once(child, "message")) as [Report];
  return report;
}

async function* take(source: Iterator<Invoice>, count: number): AsyncGenerator<Invoice> {
  for (let index = 0; index < count; index++) yield source.next().value as Invoice;
}

async function playOn({ shop, invoices }: Bench, count: number): Promise<void> {
  const source = take(invoices, count);
  await play({ shop, invoices: source, speed: Infinity, concurrency: 16 });
  while ((await shop.traffic()).waiting > 0) await wait(50);
}

async function open({ name, args }: (typeof modes)[number]): Promise<Bench> {
  const script = join(import.meta.dirname, "instrumentation/shop.ts");
  const child = fork(script, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const [{ url }] = (await once(child, "message")) as [{ url: string }];
  const rate = { min: 5, max: 10 };
  const invoices = generate({ seed: 1, prefix: "B", ordersPerSecond: rate })[Symbol.iterator]();
  const figures = { cpuMs: [], sealMs: 0, recordsEach: 0, bytesEach: 0, dropped: 0 };
  return { name, child, shop: shopAt({ url }), invoices, ...figures };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const benches: Bench[] = [];
for (const mode of modes) benches.push(await open(mode));
const begun: Report[] = [];
for (const bench of benches) {
  await playOn(bench, warmUp);
  begun.push(await tell(bench.child, "seal"));
}
for (let portion = 0; portion < portions; portion++) {
  // Another one begins each time.
  const turn = benches.map((_, index) => benches[(index + portion) % benches.length] as Bench);
  for (const bench of turn) {
    const before = await tell(bench.child, "report");
    await playOn(bench, portionOrders);
    const after = await tell(bench.child, "report");
    bench.cpuMs.push((after.cpuMs - before.cpuMs) / portionOrders);
  }
  const shown = benches.map(({ cpuMs }) => cpuMs.at(-1)?.toFixed(3)).join("  ");
  process.stdout.write(`${portion + 1}: ${shown}\n`);
}
for (const [index, bench] of benches.entries()) {
  const before = await tell(bench.child, "report");
  const after = await tell(bench.child, "seal");
  bench.sealMs = (after.cpuMs - before.cpuMs) / orders;
  bench.recordsEach = (after.records - (begun[index]?.records ?? 0)) / orders;
  bench.bytesEach = (after.bytes - (begun[index]?.bytes ?? 0)) / orders;
  bench.dropped = after.dropped;
  bench.child.send("end");
}

const [nobody] = benches as [Bench, ...Bench[]];

/** Each portion against that of the same turn in which nobody records; sealing is added. */
function costOf({ cpuMs, sealMs }: Bench): number {
  const ratios = cpuMs.map((ms, turn) => (ms + sealMs) / (nobody.cpuMs[turn] ?? ms));
  return (median(ratios) - 1) * 100;
}

const rows = benches.map((bench) => {
  const { name, cpuMs, sealMs, recordsEach, bytesEach, dropped } = bench;
  const cost = bench === nobody ? "" : `${costOf(bench).toFixed(1)} %`;
  const total = (median(cpuMs) + sealMs).toFixed(3);
  const records = recordsEach.toFixed(1);
  return `| ${name} | ${total} | ${cost} | ${records} | ${bytesEach.toFixed(0)} | ${dropped} |`;
});
const spanRows = (await tracerCosts(smoke ? 2_000 : 20_000)).map(
  ([tracer, microseconds]) => `| ${tracer} | ${microseconds.toFixed(2)} |`,
);
const load = loadavg()
  .map((one) => one.toFixed(1))
  .join(", ");
const text = [
  "# Cost of instrumentation",
  "",
  `CPU of the storefront's process (all threads) for each order: median of ${portions} portions of`,
  `${portionOrders} orders after ${warmUp}, on ${cpus().length} cores,`,
  `Node ${process.versions.node}; load of the machine at the end ${load}.`,
  "Each portion is compared with that of the same turn in which nobody records; the CPU of",
  "sealing is added. Written by `node bench/instrumentation.bench.ts`.",
  "",
  "| mode | CPU ms an order | more | records an order | bytes an order | dropped |",
  "| --- | ---: | ---: | ---: | ---: | ---: |",
  ...rows,
  "",
  "CPU of one span alone, a request and a read in it in turn, best of 5 rounds:",
  "",
  "| tracer | microseconds a span |",
  "| --- | ---: |",
  ...spanRows,
  "",
].join("\n");
if (!smoke) writeFileSync(join(import.meta.dirname, "results/instrumentation.md"), text);
process.stdout.write(text);
