import type { Browser, Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { openTab, settled, violations, type Tab } from "./browser.ts";
import type { TestPlatform } from "./platform.ts";

/** Where people act: a running platform and a browser. */
export interface Stage {
  readonly platform: TestPlatform;
  readonly browser: Browser;
  /** Signs in with it. */
  readonly key?: string;
  /** What the page may say on the browser's console. */
  readonly allowed?: RegExp;
}

/** Opens a path in a tab of its own and waits until the page is there and live. */
export async function arrive({ platform, browser, key }: Stage, path: string): Promise<Tab> {
  const tab = await openTab(browser, platform.url);
  const { page } = tab;
  await page.goto(platform.url + path);
  if (key !== undefined) {
    await page.locator(".sign-in input[type=password]").fill(key);
    await page.getByRole("button", { name: "Sign in" }).click();
  }
  await settled(page);
  await page.locator(".live-state.live").waitFor();
  return tab;
}

/** Opens a path, acts there, and fails if the page said anything on its console. */
export async function visit(
  stage: Stage,
  path: string,
  act: (page: Page, tab: Tab) => Promise<void>,
): Promise<void> {
  const tab = await arrive(stage, path);
  try {
    await act(tab.page, tab);
    tab.expectQuiet(stage.allowed);
  } finally {
    await tab.close();
  }
}

/** Waits for the notice that says what was done. */
export const told = (page: Page, words: string | RegExp): Promise<void> =>
  page.locator(".toast-title", { hasText: words }).first().waitFor();

/** The question that is asked before something is done; axe finds nothing wrong with it. */
export async function asked(page: Page, title: string | RegExp): Promise<Locator> {
  const dialog = page.getByRole("dialog", { name: title });
  await dialog.waitFor();
  await expectAccessible(page);
  return dialog;
}

/** The details at the right of the page; axe finds nothing wrong with them. */
export async function detailsOf(page: Page): Promise<Locator> {
  const details = page.locator(".detail");
  await details.locator("h2").waitFor();
  await expectAccessible(page);
  return details;
}

export async function expectAccessible(page: Page): Promise<void> {
  await settled(page);
  expect(await violations(page)).toEqual([]);
}

/** Waits until what is read is as it is expected to be. */
export const soon = <T>(read: () => T | Promise<T>): ReturnType<typeof expect.poll<T>> =>
  expect.poll(read, { timeout: 15_000, interval: 50 });

/** Puts a text in place of what an editor of code holds. */
export async function rewrite(page: Page, editor: Locator, text: string): Promise<void> {
  await editor.click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(text);
}

const isFocused = (wanted: Locator): Promise<boolean> =>
  wanted.evaluate((element) => element === document.activeElement);

/** Waits until the focus is on an element. */
export const expectFocus = (wanted: Locator): Promise<void> =>
  soon(() => isFocused(wanted)).toBe(true);

const tabsMax = 80;

/** Goes to an element as somebody does who has no mouse. */
export async function tabTo(page: Page, wanted: Locator, key = "Tab"): Promise<void> {
  await wanted.waitFor();
  for (let pressed = 0; pressed < tabsMax; pressed++) {
    if (await isFocused(wanted)) return;
    await page.keyboard.press(key);
  }
  expect.fail(`${key} does not lead to ${String(wanted)}`);
}

interface Entry {
  readonly actor: string;
  readonly path: string;
  readonly status: number;
}

/** Statuses of the calls in the audit log of exactly this method and path, the newest first. */
export async function audited(
  platform: TestPlatform,
  method: string,
  path: string,
  headers?: Readonly<Record<string, string>>,
): Promise<readonly number[]> {
  const full = `/api/v1${path}`;
  const query = `method=${method}&path=${encodeURIComponent(full)}&limit=100`;
  const answer = await platform.api("GET", `/audit?${query}`, undefined, headers);
  const { entries } = answer as { readonly entries: readonly Entry[] };
  return entries.filter((one) => one.path === full).map(({ status }) => status);
}

/** Sends messages to the mail queues of `actions.config.ts`. */
export async function mail(
  platform: TestPlatform,
  queue: string,
  names: readonly string[],
  options: object = {},
): Promise<void> {
  for (const to of names) {
    const body = { message: { to, copies: 1 }, options };
    await platform.api("POST", `/queues/${queue}/messages`, body);
  }
}

/** `poison-1` to `poison-count`: what the mail queues' handler refuses. */
export const poisons = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `poison-${index + 1}`);

interface Stats {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** How many messages are in a queue. */
export async function depth(platform: TestPlatform, queue: string): Promise<number> {
  const { stats } = (await platform.api("GET", `/queues/${queue}`)) as { readonly stats: Stats };
  return stats.visible + stats.inFlight + stats.delayed;
}

/** Whom mail was handled for. */
export async function handled(platform: TestPlatform): Promise<readonly string[]> {
  const { rows } = (await platform.api("GET", "/tables/sent/rows?limit=100")) as {
    readonly rows: readonly { readonly to: string }[];
  };
  return rows.map(({ to }) => to);
}
