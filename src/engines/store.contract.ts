import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Schema, SqlValue, Statement, Store } from "../core/store.ts";

/** How the contract opens a store. */
export interface StoreUnderTest {
  /** An empty store; a `place` given twice is the same one, as for a process after a restart. */
  open(place: string): Promise<Store>;
}

const schema: Schema = {
  component: "notes",
  migrations: [
    {
      version: 1,
      sqlite: [
        `create table notes (id integer primary key, body text not null, bytes blob,
          owner text unique, size integer check (size >= 0))`,
      ],
      postgres: [
        `create table notes (id bigint primary key, body text not null, bytes bytea,
          owner text unique, size bigint check (size >= 0))`,
      ],
    },
  ],
};

const insert = "insert into notes (id, body) values (?, ?)";

let places = 0;

/** `?` as the dialect writes it. */
function inDialect(store: Store, sql: string): string {
  let count = 0;
  return store.dialect === "sqlite" ? sql : sql.replaceAll("?", () => `$${++count}`);
}

async function codeOf(promise: Promise<unknown> | undefined): Promise<string> {
  try {
    await promise;
    return "kept";
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}

/** What every state store must do, whatever its engine. */
export function storeContract(name: string, engine: StoreUnderTest, skip = false): void {
  describe.skipIf(skip)(name, () => {
    let store: Store;
    const place = `contract-${places++}`;

    const run = async (...statements: readonly Statement[]): ReturnType<Store["write"]> =>
      store.write({
        statements: statements.map((one) => ({ ...one, sql: inDialect(store, one.sql) })),
      });
    const read = (sql: string, params: readonly SqlValue[] = []): ReturnType<Store["read"]> =>
      store.read(inDialect(store, sql), params);
    const fresh = async (): Promise<void> => void (await run({ sql: "delete from notes" }));
    const ids = async (): Promise<unknown[]> =>
      (await read("select id from notes order by id")).map((row) => row["id"]);

    beforeAll(async () => {
      store = await engine.open(place);
      await store.migrate(schema);
    });
    afterAll(() => store.close());

    test("a write resolves with changes and returned rows, and reads see it", async () => {
      await fresh();
      const results = await run(
        { sql: insert, params: [1, "one"] },
        { sql: `${insert} returning id, body`, params: [2, "two"] },
        { sql: `${insert} returning id, body`, params: [3, "three"], values: true },
        { sql: "update notes set size = 1" },
        { sql: "select count(*) as notes from notes" },
      );
      expect(results).toEqual([
        { changes: 1, rows: [], values: [] },
        { changes: 1, rows: [{ id: 2, body: "two" }], values: [] },
        { changes: 1, rows: [], values: [[3, "three"]] },
        { changes: 3, rows: [], values: [] },
        { changes: 0, rows: [{ notes: 3 }], values: [] },
      ]);
      expect(await read("select body from notes where id = ?", [2])).toEqual([{ body: "two" }]);
    });

    test("an expectation that is met changes nothing of what a statement answers", async () => {
      await fresh();
      const results = await run(
        { sql: insert, params: [1, "one"], expect: { rows: 1 } },
        { sql: `${insert} returning id, body`, params: [2, "two"], expect: { rows: "some" } },
        { sql: "select id from notes where id = 9", expect: { rows: 0 } },
        {
          sql: "select body from notes where id = ?",
          params: [2],
          expect: { rows: 1 },
          values: true,
        },
        { sql: "delete from notes where id = 9 returning id", expect: { rows: 0 } },
      );
      expect(results).toEqual([
        { changes: 1, rows: [], values: [] },
        { changes: 1, rows: [{ id: 2, body: "two" }], values: [] },
        { changes: 0, rows: [], values: [] },
        { changes: 0, rows: [], values: [["two"]] },
        { changes: 0, rows: [], values: [] },
      ]);
    });

    test("`each` runs once a row, sums and joins; an expectation is on the sum", async () => {
      await fresh();
      const each = [
        [1, "a"],
        [2, "b"],
      ] as const;
      const [first] = await run({ sql: insert, each, expect: { rows: 2 } });
      expect(first?.changes).toBe(2);
      const sql = "update notes set body = body || '!' where id = ? returning body";
      const twice: Statement = { sql, each: [[1], [2], [9]], expect: { rows: 2 } };
      const [second] = await run(twice);
      expect(second).toEqual({ changes: 2, rows: [{ body: "a!" }, { body: "b!" }], values: [] });
      expect(await codeOf(run({ ...twice, expect: { rows: 3 } }))).toBe("MOR_CONFLICT");
      expect(await read("select body from notes where id = 1")).toEqual([{ body: "a!" }]);
      const [nothing] = await run({ sql: insert, each: [] });
      expect(nothing?.changes).toBe(0);
    });

    test("a failed write of a group is undone whole and alone", async () => {
      await fresh();
      const own = { code: "MOR_OWN_CODE", message: "not seven" };
      const settled = await Promise.allSettled([
        run({ sql: insert, params: [1, "kept"] }),
        run(
          { sql: insert, params: [2, "undone"] },
          { sql: "update notes set body = 'x' where id = 77", expect: { rows: 1 } },
        ),
        run({ sql: "update notes set body = 'x'", expect: { rows: 7, error: own } }),
        run({ sql: insert, params: [3, "kept"], expect: { rows: "some" } }),
        run({
          sql: insert,
          each: [
            [4, "undone"],
            [1, "there"],
          ],
        }),
      ]);
      expect(settled.map((one) => one.status === "fulfilled")).toEqual([
        true,
        false,
        false,
        true,
        false,
      ]);
      expect(settled[1]).toMatchObject({ reason: { code: "MOR_CONFLICT" } });
      expect(settled[2]).toMatchObject({ reason: own });
      expect(settled[4]).toMatchObject({ reason: { code: "MOR_CONFLICT" } });
      expect(await read("select id, body from notes order by id")).toEqual([
        { id: 1, body: "kept" },
        { id: 3, body: "kept" },
      ]);
    });

    test("what a refused write saw of its group was committed", async () => {
      // The first of each pair wins, whatever fails between them: no pair loses both.
      await fresh();
      const outcomes = await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          codeOf(run({ sql: insert, params: [Math.floor(index / 2), "x"] })),
        ),
      );
      const pairs = Array.from({ length: 30 }, (_, at) => outcomes.slice(at * 2, at * 2 + 2));
      expect(pairs).toEqual(pairs.map(() => ["kept", "MOR_CONFLICT"]));
      expect(await ids()).toHaveLength(30);
    });

    test("constraints and bad statements fail alone, each by its own code", async () => {
      await fresh();
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
        ].map((statement) => codeOf(run(statement))),
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
      await fresh();
      const wide = 2n ** 62n;
      const columns = "id, body, bytes, owner, size";
      const insertion = `insert into notes (${columns}) values (?, ?, ?, ?, ?) returning *`;
      const bytes = Buffer.from([0, 255, 10]);
      const [result] = await run({
        sql: insertion,
        params: [2 ** 53 - 1, "文字 '\\\" $1 ?", bytes, null, wide],
      });
      const row = {
        id: 2 ** 53 - 1,
        body: "文字 '\\\" $1 ?",
        bytes: new Uint8Array(bytes),
        owner: null,
        size: wide,
      };
      expect(result?.rows).toEqual([row]);
      expect(await read("select * from notes")).toEqual([row]);
      expect(await read("select 1.5 as half, sum(size) as total from notes")).toEqual([
        { half: 1.5, total: wide },
      ]);
    });

    test("listeners are woken after the commit of a kept write, never of a lost one", async () => {
      await fresh();
      const woken: string[] = [];
      const channels = ["kept", "lost", "other"];
      const cancels = channels.map((channel) => store.listen(channel, () => woken.push(channel)));
      const lost = {
        sql: "update notes set body = 'x' where id = 9",
        expect: { rows: 1 },
      } as const;
      const kept = { sql: inDialect(store, insert), params: [1, "x"] };
      await Promise.allSettled([
        store.write({ statements: [kept], wake: ["kept"] }),
        store.write({ statements: [lost], wake: ["lost"] }),
      ]);
      await read("select 1 as one");
      expect(woken).toEqual(["kept"]);
      for (const cancel of cancels) cancel();
      await store.write({ statements: [{ sql: "delete from notes" }], wake: ["kept"] });
      await read("select 1 as one");
      expect(woken).toEqual(["kept"]);
    });

    test("a read past its limit is a named error, and a read cannot write", async () => {
      const numbers = (count: number): string =>
        `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count})
         select i from n`;
      expect(await read(numbers(10_000))).toHaveLength(10_000);
      expect(await codeOf(read(numbers(10_001)))).toBe("MOR_READ_TOO_LARGE");
      expect(await store.readLong?.(numbers(20_000))).toHaveLength(20_000);
      const narrow = store.readLong?.(numbers(20), [], { rowsMax: 10 });
      expect(await codeOf(narrow)).toBe("MOR_READ_TOO_LARGE");
      for (const sql of ["delete from notes", "insert into notes (id, body) values (1, 'x')"]) {
        expect(await codeOf(read(sql))).toBe("MOR_STATE_SQL");
      }
    });

    test("many writes of one tick share a commit", async () => {
      await fresh();
      const before = await store.stats();
      await Promise.all(
        Array.from({ length: 100 }, (_, index) => run({ sql: insert, params: [index, "x"] })),
      );
      const after = await store.stats();
      expect(after.writes - before.writes).toBe(100);
      expect(after.commits - before.commits).toBe(1);
      expect(after.waiting).toBe(0);
      expect(after.bytes).toBeGreaterThan(0);
    });

    test("more texts than stay prepared still run the right statement", async () => {
      await fresh();
      await Promise.all(
        Array.from({ length: 1200 }, (_, index) =>
          run({ sql: `insert into notes (id, body) values (${index}, 'n${index}')` }),
        ),
      );
      expect(await read("select id from notes where body <> 'n' || id")).toEqual([]);
      expect(await ids()).toHaveLength(1200);
    });

    test("a schema change alters what a known statement returns", async () => {
      await fresh();
      const all = { sql: "select * from notes" };
      await run({ sql: insert, params: [1, "x"] }, all);
      await read(all.sql);
      const sql = ["alter table notes add column extra text default 'new'"];
      const added = { version: 2, sqlite: sql, postgres: sql };
      await store.migrate({ ...schema, migrations: [...schema.migrations, added] });
      const [result] = await run(all);
      expect(result?.rows[0]).toMatchObject({ id: 1, extra: "new" });
      expect((await read(all.sql))[0]).toMatchObject({ extra: "new" });
    });

    test("a store of a newer version is refused, and a failed step leaves nothing", async () => {
      const sql = ["create table later (id integer)", "insert into missing values (1)"];
      const component = "forward";
      const first = { version: 1, sqlite: ["create table forward (id integer)"], postgres: [] };
      const begun = { ...first, postgres: first.sqlite };
      await store.migrate({ component, migrations: [begun] });
      const failing = { version: 2, sqlite: sql, postgres: sql };
      const migrations = [begun, failing];
      expect(await codeOf(store.migrate({ component, migrations }))).toBe("MOR_STATE_SQL");
      expect(await codeOf(read("select * from later"))).toBe("MOR_STATE_SQL");
      await run({ sql: "update morning_schema set version = 9 where component = 'forward'" });
      await expect(store.migrate({ component, migrations: [begun] })).rejects.toMatchObject({
        code: "MOR_STATE_SCHEMA_NEWER",
        fix: expect.stringContaining("newer version"),
      });
      const gap = { component: "gap", migrations: [failing] };
      expect(await codeOf(store.migrate(gap))).toBe("MOR_DECLARATION");
    });

    test("closing keeps what was written before it and refuses what comes after", async () => {
      const own = `${place}-closing`;
      const closing = await engine.open(own);
      await closing.migrate(schema);
      const sql = inDialect(closing, insert);
      const last = closing.write({ statements: [{ sql, params: [1, "last"] }] });
      await closing.close();
      await last;
      expect(await codeOf(closing.write({ statements: [] }))).toBe("MOR_STOPPING");
      expect(await codeOf(closing.read("select 1"))).toBe("MOR_STOPPING");
      const again = await engine.open(own);
      expect(await again.read("select body from notes")).toEqual([{ body: "last" }]);
      await again.close();
    });
  });
}

/** What a state store must do in addition that several processes open at once. */
export function sharedStoreContract(name: string, engine: StoreUnderTest, skip = false): void {
  describe.skipIf(skip)(name, () => {
    test("processes share a place: writes conflict, wakes cross, schemas move once", async () => {
      const own = `contract-${places++}`;
      const stores = await Promise.all([1, 2, 3].map(() => engine.open(own)));
      await Promise.all(stores.map((one) => one.migrate(schema)));
      const woken = stores.map(
        (one) => new Promise<void>((resolve) => void one.listen("notes", resolve)),
      );
      const codes = await Promise.all(
        stores.map((one) => {
          const sql = inDialect(one, insert);
          return codeOf(one.write({ statements: [{ sql, params: [1, "x"] }], wake: ["notes"] }));
        }),
      );
      expect(codes.sort()).toEqual(["MOR_CONFLICT", "MOR_CONFLICT", "kept"]);
      await Promise.all(woken);
      await Promise.all(stores.map((one) => one.close()));
    });
  });
}
