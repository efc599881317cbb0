import type { Browser, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import {
  asked,
  audited,
  depth,
  detailsOf,
  expectAccessible,
  expectFocus,
  handled,
  mail,
  poisons,
  rewrite,
  soon,
  tabTo,
  told,
  visit,
} from "./test/actions.ts";
import { executablePath, settled } from "./test/browser.ts";
import type { TestPlatform } from "./test/platform.ts";
import { open } from "./test/stage.ts";

const skip = executablePath === undefined;

describe("what is done to queues in the console [needs MORNING_TEST_CHROMIUM]", () => {
  let platform: TestPlatform;
  let browser: Browser;

  const config = "console/test/actions.config.ts";
  open({ config }, (opened) => {
    ({ platform, browser } = opened);
  });

  const at = (path: string, act: (page: Page) => Promise<void>): Promise<void> =>
    visit({ platform, browser }, path, act);
  const rowOf = (page: Page, text: string) => page.getByRole("row").filter({ hasText: text });
  const timeout = 60_000;

  it.skipIf(skip)(
    "a dead letter says why it died; mended and sent again it is handled",
    { timeout },
    async () => {
      await mail(platform, "mails", ["poison-pen"]);
      await at("/queues/mails?tab=dead", async (page) => {
        await rowOf(page, "poison-pen").click();
        const details = await detailsOf(page);
        await details.getByText("no such address: poison-pen").waitFor();
        await details.getByRole("button", { name: "Edit", exact: true }).click();
        const editor = details.getByRole("textbox", { name: "New body" });
        const resend = details.getByRole("button", { name: "Resend with this body" });
        await rewrite(page, editor, `{"to":"pen","copies":0}`);
        await details.locator(".viewer-problem", { hasText: /copies.*At least 1/ }).waitFor();
        await resend.click();
        const question = await asked(page, "Resend a body that does not fit?");
        expect(await question.textContent()).toMatch(/copies.*At least 1/);
        await question.getByRole("button", { name: "Cancel" }).click();
        await expectFocus(resend);
        await rewrite(page, editor, `{"to":"pen","copies":2}`);
        await details
          .locator(".viewer-problem", { hasText: "copies" })
          .waitFor({ state: "hidden" });
        await resend.click();
        await told(page, "1 letter was sent again");
        await details.waitFor({ state: "detached" });
        await page.getByText("A message that fails as often as its queue allows").waitFor();
      });
      await soon(() => handled(platform)).toContain("pen");
      expect(await depth(platform, "mails.dead")).toBe(0);
      expect(await audited(platform, "POST", "/queues/mails/redrive")).toEqual([202]);
    },
  );

  it.skipIf(skip)(
    "several letters are picked and deleted by the keyboard alone, once it was said how many",
    { timeout },
    async () => {
      await mail(platform, "bulk", poisons(5));
      await soon(() => depth(platform, "bulk.dead")).toBe(5);
      await at("/queues/bulk?tab=dead", async (page) => {
        const letters = page.getByRole("grid", { name: /Dead letters of/ });
        const rows = letters.locator(".table-body [role=row]");
        await tabTo(page, rows.first());
        await page.keyboard.press("Space");
        await page.keyboard.press("ArrowDown");
        await page.keyboard.press("ArrowDown");
        await expectFocus(rows.nth(2));
        await page.keyboard.press("Shift+Space");
        await soon(() => letters.locator("[aria-selected=true]").count()).toBe(3);
        const remove = page.locator(".panel").getByRole("button", { name: "Delete 3 letters" });
        await tabTo(page, remove, "Shift+Tab");
        await page.keyboard.press("Enter");
        await asked(page, "Delete 3 dead letters?");
        await page.keyboard.press("Escape");
        await expectFocus(remove);
        expect(await depth(platform, "bulk.dead")).toBe(5);
        await page.keyboard.press("Enter");
        const question = await asked(page, "Delete 3 dead letters?");
        expect(await question.textContent()).toContain("cannot be undone");
        await tabTo(page, question.getByRole("button", { name: "Delete 3 letters" }));
        await page.keyboard.press("Enter");
        await told(page, "3 dead letters were deleted");
        await question.waitFor({ state: "detached" });
        await soon(() => rows.count()).toBe(2);
        await expectFocus(rows.first());
      });
      expect(await depth(platform, "bulk.dead")).toBe(2);
      const { entries } = (await platform.api("GET", "/audit?method=DELETE&path=bulk.dead")) as {
        entries: readonly { path: string; status: number }[];
      };
      expect(entries.map(({ status }) => status)).toEqual([204, 204, 204]);
    },
  );

  it.skipIf(skip)(
    "all letters are redriven at a rate, seen on their way, and stopped",
    { timeout },
    async () => {
      await mail(platform, "slow", poisons(30));
      await soon(() => depth(platform, "slow.dead")).toBe(30);
      const call = { method: "POST", headers: { "content-type": "application/json" } };
      const body = JSON.stringify({ queue: "slow" });
      await fetch(`${platform.url}/svc/clerk/mended`, { ...call, body });
      await at("/queues/slow?tab=dead", async (page) => {
        await page.getByRole("button", { name: "Redrive all" }).click();
        const question = await asked(page, "Redrive 30 dead letters?");
        await question.getByLabel(/Messages per second/).fill("2");
        await question.getByRole("button", { name: "Redrive all" }).click();
        await told(page, "The redrive has begun");
        const bar = page.getByRole("progressbar", { name: "Redrive" });
        const done = async (): Promise<number> => Number(await bar.getAttribute("aria-valuenow"));
        await soon(done).toBeGreaterThan(0);
        const first = await done();
        await soon(done).toBeGreaterThan(first);
        await page.getByText(/of 30 sent again, about .* to go/).waitFor();
        await expectAccessible(page);
        await page.getByRole("button", { name: "Stop", exact: true }).click();
        await told(page, "The redrive was stopped");
        await page.locator(".badge", { hasText: "Stopped" }).first().waitFor();
        await page.locator(".panel", { hasText: "Redrives so far" }).waitFor();
      });
      const { redrives } = (await platform.api("GET", "/queues/slow/redrives")) as {
        redrives: readonly { id: string; state: string; moved: number }[];
      };
      const [{ id, state, moved } = { id: "", state: "", moved: 0 }] = redrives;
      expect({ state, some: moved > 0 && moved < 30 }).toEqual({ state: "cancelled", some: true });
      expect(await depth(platform, "slow.dead")).toBe(30 - moved);
      expect(await audited(platform, "POST", "/queues/slow/redrive")).toHaveLength(1);
      expect(await audited(platform, "DELETE", `/redrives/${id}`)).toHaveLength(1);
    },
  );

  it.skipIf(skip)(
    "a queue is purged once its name is typed, and said how many",
    { timeout },
    async () => {
      await mail(platform, "kept", ["ann", "ben", "cat", "dan"]);
      await at("/queues/kept", async (page) => {
        const purge = page.getByRole("button", { name: "Purge", exact: true });
        await purge.click();
        const question = await asked(page, /^Purge .*kept/);
        expect(await question.textContent()).toContain("4 messages are dropped");
        const button = question.getByRole("button", { name: "Drop 4 messages" });
        expect(await button.isDisabled()).toBe(true);
        await question.getByRole("textbox").fill("kep");
        expect(await button.isDisabled()).toBe(true);
        await page.keyboard.press("Enter");
        expect(await depth(platform, "kept")).toBe(4);
        await question.getByRole("textbox").fill("kept");
        await button.click();
        await told(page, "4 messages were dropped");
        await page.getByText("Nothing waits, nothing is in flight.").waitFor();
        await soon(() => purge.isDisabled()).toBe(true);
      });
      expect(await depth(platform, "kept")).toBe(0);
      expect(await audited(platform, "DELETE", "/queues/kept/messages")).toEqual([200]);
    },
  );

  it.skipIf(skip)(
    "a message that the form sends is linked, opened and taken back",
    { timeout },
    async () => {
      await at("/queues/drafts?tab=send", async (page) => {
        await page.getByRole("textbox", { name: "to" }).fill("x");
        await page.getByText("Something is missing or does not fit yet.").waitFor();
        const button = page.getByRole("button", { name: "Send message" });
        expect(await button.isDisabled()).toBe(true);
        await page.getByRole("textbox", { name: "to" }).fill("by the form");
        await page.getByRole("textbox", { name: "copies" }).fill("7");
        await expectAccessible(page);
        await button.click();
        await told(page, "The message was sent");
        await page.locator(".panel", { hasText: "Sent from this page" }).getByRole("link").click();
        const details = await detailsOf(page);
        await details.getByText("by the form").first().waitFor();
        const url = new URL(page.url());
        expect(url.searchParams.get("tab")).toBe("messages");
        const id = url.searchParams.get("message");
        await details.getByRole("button", { name: "Take back" }).click();
        const question = await asked(page, "Take this message back?");
        await question.getByRole("button", { name: "Take back" }).click();
        await told(page, "The message was taken back");
        await details.waitFor({ state: "detached" });
        expect(await audited(platform, "DELETE", `/queues/drafts/messages/${id}`)).toHaveLength(1);
      });
      expect(await depth(platform, "drafts")).toBe(0);
      expect(await audited(platform, "POST", "/queues/drafts/messages")).toEqual([201]);
    },
  );

  it.skipIf(skip)(
    "what messages are narrowed to is in the URL, and survives a reload",
    { timeout },
    async () => {
      await mail(platform, "kept", ["needle-1", "hay-1"]);
      await mail(platform, "kept", ["needle-2", "hay-2"], { delayMs: 600_000 });
      await at("/queues/kept?tab=messages", async (page) => {
        const rows = page.locator(".table-body [role=row]");
        await soon(() => rows.count()).toBe(4);
        await page.getByRole("searchbox", { name: "Text in body or attributes" }).fill("needle");
        await soon(() => rows.count()).toBe(2);
        await page.getByRole("combobox", { name: "State" }).selectOption("delayed");
        await expect
          .poll(() => rows.allTextContents())
          .toEqual([expect.stringMatching("needle-2")]);
        const { searchParams } = new URL(page.url());
        expect([searchParams.get("q"), searchParams.get("state")]).toEqual(["needle", "delayed"]);
        await page.reload();
        await settled(page);
        await expect
          .poll(() => rows.allTextContents())
          .toEqual([expect.stringMatching("needle-2")]);
        expect(await page.getByRole("searchbox", { name: /Text in body/ }).inputValue()).toBe(
          "needle",
        );
        await rows.first().focus();
        await page.keyboard.press("Enter");
        await detailsOf(page);
        await page.keyboard.press("Escape");
        await page.locator(".detail").waitFor({ state: "detached" });
        await expectFocus(rows.first());
      });
    },
  );
});
