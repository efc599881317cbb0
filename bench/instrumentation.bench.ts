/**
 * What recording costs: CPU milliseconds of the storefront's process for each order, with nobody
 * recording, with the SDK that throws away what it made, and with storing, at 100 % and at 10 %
 * head sampling. Orders come over HTTP from this process, as fast as they are taken; each run has
 * a platform of its own, runs take turns.
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
import type { Report } from "./instrumentation/shop.ts";

const smoke = process.argv.includes("--smoke");
const rounds = Number(process.env["BENCH_ROUNDS"] ?? (smoke ? 1 : 5));
const warmUp = smoke ? 100 : 1_000;
const orders = smoke ? 200 : 3_000;
const only = process.env["BENCH_ONLY"];

const modes = [
  { name: "nobody records", args: ["none", "1"] },
  { name: "SDK, 100 %", args: ["sdk", "1"] },
  { name: "SDK, 10 %", args: ["sdk", "0.1"] },
  { name: "SDK and storing, 100 %", args: ["store", "1"] },
  { name: "SDK and storing, 10 %", args: ["store", "0.1"] },
].filter(({ args }) => only === undefined || only.split(",").includes(args.join(":")));

interface Run {
  readonly cpuMs: number;
  readonly perSecond: number;
  readonly recordsEach: number;
  readonly bytesEach: number;
  readonly dropped: number;
}

async function reportOf(child: ChildProcess): Promise<Report> {
  child.send("report");
  const [report] = (await once(child, "message")) as [Report];
  return report;
}

async function* take(source: Iterator<Invoice>, count: number): AsyncGenerator<Invoice> {
  for (let index = 0; index < count; index++) yield source.next().value as Invoice;
}

async function measure(args: readonly string[], seed: number): Promise<Run> {
  const script = join(import.meta.dirname, "instrumentation/shop.ts");
  const child = fork(script, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const [{ url }] = (await once(child, "message")) as [{ url: string }];
  const shop = shopAt({ url });
  const rate = { min: 5, max: 10 };
  const invoices = generate({ seed, prefix: "B", ordersPerSecond: rate })[Symbol.iterator]();
  const playing = async (count: number): Promise<void> => {
    const source = take(invoices, count);
    await play({ shop, invoices: source, speed: Infinity, concurrency: 16 });
    while ((await shop.traffic()).waiting > 0) await wait(20);
  };
  await playing(warmUp);
  const before = await reportOf(child);
  const startedMs = performance.now();
  await playing(orders);
  const seconds = (performance.now() - startedMs) / 1000;
  // What is recorded is stored within the age of a batch.
  await wait(700);
  const after = await reportOf(child);
  child.send("end");
  await once(child, "exit");
  return {
    cpuMs: (after.cpuMs - before.cpuMs) / orders,
    perSecond: orders / seconds,
    recordsEach: (after.records - before.records) / orders,
    bytesEach: (after.bytes - before.bytes) / orders,
    dropped: after.dropped,
  };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const runs = modes.map((): Run[] => []);
for (let round = 0; round < rounds; round++) {
  for (const [index, { name, args }] of modes.entries()) {
    const run = await measure(args, 1 + round);
    runs[index]?.push(run);
    const text = `${name}: ${run.cpuMs.toFixed(3)} ms, ${run.perSecond.toFixed(0)} orders/s`;
    process.stdout.write(`${text}, ${run.recordsEach.toFixed(1)} records\n`);
  }
}

/**
 * Each run against that of its own round: what else the machine does at the time weighs on both.
 */
function costOf(list: readonly Run[]): number {
  const ratios = list.map((run, round) => run.cpuMs / (runs[0]?.[round]?.cpuMs ?? run.cpuMs));
  return (median(ratios) - 1) * 100;
}

const rows = modes.map(({ name }, index) => {
  const list = runs[index] ?? [];
  const each = (of: (run: Run) => number, digits: number): string =>
    median(list.map(of)).toFixed(digits);
  const cost = index === 0 ? "" : `${costOf(list).toFixed(1)} %`;
  const records = each((run) => run.recordsEach, 1);
  const bytes = each((run) => run.bytesEach, 0);
  const rate = each((run) => run.perSecond, 0);
  return `| ${name} | ${each((run) => run.cpuMs, 3)} | ${cost} | ${records} | ${bytes} | ${rate} |`;
});
const load = loadavg()
  .map((one) => one.toFixed(1))
  .join(", ");
const text = [
  "# Cost of instrumentation",
  "",
  `CPU of the storefront's process (all threads) for each order: median of ${rounds} rounds of`,
  `${orders} orders after ${warmUp}, on ${cpus().length} cores, Node ${process.versions.node};`,
  `load of the machine at the end ${load}.`,
  "Each mode is compared with the run of the same round in which nobody records.",
  "Written by `node bench/instrumentation.bench.ts`.",
  "",
  "| mode | CPU ms an order | more | records an order | bytes an order | orders/s |",
  "| --- | ---: | ---: | ---: | ---: | ---: |",
  ...rows,
  "",
].join("\n");
if (!smoke && only === undefined) {
  writeFileSync(join(import.meta.dirname, "results/instrumentation.md"), text);
}
process.stdout.write(text);
