import type { Browser } from "playwright-core";
import { describe, expect, it } from "vitest";
import { executablePath, openTab } from "./test/browser.ts";
import type { TestPlatform } from "./test/platform.ts";
import { open } from "./test/stage.ts";

const skip = executablePath === undefined;
const timeout = 90_000;

describe("from a failed order to the line of code [needs MORNING_TEST_CHROMIUM]", () => {
  let platform: TestPlatform;
  let browser: Browser;

  open({}, (opened) => {
    ({ platform, browser } = opened);
  });

  it.skipIf(skip)("takes at most four clicks", { timeout }, async () => {
    const order = { id: `failed-${Date.now()}`, country: "Taiwan", card: "card-declined" };
    const lines = [{ sku: "F1", quantity: 1 }];
    const post = async (path: string, body: object): Promise<void> => {
      const answer = await fetch(`${platform.url}/svc/gateway${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      expect([path, answer.status, await answer.text()]).toEqual([
        path,
        path === "/orders" ? 201 : 204,
        expect.anything(),
      ]);
    };
    const lantern = { sku: "F1", description: "A lantern", pricePence: 500, onHand: 10 };
    await post("/products", { products: [lantern] });
    await post("/orders", { ...order, lines });
    const tab = await openTab(browser, platform.url);
    const { page } = tab;
    await page.goto(`${platform.url}/?type=payment.failed`);
    let clicks = 0;
    // The failure is on the overview; its time leads to its trace.
    const failure = page.locator(".happening", { hasText: order.id });
    await failure.getByRole("link").first().click();
    clicks++;
    // The trace says where it began, and shows the line.
    const source = page.getByText("throw new CardDeclined(orderId)").first();
    await source.waitFor();
    await page.locator(".source-of .link").first().click();
    clicks++;
    // The group of errors it belongs to, with the code around it.
    await page.getByRole("heading", { name: "CardDeclined" }).waitFor();
    await page.locator(".source-lines .here", { hasText: "CardDeclined" }).first().waitFor();
    await page
      .getByText(/provider\.ts:\d+/)
      .first()
      .waitFor();
    expect(clicks).toBeLessThanOrEqual(4);
    await tab.close();
  });
});
