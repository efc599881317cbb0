import type { Browser, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import {
  arrive,
  audited,
  depth,
  mail,
  poisons,
  soon,
  told,
  visit,
  type Stage,
} from "./test/actions.ts";
import { executablePath, settled, type Tab } from "./test/browser.ts";
import type { TestPlatform } from "./test/platform.ts";
import { open } from "./test/stage.ts";

const skip = executablePath === undefined;
/** Another's action is seen within this, without a reload. */
const seenMs = 3_000;
const timeout = 60_000;

describe("people and failures meet in the console [needs MORNING_TEST_CHROMIUM]", () => {
  let platform: TestPlatform;
  let browser: Browser;

  const config = "console/test/actions.config.ts";
  open({ config }, (opened) => {
    ({ platform, browser } = opened);
  });

  interface People {
    /** Acts. */
    readonly ann: Page;
    /** Looks at the same, and touches nothing. */
    readonly ben: Page;
    /** Has the Overview open. */
    readonly cat: Page;
  }

  /** Three people in browsers of their own: two on the same page, one on the Overview. */
  async function meet(path: string, act: (people: People) => Promise<void>): Promise<void> {
    const stage: Stage = { platform, browser };
    const tabs: Tab[] = [];
    const join = async (where: string): Promise<Page> => {
      const tab = await arrive(stage, where);
      tabs.push(tab);
      await tab.page.evaluate(() => Object.assign(window, { loadedOnce: true }));
      return tab.page;
    };
    try {
      const [ann, ben, cat] = [await join(path), await join(path), await join("/")];
      await act({ ann, ben, cat });
      expect(await ben.evaluate(() => "loadedOnce" in window)).toBe(true);
      expect(await cat.evaluate(() => "loadedOnce" in window)).toBe(true);
      for (const tab of tabs) tab.expectQuiet();
    } finally {
      for (const tab of tabs) await tab.close();
    }
  }

  /** Whoever has the Overview open sees the call among the recent changes; the audit log has it. */
  async function expectNamed({ cat }: People, call: string): Promise<void> {
    const [method = "", path = ""] = call.split(" ");
    await cat.locator(".changes .change", { hasText: call }).first().waitFor({ timeout: seenMs });
    expect(await audited(platform, method, path)).not.toEqual([]);
    await cat.getByRole("link", { name: "All changes" }).click();
    await settled(cat);
    await cat.getByRole("row").filter({ hasText: call }).first().waitFor();
  }

  it.skipIf(skip)("a purge is seen by who looks at the same queue", { timeout }, async () => {
    await mail(platform, "kept", ["ann", "ben", "cat"]);
    await meet("/queues/kept?tab=messages", async (people) => {
      const { ann, ben } = people;
      const rows = ben.locator(".table-body [role=row]");
      await soon(() => rows.count()).toBe(3);
      await ann.getByRole("button", { name: "Purge", exact: true }).click();
      const question = ann.getByRole("dialog");
      await question.getByRole("textbox").fill("kept");
      await question.getByRole("button", { name: "Drop 3 messages" }).click();
      await ben.getByText("Nothing waits", { exact: true }).waitFor({ timeout: seenMs });
      await ben.getByText("Nothing waits, nothing is in flight.").waitFor({ timeout: seenMs });
      await told(ann, "3 messages were dropped");
      await expectNamed(people, "DELETE /queues/kept/messages");
    });
  });

  it.skipIf(skip)(
    "a redrive is seen on its way by who looks at the same",
    { timeout },
    async () => {
      await mail(platform, "slow", poisons(12));
      await soon(() => depth(platform, "slow.dead")).toBe(12);
      await meet("/queues/slow?tab=dead", async (people) => {
        const { ann, ben, cat } = people;
        await ann.getByRole("button", { name: "Redrive all" }).click();
        const question = ann.getByRole("dialog");
        await question.getByLabel(/Messages per second/).fill("1");
        await question.getByRole("button", { name: "Redrive all" }).click();
        const bar = ben.getByRole("progressbar", { name: "Redrive" });
        await bar.waitFor({ timeout: seenMs });
        await cat.getByRole("progressbar", { name: "Redriving" }).waitFor({ timeout: seenMs });
        expect(await ben.getByRole("button", { name: "Redrive all" }).isDisabled()).toBe(true);
        // Who only looks may stop it too.
        await ben.getByRole("button", { name: "Stop", exact: true }).click();
        await ann.locator(".badge", { hasText: "Stopped" }).first().waitFor({ timeout: seenMs });
        await expectNamed(people, "POST /queues/slow/redrive");
      });
    },
  );

  it.skipIf(skip)("a pause is seen by who looks at the same schedule", { timeout }, async () => {
    await meet("/schedules/tidy", async (people) => {
      const { ann, ben } = people;
      await ben.getByText("It runs on time").waitFor();
      await ann.getByRole("button", { name: "Pause schedule" }).click();
      await ben.getByText("It is paused: nothing runs").waitFor({ timeout: seenMs });
      await ben.getByRole("button", { name: "Resume schedule" }).click();
      await ann.getByText("It runs on time").waitFor({ timeout: seenMs });
      await expectNamed(people, "POST /schedules/tidy/pause");
    });
  });

  it.skipIf(skip)(
    "a letter that another deleted meanwhile is said to be gone, and what was written stays",
    { timeout },
    async () => {
      await mail(platform, "bulk", ["poison-contested"]);
      await meet("/queues/bulk?tab=dead", async ({ ann, ben }) => {
        for (const page of [ann, ben]) {
          await page.getByRole("row").filter({ hasText: "poison-contested" }).click();
          await page.locator(".detail").getByText("no such address").waitFor();
        }
        await ben.getByRole("button", { name: "Edit", exact: true }).click();
        const editor = ben.locator(".detail").getByRole("textbox", { name: "New body" });
        await editor.click();
        await ben.keyboard.press("Control+A");
        await ben.keyboard.insertText(`{"to":"half typed","copies":1}`);
        await ann.locator(".detail").getByRole("button", { name: "Delete", exact: true }).click();
        await ann.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
        await ben.getByText("It is not here any more").waitFor({ timeout: seenMs });
        expect(await editor.textContent()).toContain("half typed");
        const resend = ben.getByRole("button", { name: "Resend with this body" });
        expect(await resend.isDisabled()).toBe(true);
      });
    },
  );

  it.skipIf(skip)(
    "nothing that is reached for while the server is away takes the page away",
    { timeout: 90_000 },
    async () => {
      await visit({ platform, browser }, "/queues/drafts?tab=send", async (page) => {
        const to = page.getByRole("textbox", { name: "to" });
        await to.fill("typed");
        // Before anything was loaded ahead of its need.
        await platform.kill();
        await page.keyboard.press("Control+k");
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: /^Time range/ }).click();
        await page.getByRole("button", { name: "Send message" }).click();
        await page.getByRole("link", { name: "Audit" }).click();
        await page.locator(".banner.failing").waitFor({ timeout: 10_000 });
        expect(await to.inputValue()).toBe("typed");
        await platform.restart();
        // What was reached for comes with the server; what was taken back does not.
        await page.locator("h1", { hasText: "Audit" }).waitFor({ timeout: 30_000 });
        await page.getByRole("menuitemcheckbox", { name: "Last hour" }).waitFor();
        expect(await page.locator(".palette-input").count()).toBe(0);
      });
    },
  );

  it.skipIf(skip)(
    "what was typed outlives the server, and is sent once it is back",
    { timeout: 90_000 },
    async () => {
      await visit({ platform, browser }, "/queues/drafts?tab=send", async (page) => {
        const to = page.getByRole("textbox", { name: "to" });
        await to.fill("half ty");
        await page.getByRole("textbox", { name: "copies" }).fill("42");
        await platform.kill();
        await page.locator(".banner.failing").waitFor({ timeout: 10_000 });
        expect(await to.inputValue()).toBe("half ty");
        await to.press("End");
        await page.keyboard.type("ped");
        await page.getByRole("button", { name: "Send message" }).click();
        await page.locator(".toast.failed", { hasText: "Send message" }).waitFor();
        await platform.restart();
        await page.locator(".live-state.live").waitFor({ timeout: 30_000 });
        expect(await to.inputValue()).toBe("half typed");
        expect(await page.getByRole("textbox", { name: "copies" }).inputValue()).toBe("42");
        await page.getByRole("button", { name: "Send message" }).click();
        await told(page, "The message was sent");
      });
      const { messages } = (await platform.api("GET", "/queues/drafts/messages")) as {
        messages: readonly { body: string }[];
      };
      expect(messages.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
        { to: "half typed", copies: 42 },
      ]);
      expect(await audited(platform, "POST", "/queues/drafts/messages")).toEqual([201]);
    },
  );
});
