import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../core/clock.ts";
import type { Schema, Store } from "../../core/store.ts";
import { openInline } from "./inline.ts";
import { openSqlite } from "./store.ts";

const folder = mkdtempSync(join(tmpdir(), "morning-state-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const schema: Schema = {
  component: "notes",
  migrations: [
    {
      version: 1,
      sqlite: [
        `create table notes (id integer primary key, body text not null, bytes blob,
          owner text unique, size integer check (size >= 0))`,
      ],
      postgres: [],
    },
  ],
};
const insert = "insert into notes (id, body) values (?, ?)";

let files = 0;
const engines: Record<string, (path?: string) => Promise<Store>> = {
  sqlite: (path = join(folder, `${files++}`, "state.db")) =>
    openSqlite({ path, clock: systemClock }),
  inline: async (path = ":memory:") => openInline({ path, clock: systemClock }),
};

describe.each(Object.entries(engines))("the %s store", (_name, open) => {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    await store.migrate(schema);
  });
  afterEach(() => store.close());

  const ids = async (): Promise<unknown[]> =>
    (await store.read("select id from notes order by id")).map((row) => row["id"]);

  test("a write resolves with changes and returned rows, and reads see it", async () => {
    const results = await store.write({
      statements: [
        { sql: insert, params: [1, "one"] },
        { sql: `${insert} returning id, body`, params: [2, "two"] },
        { sql: `${insert} returning id, body`, params: [3, "three"], values: true },
        { sql: "update notes set size = 1" },
        { sql: "select count(*) as notes from notes" },
      ],
    });
    expect(results).toEqual([
      { changes: 1, rows: [], values: [] },
      { changes: 1, rows: [{ id: 2, body: "two" }], values: [] },
      { changes: 1, rows: [], values: [[3, "three"]] },
      { changes: 3, rows: [], values: [] },
      { changes: 0, rows: [{ notes: 3 }], values: [] },
    ]);
    expect(await store.read("select body from notes where id = ?", [2])).toEqual([{ body: "two" }]);
  });

  test("`each` runs once a row, sums changes and joins rows", async () => {
    const each = [
      [1, "a"],
      [2, "b"],
    ] as const;
    const [first] = await store.write({ statements: [{ sql: insert, each }] });
    expect(first?.changes).toBe(2);
    const sql = "update notes set body = body || '!' where id = ? returning body";
    const [second] = await store.write({ statements: [{ sql, each: [[1], [2], [9]] }] });
    expect(second).toEqual({ changes: 2, rows: [{ body: "a!" }, { body: "b!" }], values: [] });
    const [nothing] = await store.write({ statements: [{ sql: insert, each: [] }] });
    expect(nothing?.changes).toBe(0);
  });

  test("an expectation that fails undoes its own write whole and nothing else", async () => {
    const settled = await Promise.allSettled([
      store.write({ statements: [{ sql: insert, params: [1, "kept"] }] }),
      store.write({
        statements: [
          { sql: insert, params: [2, "undone"] },
          { sql: "update notes set body = 'x' where id = 77", expect: { rows: 1 } },
        ],
      }),
      store.write({
        statements: [
          {
            sql: "update notes set body = 'x'",
            expect: { rows: 7, error: { code: "MOR_OWN_CODE", message: "not seven" } },
          },
        ],
      }),
      store.write({ statements: [{ sql: insert, params: [3, "kept"], expect: { rows: "some" } }] }),
      store.write({
        statements: [
          {
            sql: insert,
            each: [
              [4, "undone"],
              [1, "there"],
            ],
          },
        ],
      }),
    ]);
    expect(settled.map((one) => one.status)).toEqual([
      "fulfilled",
      "rejected",
      "rejected",
      "fulfilled",
      "rejected",
    ]);
    expect(settled[1]).toMatchObject({ reason: { code: "MOR_CONFLICT" } });
    expect(settled[2]).toMatchObject({ reason: { code: "MOR_OWN_CODE", message: "not seven" } });
    expect(settled[4]).toMatchObject({ reason: { code: "MOR_CONFLICT" } });
    expect(await store.read("select id, body from notes order by id")).toEqual([
      { id: 1, body: "kept" },
      { id: 3, body: "kept" },
    ]);
  });

  test("constraints and bad statements fail alone, each by its own code", async () => {
    const codes = await Promise.all(
      [
        { sql: insert, params: [1, null] },
        { sql: "insert into notes (id, body, size) values (5, 'x', -1)" },
        { sql: "insert into nowhere values (1)" },
        { sql: "insert into notes (id, body) values (6, 'x'); delete from notes" },
        { sql: insert, params: [1, true as never] },
        { sql: insert, params: [1, undefined as never] },
        { sql: insert, params: [1] },
        { sql: insert, params: [2, "fine"] },
      ].map((statement) =>
        store.write({ statements: [statement] }).then(
          () => "kept",
          (error: { code: string }) => error.code,
        ),
      ),
    );
    expect(codes).toEqual([
      "MOR_INVALID",
      "MOR_INVALID",
      "MOR_STATE_SQL",
      "MOR_STATE_SQL",
      "MOR_INVALID",
      "MOR_INVALID",
      "MOR_INVALID",
      "kept",
    ]);
    expect(await ids()).toEqual([2]);
  });

  test("every kind of value comes back unchanged", async () => {
    const pooled = Buffer.from("pooled");
    const wide = 2n ** 62n;
    const values = [null, 1.5, -7, "文字\u0000x", new Uint8Array([0, 255]), wide, 2 ** 53 - 1];
    const sql = "select ? a, ? b, ? c, ? d, ? e, ? f, ? g";
    const [row] = await store.read(sql, values);
    expect(Object.values(row ?? {})).toEqual(values);
    const insertion = "insert into notes (id, body, bytes, size) values (?, 'x', ?, ?) returning *";
    const [result] = await store.write({
      statements: [{ sql: insertion, params: [1, pooled, wide] }],
    });
    expect(result?.rows).toEqual([
      { id: 1, body: "x", bytes: new Uint8Array(pooled), owner: null, size: wide },
    ]);
    expect(await ids()).toEqual([1]);
  });

  test("listeners of a kept write are woken after it, those of a lost one never", async () => {
    const woken: string[] = [];
    const channels = ["kept", "lost", "other"];
    const cancels = channels.map((channel) => store.listen(channel, () => woken.push(channel)));
    const kept = { sql: insert, params: [1, "x"] };
    const lost = { sql: "update notes set body = 'x' where id = 9", expect: { rows: 1 } };
    await Promise.allSettled([
      store.write({ statements: [kept], wake: ["kept"] }),
      store.write({ statements: [lost], wake: ["lost"] }),
    ]);
    await store.read("select 1");
    expect(woken).toEqual(["kept"]);
    for (const cancel of cancels) cancel();
    await store.write({ statements: [{ sql: "delete from notes" }], wake: ["kept"] });
    await store.read("select 1");
    expect(woken).toEqual(["kept"]);
  });

  test("a read past its limit is a named error, and a read cannot write", async () => {
    const numbers = (count: number): string =>
      `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count})
       select i from n`;
    expect(await store.read(numbers(10_000))).toHaveLength(10_000);
    await expect(store.read(numbers(10_001))).rejects.toMatchObject({ code: "MOR_READ_TOO_LARGE" });
    expect(await store.readLong?.(numbers(20_000))).toHaveLength(20_000);
    await expect(store.readLong?.(numbers(20), [], { rowsMax: 10 })).rejects.toMatchObject({
      code: "MOR_READ_TOO_LARGE",
    });
    await expect(store.read("select zeroblob(50000000)")).rejects.toMatchObject({
      code: "MOR_READ_TOO_LARGE",
    });
    for (const sql of [
      "delete from notes",
      "insert into notes (id, body) values (1, 'x')",
      "with gone as (select 1 as id) delete from notes where id in (select id from gone)",
      "attach 'other.db' as other",
      "pragma cache_size = -1000000",
    ]) {
      await expect(store.read(sql)).rejects.toMatchObject({ code: "MOR_STATE_SQL" });
    }
  });

  test("many writes of one tick share a commit", async () => {
    const before = await store.stats();
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        store.write({ statements: [{ sql: insert, params: [index, "x"] }] }),
      ),
    );
    const after = await store.stats();
    expect(after.writes - before.writes).toBe(100);
    expect(after.commits - before.commits).toBe(1);
    expect(after.waiting).toBe(0);
    expect(after.bytes).toBeGreaterThan(0);
  });

  test("more texts than the cache holds still run the right statement", async () => {
    await Promise.all(
      Array.from({ length: 1200 }, (_, index) =>
        store.write({
          statements: [{ sql: `insert into notes (id, body) values (${index}, 'n${index}')` }],
        }),
      ),
    );
    const wrong = await store.read("select id from notes where body <> 'n' || id");
    expect(wrong).toEqual([]);
    expect(await ids()).toHaveLength(1200);
  });

  test("a schema change alters what a known statement returns", async () => {
    const read = { sql: "select * from notes" };
    await store.write({ statements: [{ sql: insert, params: [1, "x"] }, read] });
    await store.read(read.sql);
    const added = {
      version: 2,
      sqlite: ["alter table notes add column extra text default 'new'"],
      postgres: [],
    };
    await store.migrate({ ...schema, migrations: [...schema.migrations, added] });
    const [result] = await store.write({ statements: [read] });
    expect(result?.rows[0]).toMatchObject({ id: 1, extra: "new" });
    expect((await store.read(read.sql))[0]).toMatchObject({ extra: "new" });
  });

  test("a store of a newer version is refused, and a failed step leaves nothing", async () => {
    const failing = {
      version: 2,
      sqlite: ["create table later (id integer)", "insert into missing values (1)"],
      postgres: [],
    };
    const longer: Schema = { ...schema, migrations: [...schema.migrations, failing] };
    await expect(store.migrate(longer)).rejects.toMatchObject({ code: "MOR_STATE_SQL" });
    expect(await store.read("select name from sqlite_master where name = 'later'")).toEqual([]);
    await store.write({ statements: [{ sql: "update morning_schema set version = 9" }] });
    await expect(store.migrate(schema)).rejects.toMatchObject({
      code: "MOR_STATE_SCHEMA_NEWER",
      fix: expect.stringContaining("newer version"),
    });
    await expect(store.migrate({ component: "gap", migrations: [failing] })).rejects.toMatchObject({
      code: "MOR_DECLARATION",
    });
  });

  test("closing keeps what was written before it and refuses what comes after", async () => {
    const path = join(folder, `close-${files++}.db`);
    const closing = await open(path);
    await closing.migrate(schema);
    const last = closing.write({ statements: [{ sql: insert, params: [1, "last"] }] });
    await closing.close();
    await last;
    await expect(closing.write({ statements: [] })).rejects.toMatchObject({ code: "MOR_STOPPING" });
    await expect(closing.read("select 1")).rejects.toMatchObject({ code: "MOR_STOPPING" });
    const again = await open(path);
    expect(await again.read("select body from notes")).toEqual([{ body: "last" }]);
    await again.close();
  });
});
