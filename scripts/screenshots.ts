/**
 * Takes the pictures of the README from a running storefront: `npm run screenshots`. Needs Chromium
 * (MORNING_TEST_CHROMIUM, or /usr/bin/chromium).
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { chromium } from "playwright-core";

/** The shop's traffic needs this long until the map and the charts have something to show. */
const warmUpMs = 90_000;
const views = [
  { name: "overview", path: "/", colorScheme: "light" },
  { name: "service", path: "/services/orders", colorScheme: "light" },
  { name: "queue", path: "/queues/order-steps", colorScheme: "dark" },
] as const;
const locales = ["en", "zh-TW"];
const pictures = views.flatMap(({ name, ...view }) =>
  locales.map((locale) => {
    const file = locale === "en" ? `${name}.png` : `${name}.${locale}.png`;
    return { ...view, file, locale };
  }),
);

const folder = mkdtempSync(join(tmpdir(), "morning-"));
const shop = spawn(
  process.execPath,
  ["bin/morning.js", "start", "--port", "0", "--json", "--data-folder", folder],
  { stdio: ["ignore", "pipe", "inherit"] },
);
try {
  const url = await new Promise<string>((resolve) => {
    shop.stdout.on("data", (line: Buffer) => {
      resolve((JSON.parse(line.toString()) as { url: string }).url);
    });
  });
  await wait(warmUpMs);
  mkdirSync("docs/images", { recursive: true });
  const browser = await chromium.launch({
    executablePath: process.env["MORNING_TEST_CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update"],
  });
  for (const { file, locale, path, colorScheme } of pictures) {
    const context = await browser.newContext({
      locale,
      colorScheme,
      viewport: { width: 1440, height: 1100 },
    });
    const page = await context.newPage();
    await page.goto(url + path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await wait(3_000);
    await page.screenshot({ path: join("docs/images", file) });
    await context.close();
  }
  await browser.close();
} finally {
  shop.kill("SIGTERM");
  await new Promise((resolve) => shop.once("exit", resolve));
  rmSync(folder, { recursive: true, force: true });
}
