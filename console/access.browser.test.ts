import type { Browser, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { executablePath, openTab, settled, violations, type Tab } from "./test/browser.ts";
import { startPlatform, type TestPlatform } from "./test/platform.ts";
import { open } from "./test/stage.ts";

const skip = executablePath === undefined;
const adminKey = "an-admin-key-that-nobody-guesses";
const asAdmin = { authorization: `Bearer ${adminKey}` };
/** A refusal shows on the browser's console too: that is what these tests provoke. */
const refused = /status of (401|403)/;

describe("who may see and do what in the console [needs MORNING_TEST_CHROMIUM]", () => {
  let platform: TestPlatform;
  let browser: Browser;
  let viewerKey = "";

  // The storefront's own traffic calls with the key too.
  const env = { MORNING_ADMIN_KEY: adminKey, MORNING_API_KEY: adminKey };
  open({ env }, async (opened) => {
    ({ platform, browser } = opened);
    const made = await platform.api("POST", "/keys", { name: "looker", role: "viewer" }, asAdmin);
    viewerKey = (made as { key: string }).key;
  });

  async function visit(test: (page: Page, tab: Tab) => Promise<void>): Promise<void> {
    const tab = await openTab(browser, platform.url);
    try {
      await test(tab.page, tab);
      tab.expectQuiet(refused);
    } finally {
      await tab.close();
    }
  }

  async function signIn(page: Page, key: string): Promise<void> {
    await page.locator(".sign-in input[type=password]").fill(key);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator(".sign-in").waitFor({ state: "detached" });
  }

  it.skipIf(skip)("asks for a key, says when it is wrong, and lets in who has one", async () => {
    await visit(async (page) => {
      await page.goto(`${platform.url}/audit`);
      await page.locator(".sign-in").waitFor();
      expect(await violations(page)).toEqual([]);
      await page.locator(".sign-in input[type=password]").fill("mor_wrong");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.locator(".sign-in .failure", { hasText: "MOR_AUTH_INVALID" }).waitFor();
      expect(await page.locator(".sign-in input[type=password]").inputValue()).toBe("mor_wrong");
      await signIn(page, adminKey);
      await page.getByRole("heading", { name: "Audit", level: 1 }).waitFor();
      await page.locator(".live-state.live").waitFor();
      expect(await page.evaluate(() => document.cookie)).toBe("");
      await page.getByRole("button", { name: /environment.*admin/ }).click();
      await page.getByRole("menuitem", { name: "Sign out" }).click();
      await page.locator(".sign-in").waitFor();
    });
  });

  it.skipIf(skip)(
    "shows a viewer everything and no action, and the server refuses it anyway",
    async () => {
      await visit(async (page) => {
        await page.goto(`${platform.url}/schedules`);
        await signIn(page, viewerKey);
        await page.getByRole("heading", { name: "Schedules", level: 1 }).waitFor();
        await settled(page);
        expect(await page.getByRole("button", { name: /Run now|Pause schedule/ }).count()).toBe(0);
        await page.goto(`${platform.url}/queues/order-steps?tab=settings`);
        await settled(page);
        expect(await page.getByRole("button", { name: /Purge|Send|Redrive|Delete/ }).count()).toBe(
          0,
        );
        await page.goto(`${platform.url}/settings?tab=keys`);
        await page.locator("main", { hasText: "It needs the role admin" }).waitFor();
        const answers = await page.evaluate(async () => {
          const { csrf } = (await (await fetch("/api/v1/session")).json()) as { csrf: string };
          const headers = { "x-morning-csrf": csrf, "content-type": "application/json" };
          const tries = [
            ["DELETE", "/api/v1/queues/order-steps/messages"],
            ["POST", "/api/v1/schedules/orders-housekeeping/pause"],
            ["POST", "/api/v1/keys"],
            ["GET", "/api/v1/sessions"],
            ["POST", "/svc/payments/anything"],
          ] as const;
          return Promise.all(
            tries.map(async ([method, path]) => {
              const body = method === "POST" ? "{}" : null;
              return (await fetch(path, { method, headers, body })).status;
            }),
          );
        });
        expect(answers).toEqual([403, 403, 403, 403, 403]);
      });
    },
  );

  it.skipIf(skip)(
    "asks again when the session has ended, over the page as it was",
    { timeout: 60_000 },
    async () => {
      await visit(async (page) => {
        await page.goto(`${platform.url}/audit`);
        await signIn(page, adminKey);
        await page.getByRole("heading", { name: "Audit", level: 1 }).waitFor();
        await page.getByRole("searchbox", { name: "Path contains" }).fill("typed");
        const { sessions } = (await platform.api("GET", "/sessions", undefined, asAdmin)) as {
          sessions: readonly { id: string }[];
        };
        for (const { id } of sessions)
          await platform.api("DELETE", `/sessions/${id}`, undefined, asAdmin);
        await platform.restart();
        await page.locator(".sign-in.over").waitFor({ timeout: 30_000 });
        expect(
          await page.getByRole("heading", { name: "Audit", includeHidden: true }).count(),
        ).toBe(1);
        await signIn(page, adminKey);
        expect(await page.getByRole("searchbox", { name: "Path contains" }).inputValue()).toBe(
          "typed",
        );
        await page.locator(".live-state.live").waitFor({ timeout: 20_000 });
      });
    },
  );

  it.skipIf(skip)(
    "gives a change by cookie only to whoever knows the session's token",
    async () => {
      await visit(async (page) => {
        await page.goto(`${platform.url}/audit`);
        await signIn(page, adminKey);
        const statuses = await page.evaluate(async () => {
          const purge = (headers: HeadersInit): Promise<Response> =>
            fetch("/api/v1/schedules/orders-housekeeping/pause", { method: "POST", headers });
          return [(await purge({})).status, (await purge({ "x-morning-csrf": "0" })).status];
        });
        expect(statuses).toEqual([403, 403]);
      });
    },
  );

  it.skipIf(skip)("is read and used by no page of another origin", async () => {
    const tab = await openTab(browser, platform.url);
    try {
      const { page } = tab;
      await page.goto(`${platform.url}/audit`);
      await signIn(page, adminKey);
      // Another port is another origin; the platform serves a page there too.
      const other = await startPlatform({ config: "console/test/empty.config.ts" });
      try {
        await page.goto(other.url);
        await page.locator("h1").waitFor();
        const got = await page.evaluate(async (target) => {
          const read = fetch(`${target}/api/v1/queues`, { credentials: "include" });
          const act = fetch(`${target}/api/v1/schedules/orders-housekeeping/pause`, {
            method: "POST",
            credentials: "include",
            mode: "no-cors",
          });
          const settle = async (call: Promise<Response>): Promise<string> =>
            call.then(
              ({ status, type }) => `${type} ${status}`,
              (error: Error) => error.name,
            );
          return [await settle(read), await settle(act)];
        }, platform.url);
        // The console's own policy lets its pages speak to their server alone.
        expect(got).toEqual(["TypeError", "TypeError"]);
      } finally {
        await other.close();
      }
      for (const origin of ["http://evil.example", "null", "http://localhost:1"]) {
        const response = await fetch(`${platform.url}/api/v1/schedules/orders-housekeeping/pause`, {
          method: "POST",
          headers: { ...asAdmin, origin },
        });
        expect({ origin, status: response.status }).toEqual({ origin, status: 403 });
        expect(response.headers.get("access-control-allow-origin")).toBe(null);
      }
      const { schedules } = (await platform.api("GET", "/schedules", undefined, asAdmin)) as {
        schedules: readonly { name: string; paused: boolean }[];
      };
      expect(schedules.filter(({ paused }) => paused)).toEqual([]);
    } finally {
      await tab.close();
    }
  });

  it.skipIf(skip)("runs no script but its own", async () => {
    const response = await fetch(platform.url);
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/script-src 'self'(;|$)/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(await response.text()).not.toMatch(/<script(?![^>]*\ssrc=)|\son\w+=|<style/);
  });
});
