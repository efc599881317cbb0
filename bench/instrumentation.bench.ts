/**
 * What recording costs: CPU milliseconds of the storefront's process for each order, with nobody
 * recording, with the SDK that throws away what it made, and with storing as the platform stores
 * (redaction, patterns, log, sealing, in its thread), at 100 % and at 10 % head sampling. All
 * platforms run side by side; orders go to one after the other, a portion each in turn, so that
 * what else the machine does weighs on all of them. A second platform that nobody records is the
 * control: what it seems to cost is the error of all the other figures. Goals: under 5 % without
 * storing, under 15 % with it. Run: `node bench/instrumentation.bench.ts [--smoke]`. Writes
 * bench/results/instrumentation.md.
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
/** A multiple of the modes: each is as often the first as any other. */
const portions = smoke ? 2 : 18;
const portionOrders = smoke ? 100 : 200;
const warmUp = smoke ? 100 : 600;
/** Longer than a batch waits. */
const batchMs = 600;
/** Longer than the engine leaves anything unsealed. */
const sealMs = smoke ? 1_000 : 70_000;
const orders = portions * portionOrders;

const modes = [
  { name: "nobody records", args: ["none", "1"] },
  { name: "nobody records, once more", args: ["none", "1"] },
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
  /** CPU between and after the portions (sealing, timers), milliseconds an order. */
  restMs: number;
  recordsEach: number;
  bytesEach: number;
  dropped: number;
}

/** The next message of a child; one that ends instead fails the run. */
async function heard<T>(child: ChildProcess, name: string): Promise<T> {
  const waiting = new AbortController();
  const gone = once(child, "exit", { signal: waiting.signal }).then(() => {
    throw new Error(`the platform of "${name}" ended`);
  });
  try {
    const [message] = (await Promise.race([once(child, "message"), gone])) as [T];
    return message;
  } finally {
    gone.catch(() => undefined);
    waiting.abort();
  }
}

async function reportOf({ child, name }: Bench): Promise<Report> {
  child.send("report");
  return heard(child, name);
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
  const { url } = await heard<{ url: string }>(child, name);
  const rate = { min: 5, max: 10 };
  const invoices = generate({ seed: 1, prefix: "B", ordersPerSecond: rate })[Symbol.iterator]();
  const figures = { cpuMs: [], restMs: 0, recordsEach: 0, bytesEach: 0, dropped: 0 };
  return { name, child, shop: shopAt({ url }), invoices, ...figures };
}

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0;
const median = (values: readonly number[]): number => quantile(values, 0.5);

const benches: Bench[] = [];
for (const mode of modes) benches.push(await open(mode));
const begun: Report[] = [];
for (const bench of benches) {
  await playOn(bench, warmUp);
}
await wait(batchMs);
for (const bench of benches) begun.push(await reportOf(bench));
for (let portion = 0; portion < portions; portion++) {
  // Another one begins each time.
  const turn = benches.map((_, index) => benches[(index + portion) % benches.length] as Bench);
  for (const bench of turn) {
    const before = await reportOf(bench);
    await playOn(bench, portionOrders);
    await wait(batchMs);
    const after = await reportOf(bench);
    bench.cpuMs.push((after.cpuMs - before.cpuMs) / portionOrders);
  }
  const shown = benches.map(({ cpuMs }) => cpuMs.at(-1)?.toFixed(3)).join("  ");
  process.stdout.write(`${portion + 1}: ${shown}\n`);
}
// What was stored last is sealed by then.
await wait(sealMs);
for (const [index, bench] of benches.entries()) {
  const after = await reportOf(bench);
  const inPortions = bench.cpuMs.reduce((sum, ms) => sum + ms * portionOrders, 0);
  bench.restMs = (after.cpuMs - (begun[index]?.cpuMs ?? 0) - inPortions) / orders;
  bench.recordsEach = (after.records - (begun[index]?.records ?? 0)) / orders;
  bench.bytesEach = (after.bytes - (begun[index]?.bytes ?? 0)) / orders;
  bench.dropped = after.dropped;
  bench.child.send("end");
}

const [nobody] = benches as [Bench, ...Bench[]];

/** Each portion against that of the same turn in which nobody records, the rest added to both. */
function costOf({ cpuMs, restMs }: Bench): string {
  const more = cpuMs.map((ms, turn) => {
    const base = (nobody.cpuMs[turn] ?? ms) + nobody.restMs;
    return ((ms + restMs) / base - 1) * 100;
  });
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(more, share).toFixed(1));
  return `${middle} % (${low} to ${high})`;
}

const rows = benches.map((bench) => {
  const { name, cpuMs, restMs, recordsEach, bytesEach, dropped } = bench;
  const cost = bench === nobody ? "" : costOf(bench);
  const total = (median(cpuMs) + restMs).toFixed(3);
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
  "Each portion is compared with that of the same turn in which nobody records: median and",
  "quartiles; CPU between the portions (timers, sealing) is added to each. The control, once more",
  "nobody, says how far to trust them. Written by `node bench/instrumentation.bench.ts`.",
  "",
  "| mode | CPU ms an order | more (quartiles) | records an order | bytes an order | dropped |",
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
process.stdout.write(text);
const incomplete = benches.filter(({ dropped }) => dropped > 0);
if (incomplete.length > 0) {
  const names = incomplete.map(({ name, dropped }) => `${name}: ${dropped}`).join("; ");
  throw new Error(`no measurement: records were dropped (${names})`);
}
if (!smoke) writeFileSync(join(import.meta.dirname, "results/instrumentation.md"), text);
