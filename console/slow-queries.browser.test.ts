import { join } from "node:path";
import { Redis } from "iovalkey";
import pg from "pg";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../src/core/clock.ts";
import { makeIds, systemRandom } from "../src/core/ids.ts";
import {
  artifacts,
  executablePath,
  launch,
  looks,
  openTab,
  overflows,
  settled,
  unspoken,
  violations,
} from "./test/browser.ts";
import { ensureBuilt } from "./test/built.ts";
import { startPlatform, type TestPlatform } from "./test/platform.ts";

const postgresUrl = process.env["MORNING_TEST_POSTGRES_URL"];
const redisUrl = process.env["MORNING_TEST_REDIS_URL"];
const needs = ["MORNING_TEST_CHROMIUM", "MORNING_TEST_POSTGRES_URL", "MORNING_TEST_REDIS_URL"];
const skip = [executablePath, postgresUrl, redisUrl].includes(undefined);

const ids = makeIds(systemClock, systemRandom);
const name = `slowpage${ids.hex(3)}`;

function databaseUrl(): string {
  const url = new URL(postgresUrl ?? "");
  url.pathname = `/${name}`;
  return url.href;
}

async function addExtension(): Promise<void> {
  const own = new pg.Client(databaseUrl());
  await own.connect();
  await own.query("create extension if not exists pg_stat_statements");
  await own.end();
}

/** A plan as auto_explain logs it, of the statement of one span. */
function planLine(traceId: string, spanId: string): string {
  const node = { "Node Type": "Seq Scan", "Relation Name": "orders", "Plan Rows": 50_000 };
  const comment = `/*traceparent='00-${traceId}-${spanId}-01'*/`;
  const logged = {
    "Query Text": `select * from orders where city = 'Taipei' ${comment}`,
    Plan: { ...node, "Total Cost": 912.5, "Actual Rows": 12, "Rows Removed by Filter": 49_988 },
  };
  return `LOG:  duration: 312.5 ms  plan:\n${JSON.stringify(logged)}`;
}

const nowNs = (): string => `${Date.now()}000000`;
const resource = (service: string): unknown => ({
  attributes: [{ key: "service.name", value: { stringValue: service } }],
});

async function hand(platform: TestPlatform, path: string, body: unknown): Promise<void> {
  const response = await fetch(`${platform.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
}

/** A trace of one slow statement, and the line of Postgres' log about it. */
async function sendSlowTrace(
  platform: TestPlatform,
  traceId: string,
  spanId: string,
): Promise<void> {
  const span = {
    traceId,
    spanId,
    name: "SELECT orders",
    kind: 3,
    startTimeUnixNano: nowNs(),
    endTimeUnixNano: `${Date.now() + 313}000000`,
  };
  const scopeSpans = [{ spans: [span] }];
  await hand(platform, "/v1/traces", {
    resourceSpans: [{ resource: resource("reports"), scopeSpans }],
  });
  const line = { timeUnixNano: nowNs(), body: { stringValue: planLine(traceId, spanId) } };
  await hand(platform, "/v1/logs", {
    resourceLogs: [{ resource: resource("postgres"), scopeLogs: [{ logRecords: [line] }] }],
  });
}

describe.skipIf(skip)(`slow queries in the console [needs ${needs.join(", ")}]`, () => {
  const [traceId, spanId] = [ids.hex(16), ids.hex(8)];
  let platform: TestPlatform;
  let browser: Browser;
  let admin: pg.Client;
  let redis: Redis;

  beforeAll(async () => {
    ensureBuilt();
    admin = new pg.Client(postgresUrl);
    await admin.connect();
    await admin.query(`create database ${name}`);
    redis = new Redis(redisUrl ?? "");
    [platform, browser] = await Promise.all([
      startPlatform({
        config: "console/test/engines.config.ts",
        env: {
          MORNING_TEST_APP: name,
          MORNING_POSTGRES_URL: databaseUrl(),
          MORNING_VALKEY_URL: redisUrl ?? "",
        },
      }),
      launch(),
    ]);
    // More than ten milliseconds to sort, which is the engine's own bound.
    const big = `${name}-local-prices:17`;
    for (let at = 0; at < 10; at++) {
      await redis.rpush(big, ...Array.from({ length: 10_000 }, (_, n) => `${(n * 7919) % 9973}x`));
    }
    await redis.sort(big, "ALPHA", "STORE", `${big}:sorted`);
    await sendSlowTrace(platform, traceId, spanId);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await platform?.close();
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
    const keys = await redis.keys(`${name}-*`);
    if (keys.length > 0) await redis.del(keys);
    redis.disconnect();
  });

  it("say what is missing where it is missed, and show it once it is there", async () => {
    const tab = await openTab(browser, platform.url);
    const { page } = tab;
    await page.goto(`${platform.url}/tables`);
    const missing = page.getByText("create extension pg_stat_statements");
    await missing.waitFor();
    await page.screenshot({ path: join(artifacts, "slow_missing.png"), fullPage: true });
    await addExtension();
    await missing.waitFor({ state: "detached" });

    const calls = setInterval(() => void fetch(`${platform.url}/svc/shop/order/1`), 200);
    try {
      await page.goto(`${platform.url}/services/shop?tab=performance`);
      const table = page.getByRole("grid", { name: "Slow queries of PostgreSQL" });
      await table.getByText(`${name}_local_orders`).first().waitFor();
      const commands = page.getByRole("grid", { name: "Slow queries of Valkey / Redis" });
      await commands
        .getByText(`SORT ${name.replaceAll(/\d+/g, "?")}`)
        .first()
        .waitFor();
    } finally {
      clearInterval(calls);
    }
    tab.expectQuiet();
    await tab.close();
  }, 60_000);

  it("open to the whole statement; a plan opens beside its trace and its span", async () => {
    await addExtension();
    const tab = await openTab(browser, platform.url);
    const { page } = tab;
    await page.goto(`${platform.url}/tables/orders?tab=slow&slow=all`);
    await page.getByText(`${name}_local_orders`).first().click();
    await page.getByRole("complementary").getByText("Longest since its reset").waitFor();
    await page.getByRole("button", { name: "Close" }).click();

    await page.goto(`${platform.url}/traces/${traceId}`);
    await page.getByRole("tab", { name: "Plans" }).click();
    const plan = page.getByText(/Reads all of .*orders.* drops 50 k rows/);
    await plan.waitFor();
    await page.goto(`${platform.url}/traces/${traceId}?span=${spanId}`);
    await page
      .getByRole("complementary")
      .getByText(/Reads all of .*orders/)
      .waitFor();
    tab.expectQuiet();
    await tab.close();
  }, 60_000);

  const paths = {
    tables: "/tables",
    table: "/tables/orders?tab=slow&slow=all",
    statement: "/tables/orders?tab=slow&slow=all",
    service: "/services/shop?tab=performance",
    plans: `/traces/${traceId}?tab=plans`,
    span: `/traces/${traceId}?span=${spanId}`,
  };

  it.for(looks)("is whole at $width, $colorScheme, $locale", { timeout: 60_000 }, async (look) => {
    const { width, colorScheme, locale } = look;
    const viewport = { width, height: width < 500 ? 844 : 900 };
    const tab = await openTab(browser, platform.url, { viewport, colorScheme, locale });
    const { page } = tab;
    for (const [what, path] of Object.entries(paths)) {
      await page.goto(`${platform.url}${path}`);
      await settled(page);
      if (what === "statement") await page.getByText(`${name}_local`).first().click();
      await settled(page);
      const file = `slow_${what}_${width}_${colorScheme}_${locale}.png`;
      await page.screenshot({ path: join(artifacts, file), fullPage: true });
      expect(await overflows(page)).toBe(false);
      expect(await violations(page)).toEqual([]);
      expect(await unspoken(page)).toEqual([]);
    }
    tab.expectQuiet();
    await tab.close();
  });
});
