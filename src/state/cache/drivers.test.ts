import { Redis } from "iovalkey";
import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { service } from "../../core/service.ts";
import { emulatorScope } from "../../testing/aws/provision.ts";
import { simulatedClock } from "../../testing/clock.ts";
import { testHost } from "../../testing/host.ts";
import { routesClient } from "../routes.contract.ts";
import { cache } from "./cache.ts";
import { cacheContract } from "./contract.ts";
import { driver as memory } from "./drivers/memory.ts";
import { driver as valkey } from "./drivers/valkey.ts";
import { infra } from "./infra.ts";
import { cacheRoutes } from "./routes.ts";
import { openCaches } from "./runtime.ts";

cacheContract("cache in memory", async () => {
  const clock = simulatedClock();
  const host = testHost({ clock });
  const driver = await memory.open(host, {});
  return {
    host,
    driver,
    elapse: async (ms) => clock.advance(ms),
    close: () => driver.close(),
  };
});

const url = process.env["MORNING_TEST_REDIS_URL"];

cacheContract(
  "cache on valkey [needs MORNING_TEST_REDIS_URL]",
  async () => {
    const host = testHost({ app: `cache${process.pid}` });
    const driver = await valkey.open(host, { url });
    return {
      host,
      driver,
      // The server's own clock: nothing but time moves it.
      elapse: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
      async close() {
        await host.close();
        const admin = new Redis(url ?? "");
        const keys = await admin.keys(`cache${process.pid}-*`);
        if (keys.length > 0) await admin.del(keys);
        admin.disconnect();
      },
    };
  },
  url === undefined,
);

test("memory holds no more than its bound and drops the least recently used first", async () => {
  const host = testHost();
  const bytesMax = 2 ** 20;
  const driver = await memory.open(host, { bytesMax });
  const value = "x".repeat(50_000);
  for (let at = 0; at < 5; at++) await driver.put("s", `k${at}`, value, 1000);
  await driver.get("s", ["k0"]);
  for (let at = 5; at < 14; at++) await driver.put("s", `k${at}`, value, 1000);
  const keys = Array.from({ length: 14 }, (_, at) => `k${at}`);
  const there = (await driver.get("s", keys)).flatMap((one, at) => (one === undefined ? [] : [at]));
  expect(there).toEqual([0, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  await driver.put("s", "huge", "x".repeat(bytesMax), 1000);
  expect(await driver.get("s", ["huge", "k13"])).toEqual([undefined, undefined]);
  await expect(memory.open(host, { bytesMax: 5 })).rejects.toMatchObject({ code: "MOR_CONFIG" });
});

test("an address without a server, and none at all, are named errors", async () => {
  const absent = valkey.open(testHost(), { url: "redis://127.0.0.1:1" });
  await expect(absent).rejects.toMatchObject({ code: "MOR_ENGINE_UNAVAILABLE" });
  await expect(valkey.open(testHost(), { url: "no" })).rejects.toMatchObject({
    code: "MOR_CONFIG",
  });
});

const counts = cache("counts", { value: z.number() });
const sessions = cache("sessions", { value: z.object({ user: z.string() }) });

test("a holder of caches can do what it holds, and only that compiles", () => {
  service("shop", {
    uses: { reads: sessions.reader(), writes: sessions.writer(), counts: counts.readWriter() },
    routes: ({ reads, writes, counts: counter }) => {
      const calls = (): unknown[] => [
        counter.increment("a"),
        // @ts-expect-error a reader does not write
        reads.put("a", { user: "b" }),
        // @ts-expect-error a writer does not read
        writes.get("a"),
        // @ts-expect-error only numbers are counted
        writes.increment("a"),
        // @ts-expect-error a value has a user
        writes.put("a", {}),
      ];
      expectTypeOf(calls).returns.toEqualTypeOf<unknown[]>();
      expectTypeOf(reads.get("a")).toEqualTypeOf<Promise<{ user: string } | undefined>>();
      return [];
    },
  });
  const bad = { value: z.string(), ttlMs: 0 };
  expect(() => cache("bad", bad)).toThrow(expect.objectContaining({ code: "MOR_DECLARATION" }));
});

test("caches of an app share one engine, which a holder may connect to and nothing else", () => {
  const account = "123456789012";
  const scope = emulatorScope({ app: "shop", environment: "test", region: "eu-west-1", account });
  expect(infra.resources(counts, scope)).toEqual(infra.resources(sessions, scope));
  expect(infra.grants(counts.reader(), scope)).toEqual([
    {
      Effect: "Allow",
      Action: ["elasticache:Connect"],
      Resource: [
        `arn:aws:elasticache:eu-west-1:${account}:serverlesscache:shop-test-shared`,
        `arn:aws:elasticache:eu-west-1:${account}:user:shop-test-shared`,
      ],
    },
  ]);
});

test("the HTTP API shows what is declared, to viewers, without values", async () => {
  const host = testHost();
  const driver = await memory.open(host, {});
  const runtime = await openCaches(host, driver, [counts, sessions]);
  const routes = cacheRoutes(runtime);
  expect(routes.map(({ options }) => options.role)).toEqual(["viewer"]);
  expect(await routesClient(routes).request("GET", "/caches")).toMatchObject({
    caches: [
      { name: "counts", description: "", ttlMs: 300_000, value: { type: "number" } },
      { name: "sessions", value: { properties: { user: { type: "string" } } } },
    ],
  });
  await driver.close();
});
