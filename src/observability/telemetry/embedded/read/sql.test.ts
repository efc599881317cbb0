import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../../core/clock.ts";
import { MorningError } from "../../../../core/errors.ts";
import { packageRoot } from "../../../../core/package.ts";
import { openInline } from "../../../../engines/sqlite/inline.ts";
import type { SqlAnswer } from "../../../signals/store.ts";
import { openEngine } from "../engine.ts";
import type { Engine } from "../engine.ts";
import { batchOf, engineOptions, lineOf, spanOf } from "../rig.contract.ts";
import { openReader } from "./reader.ts";
import type { OpenReader } from "./reader.ts";

const folder = mkdtempSync(join(tmpdir(), "morning-sql-"));
const startNs = 1_790_000_000_000_000_000n;
const store = openInline({ clock: systemClock });
let engine: Engine;
let reader: OpenReader;

const line = (at: number) => {
  const number = lineOf(at, startNs + BigInt(at) * 1_000_000n, at % 3 === 0 ? "付款" : "orders");
  return {
    ...number,
    attributes: { ...number.attributes, "http.route": `/r${at % 4}`, Mixed: "M", "it's": "x" },
  };
};
const span = (at: number) =>
  spanOf({
    traceId: at.toString(16).padStart(32, "0"),
    startNs: startNs + BigInt(at) * 1_000_000n,
    durationNs: BigInt(at) * 1_000_000n,
    attributes: { "http.route": `/r${at % 4}` },
  });

beforeAll(async () => {
  engine = await openEngine(engineOptions(folder, store, systemClock));
  reader = openReader({ engine, clock: systemClock, folder, limits: { sqlMemoryMb: 128 } });
  const numbers = Array.from({ length: 300 }, (_, at) => at);
  await engine.write(batchOf(numbers.slice(0, 200).map(line), numbers.slice(0, 200).map(span)));
  await engine.seal();
  await engine.write(batchOf(numbers.slice(200).map(line), numbers.slice(200).map(span)));
});

afterAll(async () => {
  await reader.close();
  await engine.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (text: string, more: Partial<{ rowsMax: number; timeoutMs: number }> = {}) =>
  reader.sql(text, { rowsMax: 10, timeoutMs: 20_000, ...more });

async function rowsOf(text: string): Promise<SqlAnswer["rows"]> {
  return (await ask(text)).rows;
}

async function codeOf(text: string, timeoutMs = 20_000): Promise<string> {
  return ask(text, { timeoutMs }).then(
    () => "none",
    (error: unknown) => (MorningError.is(error) ? error.code : String(error)),
  );
}

describe("SQL over the signals", () => {
  it("reads what is sealed and what is not, attributes from wherever they lie", async () => {
    expect(await rowsOf("select service, count(*) from logs group by all order by 1")).toEqual([
      ["orders", 200],
      ["付款", 100],
    ]);
    const routes = await rowsOf(`select attributes['http.route'] as route, count(*) as n
      from logs l where l.attributes['it''s'] = 'x' group by route order by route`);
    expect(routes).toEqual([0, 1, 2, 3].map((at) => [`/r${at}`, 75]));
    // The key in capitals has no column; that of 700 different ones lies in the map.
    expect(
      await rowsOf(`select count(attributes['Mixed']), count(attributes['key.7']),
        count(attributes['missing']), max(resource['host.name']) from logs`),
    ).toEqual([[300, 1, 0, "付款-0"]]);
    const map = await rowsOf(`select map_keys(attributes) from logs
      where body = '7' and time_ns = ${startNs + 7_000_000n}`);
    expect(JSON.parse(String(map[0]?.[0]))).toEqual(
      expect.arrayContaining(["http.route", "order.id", "key.7", "Mixed", "it's"]),
    );
  });

  it("joins, windows, subqueries, and tables that it makes itself", async () => {
    const joined = await rowsOf(`with slow as (select trace_id, duration_ms from spans
        where duration_ms >= 290)
      select l.body, s.duration_ms, row_number() over (order by s.duration_ms desc) as place
      from logs l join slow s using (trace_id) order by place limit 2`);
    expect(joined).toEqual([
      ["299", 299, 1],
      ["298", 298, 2],
    ]);
    const numbers = await rowsOf(`select sum(x) from (select unnest(range(5)) as x)
      union all select sum(a) from (values (1), (2)) v(a)
      union all select count(*) from generate_series(1, 3)`);
    expect(numbers.map(([n]) => Number(n)).toSorted((a, b) => a - b)).toEqual([3, 3, 10]);
  });

  it("tells columns and types, instants as text, and what it left out", async () => {
    const answer = await ask("select time, time_ns, level, severity from logs order by time", {
      rowsMax: 2,
    });
    expect(answer.columns).toEqual([
      { name: "time", type: "TIMESTAMP_NS" },
      { name: "time_ns", type: "BIGINT" },
      { name: "level", type: "VARCHAR" },
      { name: "severity", type: "INTEGER" },
    ]);
    expect(answer.rows[0]?.[0]).toMatch(/^2026-09-21[ T]\d\d:\d\d:\d\d/);
    expect(answer.rows[0]?.slice(1)).toEqual([startNs.toString(), "info", 9]);
    expect([answer.rows.length, answer.cut]).toEqual([2, true]);
    const empty = await ask("select * from points");
    expect(empty.rows).toEqual([]);
    expect(empty.columns.map(({ name }) => name)).toContain("value");
  });

  it("runs every example of its guide", async () => {
    const guide = join(packageRoot(), "docs", "guides", "telemetry-sql.md");
    const found = readFileSync(guide, "utf8").matchAll(/```sql\n([^`]+)```/g);
    const examples = [...found].map(([, text = ""]) => text);
    expect(examples.length).toBeGreaterThan(4);
    for (const text of examples) expect((await ask(text)).columns.length).toBeGreaterThan(1);
  });

  it.each([
    "select * from read_text('/etc/hostname')",
    "select * from \"read_text\"('/etc/hostname')",
    "select * from Read_Csv ('/etc/hostname')",
    "select * from '/etc/hostname'",
    'select * from "/etc/hostname.csv"',
    "select (select content from read_blob('/etc/hostname')) from logs",
    "select * from logs where body in (select content from read_text('/etc/hostname'))",
    "with logs as (select * from read_text('/etc/hostname')) select * from logs",
    'with "/etc/hostname.csv" as (select 1) select * from "/etc/hostname.csv"',
    "select 1 limit (select count(*) from glob('/*'))",
    "select getenv('HOME')",
    "select current_setting('temp_directory')",
    "select getvariable('x')",
    "select * from duckdb_settings()",
    "select * from pragma_version()",
    "select * from query('select 1')",
    "select * from query_table('logs')",
    "select * from information_schema.tables",
    "select * from pg_catalog.pg_class",
    "select * from main.logs",
    "select * from duckdb_secrets()",
    "select * from parquet_metadata('x')",
    "from logs; select 1",
    "copy logs to 'x.csv'",
    "create table t as select 1",
    "create macro m() as 1",
    "set memory_limit = '10GB'",
    "reset lock_configuration",
    "attach 'x.db'",
    "install httpfs",
    "load httpfs",
    "pragma database_list",
    "drop view logs",
    "insert into logs select * from logs",
    "export database 'x'",
    "call pragma_version()",
    "explain analyze select 1",
    "describe logs",
    "select * from (describe logs)",
    "show tables",
    "prepare p as select 1",
    "selec 1",
    "select * from nothing",
    "select nothing from logs",
    "select 'x'::integer",
    "",
    ";",
    "--",
    "select $1",
    `select ${"1".repeat(17_000)}`,
  ])("refuses %.60s", async (text) => {
    expect(await codeOf(text)).toMatch(/^MOR_TELEMETRY_(?:SQL|QUERY_TOO_LARGE)$/);
  });

  it("is bounded in time, also within one value", async () => {
    for (const text of [
      "select count(*) from range(1000000) a, range(1000000) b",
      "with recursive t(n) as (select 1 union all select n + 1 from t) select max(n) from t",
      "select sum(length(repeat('x', 10000000 + i::bigint))) from range(2000) t(i)",
    ]) {
      const startedMs = performance.now();
      expect(await codeOf(text, 300)).toMatch(/^MOR_TELEMETRY_QUERY_(?:TIMEOUT|TOO_LARGE)$/);
      expect(performance.now() - startedMs).toBeLessThan(5000);
    }
    expect(await rowsOf("select 1")).toEqual([[1]]);
  });

  it("is bounded in memory, also within one value", async () => {
    for (const text of [
      "select list(i) from range(400000000) t(i)",
      "select list_sum(list_transform(range(300000000), lambda x: x + 1))",
      `with a as (select repeat('x', 100000) as s), b as (select s || s || s || s || s as s from a),
        c as (select s || s || s || s || s || s || s || s || s || s as s from b),
        d as (select s || s || s || s || s || s || s || s || s || s as s from c),
        e as (select s || s || s || s || s || s || s || s || s || s as s from d)
        select length(s || s || s) from e`,
    ]) {
      expect(await codeOf(text, 1000)).toMatch(
        /^MOR_TELEMETRY_(?:QUERY_(?:TIMEOUT|TOO_LARGE)|SQL)$/,
      );
    }
    const cut = await ask("select repeat('x', 1000000) from range(100)", { rowsMax: 1000 });
    expect(String(cut.rows[0]?.[0]).length).toBeLessThan(70_000);
    expect(await rowsOf("select 1")).toEqual([[1]]);
  });

  it("runs statements one after the other, and refuses when too many wait", async () => {
    const all = await Promise.all(
      Array.from({ length: 30 }, (_, at) =>
        ask(`select ${at}`).then(
          () => true,
          () => false,
        ),
      ),
    );
    expect(all.filter(Boolean).length).toBe(16);
  });
});
