import type { Browser, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { executablePath, openTab, overflows, settled, violations } from "./test/browser.ts";
import type { TestPlatform } from "./test/platform.ts";
import { open } from "./test/stage.ts";

const skip = executablePath === undefined;

describe("the console's shell over the storefront [needs MORNING_TEST_CHROMIUM]", () => {
  let platform: TestPlatform;
  let browser: Browser;

  open({}, (opened) => {
    ({ platform, browser } = opened);
  });

  type Visit = (page: Page) => Promise<void>;

  /** Opens a path in a tab of its own and fails if the page said anything on its console. */
  async function visit(path: string, test: Visit, options: object = {}): Promise<void> {
    const tab = await openTab(browser, platform.url, options);
    try {
      await tab.page.goto(platform.url + path);
      await settled(tab.page);
      await test(tab.page);
      tab.expectQuiet();
    } finally {
      await tab.close();
    }
  }

  const live = (page: Page): Promise<void> => page.locator(".live-state.live").waitFor();

  it.skipIf(skip)(
    "says within 3 s that the server is gone, keeps the page and what was typed",
    { timeout: 90_000 },
    async () => {
      await visit("/audit", async (page) => {
        await live(page);
        await page.keyboard.press("Control+k");
        await page.locator(".palette-input").waitFor();
        await page.locator(".palette-input").fill("half typed");
        const gone = Date.now();
        platform.halt();
        await page.locator(".banner.failing").waitFor({ timeout: 10_000 });
        // 2.5 s of silence and half a second of looking; the rest is this machine's load.
        expect(Date.now() - gone).toBeLessThan(4_500);
        expect(await page.locator(".banner").textContent()).toMatch(/is \d+ s old/);
        platform.proceed();
        await live(page);
        await page.locator(".banner").waitFor({ state: "detached" });
        await platform.kill();
        await page.locator(".banner.failing").waitFor({ timeout: 10_000 });
        expect(await page.locator("h1").count()).toBe(1);
        await platform.restart();
        await page.locator(".live-state.live").waitFor({ timeout: 30_000 });
        expect(await page.locator(".palette-input").inputValue()).toBe("half typed");
      });
    },
  );

  it.skipIf(skip)("holds the page while paused, and says so", async () => {
    await visit("/", async (page) => {
      await page.locator(".happening").first().waitFor();
      await page.keyboard.press("p");
      const before = await page.locator(".happening").first().textContent();
      await page.locator(".banner", { hasText: /Held for [2-9] s/ }).waitFor();
      expect(await page.locator(".happening").first().textContent()).toBe(before);
      await page.locator(".bar").getByRole("button", { name: "Resume" }).click();
      await live(page);
      await expect.poll(() => page.locator(".happening").first().textContent()).not.toBe(before);
    });
  });

  it.skipIf(skip)(
    "opens details by the keyboard, at a URL of their own, and gives the focus back",
    async () => {
      await visit("/", async (page) => {
        const card = page.getByRole("button", { name: /^Service .*orders/ });
        await card.focus();
        await page.keyboard.press("Enter");
        await page.locator(".detail h2", { hasText: "orders" }).waitFor();
        expect(new URL(page.url()).searchParams.get("node")).toBe("service/orders");
        await page.keyboard.press("Escape");
        await page.locator(".detail").waitFor({ state: "detached" });
        expect(new URL(page.url()).searchParams.get("node")).toBe(null);
        expect(await card.evaluate((element) => element === document.activeElement)).toBe(true);
        await page.goBack();
        await page.locator(".detail h2", { hasText: "orders" }).waitFor();
      });
    },
  );

  it.skipIf(skip)("filters events by type, in the URL", async () => {
    await visit("/", async (page) => {
      await page.locator(".recent select").selectOption("order.placed");
      await expect.poll(() => new URL(page.url()).searchParams.get("type")).toBe("order.placed");
      await page.locator(".happening").nth(3).waitFor();
      const types = await page.locator(".happening-type").allTextContents();
      expect(new Set(types)).toEqual(new Set(["order.placed"]));
    });
  });

  it.skipIf(skip)("changes language and theme, and remembers both", async () => {
    await visit(
      "/",
      async (page) => {
        await page.getByRole("button", { name: "Language: EN" }).click();
        await page.getByRole("heading", { name: "總覽" }).waitFor();
        await page.getByRole("button", { name: "主題：跟隨系統" }).click();
        await page.getByRole("button", { name: "主題：淺色" }).click();
        await page.reload();
        await page.getByRole("heading", { name: "總覽" }).waitFor();
        expect(await page.locator("html").getAttribute("data-theme")).toBe("dark");
        expect(await page.locator("html").getAttribute("lang")).toBe("zh-Hant-TW");
      },
      { colorScheme: "light" },
    );
  });

  it.skipIf(skip)("opens the menu as a dialog on a narrow screen", async () => {
    await visit(
      "/",
      async (page) => {
        await page.getByRole("button", { name: "Open the menu" }).click();
        const dialog = page.getByRole("dialog");
        await dialog.getByRole("link", { name: "Queues" }).click();
        await page.getByRole("heading", { name: "Queues", level: 1 }).waitFor();
        await dialog.waitFor({ state: "hidden" });
      },
      { viewport: { width: 390, height: 844 } },
    );
  });

  it.skipIf(skip)("keeps still for those who ask for it", async () => {
    await visit(
      "/",
      async (page) => {
        expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
      },
      { reducedMotion: "reduce" },
    );
  });

  it.skipIf(skip)("goes anywhere and does anything by the palette", async () => {
    await visit("/", async (page) => {
      await page.keyboard.press("Control+k");
      await page.locator(".palette-input").waitFor();
      await page.keyboard.type("dark");
      await page.getByRole("option", { name: "Dark theme" }).waitFor();
      await settled(page);
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press("Enter");
      await expect.poll(() => page.locator("html").getAttribute("data-theme")).toBe("dark");
      await page.keyboard.press("Control+k");
      await page.locator(".palette-input").waitFor();
      await page.keyboard.type("order-st");
      await page.getByRole("option", { name: /order-steps/ }).waitFor();
      await page.keyboard.press("Enter");
      await expect.poll(() => new URL(page.url()).pathname).toBe("/queues/order-steps");
    });
  });

  it.skipIf(skip)("finds an event by its id, and opens it", async () => {
    const { events } = (await platform.api("GET", "/events/log?limit=1")) as {
      events: readonly { id: string }[];
    };
    const id = events[0]?.id ?? "";
    await visit("/audit", async (page) => {
      await page.keyboard.press("Control+k");
      await page.locator(".palette-input").waitFor();
      await page.keyboard.type(id);
      await page.locator(".palette-hint", { hasText: "event" }).first().waitFor();
      await page.keyboard.press("Enter");
      await expect.poll(() => page.url()).toContain(id);
    });
  });

  it.skipIf(skip)("shows what the keyboard does, and goes where it says", async () => {
    await visit("/", async (page) => {
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
      await settled(page);
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.keyboard.press("g");
      await page.keyboard.press("a");
      await page.getByRole("heading", { name: "Alerts", level: 1 }).waitFor();
      await page.keyboard.press("Tab");
      expect(await page.evaluate(() => document.activeElement?.className)).toBe("skip");
    });
  });

  it.skipIf(skip)("keeps the time range in the URL from page to page", async () => {
    await visit("/", async (page) => {
      await page.getByRole("button", { name: /^Time range/ }).click();
      await page.getByRole("menuitemcheckbox", { name: "Last hour" }).click();
      await expect.poll(() => new URL(page.url()).searchParams.get("range")).toBe("1h");
      await page.keyboard.press("Escape");
      await page.getByRole("link", { name: "Queues" }).first().click();
      await page.getByRole("heading", { name: "Queues", level: 1 }).waitFor();
      expect(new URL(page.url()).searchParams.get("range")).toBe("1h");
    });
  });

  it.skipIf(skip)("says so where there is no such page, or no such thing", async () => {
    await visit("/nowhere", async (page) => {
      await page.getByRole("link", { name: "To the Overview" }).waitFor();
      expect(await overflows(page)).toBe(false);
    });
  });
});
