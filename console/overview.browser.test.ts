import { mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import {
  chromium,
  type Browser,
  type BrowserContextOptions,
  type ConsoleMessage,
  type Page,
} from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SceneName } from "./dev/scenes.ts";
import { devServer, type DevServer } from "./dev/server.ts";

const executablePath = process.env["MORNING_TEST_CHROMIUM"];
const artifacts = fileURLToPath(new URL("../test-artifacts/console/", import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface AxeNode {
  readonly html: string;
  readonly failureSummary: string;
}
interface AxeViolation {
  readonly id: string;
  readonly nodes: readonly AxeNode[];
}

const zones: BrowserContextOptions = { timezoneId: "Asia/Taipei", reducedMotion: "no-preference" };

describe("the Overview in a browser [needs MORNING_TEST_CHROMIUM]", () => {
  const skip = executablePath === undefined;
  const folder = join(artifacts, "built");
  let server: DevServer;
  let browser: Browser;

  beforeAll(async () => {
    if (skip) return;
    mkdirSync(artifacts, { recursive: true });
    const root = fileURLToPath(new URL(".", import.meta.url));
    await build({ root, logLevel: "error", build: { outDir: folder, emptyOutDir: true } });
    server = await devServer(folder, "shop", 0);
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens the page, gives it to the test, and fails if the page said anything on its console. */
  async function visit(
    scene: SceneName,
    options: BrowserContextOptions,
    test: (page: Page) => Promise<void>,
    path = "/",
  ): Promise<void> {
    server.silence(false);
    server.down(false);
    server.show(scene);
    const context = await browser.newContext({ ...zones, ...options });
    const page = await context.newPage();
    const said: string[] = [];
    page.on("console", (message: ConsoleMessage) => {
      if (message.type() !== "info") said.push(`${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => said.push(error.message));
    const foreign: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(server.url)) foreign.push(request.url());
    });
    try {
      await page.goto(server.url + path);
      await page.locator("h1").waitFor();
      await test(page);
      expect(foreign).toEqual([]);
      const expected = /ERR_EMPTY_RESPONSE|ERR_CONNECTION|ERR_INCOMPLETE/;
      expect(said.filter((one) => !expected.test(one))).toEqual([]);
    } finally {
      await context.close();
    }
  }

  async function settled(page: Page): Promise<void> {
    await page.locator(".counter, .empty").first().waitFor();
    await page.locator(".map .card, .part-row, .empty").first().waitFor();
    await page.locator(".plot canvas, .empty").first().waitFor();
    await page.evaluate(async () => {
      const ending = document
        .getAnimations()
        .filter((one) => one.effect?.getComputedTiming().iterations !== Infinity);
      await Promise.allSettled(ending.map((one) => one.finished));
    });
  }

  async function violations(page: Page): Promise<string[]> {
    await page.evaluate(axe);
    const found = await page.evaluate<readonly AxeViolation[]>(
      "axe.run(document).then(({ violations }) => violations)",
    );
    return found.map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map((one) => `${one.html} ${one.failureSummary}`).join("; ")}`,
    );
  }

  const overflows = (page: Page): Promise<boolean> =>
    page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

  const looks = [1440, 390].flatMap((width) =>
    (["light", "dark"] as const).flatMap((colorScheme) =>
      ["en", "zh-TW"].map((locale) => ({ width, colorScheme, locale })),
    ),
  );
  const scenes = [
    { scene: "shop", path: "/" },
    { scene: "trouble", path: "/?node=service%2Fpayments" },
    { scene: "hostile", path: "/" },
    { scene: "empty", path: "/" },
  ] as const;

  it.skipIf(skip).for(looks)(
    "is whole, quiet and accessible at $width, $colorScheme, $locale",
    { timeout: 120_000 },
    async ({ width, colorScheme, locale }) => {
      const viewport = { width, height: width < 500 ? 844 : 900 };
      for (const { scene, path } of scenes) {
        await visit(
          scene,
          { viewport, colorScheme, locale },
          async (page) => {
            await settled(page);
            expect(await page.locator("html").getAttribute("lang")).toBe(
              locale === "en" ? "en" : "zh-Hant-TW",
            );
            const name = [scene, width, colorScheme, locale].join("-");
            await page.screenshot({ path: join(artifacts, `${name}.png`), fullPage: true });
            expect({ name, overflows: await overflows(page) }).toEqual({ name, overflows: false });
            expect({ name, found: await violations(page) }).toEqual({ name, found: [] });
          },
          path,
        );
      }
    },
  );

  const wide = { viewport: { width: 1440, height: 900 }, locale: "en" };

  it.skipIf(skip)("says that the server is gone, keeps the page and comes back", async () => {
    await visit("shop", wide, async (page) => {
      await settled(page);
      server.silence(true);
      // 3 s is proven with a clock by hand in connection.test.ts; here the machine may be busy.
      await page.locator(".banner.failing").waitFor({ timeout: 5000 });
      expect(await page.locator(".card").count()).toBeGreaterThan(10);
      expect(await page.locator(".banner").textContent()).toMatch(/is \d+ s old/);
      server.silence(false);
      await page.locator(".live-state.live").waitFor({ timeout: 8000 });
      server.down(true);
      await page.locator(".banner.failing").waitFor({ timeout: 5000 });
      // Late enough in the back-off that the click comes before the page's own next try.
      await page.locator(".banner", { hasText: /Next try in [4-9] s/ }).waitFor();
      server.down(false);
      await page.getByRole("button", { name: "Try now" }).click();
      await page.locator(".live-state.live").waitFor({ timeout: 8000 });
    });
  });

  it.skipIf(skip)("holds the page while paused", async () => {
    await visit("shop", wide, async (page) => {
      await settled(page);
      await page.getByRole("button", { name: "Pause", exact: true }).click();
      const before = await page.locator(".happening").first().textContent();
      await page.locator(".banner", { hasText: "Held for 2 s" }).waitFor();
      expect(await page.locator(".happening").first().textContent()).toBe(before);
      await page.locator(".bar").getByRole("button", { name: "Resume" }).click();
      await page.locator(".live-state.live").waitFor();
      await expect.poll(() => page.locator(".happening").first().textContent()).not.toBe(before);
    });
  });

  it.skipIf(skip)(
    "opens details by the keyboard, at a URL of their own, and gives the focus back",
    async () => {
      await visit("shop", wide, async (page) => {
        await settled(page);
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
    await visit("shop", wide, async (page) => {
      await settled(page);
      await page.locator(".recent select").selectOption("order.placed");
      await expect.poll(() => new URL(page.url()).searchParams.get("type")).toBe("order.placed");
      const types = await page.locator(".happening-type").allTextContents();
      expect(types.length).toBeGreaterThan(3);
      expect(new Set(types)).toEqual(new Set(["order.placed"]));
    });
  });

  it.skipIf(skip)("changes language and theme, and remembers both", async () => {
    await visit("shop", { ...wide, colorScheme: "light" }, async (page) => {
      await settled(page);
      await page.getByRole("button", { name: "Language: EN" }).click();
      await page.getByRole("heading", { name: "總覽" }).waitFor();
      await page.getByRole("button", { name: "主題：跟隨系統" }).click();
      await page.getByRole("button", { name: "主題：淺色" }).click();
      await page.reload();
      await page.getByRole("heading", { name: "總覽" }).waitFor();
      expect(await page.locator("html").getAttribute("data-theme")).toBe("dark");
    });
  });

  it.skipIf(skip)("opens the menu as a dialog on a narrow screen", async () => {
    await visit("shop", { ...wide, viewport: { width: 390, height: 844 } }, async (page) => {
      await settled(page);
      await page.getByRole("button", { name: "Open the menu" }).click();
      await page.getByRole("dialog").getByRole("link", { name: "Overview" }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "hidden" });
    });
  });

  it.skipIf(skip)("keeps still for those who ask for it", async () => {
    await visit("shop", { ...wide, reducedMotion: "reduce" }, async (page) => {
      await settled(page);
      expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    });
  });

  it.skipIf(skip)("stands an app of 200 queues", { timeout: 60_000 }, async () => {
    await visit("large", wide, async (page) => {
      await settled(page);
      expect(await page.locator(".part-row").count()).toBeGreaterThan(200);
      await page.getByRole("button", { name: "Map", exact: true }).click();
      await page.locator(".card").nth(100).waitFor({ state: "attached" });
      expect(await overflows(page)).toBe(false);
    });
  });

  it.skipIf(skip)("sends less than 300 KB of script, gzipped, none of it inline", () => {
    const assets = join(folder, "assets");
    const scripts = readdirSync(assets).filter((name) => name.endsWith(".js"));
    const bytes = scripts.map((name) => gzipSync(readFileSync(join(assets, name))).length);
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(300_000);
    const page = readFileSync(join(folder, "index.html"), "utf8");
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|\son\w+=|<style/);
  });

  // Not a skip when unset: no suite starts a whole platform for one picture.
  const platforms = skip ? [] : [process.env["MORNING_TEST_CONSOLE_URL"] ?? []].flat();
  it.for(platforms)("shows the running platform at %s", async (url) => {
    const page = await browser.newPage({ viewport: wide.viewport });
    const said: string[] = [];
    page.on("console", (message) => said.push(message.text()));
    await page.goto(url);
    await settled(page);
    await page.locator(".happening").first().waitFor();
    await page.screenshot({ path: join(artifacts, "platform.png"), fullPage: true });
    expect(await violations(page)).toEqual([]);
    expect(said).toEqual([]);
    await page.close();
  });
});
