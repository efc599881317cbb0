import { Redis } from "iovalkey";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { config } from "../core/config.ts";
import type { Config } from "../core/config.ts";
import { get } from "../core/http.ts";
import { makeIds, systemRandom } from "../core/ids.ts";
import { systemClock } from "../core/clock.ts";
import { app, service } from "../core/service.ts";
import { cache } from "../state/cache/index.ts";
import { table } from "../state/table/index.ts";
import { startRig, until } from "./rig.contract.ts";
import type { Rig } from "./rig.contract.ts";

const postgresUrl = process.env["MORNING_TEST_POSTGRES_URL"];
const redisUrl = process.env["MORNING_TEST_REDIS_URL"];

const name = `slow${makeIds(systemClock, systemRandom).hex(3)}`;

const items = table("items", { key: "id", row: z.object({ id: z.string() }) });
const prices = cache("prices", { value: z.number() });

const counter = service("counter", {
  uses: { items: items.readWriter(), prices: prices.reader() },
  routes: (held) => [
    get("/put/:id", { params: z.object({ id: z.string() }) }, async ({ params }) => {
      await held.items.put({ id: params.id });
      return { there: (await held.items.get(params.id)) !== undefined };
    }),
  ],
});

const idle = service("idle", { uses: {} });

interface Slow {
  readonly engine: string;
  readonly problem: { readonly code: string; readonly fix: string } | null;
  readonly statements: readonly { readonly statement: string; readonly calls: number }[];
}

async function slowOf(rig: Rig, query = ""): Promise<readonly Slow[]> {
  const { json } = await rig.call("GET", `/api/v1/telemetry/apm/slow-queries${query}`);
  return (json as { engines: readonly Slow[] }).engines;
}

function databaseUrl(): string {
  const url = new URL(postgresUrl ?? "");
  url.pathname = `/${name}`;
  return url.href;
}

function configOf(slowQueriesMs: number): Config {
  return config({
    app: app(name, { services: [counter, idle] }),
    environments: {
      local: {
        drivers: {
          state: { driver: "postgres", url: databaseUrl(), slowQueriesMs },
          cache: { driver: "valkey", url: redisUrl, slowQueriesMs },
        },
      },
    },
  });
}

describe.skipIf(postgresUrl === undefined || redisUrl === undefined)(
  "slow queries of engines [needs MORNING_TEST_POSTGRES_URL, MORNING_TEST_REDIS_URL]",
  () => {
    let admin: pg.Client;
    let redis: Redis;

    beforeAll(async () => {
      admin = new pg.Client(postgresUrl);
      await admin.connect();
      await admin.query(`create database ${name}`);
      redis = new Redis(redisUrl ?? "");
    });

    afterAll(async () => {
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
      const keys = await redis.keys(`${name}-*`);
      if (keys.length > 0) await redis.del(keys);
      redis.disconnect();
    });

    it("are read over and over; a missing extension says what mends it", async () => {
      const rig = await startRig({ config: configOf(1000) });
      await until(async () => (await slowOf(rig))[0]?.problem !== null);
      const [missing] = await slowOf(rig);
      expect(missing).toMatchObject({
        engine: "postgres",
        problem: { code: "MOR_UNSUPPORTED", fix: expect.stringContaining("create extension") },
        statements: [],
      });
      expect((await rig.call("GET", "/svc/counter/put/a")).json).toEqual({ there: true });
      const told = rig.lines.filter(({ message }) => message.startsWith("slow statements"));
      expect(told).toMatchObject([{ level: "warn", fields: { engine: "postgres" } }]);

      const own = new pg.Client(databaseUrl());
      await own.connect();
      await own.query("create extension pg_stat_statements");
      await own.end();
      await until(async () => (await slowOf(rig))[0]?.problem === null);
      // A sort of so many takes tens of milliseconds: the engine's own bound is ten.
      const big = `${name}-local-prices:17`;
      const values = Array.from({ length: 100_000 }, (_, at) => `${(at * 7919) % 100_003}x`);
      for (let at = 0; at < values.length; at += 10_000) {
        await redis.rpush(big, ...values.slice(at, at + 10_000));
      }
      const seen = async (): Promise<boolean> => {
        await rig.call("GET", "/svc/counter/put/b");
        await redis.sort(big, "ALPHA", "STORE", `${big}:sorted`);
        const [postgres, valkey] = await slowOf(rig, "?service=counter");
        return postgres?.statements.length !== 0 && valkey?.statements.length !== 0;
      };
      await until(seen);

      const [postgres, valkey] = await slowOf(rig, "?service=counter");
      for (const { statement } of postgres?.statements ?? []) {
        expect(statement).toContain(`${name}_local_items`);
        expect(statement).not.toContain("'");
      }
      expect(postgres?.statements[0]).toMatchObject({
        database: name,
        share: expect.any(Number) as unknown,
        rows: expect.any(Number) as unknown,
      });
      const sort = valkey?.statements.find(({ statement }) => statement.startsWith("SORT"));
      expect(sort).toMatchObject({
        statement: expect.stringContaining("-local-prices:? (3 more)") as unknown,
        p95Ms: expect.any(Number) as unknown,
      });
      const [ofTable, ofNone] = await slowOf(rig, "?resource=table/items");
      expect(ofTable?.statements.length).toBeGreaterThan(0);
      expect(ofNone?.statements).toEqual([]);
      expect((await slowOf(rig, "?service=idle")).flatMap((one) => one.statements)).toEqual([]);
      const [all] = await slowOf(rig, "?of=all&limit=200");
      expect(all?.statements.length).toBeGreaterThan(postgres?.statements.length ?? 0);
      expect((await rig.call("GET", "/api/v1/telemetry/apm/slow-queries?resource=x")).status).toBe(
        400,
      );
    }, 60_000);

    it("are left alone where that is asked for; other intervals are refused", async () => {
      const rig = await startRig({ config: configOf(0) });
      expect(await slowOf(rig)).toEqual([]);
      await expect(startRig({ config: configOf(5) })).rejects.toMatchObject({
        code: "MOR_CONFIG",
        message: expect.stringContaining("slowQueriesMs") as unknown,
      });
    }, 60_000);
  },
);
