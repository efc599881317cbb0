import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import {
  asked,
  audited,
  detailsOf,
  expectAccessible,
  soon,
  tabTo,
  told,
  visit,
} from "./test/actions.ts";
import {
  artifacts,
  executablePath,
  go,
  looks,
  openTab,
  overflows,
  settled,
  unspoken,
  violations,
} from "./test/browser.ts";
import type { TestPlatform } from "./test/platform.ts";
import { open } from "./test/stage.ts";
import { purchase, seed, stands, start } from "./test/workflows.ts";

const skip = executablePath === undefined;
const timeout = 90_000;

const addresses: readonly string[] = [
  "/workflows",
  "/workflows?tab=runs",
  "/workflows/purchase",
  "/workflows/purchase?look=failed",
  "/workflows/purchase?q=nobody",
  "/workflows/nightly?tab=calendar",
  "/workflows/purchase?tab=start",
  "/workflows/nightly?tab=about",
  "/workflow-runs/purchase.S-1",
  "/workflow-runs/purchase.S-1?tab=graph",
  "/workflow-runs/purchase.S-1?tab=history",
  "/workflow-runs/purchase.S-1?tab=queries",
  "/workflow-runs/purchase.S-1?tab=about",
  "/workflow-runs/broken.1?tab=queries",
  "/workflow-runs/purchase.S-1?entry=4",
  "/workflow-runs/purchase.S-1?entry=5",
  "/workflow-runs/purchase.S-2",
  "/workflow-runs/purchase.S-4",
  "/workflow-runs/purchase.S-4?entry=2",
  "/workflow-runs/broken.1",
  "/workflow-runs/broken.1?tab=graph&entry=1",
  "/workflow-runs/slow.1",
  "/workflow-runs/many.few",
  "/workflow-runs/many.few?tab=graph",
  "/workflows/sorting?tab=about",
  "/workflow-runs/sorting.2?tab=graph",
];

describe.skipIf(skip)("workflows in the console [needs MORNING_TEST_CHROMIUM]", () => {
  let platform: TestPlatform;
  let browser: Browser;
  open({ config: "console/test/workflows.config.ts" }, async (opened) => {
    ({ platform, browser } = opened);
    await seed(platform);
  });

  const at = (path: string, act: (page: Page) => Promise<void>): Promise<void> =>
    visit({ platform, browser }, path, act);

  it.for(looks)(
    "is whole, quiet, accessible and said in words at $width, $colorScheme, $locale",
    { timeout: 240_000 },
    async ({ width, colorScheme, locale }) => {
      const viewport = { width, height: width < 500 ? 844 : 900 };
      const tab = await openTab(browser, platform.url, { viewport, colorScheme, locale });
      const { page } = tab;
      await page.goto(platform.url);
      await settled(page);
      for (const address of addresses) {
        await go(page, address);
        await settled(page);
        const name = address.replace(/[^\w.]+/g, "-").replace(/^-/, "");
        const path = join(artifacts, `${name}_${width}_${colorScheme}_${locale}.png`);
        await page.screenshot({ path, fullPage: true });
        expect({
          address,
          overflows: await overflows(page),
          violations: await violations(page),
          unspoken: await unspoken(page),
        }).toEqual({ address, overflows: false, violations: [], unspoken: [] });
      }
      tab.expectQuiet();
      await tab.close();
    },
  );

  it(
    "a run is started in the form of its schema, and answered where it waits",
    async () => {
      await at("/workflows/purchase?tab=start", async (page) => {
        await page.getByRole("textbox", { name: "order" }).fill("F-1");
        await page.getByRole("textbox", { name: "pence" }).fill("900");
        await page.getByRole("button", { name: "Start", exact: true }).click();
        await page.getByText(/^Waits for .*approval/).waitFor();
        await expectAccessible(page);
        const panel = page.getByRole("region", { name: "1 waits for your answer" });
        // By keys alone, as somebody does who has no mouse.
        await tabTo(page, panel.getByRole("button", { name: "Approve" }));
        await page.keyboard.press("Enter");
        const dialog = await asked(page, /^Approve .*approval/);
        await dialog.getByRole("textbox").fill("well done");
        await dialog.getByRole("button", { name: "Approve" }).click();
        await told(page, /^Approved/);
        await page.getByText(/^Completed after/).waitFor();
        await page.getByRole("row", { name: /charge/ }).click();
        const details = await detailsOf(page);
        const words = await details.textContent();
        expect(words).toMatch(/Attempts.*2.*Cost.*\$0\.0084 \+ £0\.83/s);
        expect(words).toMatch(/Attempt 1.*the bank does not answer.*charged.*900/s);
        const downloading = page.waitForEvent("download");
        await details.getByRole("link", { name: "receipt.txt" }).click();
        expect(readFileSync(await (await downloading).path(), "utf8")).toBe("900 pence\n");
        await page.keyboard.press("Escape");
        await details.waitFor({ state: "detached" });
        await page.getByRole("row", { name: /approval Answer/ }).click();
        await page.locator(".detail").getByText("well done").waitFor();
        expect(page.url()).toMatch(/entry=(%22)?2/);
      });
    },
    timeout,
  );

  it(
    "the inbox of all workflows refuses, and what was done is undone",
    async () => {
      const id = await purchase(platform, "F-2");
      await at("/workflows", async (page) => {
        const row = page.getByRole("row").filter({ hasText: id });
        expect(await row.textContent()).toMatch(/order: F-2 · pence: 4200 · .*"shelf":"B-17"/);
        await row.getByRole("button", { name: "Reject" }).click();
        const dialog = await asked(page, /^Reject .*approval/);
        // Whoever decides sees what about.
        expect(await dialog.textContent()).toMatch(/order.*F-2.*pence.*4200.*shelf.*B-17/s);
        await dialog.getByText("Input of the run").click();
        await dialog.locator("details[open]").getByText("4200").first().waitFor();
        await expectAccessible(page);
        await dialog.getByRole("textbox").fill("too dear");
        await dialog.getByRole("button", { name: "Reject" }).click();
        await told(page, /^Rejected/);
        await row.waitFor({ state: "detached" });
      });
      await stands(platform, id, "failed");
      await at(`/workflow-runs/${id}`, async (page) => {
        await page.getByText("refused: too dear").first().waitFor();
        await page.getByRole("row", { name: /reserve: undo/ }).waitFor();
      });
      expect(await audited(platform, "POST", `/workflow-runs/${id}/answers`)).toEqual([204]);
    },
    timeout,
  );

  it(
    "a run is asked what it answers, and its recording is downloaded",
    async () => {
      await at("/workflow-runs/purchase.S-1", async (page) => {
        await page.getByRole("tab", { name: "Queries" }).click();
        await page.getByRole("button", { name: /^Ask for .*stage/ }).click();
        const panel = page.getByRole("region", { name: "Queries" });
        await panel.getByText("packed").waitFor();
        await expectAccessible(page);
        await page.getByRole("tab", { name: "History" }).click();
        const downloading = page.waitForEvent("download");
        await page.getByRole("link", { name: "Download the recording" }).click();
        const file = await downloading;
        expect(file.suggestedFilename()).toBe("purchase.S-1.recording.json");
        const text = readFileSync(await file.path(), "utf8");
        expect(JSON.parse(text)).toMatchObject({ format: 1, run: { id: "purchase.S-1" } });
      });
    },
    timeout,
  );

  it(
    "runs are searched for by attribute, status and day, and the address keeps it",
    async () => {
      await at("/workflows/purchase", async (page) => {
        const rows = page
          .getByRole("grid", { name: /^Runs of .*purchase/ })
          .locator(".table-body [role=row]");
        await page.getByRole("searchbox", { name: "name:value" }).fill("order:S-2");
        await soon(() => rows.count()).toBe(1);
        expect(await rows.first().textContent()).toContain("purchase.S-2");
        await page.getByRole("searchbox", { name: "name:value" }).fill("purchase.S-");
        await page.getByRole("button", { name: "Stopped" }).click();
        await soon(() => rows.allTextContents()).toEqual([expect.stringContaining("purchase.S-3")]);
        await page.reload();
        await soon(() => rows.count()).toBe(1);
        await page.getByRole("tab", { name: "Calendar" }).click();
        await page.locator("a.calendar-day").last().click();
        await soon(() => new URL(page.url()).searchParams.get("day")).toMatch(/^\d{4}-\d\d-\d\d$/);
        await soon(() => rows.count()).toBeGreaterThan(3);
      });
    },
    timeout,
  );

  it(
    "the days of a calendar are those of the reader's time zone, where clocks change too",
    async () => {
      const { page, ...tab } = await openTab(browser, platform.url, {
        timezoneId: "Europe/Berlin",
      });
      const asked = page.waitForRequest(/workflows\/nightly\/days/);
      await page.goto(`${platform.url}/workflows/nightly?tab=calendar&month=2026-10`);
      const { searchParams } = new URL((await asked).url());
      expect(Object.fromEntries(searchParams)).toEqual({
        fromMs: String(Date.parse("2026-09-30T22:00Z")),
        untilMs: String(Date.parse("2026-10-31T23:00Z")),
        timezone: "Europe/Berlin",
      });
      await settled(page);
      tab.expectQuiet();
      await tab.close();
    },
    timeout,
  );

  it(
    "a run is paused, resumed, sent a signal, and ended with a reason",
    async () => {
      await start(platform, "slow", "slow.acts", undefined);
      await at("/workflow-runs/slow.acts", async (page) => {
        await page.getByRole("row", { name: /count to the end/ }).click();
        const details = await detailsOf(page);
        await details.getByRole("progressbar").waitFor();
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: "Pause", exact: true }).last().click();
        await told(page, /^The run is paused/);
        await page.getByRole("button", { name: "Resume", exact: true }).click();
        await told(page, /^The run goes on/);
        await page.getByRole("button", { name: "Send a signal" }).click();
        const form = await asked(page, "Send a signal");
        await form.getByRole("textbox", { name: "Name" }).fill("go on");
        await form.getByRole("button", { name: "Send a signal" }).click();
        await told(page, /^Sent/);
        await page.getByRole("button", { name: "Terminate" }).click();
        const question = await asked(page, "Terminate this run?");
        await question.getByRole("textbox", { name: "Reason" }).fill("seen enough");
        await question.getByRole("button", { name: "Terminate" }).click();
        await told(page, /^The run is terminated/);
        await page.getByText(/^Terminated after/).waitFor();
        await page.getByText("seen enough").waitFor();
      });
      expect(await audited(platform, "POST", "/workflow-runs/slow.acts/signals")).toEqual([204]);
    },
    timeout,
  );

  it(
    "a run goes on from any of its entries with another input, and from its failure",
    async () => {
      await at("/workflow-runs/purchase.S-1?entry=2", async (page) => {
        await page.getByRole("button", { name: "Fork from here" }).click();
        const form = await asked(page, /^Fork from .*approval/);
        await form.getByRole("radio", { name: /^Another/ }).check();
        const editor = form.getByRole("textbox", { name: "Input" });
        await editor.click();
        await page.keyboard.press("Control+A");
        await page.keyboard.insertText('{"order":"FORKED","pence":7}');
        await form.getByRole("button", { name: "Begin" }).click();
        await told(page, /^Began/);
        await page.getByText(/^Waits for .*approval/).waitFor();
        await page.getByRole("tab", { name: "Input and output" }).click();
        await page.getByText("FORKED").first().waitFor();
        await page.getByText("purchase.S-1", { exact: true }).first().waitFor();
      });
      await at("/workflow-runs/broken.1", async (page) => {
        await page.getByRole("button", { name: "Retry from failure" }).click();
        await told(page, /^Goes on as/);
        await soon(() => page.url()).not.toContain("broken.1");
        await page.getByText(/^Failed after/).waitFor();
      });
    },
    timeout,
  );

  it(
    "what failed is tried again at once, after it was said how much that is",
    async () => {
      await at("/workflows/broken?look=failed", async (page) => {
        await page.getByRole("button", { name: "Try failed ones again" }).click();
        const question = await asked(page, /Try the failed/);
        expect(await question.textContent()).toMatch(/\d+ failed runs? (is|are) found/);
        await question.getByRole("button", { name: "Try failed ones again" }).click();
        await told(page, /begun/);
      });
      expect(await audited(platform, "POST", "/workflow-runs/replay")).toEqual([202]);
    },
    timeout,
  );

  it(
    "what ended is run anew at once, after it was said how much that is",
    async () => {
      await start(platform, "nightly", "again.1", {});
      await stands(platform, "again.1", "completed");
      await at("/workflows/nightly?q=again.", async (page) => {
        await page.getByText("again.1").first().waitFor();
        await page.getByRole("button", { name: "Run all anew" }).click();
        const question = await asked(page, /anew/);
        expect(await question.textContent()).toMatch(/1 ended run is found.*done again/);
        await question.getByRole("button", { name: "Run all anew" }).click();
        await told(page, /^1 run was begun/);
      });
      const { runs } = (await platform.api("GET", "/workflow-runs?origin=again.1")) as {
        readonly runs: readonly { readonly id: string }[];
      };
      expect(runs).toHaveLength(1);
      await stands(platform, runs[0]?.id ?? "", "completed");
    },
    timeout,
  );

  it(
    "what is missing of an asset is made by a backfill, and what a check found is told",
    async () => {
      await at("/assets/counts", async (page) => {
        await page.getByText(/^It was never made/).waitFor();
        await page.getByRole("button", { name: "Backfill" }).click();
        const form = await asked(page, /^Backfill by .*count-day/);
        await form.getByRole("textbox", { name: "First partition" }).fill("2026-11-11");
        await form.getByRole("textbox", { name: "Last partition" }).fill("2026-11-14");
        await form.getByRole("button", { name: "Backfill" }).click();
        await told(page, /^Began/);
        await soon(() => page.url()).toContain("/workflow-runs/");
        await page.getByText(/^Completed after/).waitFor();
      });
      await at("/assets/counts", async (page) => {
        await soon(() => page.locator("button.partition.made").count()).toBe(3);
        // By keys: from one day to the next, and to its details.
        await page.locator("button.partition.made").first().focus();
        await page.keyboard.press("ArrowRight");
        await page.keyboard.press("ArrowRight");
        await page.keyboard.press("Enter");
        const details = await detailsOf(page);
        expect(await details.textContent()).toMatch(
          /2026-11-13.*orders.*17.*looked at 2026-11-13/s,
        );
        expect(new URL(page.url()).searchParams.get("partition")).toContain("2026-11-13");
      });
      await at("/assets", async (page) => {
        await page.getByText(/1 asset; 1 fails its checks/).waitFor();
        await expectAccessible(page);
      });
    },
    timeout,
  );

  it(
    "the states of a machine are drawn, and how far a run came with them",
    async () => {
      const cards = (page: Page): Promise<string[]> =>
        page.locator(".map .card").evaluateAll((all) => all.map(({ textContent }) => textContent));
      await at("/workflows/sorting?tab=about", async (page) => {
        await soon(() => cards(page).then(({ length }) => length)).toBe(5);
      });
      await at("/workflow-runs/sorting.1?tab=graph", async (page) => {
        await soon(() => cards(page)).toContainEqual(expect.stringMatching(/^Weigh.*Task.* · 3×/));
      });
      await at("/workflow-runs/sorting.2?tab=graph", async (page) => {
        await page.locator(".map .card.failing", { hasText: "Refuse" }).waitFor();
      });
    },
    timeout,
  );

  it(
    "the span of a step and its run are one press apart",
    async () => {
      await at("/workflow-runs/purchase.S-1?entry=4", async (page) => {
        await page.getByRole("link", { name: "Its span in the trace" }).click();
        await soon(() => page.url()).toMatch(/\/traces\/[0-9a-f]{32}\?.*span=[0-9a-f]{16}/);
        await detailsOf(page);
        expect(await page.locator(".detail h2").textContent()).toContain("charge");
      });
    },
    timeout,
  );
});
