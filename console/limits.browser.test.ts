import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { describe, expect, it } from "vitest";
import { executablePath, go, openTab, settled } from "./test/browser.ts";
import { builtFolder } from "./test/built.ts";
import { fastStream, heapMb } from "./test/fast-stream.ts";
import type { TestPlatform } from "./test/platform.ts";
import { open } from "./test/stage.ts";

const skip = executablePath === undefined;
/** A soak plays the whole day; `bench/console.bench.ts` does so too, and writes it down. */
const secondsAll = process.env["MORNING_SIZE"] === "soak" ? 86_400 : 1_800;
const pages = ["/", "/events?tab=tail", "/queues"];
const seconds = secondsAll / pages.length;
const burst = 20;
/** The share of the time after which memory has to be flat, and how often it is looked at. */
const warmUp = 0.6;
const sampled = seconds / 20;
/** Of some 180 ticks between, 16 kB each, one kept in five would be more. */
const grownMbMax = 0.5;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

describe("what the console may cost its reader [needs MORNING_TEST_CHROMIUM]", () => {
  let platform: TestPlatform;
  let browser: Browser;

  open({}, (opened) => {
    ({ platform, browser } = opened);
  });

  it.skipIf(skip)("loads less than 300 kB of gzipped script for its first page", async () => {
    const tab = await openTab(browser, platform.url);
    await tab.page.goto(platform.url);
    await tab.page.locator(".map .card").first().waitFor();
    await tab.page.locator(".plot canvas").first().waitFor();
    const paths = await tab.page.evaluate(() =>
      performance
        .getEntriesByType("resource")
        .map(({ name }) => new URL(name).pathname)
        .filter((path) => path.endsWith(".js")),
    );
    await tab.close();
    const bytes = [...new Set(paths)].map(
      (path) => gzipSync(readFileSync(join(builtFolder, path))).length,
    );
    expect(bytes.length).toBeGreaterThan(3);
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(300_000);
  });

  it.skipIf(skip)("draws what is in sight of 100,000 rows, wherever it is", async () => {
    const tab = await openTab(browser, platform.url);
    const { page } = tab;
    await page.goto(`${platform.url}/console/ui/huge`);
    await settled(page);
    const rows = page.locator(".table-body [role=row]");
    expect(await rows.count()).toBeLessThan(60);
    await rows.first().focus();
    await page.keyboard.press("End");
    await page.getByRole("gridcell", { name: "part-100000" }).waitFor();
    expect(await rows.count()).toBeLessThan(60);
    expect(await page.getByRole("grid").getAttribute("aria-rowcount")).toBe("100001");
    await page.getByRole("button", { name: "Waiting" }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get("rows-sort")).toBe("-depth");
    await page.keyboard.press("Enter");
    tab.expectQuiet();
    await tab.close();
  });

  it.skipIf(skip)(
    "keeps its memory while the stream goes on, on the pages that show the most of it",
    { timeout: 900_000 },
    async () => {
      const stream = await fastStream(platform.url);
      const tab = await openTab(browser, stream.url);
      const { page } = tab;
      const devtools = await tab.context.newCDPSession(page);
      await page.goto(stream.url);
      await page.locator(".map .card").first().waitFor();
      for (const address of pages) {
        await go(page, address);
        await settled(page);
        const heaps: number[] = [];
        for (let sent = 0; sent < seconds; sent += burst) {
          stream.send(burst);
          await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
          // What is remembered is full after its first 500 events and 300 seconds.
          const isSample = sent % sampled < burst && sent >= seconds * warmUp;
          if (isSample) heaps.push(await heapMb(devtools));
        }
        const grownMb = median(heaps.slice(-3)) - median(heaps.slice(0, 3));
        expect(heaps.length).toBeGreaterThanOrEqual(6);
        expect({ address, grownMb, isFlat: grownMb < grownMbMax }).toMatchObject({ isFlat: true });
      }
      await tab.close();
      await stream.close();
    },
  );
});
