import type { Browser, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { soon } from "./test/actions.ts";
import { executablePath, openTab, settled } from "./test/browser.ts";
import type { TestPlatform } from "./test/platform.ts";
import { open } from "./test/stage.ts";
import { seed, stands, start } from "./test/workflows.ts";

const skip = executablePath === undefined;
const openMsMax = 2000;
const branchesMany = 10_000;
const entriesEach = 5;

describe.skipIf(skip)("long runs of workflows [needs MORNING_TEST_CHROMIUM]", () => {
  let platform: TestPlatform;
  let browser: Browser;
  open({ config: "console/test/workflows.config.ts" }, async (opened) => {
    ({ platform, browser } = opened);
    await seed(platform);
  });

  /** Milliseconds until rows of a run are drawn, and until all its rows are. */
  async function opened(
    page: Page,
    id: string,
    rows: number,
  ): Promise<{ readonly first: number; readonly whole: number }> {
    const words = `${rows.toLocaleString("en")} rows`;
    return page.evaluate<{ first: number; whole: number }>(`(async () => {
      const until = async (is) => {
        while (!is()) await new Promise((done) => requestAnimationFrame(done));
        return performance.now();
      };
      const go = (path) => {
        history.pushState({}, "", path);
        dispatchEvent(new PopStateEvent("popstate", { state: {} }));
      };
      const text = (selector) => document.querySelector(selector)?.textContent ?? "";
      go("/workflows");
      await until(() => text("h1") === "Workflows");
      await new Promise((done) => setTimeout(done, 500));
      const began = performance.now();
      go("/workflow-runs/${id}");
      await until(() => text("h1") === "${id}");
      const first = await until(() => document.querySelector("[role=treegrid] canvas") !== null);
      await until(() => text(".trace-legend").includes("${words}"));
      const whole = await until(() => true);
      return { first: first - began, whole: whole - began };
    })()`);
  }

  it.for([
    { id: "many.branches", branches: branchesMany, entries: entriesEach },
    { id: "many.long", branches: 1, entries: branchesMany * entriesEach },
  ])(
    "opens a run of $branches branches of $entries entries in under two seconds",
    { timeout: 240_000 },
    async ({ id, ...input }) => {
      await start(platform, "many", id, input);
      await stands(platform, id, "completed", 200_000);
      let tab = await openTab(browser, platform.url);
      let best = { first: Infinity, whole: Infinity };
      for (let run = 0; run < 3 && best.whole > openMsMax; run++) {
        // Each time in a tab of its own: what a page has read before is not asked for again.
        await tab.close();
        tab = await openTab(browser, platform.url);
        await tab.page.goto(`${platform.url}/workflow-runs/purchase.S-1`);
        await settled(tab.page);
        const took = await opened(tab.page, id, input.branches * (input.entries + 1) + 1);
        if (took.whole < best.whole) best = took;
      }
      const { page } = tab;
      const ms = (value: number): string => `${Math.round(value)} ms`;
      console.info(`${id}: first rows after ${ms(best.first)}, the whole after ${ms(best.whole)}`);
      expect(best.whole).toBeLessThan(openMsMax);
      // Branches that are many begin folded.
      if (input.branches > 1) await page.getByRole("button", { name: "Expand all" }).click();
      expect(await page.locator(".span-row").count()).toBeLessThan(80);
      await page.locator(".span-row").first().focus();
      await page.keyboard.press("End");
      await soon(() => page.locator(".span-row").last().textContent()).toMatch(
        `part ${input.entries - 1}`,
      );
      await page.getByRole("tab", { name: "Graph" }).click();
      await page.locator(".run-graph .card").first().waitFor();
      expect(await page.locator(".run-graph .card").count()).toBeLessThan(400);
      tab.expectQuiet();
      await tab.close();
    },
  );
});
