import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type ConsoleMessage,
  type Page,
} from "playwright-core";
import { expect } from "vitest";

/** The path of Chromium; without it browser tests are skipped. */
export const executablePath: string | undefined = process.env["MORNING_TEST_CHROMIUM"];

/** Where pictures are kept, to be looked at. */
export const artifacts: string = fileURLToPath(
  new URL("../../test-artifacts/console/", import.meta.url),
);

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface AxeViolation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Starts Chromium without its traffic to anywhere else. */
export function launch(): Promise<Browser> {
  mkdirSync(artifacts, { recursive: true });
  const args = ["--no-sandbox", "--disable-background-networking", "--disable-quic"];
  return chromium.launch({ ...(executablePath === undefined ? {} : { executablePath }), args });
}

/** What a browser says when a server is away; nobody's fault when the test took it away. */
const away = /ERR_EMPTY_RESPONSE|ERR_CONNECTION|ERR_INCOMPLETE|ERR_SOCKET|status of 50[234]/;

/** A tab that remembers what it said and whom it asked. */
export interface Tab {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Fails if the page said anything on its console, or asked anybody but its server. */
  expectQuiet(allowed?: RegExp): void;
  close(): Promise<void>;
}

const usual: BrowserContextOptions = {
  timezoneId: "Asia/Taipei",
  reducedMotion: "no-preference",
  locale: "en",
  viewport: { width: 1440, height: 900 },
};

/** Opens a tab of its own: no storage is shared with others. */
export async function openTab(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Tab> {
  const context = await browser.newContext({ ...usual, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const said: string[] = [];
  const foreign: string[] = [];
  page.on("console", (message: ConsoleMessage) => {
    if (message.type() !== "info") said.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => said.push(error.message));
  page.on("request", (request) => {
    if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(url))
      foreign.push(request.url());
  });
  return {
    page,
    context,
    expectQuiet(allowed) {
      expect(foreign).toEqual([]);
      expect(said.filter((one) => !away.test(one) && allowed?.test(one) !== true)).toEqual([]);
    },
    close: () => context.close(),
  };
}

/** Goes to a path within the console as a link does, without loading it anew. */
export async function go(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    history.pushState({}, "", to);
    dispatchEvent(new PopStateEvent("popstate", { state: {} }));
  }, path);
}

/** What stands where something is still to come; but for the example of it in the catalogue. */
const waiting = "main :is(.loading, .bone):not([data-example] *)";

/** Waits until the page has its heading, nothing loads and nothing moves but what always does. */
export async function settled(page: Page): Promise<void> {
  await page.locator("h1").first().waitFor();
  await page.locator(waiting).first().waitFor({ state: "detached" });
  await page.evaluate(async () => {
    const ending = document
      .getAnimations()
      .filter((one) => one.effect?.getComputedTiming().iterations !== Infinity);
    await Promise.allSettled(ending.map((one) => one.finished));
  });
}

/** What axe finds wrong with the page, in words. */
export async function violations(page: Page): Promise<string[]> {
  const loaded = await page.evaluate(() => "axe" in window);
  if (!loaded) await page.evaluate(axe);
  const found = await page.evaluate<readonly AxeViolation[]>(
    "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)",
  );
  return found.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map((one) => `${one.html} ${one.failureSummary}`).join("; ")}`,
  );
}

/** Whether the page is wider than its window. */
export const overflows = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

/** Texts of keys instead of messages, and braces that nobody filled in. */
export async function unspoken(page: Page): Promise<string[]> {
  const text = await page.locator("body").innerText();
  return text.match(/\b(?:undefined|NaN|\[object Object\])\b|(?<!\/)\{[a-z]\w*\}(?!["/])/g) ?? [];
}

/** Every way a page is looked at: two widths, two schemes, two languages. */
export const looks: readonly Look[] = [1440, 390].flatMap((width) =>
  (["light", "dark"] as const).flatMap((colorScheme) =>
    (["en", "zh-TW"] as const).map((locale) => ({ width, colorScheme, locale })),
  ),
);

/** One way a page is looked at. */
export interface Look {
  /** Pixels. */
  readonly width: number;
  readonly colorScheme: "light" | "dark";
  readonly locale: "en" | "zh-TW";
}
