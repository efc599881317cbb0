// Platforms in processes of their own that take turns in short slices of orders.
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { generate } from "../../examples/storefront/generator.ts";
import type { Invoice } from "../../examples/storefront/replay/invoices.ts";
import { play } from "../../examples/storefront/replay/play.ts";
import { shopAt } from "../../examples/storefront/replay/shop.ts";
import type { Shop } from "../../examples/storefront/replay/shop.ts";
import type { Report } from "./shop.ts";

/** What is recorded in one platform, and by which checkout of Morning. */
export interface Mode {
  readonly name: string;
  readonly args: readonly [mode: "none" | "sdk" | "store", share: string];
  /** Folder of the checkout; this one if left out. */
  readonly checkout?: string;
}

/** How much is played. */
export interface Plan {
  /** How often all platforms are started anew. */
  readonly launches: number;
  /** Slices of each platform in a launch. */
  readonly turns: number;
  readonly sliceOrders: number;
  readonly warmUpOrders: number;
  /** How long platforms rest at the end of a launch: what waits is stored and sealed by then. */
  readonly restMs: number;
}

/** What one platform did in one launch; figures for each order. */
export interface Figures {
  /** CPU of each slice, milliseconds. */
  readonly cpuMs: number[];
  /** CPU between the slices and after them, milliseconds. */
  restMs: number;
  gcMs: number;
  records: number;
  bytes: number;
  dropped: number;
}

interface Platform {
  readonly mode: Mode;
  readonly child: ChildProcess;
  readonly shop: Shop;
  readonly invoices: Iterator<Invoice>;
  readonly figures: Figures;
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

async function ask({ child, mode }: Platform, question: "report" | "quiet"): Promise<Report> {
  child.send(question);
  return heard(child, mode.name);
}

async function* take(source: Iterator<Invoice>, count: number): AsyncGenerator<Invoice> {
  for (let index = 0; index < count; index++) yield source.next().value as Invoice;
}

/** Plays orders; answers when all that they set off is done. */
async function playOn(platform: Platform, count: number): Promise<Report> {
  const { shop, invoices } = platform;
  await play({ shop, invoices: take(invoices, count), speed: Infinity, concurrency: 16 });
  return ask(platform, "quiet");
}

async function open(mode: Mode, seed: number): Promise<Platform> {
  const folder = mode.checkout ?? join(import.meta.dirname, "../..");
  const script = join(folder, "bench/instrumentation/shop.ts");
  const child = fork(script, mode.args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const { url } = await heard<{ url: string }>(child, mode.name);
  const rate = { min: 5, max: 10 };
  const invoices = generate({ seed, prefix: "B", ordersPerSecond: rate })[Symbol.iterator]();
  const figures = { cpuMs: [], restMs: 0, gcMs: 0, records: 0, bytes: 0, dropped: 0 };
  return { mode, child, shop: shopAt({ url }), invoices, figures };
}

/** One slice of each platform; another one begins each time. */
async function turn(
  platforms: readonly Platform[],
  number: number,
  orders: number,
): Promise<void> {
  const order = platforms.map((_, index) => platforms[(index + number) % platforms.length]);
  for (const platform of (number % 2 === 0 ? order : order.reverse()) as Platform[]) {
    const before = await ask(platform, "report");
    const after = await playOn(platform, orders);
    platform.figures.cpuMs.push((after.cpuMs - before.cpuMs) / orders);
  }
}

function settle({ figures }: Platform, begun: Report, ended: Report, plan: Plan): void {
  const orders = plan.turns * plan.sliceOrders;
  const inSlices = figures.cpuMs.reduce((sum, ms) => sum + ms, 0) * plan.sliceOrders;
  figures.restMs = (ended.cpuMs - begun.cpuMs - inSlices) / orders;
  figures.gcMs = (ended.gcMs - begun.gcMs) / orders;
  figures.records = (ended.records - begun.records) / orders;
  figures.bytes = (ended.bytes - begun.bytes) / orders;
  figures.dropped = ended.dropped;
}

async function end({ child }: Platform): Promise<void> {
  const gone = once(child, "exit");
  child.send("end");
  await gone;
}

/** Starts a platform for each mode and plays the same orders on all of them, slice by slice. */
export async function launch(
  modes: readonly Mode[],
  plan: Plan,
  seed: number,
): Promise<readonly Figures[]> {
  const platforms: Platform[] = [];
  for (const mode of modes) platforms.push(await open(mode, seed));
  const begun: Report[] = [];
  for (const platform of platforms) await playOn(platform, plan.warmUpOrders);
  for (const platform of platforms) begun.push(await ask(platform, "report"));
  for (let number = 0; number < plan.turns; number++) {
    await turn(platforms, number, plan.sliceOrders);
  }
  await wait(plan.restMs);
  for (const [index, platform] of platforms.entries()) {
    settle(platform, begun[index] as Report, await ask(platform, "report"), plan);
    await end(platform);
  }
  return platforms.map(({ figures }) => figures);
}
