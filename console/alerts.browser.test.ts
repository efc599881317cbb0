import type { Browser, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { expectAccessible, soon, told, visit } from "./test/actions.ts";
import { executablePath, settled } from "./test/browser.ts";
import type { TestPlatform } from "./test/platform.ts";
import { open } from "./test/stage.ts";

const skip = executablePath === undefined;
const timeout = 90_000;

interface Alerts {
  readonly alerts: readonly { readonly name: string; readonly spec: { readonly title: string } }[];
}

interface Dashboards {
  readonly dashboards: readonly {
    readonly name: string;
    readonly spec: { readonly panels: readonly { readonly title: string }[] };
  }[];
}

describe("alerts, objectives and statements by the console [needs MORNING_TEST_CHROMIUM]", () => {
  let platform: TestPlatform;
  let browser: Browser;

  open({}, (opened) => {
    ({ platform, browser } = opened);
  });

  const at = (path: string, act: (page: Page) => Promise<void>): Promise<void> =>
    visit({ platform, browser }, path, act);
  const button = (page: Page, name: string) =>
    page.locator("main").getByRole("button", { name, exact: true });

  it.skipIf(skip)(
    "metrics of the business are marked, found alone, and a ratio is drawn out of its counters",
    { timeout },
    async () => {
      await at("/metrics", async (page) => {
        const grid = page.getByRole("grid", { name: "All metrics" });
        await grid.getByText("conversion", { exact: true }).waitFor();
        const rows = grid.locator(".table-body [role=row]");
        expect(await rows.first().innerText()).toContain("Business");
        await page.getByRole("button", { name: /^Business/ }).click();
        await soon(async () =>
          (await rows.allInnerTexts()).every((one) => one.includes("Business")),
        ).toBe(true);
        await grid.getByText("conversion", { exact: true }).click();
        const asked = (): Promise<string> => Promise.resolve(decodeURIComponent(page.url()));
        await soon(asked).toMatch(/sum\(rate\(orders.*\/.*sum\(rate\(checkouts/);
        await settled(page);
        await expectAccessible(page);
      });
    },
  );

  it.skipIf(skip)(
    "an alert is tried on the past, saved, silenced and deleted, which Undo takes back",
    { timeout },
    async () => {
      await at("/alerts?new=true", async (page) => {
        await page.getByLabel("Title", { exact: false }).first().fill("{{service}} is busy");
        await page.getByLabel("Measure").selectOption("count");
        await page.getByLabel("Bound").fill("0");
        await button(page, "Run on the past").click();
        await page.locator(".figures div", { hasText: "Would have fired" }).waitFor();
        await expectAccessible(page);
        await button(page, "Save alert").click();
        await told(page, /Alert saved/);
        await page.getByRole("heading", { level: 1, name: "is-busy" }).waitFor();
        await button(page, "Silence").first().click();
        const dialog = page.getByRole("dialog");
        await dialog.getByLabel("Why").fill("a test");
        await dialog.getByRole("button", { name: "Silence them" }).click();
        await told(page, /Silenced/);
        await button(page, "Delete").click();
        await dialog.getByRole("button", { name: "Delete" }).click();
        await told(page, /Alert deleted/);
        await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
        const names = async (): Promise<readonly string[]> =>
          ((await platform.api("GET", "/alerts")) as Alerts).alerts.map(({ name }) => name);
        await soon(names).toContain("is-busy");
      });
      await at("/alerts?tab=silences", async (page) => {
        await page.getByText("alert=is-busy").waitFor();
        await button(page, "End it now").click();
        await told(page, /The silence is over/);
      });
    },
  );

  it.skipIf(skip)(
    "a statement is completed by the keyboard, run and saved as a panel of a dashboard",
    { timeout },
    async () => {
      await at("/sql", async (page) => {
        const editor = page.locator(".sql-editor .cm-content");
        await editor.click();
        await page.keyboard.press("Control+A");
        await page.keyboard.type("select service, count(*) as n from sp");
        await page.locator(".sql-offer").getByRole("option", { name: /spans/ }).waitFor();
        await page.keyboard.press("Tab");
        await page.keyboard.type(" group by all");
        await page.keyboard.press("Escape");
        await page.keyboard.press("Control+Enter");
        await page.getByRole("grid", { name: "Results" }).waitFor();
        expect(new URL(page.url()).searchParams.get("q")).toContain("from spans group by all");
        await expectAccessible(page);
        await button(page, "Save query").click();
        const dialog = page.getByRole("dialog");
        await dialog.getByLabel("Title").fill("By service");
        await dialog.getByRole("button", { name: "Save" }).click();
        await told(page, /Saved/);
      });
      await at("/dashboards/saved-queries?mode=edit", async (page) => {
        await page.getByRole("toolbar", { name: /By service/ }).waitFor();
        await page.getByRole("button", { name: /Make .*By service.* wider/ }).click();
        await button(page, "Save").click();
        await told(page, /Saved/);
        await settled(page);
        await page.getByRole("grid", { name: /By service/ }).waitFor();
      });
      const { dashboards } = (await platform.api("GET", "/telemetry/dashboards")) as Dashboards;
      const saved = dashboards.find(({ name }) => name === "saved-queries");
      expect(saved?.spec.panels).toMatchObject([{ title: "By service", width: 7 }]);
    },
  );

  it.skipIf(skip)(
    "an objective is made, shows its windows and its alerts, and is code to be copied",
    { timeout },
    async () => {
      await at("/slos?new=true", async (page) => {
        await page.getByLabel("Title").fill("Everything answers");
        await button(page, "Save objective").click();
        await told(page, /Objective saved/);
        await page.getByRole("heading", { level: 1, name: "Everything answers" }).waitFor();
        await page.getByRole("grid", { name: "Burn windows" }).waitFor();
        await button(page, "As code").click();
        await page.getByText('slo("everything-answers", {').waitFor();
        await expectAccessible(page);
      });
    },
  );
});
