import { Redis } from "iovalkey";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeIds, systemRandom } from "../../core/ids.ts";
import { systemClock } from "../../core/clock.ts";
import { parseAutoExplain } from "./apm-plans.ts";
import { readStatements, statementChanges } from "./apm-postgres.ts";
import type { PostgresQuery, StatementCount } from "./apm-postgres.ts";
import { isOnSet, isOnTable, normaliseCommand, normaliseStatement } from "./apm-statements.ts";
import { readSlowlog } from "./apm-valkey.ts";
import type { ValkeyCommand } from "./apm-valkey.ts";

const postgresUrl = process.env["MORNING_TEST_POSTGRES_URL"];
const redisUrl = process.env["MORNING_TEST_REDIS_URL"];

describe("statements without literals", () => {
  it.each([
    [
      "SELECT  *\nFROM t WHERE a = 'it''s' AND b=42 -- why\n AND c IN (1,2, 3);",
      "SELECT * FROM t WHERE a = ? AND b=? AND c IN (?)",
    ],
    ["insert into t values (1,'a'), (2,'b'),(3,$1)", "insert into t values (?)"],
    [
      "select $tag$ hidden 'x' $tag$, $1::int, E'a\\'b', x'1F', 0xFF, 1.5e-3, -7",
      "select ?, ?::int, ?, ?, ?, ?, ?",
    ],
    [
      'select "Col1", t1.c2 from "my ""table" t1 where a::text = :name',
      'select "Col1", t1.c2 from "my ""table" t1 where a::text = ?',
    ],
    [
      "select `a1` from t where x = -3 and y = a-3 /* secret 'z' */ limit 10",
      "select `a1` from t where x = ? and y = a-? limit ?",
    ],
    ["select j #>> '{a,b}', j->>'k' from t", "select j #>> ?, j->>? from t"],
    ["select 'unfinished", "select ?"],
    ["", ""],
  ])("%s", (given, wanted) => {
    expect(normaliseStatement(given)).toBe(wanted);
    expect(normaliseStatement(wanted)).toBe(wanted);
  });

  it.each([
    [["HSET", "cart:550e8400-e29b-41d4-a716-446655440000", "a", "secret"], "HSET cart:? (2 more)"],
    [["get", "user:ann@example.org:7"], "GET user:?:?"],
    [["PING"], "PING"],
  ])("%j", (args, wanted) => {
    expect(normaliseCommand(args)).toBe(wanted);
  });
});

describe("whose a statement is", () => {
  it.each([
    ['select body from "shop_local_orders" where key = ?', true],
    ["update shop_local_orders set a = ?", true],
    ['select * from "shop_local_orders_2"', false],
    ['select * from "my_shop_local_orders"', false],
    ["select ?", false],
  ])("%s", (statement, wanted) => {
    expect(isOnTable(statement, "shop_local_orders")).toBe(wanted);
  });

  it("is told of commands by the set that their key is in", () => {
    const command = normaliseCommand(["SET", "shop-prod2-prices:12", "9"]);
    expect(isOnSet(command, "shop-prod2-prices")).toBe(true);
    expect(isOnSet(command, "shop-prod2-price")).toBe(false);
    expect(isOnSet("PING", "shop-prod2-prices")).toBe(false);
  });
});

describe("what statements did between two snapshots", () => {
  const count = (key: string, calls: number, totalMs: number): StatementCount => ({
    key,
    database: "d",
    statement: key,
    calls,
    totalMs,
    maxMs: 1,
    rows: calls,
    blocksHit: 0,
    blocksRead: 0,
    blocksTemporary: 0,
  });

  it("counts from a reset anew, and leaves out what did nothing", () => {
    const changes = statementChanges(
      [count("same", 5, 50), count("more", 5, 50), count("reset", 100, 900)],
      [count("same", 5, 50), count("more", 8, 80), count("reset", 3, 9), count("new", 2, 4)],
    );
    expect(changes.map(({ key, calls, averageMs }) => [key, calls, averageMs])).toEqual([
      ["more", 3, 10],
      ["reset", 3, 3],
      ["new", 2, 2],
    ]);
  });
});

describe("a line of auto_explain", () => {
  it("says which span ran the statement, where its comment does", () => {
    const [traceId, spanId] = ["1f".repeat(16), "2e".repeat(8)];
    const lineOf = (statement: string): string => {
      const logged = { "Query Text": statement, Plan: { "Node Type": "Result" } };
      return `duration: 3.1 ms  plan:\n${JSON.stringify(logged)}`;
    };
    for (const quote of ["'", "%27"]) {
      const said = `select 7 /*traceparent=${quote}00-${traceId}-${spanId}-01${quote}*/`;
      expect(parseAutoExplain(lineOf(said))).toMatchObject({
        statement: "select ?",
        traceId,
        spanId,
      });
    }
    const without = parseAutoExplain(lineOf(`select 7 /* traceparent=00-${traceId}-short */`));
    expect(without).not.toHaveProperty("traceId");
  });

  it("is none where the plan is no JSON, cut, or absent", () => {
    for (const line of [
      "duration: 3.1 ms  statement: select 1",
      "duration: 3.1 ms  plan:\nQuery Text: select 1\nResult",
      'duration: 3.1 ms  plan:\n{ "Query Text": "select 1", "Plan": { "Node',
      "hello",
    ]) {
      expect(parseAutoExplain(line)).toBeUndefined();
    }
  });
});

describe.skipIf(postgresUrl === undefined)(
  "Postgres' own figures [needs MORNING_TEST_POSTGRES_URL]",
  () => {
    const name = `apm_${makeIds(systemClock, systemRandom).hex(6)}`;
    let client: pg.Client;
    const query: PostgresQuery = async (text, values) =>
      (await client.query(text, [...values])).rows as Record<string, unknown>[];

    beforeAll(async () => {
      client = new pg.Client(postgresUrl);
      await client.connect();
      await client.query(`create schema ${name}; set search_path = ${name}, public`);
      await client.query(
        `create table orders as select i as id, i % 7 as part from generate_series(1, 20000) i`,
      );
    });

    afterAll(async () => {
      await client.query(`drop schema ${name} cascade`);
      await client.end();
    });

    it("come from pg_stat_statements, or say what is missing", async () => {
      const { rows } = await client.query<{ shared_preload_libraries: string }>(
        "show shared_preload_libraries",
      );
      const loaded = rows[0]?.shared_preload_libraries.includes("pg_stat_statements") === true;
      if (!loaded) {
        await expect(readStatements(query)).rejects.toMatchObject({ code: "MOR_UNSUPPORTED" });
        // Where CI runs the engines the library is loaded: nothing is taken on trust there.
        expect(process.env["MORNING_CI"]).toBeUndefined();
        return;
      }
      await client.query("create extension if not exists pg_stat_statements");
      const read = (): Promise<readonly StatementCount[]> => readStatements(query, 5000);
      const before = await read();
      for (let id = 0; id < 5; id++)
        await client.query(`select part from ${name}.orders where id = ${id}`);
      const mine = statementChanges(before, await read()).filter(({ statement }) =>
        statement.includes(`${name}.orders where`),
      );
      expect(mine).toMatchObject([
        { statement: `select part from ${name}.orders where id = ?`, calls: 5 },
      ]);
      expect(mine[0]?.averageMs).toBeGreaterThan(0);
    });

    it("come with the plans that auto_explain logs", async () => {
      await client.query(
        "load 'auto_explain'; set auto_explain.log_min_duration = 0; " +
          "set auto_explain.log_analyze = on; set auto_explain.log_format = json; " +
          "set auto_explain.log_level = notice; set work_mem = '64kB'",
      );
      const notices: string[] = [];
      client.on("notice", ({ message }) => notices.push(message ?? ""));
      await client.query("select * from orders where part = 3 and id = 17 order by id");
      await client.query("select * from orders a order by part, id desc");
      const plans = notices.flatMap((line) => parseAutoExplain(`2026-01-01 LOG:  ${line}`) ?? []);
      expect(plans.length).toBe(2);
      expect(plans[0]?.statement).toBe(
        "select * from orders where part = ? and id = ? order by id",
      );
      expect(plans[0]?.remarks.map(({ kind }) => kind)).toContain("sequential-scan");
      expect(plans[1]?.remarks.map(({ kind }) => kind)).toContain("disk");
      expect(plans[1]?.nodes.map(({ type, depth }) => [type, depth])).toEqual([
        ["Sort", 0],
        ["Seq Scan", 1],
      ]);
      expect(plans[1]?.nodes[1]).toMatchObject({ on: "orders", rowsActual: 20_000, loops: 1 });
    });
  },
);

describe.skipIf(redisUrl === undefined)("Valkey's SLOWLOG [needs MORNING_TEST_REDIS_URL]", () => {
  it("is read once each, without values", async () => {
    const client = new Redis(redisUrl ?? "", { connectionName: "apm-test" });
    const command: ValkeyCommand = (called, ...args) => client.call(called, [...args]);
    const [, old = ""] = (await client.call(
      "CONFIG",
      "GET",
      "slowlog-log-slower-than",
    )) as string[];
    const marked = `apm-${makeIds(systemClock, systemRandom).hex(4)}`;
    try {
      const { position } = await readSlowlog(command);
      await client.call("CONFIG", "SET", "slowlog-log-slower-than", 0);
      await client.set(`${marked}:12`, "secret-value");
      const first = await readSlowlog(command, position);
      const mine = first.entries.filter((entry) =>
        entry.command.includes(normaliseCommand(["SET", `${marked}:12`, ""])),
      );
      expect(mine).toMatchObject([{ client: "apm-test" }]);
      expect(JSON.stringify(first.entries)).not.toContain("secret-value");
      const second = await readSlowlog(command, first.position);
      expect(second.entries.every(({ id }) => id > first.position.lastId)).toBe(true);
      const anew = await readSlowlog(command, { lastId: 1e12, lastAtMs: 0 });
      expect(anew.entries.length).toBeGreaterThan(0);
    } finally {
      await client.call("CONFIG", "SET", "slowlog-log-slower-than", old);
      await client.del(`${marked}:12`);
      client.disconnect();
    }
  });
});
