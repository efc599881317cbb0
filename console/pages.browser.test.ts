import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addresses, attachments, untested } from "./test/addresses.ts";
import {
  artifacts,
  executablePath,
  go,
  launch,
  looks,
  openTab,
  overflows,
  settled,
  unspoken,
  violations,
} from "./test/browser.ts";
import type { Look } from "./test/browser.ts";
import { ensureBuilt } from "./test/built.ts";
import { startPlatform, type TestPlatform } from "./test/platform.ts";

const skip = executablePath === undefined;

/** What a page is found to be; empty lists and false are right. */
interface Finding {
  readonly address: string;
  readonly overflows: boolean;
  readonly violations: readonly string[];
  readonly unspoken: readonly string[];
}

const right = (address: string): Finding => ({
  address,
  overflows: false,
  violations: [],
  unspoken: [],
});

async function finding(page: Page, address: string): Promise<Finding> {
  return {
    address,
    overflows: await overflows(page),
    violations: await violations(page),
    unspoken: await unspoken(page),
  };
}

function pictureOf(address: string, { width, colorScheme, locale }: Look): string {
  const name = address.replace(/[^\w.]+/g, "-").replace(/^-|-$/g, "") || "overview";
  return join(artifacts, `${name}_${width}_${colorScheme}_${locale}.png`);
}

it("an address opens every page of the registry", () => {
  expect(untested()).toEqual([]);
});

describe("every page of the console over a running app [needs MORNING_TEST_CHROMIUM]", () => {
  let shop: TestPlatform;
  let files: TestPlatform;
  let browser: Browser;

  beforeAll(async () => {
    if (skip) return;
    ensureBuilt();
    [shop, files, browser] = await Promise.all([
      startPlatform(),
      startPlatform({ config: "examples/attachments/app.ts" }),
      launch(),
    ]);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await shop?.close();
    await files?.close();
  });

  async function walk(platform: TestPlatform, paths: readonly string[], look: Look): Promise<void> {
    const { width, colorScheme, locale } = look;
    const viewport = { width, height: width < 500 ? 844 : 900 };
    const tab = await openTab(browser, platform.url, { viewport, colorScheme, locale });
    try {
      const { page } = tab;
      await page.goto(platform.url);
      await settled(page);
      const lang = locale === "en" ? "en" : "zh-Hant-TW";
      expect(await page.locator("html").getAttribute("lang")).toBe(lang);
      const findings: Finding[] = [];
      for (const address of paths) {
        await go(page, address);
        await settled(page);
        await page.screenshot({ path: pictureOf(address, look), fullPage: true });
        findings.push(await finding(page, address));
      }
      expect(findings).toEqual(paths.map(right));
      // Things that are not there are asked for on purpose.
      tab.expectQuiet(/status of 404/);
    } finally {
      await tab.close();
    }
  }

  it.skipIf(skip).for(looks)(
    "is whole, quiet, accessible and said in words at $width, $colorScheme, $locale",
    { timeout: 240_000 },
    async (look) => {
      await walk(shop, addresses, look);
      await walk(files, attachments, look);
    },
  );
});
