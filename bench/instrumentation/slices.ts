// Platforms that take turns in short slices of orders.
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setPriority } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { generate } from "../../examples/storefront/generator.ts";
import type { Invoice } from "../../examples/storefront/replay/invoices.ts";
import { play } from "../../examples/storefront/replay/play.ts";
import { shopAt } from "../../examples/storefront/replay/shop.ts";
import type { Shop } from "../../examples/storefront/replay/shop.ts";
import { seededRandom } from "../../src/core/ids.ts";
import type { Random } from "../../src/core/ids.ts";
import type { Question, Report } from "./shop.ts";

/** Platforms of one process, and the checkout of Morning that they run. */
export interface Group {
  /** Folder of the checkout. */
  readonly checkout: string;
  /** What is recorded in each, by the arguments of `shop.ts`: `sdk:0.1`. */
  readonly modes: readonly string[];
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
  /**
   * Whether garbage is collected before each slice, outside of it. A great collection is in few
   * slices, and costs as much as all orders of one: where the question is whether a few percent are
   * more, it hides the answer.
   */
  readonly collect: boolean;
}

/** What one platform did in one launch; figures for each order. */
export interface Figures {
  readonly mode: string;
  /** CPU of its process in each of its slices, milliseconds. */
  readonly cpuMs: number[];
  /** CPU of its main thread alone. */
  readonly mainMs: number[];
  /** Pauses for garbage in its slices. */
  gcMs: number;
  /** CPU between the slices of the process and after them: of all platforms in it. */
  restMs: number;
  records: number;
  bytes: number;
  dropped: number;
}

interface Platform {
  readonly child: ChildProcess;
  readonly index: number;
  readonly shop: Shop;
  readonly invoices: Iterator<Invoice>;
  readonly figures: Figures;
}

/** The next message of a child; one that ends instead fails the run. */
async function heard<T>(child: ChildProcess): Promise<T> {
  const waiting = new AbortController();
  const gone = once(child, "exit", { signal: waiting.signal }).then(() => {
    throw new Error(`the platforms of "${child.spawnargs.slice(2).join(" ")}" ended`);
  });
  try {
    const [message] = (await Promise.race([once(child, "message"), gone])) as [T];
    return message;
  } finally {
    gone.catch(() => undefined);
    waiting.abort();
  }
}

async function ask(
  { child, index }: Platform,
  how: Partial<Omit<Question, "about">> = {},
): Promise<Report> {
  child.send({ about: index, quiet: false, collect: false, ...how } satisfies Question);
  return heard(child);
}

async function* take(source: Iterator<Invoice>, count: number): AsyncGenerator<Invoice> {
  for (let index = 0; index < count; index++) yield source.next().value as Invoice;
}

/** Plays orders; answers when all that they set off is done. */
async function playOn(platform: Platform, count: number): Promise<Report> {
  const { shop, invoices } = platform;
  await play({ shop, invoices: take(invoices, count), speed: Infinity, concurrency: 16 });
  return ask(platform, { quiet: true });
}

const priority = -15;

/** What else the machine does interrupts it less; where that is not allowed, figures scatter. */
function favour({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, priority);
  } catch (error) {
    process.stderr.write(`at the usual priority: ${(error as Error).message}\n`);
  }
}

function shuffled<T>(values: Iterable<T>, random: Random): T[] {
  const drawn = [...values].map((value) => ({ value, at: random.next() }));
  return drawn.toSorted((one, other) => one.at - other.at).map(({ value }) => value);
}

/**
 * Starts the platforms of a group, each time in another order; each has the same orders before it.
 */
async function open({ checkout, modes }: Group, seed: number): Promise<readonly Platform[]> {
  const script = join(checkout, "bench/instrumentation/shop.ts");
  const places = shuffled(modes.keys(), seededRandom(seed));
  const child = fork(
    script,
    places.map((place) => modes[place] as string),
    {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      // Code that has rested for some collections would be thrown away, and compiled in a slice.
      execArgv: [...process.execArgv, "--expose-gc", "--no-flush-bytecode"],
    },
  );
  // Before it has threads, which inherit it.
  favour(child);
  const { urls } = await heard<{ urls: readonly string[] }>(child);
  const rate = { min: 5, max: 10 };
  return modes.map((mode, at) => {
    const index = places.indexOf(at);
    const url = urls[index] as string;
    const invoices = generate({ seed, prefix: "B", ordersPerSecond: rate })[Symbol.iterator]();
    const none = { gcMs: 0, restMs: 0, records: 0, bytes: 0, dropped: 0 };
    const figures = { mode, cpuMs: [], mainMs: [], ...none };
    return { child, index, shop: shopAt({ url }), invoices, figures };
  });
}

/** One slice of each platform, in an order of its own. */
async function turn(platforms: readonly Platform[], random: Random, plan: Plan): Promise<void> {
  const { collect, sliceOrders: orders } = plan;
  for (const platform of shuffled(platforms, random)) {
    const before = await ask(platform, { collect });
    const after = await playOn(platform, orders);
    platform.figures.cpuMs.push((after.cpuMs - before.cpuMs) / orders);
    platform.figures.mainMs.push((after.mainMs - before.mainMs) / orders);
    platform.figures.gcMs += after.gcMs - before.gcMs;
  }
}

function sumUp({ figures }: Platform, begun: Report, ended: Report, orders: number): void {
  figures.gcMs /= orders;
  figures.records = (ended.records - begun.records) / orders;
  figures.bytes = (ended.bytes - begun.bytes) / orders;
  figures.dropped = ended.dropped;
}

/** What a process used beside its slices, for an order of one of its platforms. */
function restOf(group: readonly Platform[], usedMs: number, plan: Plan): void {
  const slices = group.flatMap(({ figures }) => figures.cpuMs);
  const inSlicesMs = slices.reduce((sum, ms) => sum + ms * plan.sliceOrders, 0);
  const restMs = (usedMs - inSlicesMs) / (plan.turns * plan.sliceOrders);
  for (const { figures } of group) figures.restMs = restMs;
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.send("end");
  await gone;
}

/** Starts platforms and plays the same orders on all of them, slice by slice. */
export async function launch(
  groups: readonly Group[],
  plan: Plan,
  seed: number,
): Promise<readonly (readonly Figures[])[]> {
  const opened: (readonly Platform[])[] = [];
  for (const group of groups) opened.push(await open(group, seed));
  const platforms = opened.flat();
  const begun = new Map<Platform, Report>();
  for (const platform of platforms) await playOn(platform, plan.warmUpOrders);
  for (const platform of platforms) begun.set(platform, await ask(platform));
  const random = seededRandom(seed);
  for (let number = 0; number < plan.turns; number++) {
    await turn(platforms, random, plan);
  }
  await wait(plan.restMs);
  for (const group of opened) {
    let usedMs = 0;
    for (const platform of group) {
      const [before, after] = [begun.get(platform) as Report, await ask(platform)];
      sumUp(platform, before, after, plan.turns * plan.sliceOrders);
      usedMs = after.cpuMs - before.cpuMs;
    }
    restOf(group, usedMs, plan);
    await end((group[0] as Platform).child);
  }
  return opened.map((group) => group.map(({ figures }) => figures));
}
