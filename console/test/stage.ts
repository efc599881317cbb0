import type { Browser } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { executablePath, launch } from "./browser.ts";
import { ensureBuilt } from "./built.ts";
import { startPlatform, type PlatformOptions, type TestPlatform } from "./platform.ts";

/** Opening a browser and a platform takes at most so long on a busy machine, milliseconds. */
const openMsMax = 120_000;

/** What the browser tests of one suite work with. */
export interface Opened {
  readonly platform: TestPlatform;
  readonly browser: Browser;
}

/**
 * Opens a browser and a platform before the tests of a suite, hands them to `ready`, and closes
 * both after them. Without Chromium nothing is opened: the tests are skipped.
 */
export function open(
  options: PlatformOptions,
  ready: (opened: Opened) => void | Promise<void>,
): void {
  let opened: Opened | undefined;
  beforeAll(async () => {
    if (executablePath === undefined) return;
    ensureBuilt();
    const [platform, browser] = await Promise.all([startPlatform(options), launch()]);
    opened = { platform, browser };
    await ready(opened);
  }, openMsMax);
  afterAll(async () => {
    await opened?.browser.close();
    await opened?.platform.close();
  });
}
