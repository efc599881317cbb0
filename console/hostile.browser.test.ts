import type { Browser, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import {
  executablePath,
  openTab,
  overflows,
  settled,
  violations,
  type Tab,
} from "./test/browser.ts";
import type { TestPlatform } from "./test/platform.ts";
import { open } from "./test/stage.ts";

const skip = executablePath === undefined;

/** Sets a mark wherever markup or script of it would be taken for such. */
const markup = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>`;
const deep = (levels: number): unknown => {
  let value: unknown = "bottom";
  for (let level = 0; level < levels; level++) value = { in: value };
  return value;
};

/** What somebody may send who means harm, or whose program is broken. */
const payloads: Readonly<Record<string, unknown>> = {
  markup,
  closing: `</script></style></title>${markup}`,
  link: "javascript:window.pwned=1",
  template: "{{constructor.constructor('window.pwned=1')()}} ${window.pwned=1} {count, plural}",
  bidi: "user\u202Etxt.exe \u2066\u2067\u2069 \u200F",
  control: "\u0000\u0007\u001B[31mred\u009B0m\r\n\t",
  emoji: "👩‍👩‍👧‍👦🏳️‍🌈 👨🏽‍💻 \u{1F9D1}\u200D\u{1F680} 🇹🇼",
  zalgo: `Z${"\u0301\u0323\u0336".repeat(400)}`,
  wide: "﷽".repeat(200),
  unbroken: "x".repeat(20_000),
  proto: { hasOwnProperty: markup, toString: 1, valueOf: null, length: -1 },
  keys: { [markup]: markup, "": "", " ": " " },
  deep: deep(60),
  large: Array.from({ length: 9_000 }, (_, n) => ({ n, text: `訂單 ${n} ${markup}` })),
  numbers: [1e308, -0, 1e-7, 2 ** 53],
};
const names = Object.keys(payloads);

describe("what nobody meant to be shown [needs MORNING_TEST_CHROMIUM]", () => {
  let platform: TestPlatform;
  let browser: Browser;

  const config = "console/test/hostile.config.ts";
  open({ config }, async (opened) => {
    ({ platform, browser } = opened);
    for (const text of Object.values(payloads)) {
      await platform.api("POST", "/queues/kept/messages", { message: { text } });
      await platform.api("POST", "/queues/anything/messages", { message: { text } });
      const small = JSON.stringify(text).length < 200_000 ? text : "too large for an event";
      await platform.api("POST", "/events", { type: "said", data: { text: small } });
    }
    for (const [id, text] of Object.entries(payloads)) {
      if (typeof text !== "string" || id === "unbroken") continue;
      const safe = encodeURIComponent(text.replace(/\//g, "∕").replace("\u0000", ""));
      await fetch(`${platform.url}/svc/talker/store/${id}/${safe}`);
    }
  });

  async function visit(path: string, test: (page: Page, tab: Tab) => Promise<void>): Promise<void> {
    const tab = await openTab(browser, platform.url);
    const dialogs: string[] = [];
    tab.page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    try {
      await tab.page.goto(platform.url + path);
      await settled(tab.page);
      await test(tab.page, tab);
      expect(await tab.page.evaluate(() => "pwned" in window)).toBe(false);
      expect(await overflows(tab.page)).toBe(false);
      expect(dialogs).toEqual([]);
      tab.expectQuiet(/status of 404/);
    } finally {
      await tab.close();
    }
  }

  /** Opens each row's drawer and reads what it holds. */
  async function openRows(page: Page): Promise<readonly string[]> {
    await page.locator("[role=row].opens").first().waitFor();
    const seen: string[] = [];
    const rows = page.locator("[role=row].opens");
    for (let at = 0; at < (await rows.count()); at++) {
      await rows.nth(at).focus();
      await page.keyboard.press("Enter");
      await page.locator(".detail").waitFor();
      await settled(page);
      seen.push(await page.locator(".detail").innerText());
      await page.keyboard.press("Escape");
      await page.locator(".detail").waitFor({ state: "detached" });
    }
    return seen;
  }

  it.skipIf(skip)("is shown as text in messages", { timeout: 120_000 }, async () => {
    await visit("/queues/kept?tab=messages", async (page) => {
      const seen = await openRows(page);
      expect(seen.length).toBeGreaterThanOrEqual(names.length);
      const all = seen.join("\n");
      expect(all).toContain("<script>window.pwned=1</script>");
      expect(all).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/);
      expect(await violations(page)).toEqual([]);
    });
  });

  it.skipIf(skip)(
    "is shown as text in dead letters, their errors too",
    { timeout: 120_000 },
    async () => {
      await visit("/queues/anything?tab=dead", async (page) => {
        const seen = await openRows(page);
        expect(seen.join("\n")).toContain("refused <b>");
        expect(await violations(page)).toEqual([]);
      });
    },
  );

  it.skipIf(skip)("is shown as text in events", { timeout: 120_000 }, async () => {
    await visit("/events?tab=log", async (page) => {
      const seen = await openRows(page);
      expect(seen.join("\n")).toContain("window.pwned=1");
      expect(await violations(page)).toEqual([]);
    });
    await visit("/", async (page) => {
      await page.locator(".happening").first().waitFor();
      expect(await violations(page)).toEqual([]);
    });
  });

  it.skipIf(skip)("is shown as text in rows of tables", { timeout: 120_000 }, async () => {
    await visit("/tables/things", async (page) => {
      expect((await openRows(page)).length).toBeGreaterThan(3);
      expect(await violations(page)).toEqual([]);
    });
  });

  it.skipIf(skip)("is shown as text where the app describes itself", async () => {
    for (const path of ["/services/talker", "/queues/anything", "/services", "/queues"]) {
      await visit(path, async (page) => {
        expect(await violations(page)).toEqual([]);
      });
    }
  });

  it.skipIf(skip)("is shown as text out of an address", async () => {
    const text = encodeURIComponent(`${markup}\u202Eexe`);
    const paths = [
      `/queues/${text}`,
      `/events/${text}`,
      `/tables/${text}`,
      `/?node=${text}&type=${text}`,
      `/find?id=${text}`,
      `/audit?path=${text}&audit-sort=${text}&audit-columns=${text}`,
      `/queues/kept?tab=${text}&message=${text}`,
      `/queues?range=${text}&from=1e999&to=-1`,
    ];
    for (const path of paths) {
      await visit(path, async (page) => {
        expect(await page.locator("h1").count()).toBeGreaterThan(0);
      });
    }
  });
});
