// What the console costs its reader: the first page, a table of 100,000 rows, a day left open.
// `npm run bench -- console [--seconds N]`: N ticks of the stream; a day, 86,400, if left out.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { launch, settled } from "../console/test/browser.ts";
import { builtFolder, ensureBuilt } from "../console/test/built.ts";
import { startPlatform } from "../console/test/platform.ts";
import { fastStream, heapMb } from "../console/test/fast-stream.ts";

const root = join(import.meta.dirname, "..");
const runs = 5;
const slowdown = 4;
const daySeconds = 86_400;
/** Seconds of the stream that come at once. */
const burst = 20;
const targets = {
  scriptKb: 300,
  paintMs: 1_000,
  interactiveMs: 1_500,
  framesPerSecond: 50,
  growthMb: 4,
};

interface FirstPage {
  readonly paintMs: number;
  readonly interactiveMs: number;
  readonly scriptKb: number;
}

/** Notes the first idle moment of the thread at which the page stands with its figures. */
const noteInteractive = `
  const look = () => {
    const stands = document.querySelector(".counter") !== null;
    if (stands) window.interactiveMs = performance.now();
    else requestIdleCallback(look);
  };
  requestIdleCallback(look);
`;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function firstPage(browser: Browser, url: string): Promise<FirstPage> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
  await page.addInitScript(noteInteractive);
  await page.goto(url);
  await page.waitForFunction(() => "interactiveMs" in window);
  await page.locator(".map .card").first().waitFor();
  await page.locator(".plot canvas").first().waitFor();
  const paintMs = await page.evaluate<number>(
    "performance.getEntriesByName('first-contentful-paint')[0].startTime",
  );
  const interactiveMs = await page.evaluate<number>("window.interactiveMs");
  const scripts = await page.evaluate<readonly string[]>(
    `performance.getEntriesByType("resource")
      .map(({ name }) => new URL(name).pathname)
      .filter((path) => path.endsWith(".js"))`,
  );
  const bytes = [...new Set(scripts)].map(
    (path) => gzipSync(readFileSync(join(builtFolder, path))).length,
  );
  await context.close();
  return { paintMs, interactiveMs, scriptKb: bytes.reduce((sum, one) => sum + one, 0) / 1000 };
}

/** Turns the wheel over the table for five seconds and counts the frames that were drawn. */
async function scrolling(page: Page): Promise<{ readonly rate: number; readonly worstMs: number }> {
  const box = await page.locator(".table").boundingBox();
  await page.mouse.move((box?.x ?? 0) + 200, (box?.y ?? 0) + 300);
  await page.evaluate(`
    window.frames = [];
    const note = (at) => { window.frames.push(at); requestAnimationFrame(note); };
    requestAnimationFrame(note);
  `);
  const until = performance.now() + 5_000;
  while (performance.now() < until) {
    await page.mouse.wheel(0, 1_700);
    await wait(16);
  }
  const frames = await page.evaluate<readonly number[]>("window.frames");
  const gaps = frames.slice(1).map((at, index) => at - (frames[index] ?? at));
  const seconds = ((frames.at(-1) ?? 0) - (frames[0] ?? 0)) / 1000;
  return { rate: gaps.length / seconds, worstMs: Math.max(...gaps) };
}

/** Leaves the Overview open while the stream's day goes by; the heap at each tenth of it. */
async function day(browser: Browser, url: string, seconds: number): Promise<readonly number[]> {
  const stream = await fastStream(url);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await page.goto(stream.url);
  await page.locator(".map .card").first().waitFor();
  const heaps: number[] = [];
  for (let sent = 0; sent < seconds; sent += burst) {
    stream.send(burst);
    // What was sent has been drawn when the page answers after a frame.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
    const tenth = Math.floor(((sent + burst) / seconds) * 10);
    if (tenth > heaps.length) {
      heaps.push(await heapMb(devtools));
      console.log(`${sent + burst} s: ${heaps.at(-1)?.toFixed(1)} MB`);
    }
  }
  await context.close();
  await stream.close();
  return heaps;
}

const { values } = parseArgs({ options: { seconds: { type: "string" } } });
const seconds = Number(values.seconds ?? daySeconds);
ensureBuilt();
const [platform, browser] = await Promise.all([startPlatform(), launch()]);
try {
  await wait(5_000);
  const firsts: FirstPage[] = [];
  for (let n = 0; n < runs; n++) firsts.push(await firstPage(browser, platform.url));
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${platform.url}/console/ui/huge`);
  await settled(page);
  const scroll = await scrolling(page);
  await page.close();
  const heaps = await day(browser, platform.url, seconds);
  const early = median(heaps.slice(1, 4));
  const late = median(heaps.slice(-3));
  const rows: readonly (readonly [string, number, string, number, boolean])[] = [
    [
      "script of the first page, gzipped, kB",
      firsts[0]?.scriptKb ?? 0,
      "<",
      targets.scriptKb,
      true,
    ],
    ["first paint, ms", median(firsts.map(({ paintMs }) => paintMs)), "<", targets.paintMs, true],
    [
      "interactive, ms",
      median(firsts.map((one) => one.interactiveMs)),
      "<",
      targets.interactiveMs,
      true,
    ],
    ["100,000 rows scrolled, frames/s", scroll.rate, ">=", targets.framesPerSecond, false],
    [`heap grown over ${seconds} s of the stream, MB`, late - early, "<", targets.growthMb, true],
  ];
  const text = [
    "# The console",
    "",
    `Chromium ${browser.version()}, headless, ${cpus().length} cores that the platform and its`,
    "traffic share. The first page with the processor slowed",
    `${slowdown} times, the median of ${runs} loads; it is interactive at the first idle moment of`,
    "its thread at which the page stands with its figures; the map and the chart are drawn after",
    "that, and their code counts as the first page's. The table is `/console/ui/huge`, the wheel",
    "turned over it for 5 s. The day is real ticks of the stream, played again with new times and",
    "ids as fast as the page takes them; the heap after a collection, the median of the last three",
    "tenths less that of the second to the fourth. Written by `npm run bench -- console`.",
    "",
    "| figure | measured | target |",
    "| --- | ---: | ---: |",
    ...rows.map(
      ([name, value, sign, target]) => `| ${name} | ${value.toFixed(1)} | ${sign} ${target} |`,
    ),
    "",
    `Longest frame while scrolling: ${scroll.worstMs.toFixed(0)} ms. Heap at each tenth, MB:`,
    `${heaps.map((one) => one.toFixed(1)).join(", ")}.`,
    "",
  ].join("\n");
  process.stdout.write(text);
  mkdirSync(join(root, "bench/results"), { recursive: true });
  if (seconds === daySeconds) writeFileSync(join(root, "bench/results/console.md"), text);
  const missed = rows.filter(([, value, , target, below]) =>
    below ? value >= target : value < target,
  );
  if (missed.length > 0) process.exitCode = 1;
} finally {
  await browser.close();
  await platform.close();
}
