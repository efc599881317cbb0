import type { Browser, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import {
  asked,
  audited,
  detailsOf,
  expectAccessible,
  expectFocus,
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
const timeout = 60_000;

describe("schedules, events and services, by the console [needs MORNING_TEST_CHROMIUM]", () => {
  let platform: TestPlatform;
  let browser: Browser;

  const config = "console/test/actions.config.ts";
  open({ config }, (opened) => {
    ({ platform, browser } = opened);
  });

  const at = (path: string, act: (page: Page) => Promise<void>): Promise<void> =>
    visit({ platform, browser }, path, act);
  const publish = (order: string, amount: number): Promise<unknown> =>
    platform.api("POST", "/events", { type: "order.noted", data: { order, amount } });
  const statuses = (method: string, path: string): Promise<readonly number[]> =>
    audited(platform, method, path);

  it.skipIf(skip)(
    "a schedule runs now, is paused, goes on by Undo, and by its button, all by the keyboard",
    { timeout },
    async () => {
      const act = async (page: Page, name: string): Promise<void> => {
        await tabTo(page, page.locator("main").getByRole("button", { name, exact: true }));
        await page.keyboard.press("Enter");
      };
      await at("/schedules/tidy", async (page) => {
        await act(page, "Run now");
        await told(page, /tidy.* runs now, besides its times/);
        const handled = page.locator(".figures div", { hasText: "Handled" });
        await soon(() => handled.textContent()).toMatch(/1/);
        await act(page, "Pause schedule");
        await page.getByText("It is paused: nothing runs until it is resumed.").waitFor();
        await page.getByText("Its next runs are shown once it is resumed.").waitFor();
        await expectAccessible(page);
        // F6 goes to the notices.
        await page.keyboard.press("F6");
        await tabTo(page, page.locator(".toast").getByRole("button", { name: "Undo" }));
        await page.keyboard.press("Enter");
        await page.getByText("It runs on time").waitFor();
        await act(page, "Pause schedule");
        await page.getByText("It is paused: nothing runs").waitFor();
        await act(page, "Resume schedule");
        await told(page, /tidy.* runs again at its times/);
        await page.getByText("It runs on time").waitFor();
      });
      expect(await statuses("POST", "/schedules/tidy/runs")).toEqual([202]);
      expect(await statuses("POST", "/schedules/tidy/pause")).toEqual([204, 204]);
      expect(await statuses("POST", "/schedules/tidy/resume")).toEqual([204, 204]);
    },
  );

  it.skipIf(skip)(
    "an event that the form publishes is in the live tail and in the archive",
    { timeout },
    async () => {
      await at("/events?tab=tail", async (tail) => {
        await at("/events/order.noted?tab=publish", async (page) => {
          await page.getByRole("textbox", { name: "order" }).fill("by-the-form");
          await page.getByRole("textbox", { name: "amount" }).fill("much");
          await page.getByText("1 field needs a look").waitFor();
          const button = page.getByRole("button", { name: "Publish", exact: true });
          expect(await button.isDisabled()).toBe(true);
          await page.getByRole("textbox", { name: "amount" }).fill("250");
          await button.click();
          await told(page, /order\.noted.* is published/);
          const details = await detailsOf(page);
          await details.getByText("by-the-form").first().waitFor();
          await details.getByRole("link", { name: /clerk\.order\.noted\.large/ }).waitFor();
        });
        const row = tail.getByRole("row").filter({ hasText: "by-the-form" });
        await row.waitFor();
        await tail.goto(`${platform.url}/events?tab=log&q=by-the-form`);
        await settled(tail);
        await row.click();
        const details = await detailsOf(tail);
        await details.getByText("order.noted").first().waitFor();
        await tail.keyboard.press("Escape");
        await expectFocus(row);
      });
      expect(await statuses("POST", "/events")).toEqual([201]);
    },
  );

  it.skipIf(skip)(
    "explaining says who gets an event, and which path keeps it from whom",
    { timeout },
    async () => {
      await at("/events?tab=explain", async (page) => {
        const editor = page.locator("main").getByRole("textbox", { name: "Event" });
        const ask = async (amount: number): Promise<void> => {
          const event = { type: "order.noted", data: { order: "a", amount } };
          await rewrite(page, editor, JSON.stringify(event));
          await page.keyboard.press("Control+Enter");
        };
        const verdict = page.getByRole("region", { name: "Who gets it, and why" });
        const large = verdict.locator(".panel", { hasText: "clerk.order.noted.large" });
        await ask(50);
        await verdict.getByText("reaches 1 of 2 subscriptions").waitFor();
        await large.locator(".badge", { hasText: "Does not get it" }).waitFor();
        const fact = large.locator(".facts", { hasText: "detail.amount" });
        expect(await fact.textContent()).toMatch(/detail\.amount.*100.*50/s);
        await expectAccessible(page);
        await ask(500);
        await verdict.getByText("reaches 2 of 2 subscriptions").waitFor();
        await large.locator(".badge", { hasText: "Gets it" }).waitFor();
        // What was asked is in the URL.
        await soon(() => decodeURIComponent(page.url())).toMatch(/amount\W+500/);
        await page.reload();
        await verdict.getByText("reaches 2 of 2 subscriptions").waitFor();
      });
      expect(await statuses("POST", "/events/explain")).toEqual([]);
    },
  );

  it.skipIf(skip)(
    "a replay is tried without delivering, started, seen on its way, and done",
    { timeout },
    async () => {
      for (let nth = 1; nth <= 6; nth++) await publish(`again-${nth}`, 500);
      await at("/events?tab=replays", async (page) => {
        const name = page.getByRole("textbox", { name: "Name" });
        await name.fill("no name");
        await page.getByText("1 to 64 letters, digits, dots").waitFor();
        const look = page.getByRole("button", { name: "See what it would deliver" });
        expect(await look.isDisabled()).toBe(true);
        await name.fill("once-more");
        await page.getByRole("textbox", { name: "Events a second, at most" }).fill("2");
        await rewrite(
          page,
          page.getByRole("textbox", { name: "Only events that match this pattern" }),
          JSON.stringify({ detail: { order: [{ prefix: "again-" }] } }),
        );
        await look.click();
        await page.getByText(/events in this time, 12 deliveries/).waitFor();
        await expectAccessible(page);
        expect(await platform.api("GET", "/events/replays")).toEqual({ replays: [] });
        await page.getByRole("button", { name: "Deliver 12 events again" }).click();
        await told(page, /once-more.* has started/);
        const details = page.locator(".detail");
        const bar = details.getByRole("progressbar");
        await bar.waitFor();
        const read = async (): Promise<number> => Number(await bar.getAttribute("aria-valuenow"));
        const seen = new Set<number>();
        await soon(async () => {
          seen.add(await read());
          return details.locator(".badge").textContent();
        }).toBe("done");
        expect(seen.size).toBeGreaterThan(2);
        await detailsOf(page);
      });
      expect((await statuses("POST", "/events/replays"))[0]).toBe(202);
    },
  );

  it.skipIf(skip)(
    "a replay that runs is stopped; what was delivered stays",
    { timeout },
    async () => {
      for (let nth = 1; nth <= 30; nth++) await publish(`stop-${nth}`, 1);
      const now = Date.now();
      const replay = { name: "too-long", from: now - 3_600_000, to: now, ratePerSecond: 1 };
      await platform.api("POST", "/events/replays", replay);
      await at("/events?tab=replays&replay=too-long", async (page) => {
        const details = await detailsOf(page);
        await details.getByRole("button", { name: "Stop" }).click();
        await told(page, /too-long.* is stopped; what was delivered stays delivered/);
        await details.locator(".badge", { hasText: "stopped" }).waitFor();
        await page.getByRole("row").filter({ hasText: "too-long" }).getByText("stopped").waitFor();
      });
      expect(await statuses("DELETE", "/events/replays/too-long")).toHaveLength(1);
    },
  );

  it.skipIf(skip)(
    "a route is tried: its answer is shown, and the same call by curl can be copied",
    { timeout },
    async () => {
      const route = encodeURIComponent("get /greetings/{name}");
      await at(`/services/clerk?tab=routes&route=${route}`, async (page) => {
        const details = await detailsOf(page);
        await details.getByRole("textbox", { name: "name" }).fill("Ann Lee");
        await details.getByRole("button", { name: "Send", exact: true }).click();
        const answer = details.getByRole("region", { name: "Answer" });
        await answer.getByRole("status").getByText("200").waitFor();
        await answer.getByText("hello Ann Lee").waitFor();
        await expectAccessible(page);
        await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
        await details.locator(".sample").getByRole("button", { name: "Copy" }).click();
        await details.getByRole("button", { name: "Copied" }).waitFor();
        const copied = await page.evaluate(() => navigator.clipboard.readText());
        expect(copied).toContain(`${platform.url}/svc/clerk/greetings/Ann%20Lee`);
      });
    },
  );

  it.skipIf(skip)("a route that changes something asks first", { timeout }, async () => {
    const path = `/services/keeper?tab=routes&route=${encodeURIComponent("post /mended")}`;
    await at(path, async (page) => {
      const details = await detailsOf(page);
      await details.getByRole("textbox", { name: "queue" }).fill("bulk");
      const send = details.getByRole("button", { name: "Send", exact: true });
      await send.click();
      let question = await asked(page, /Send .*POST \/svc\/keeper\/mended/);
      await page.keyboard.press("Escape");
      await question.waitFor({ state: "detached" });
      await expectFocus(send);
      expect(await platform.api("GET", "/tables/mended/rows")).toEqual({ rows: [] });
      await page.keyboard.press("Enter");
      question = await asked(page, /Send .*POST/);
      expect(await question.textContent()).toContain("lands in the audit log");
      await question.getByRole("button", { name: "Send", exact: true }).click();
      await details.getByRole("status").getByText("201").waitFor();
    });
    expect(await platform.api("GET", "/tables/mended/rows")).toMatchObject({
      rows: [{ queue: "bulk" }],
    });
    const { entries } = (await platform.api("GET", "/audit?path=/svc/keeper/mended")) as {
      entries: readonly { method: string; status: number }[];
    };
    expect(entries).toMatchObject([{ method: "POST", status: 201 }]);
  });

  it.skipIf(skip)("who calls an open service is told that no log names the call", async () => {
    const path = `/services/clerk?tab=routes&route=${encodeURIComponent("post /mended")}`;
    await at(path, async (page) => {
      await page.locator(".detail").getByRole("button", { name: "Send", exact: true }).click();
      const question = await asked(page, /Send .*POST \/svc\/clerk\/mended/);
      expect(await question.textContent()).toContain("not in the audit log");
    });
  });
});

const adminKey = "an-admin-key-that-nobody-guesses";
const asAdmin = { authorization: `Bearer ${adminKey}` };

describe("keys and blobs, by the console [needs MORNING_TEST_CHROMIUM]", () => {
  let platform: TestPlatform;
  let browser: Browser;

  const config = "examples/attachments/app.ts";
  const env = { LINK_KEY: "a long text of nobody's", MORNING_ADMIN_KEY: adminKey };
  open({ config, env }, (opened) => {
    ({ platform, browser } = opened);
  });

  /** Opens a path as the administrator. */
  async function at(path: string, act: (page: Page) => Promise<void>): Promise<void> {
    const refused = /status of 401/;
    await visit({ platform, browser, key: adminKey, allowed: refused }, path, act);
  }

  it.skipIf(skip)(
    "a key is made and its text shown once; it works until it is revoked by its name",
    { timeout },
    async () => {
      const pause = (key: string): Promise<Response> =>
        fetch(`${platform.url}/api/v1/schedules/sweep-attachments/pause`, {
          method: "POST",
          headers: { authorization: `Bearer ${key}` },
        });
      await at("/settings?tab=keys", async (page) => {
        const make = page.getByRole("button", { name: "Make a key" });
        await make.click();
        const form = await asked(page, "Make an API key");
        await form.getByRole("textbox", { name: "Name" }).fill("night shift");
        await form.getByRole("radio", { name: /^operator/ }).check();
        await form.getByRole("button", { name: "Make a key" }).click();
        const shown = await asked(page, /^The key .*night shift/);
        await shown.getByText("it is shown this once").waitFor();
        const key = (await shown.getByLabel("The key's text").textContent()) ?? "";
        expect(key).toMatch(/^mor_/);
        await shown.getByRole("button", { name: "I have kept it" }).click();
        await shown.waitFor({ state: "detached" });
        await expectFocus(make);
        expect(await page.content()).not.toContain(key);
        expect((await pause(key)).status).toBe(204);
        await page.getByRole("button", { name: /^Revoke .*night shift/ }).click();
        const question = await asked(page, /^Revoke .*night shift/);
        const button = question.getByRole("button", { name: "Revoke" });
        expect(await button.isDisabled()).toBe(true);
        await question.getByRole("textbox").fill("night shift");
        await button.click();
        await told(page, /^Revoked .*night shift/);
        await page.getByRole("button", { name: /^Revoke .*night/ }).waitFor({ state: "detached" });
        expect((await pause(key)).status).toBe(401);
      });
      expect(await audited(platform, "POST", "/keys", asAdmin)).toEqual([201]);
      const pauses = await audited(platform, "POST", "/schedules/sweep-attachments/pause", asAdmin);
      expect(pauses).toEqual([401, 204]);
      const { entries } = (await platform.api(
        "GET",
        "/audit?method=DELETE&path=/keys/",
        undefined,
        asAdmin,
      )) as { entries: readonly { status: number }[] };
      expect(entries).toHaveLength(1);
    },
  );

  it.skipIf(skip)(
    "a blob is found by how its key begins, looked at, and deleted once its key is typed",
    { timeout },
    async () => {
      for (const name of ["manual.txt", "menu.txt", "bill.txt"]) {
        const response = await fetch(`${platform.url}/svc/attachments/files`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ name, text: `the text of ${name}` }),
        });
        expect(response.status).toBe(201);
      }
      await at("/blobs/attachments", async (page) => {
        const rows = page.locator(".table-body [role=row]");
        await soon(() => rows.count()).toBe(3);
        await page.getByRole("searchbox", { name: "Begins with" }).fill("man");
        await expect
          .poll(() => rows.allTextContents())
          .toEqual([expect.stringMatching("manual.txt")]);
        expect(new URL(page.url()).searchParams.get("prefix")).toBe("man");
        await rows.first().click();
        const details = await detailsOf(page);
        await details.getByRole("button", { name: "Show the content" }).click();
        await details.getByText("the text of manual.txt").waitFor();
        await details.getByRole("button", { name: "Delete" }).click();
        const question = await asked(page, "Delete this object?");
        const button = question.getByRole("button", { name: "Delete" });
        expect(await button.isDisabled()).toBe(true);
        await question.getByRole("textbox").fill("manual.txt");
        await button.click();
        await told(page, /^Deleted .*manual\.txt/);
        await details.waitFor({ state: "detached" });
        await page.getByText(/No key begins with/).waitFor();
        await page.getByRole("searchbox", { name: "Begins with" }).fill("");
        await soon(() => rows.count()).toBe(2);
      });
      const gone = await audited(platform, "DELETE", "/blobs/attachments/objects", asAdmin);
      expect(gone).toHaveLength(1);
    },
  );
});
