import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { seededRandom } from "../../core/ids.ts";
import type { Random } from "../../core/ids.ts";
import type { SqlValue, Statement, StatementResult, Write } from "../../core/store.ts";
import { openInline } from "./inline.ts";

const wide = 2n ** 60n;

/**
 * A random statement of the kinds that succeed, fail, change rows and then fail, or return wide
 * integers.
 */
function randomStatement(random: Random): Statement {
  const upTo = (count: number): number => Math.floor(random.next() * count);
  const insert = "insert into t (id, n) values (?, ?)";
  const id = upTo(30);
  switch (upTo(10)) {
    case 0:
      return { sql: insert, params: [id, upTo(5)] };
    case 1:
      return { sql: insert, each: [1, 2, 3].map(() => [upTo(30), upTo(5)]) };
    case 2:
      return { sql: "update t set n = n + 1 where id = ?", params: [id], expect: { rows: 1 } };
    case 3:
      return {
        sql: "update t set n = n + 1 where id < ?",
        params: [id],
        expect: { rows: upTo(4) },
      };
    case 4:
      return {
        sql: "delete from t where id = ? returning *",
        params: [id],
        expect: { rows: "some" },
      };
    case 5:
      return { sql: `${insert} returning id, n`, params: [id, upTo(3) === 0 ? wide : 7] };
    case 6:
      return { sql: "select id, n from t order by id", values: upTo(2) === 0 };
    case 7:
      return { sql: "update t set n = 0 where id % 7 = ? returning id", params: [upTo(7)] };
    case 8:
      return { sql: `create table if not exists extra${upTo(3)} (id integer)` };
    default:
      return { sql: "insert into missing values (?)", params: [id] };
  }
}

function randomWrite(random: Random): Write {
  const count = 1 + Math.floor(random.next() ** 2 * 4);
  return { statements: Array.from({ length: count }, () => randomStatement(random)) };
}

const created = "create table t (id integer primary key, n integer)";

/** Runs the writes through the store, group by group; says what became of each and of the table. */
async function grouped(groups: readonly (readonly Write[])[]): Promise<unknown> {
  const store = openInline({ clock: systemClock, flush: "manual", groups: { textsMax: 3 } });
  const ready = store.write({ statements: [{ sql: created }] });
  store.flush();
  await ready;
  const outcomes: unknown[] = [];
  for (const group of groups) {
    const settled = Promise.allSettled(group.map((write) => store.write(write)));
    store.flush();
    for (const one of await settled) {
      outcomes.push(one.status === "fulfilled" ? one.value.map(plain) : "failed");
    }
  }
  const table = await store.read("select * from t order by id");
  await store.close();
  return { outcomes, table };
}

/** Rows of either form as arrays, and their number's meaning aside. */
function plain({ changes, rows, values }: StatementResult): unknown {
  return { changes, rows: rows.length > 0 ? rows.map((row) => Object.values(row)) : values };
}

function runPlainly(db: DatabaseSync, { sql, params = [], each, expect: expected }: Statement) {
  const statement = db.prepare(sql);
  statement.setReadBigInts(true);
  const rows: SqlValue[][] = [];
  let changes = 0;
  for (const one of each ?? [params]) {
    const [before] = Object.values(db.prepare("select total_changes()").get() ?? {});
    const found = statement.all(...one) as Record<string, SqlValue>[];
    const [after] = Object.values(db.prepare("select total_changes()").get() ?? {});
    changes += Number(after) - Number(before);
    const narrow = (value: SqlValue): SqlValue =>
      typeof value === "bigint" && value >= wide ? value : Number(value);
    for (const row of found) rows.push(Object.values(row).map(narrow));
  }
  const done = statement.columns().length > 0 ? rows.length : changes;
  if (expected && (expected.rows === "some" ? done === 0 : done !== expected.rows)) {
    throw new Error("unmet");
  }
  return { changes, rows };
}

/** The oracle: each write in a transaction of its own, without any of our code. */
function alone(writes: readonly Write[]): unknown {
  const db = new DatabaseSync(":memory:");
  db.exec(created);
  const outcomes = writes.map((write) => {
    db.exec("begin");
    try {
      const results = write.statements.map((statement) => runPlainly(db, statement));
      db.exec("commit");
      return results;
    } catch {
      db.exec("rollback");
      return "failed";
    }
  });
  const select = db.prepare("select * from t order by id");
  select.setReadBigInts(true);
  const table = select.all().map((row) => ({
    id: Number(row["id"]),
    n: (row["n"] as bigint) >= wide ? row["n"] : Number(row["n"]),
  }));
  db.close();
  return { outcomes, table };
}

test("a group gives each write what it would have got alone, over 400 seeds", async () => {
  for (let seed = 1; seed <= 400; seed++) {
    const random = seededRandom(seed);
    const writes = Array.from({ length: 40 }, () => randomWrite(random));
    const result = await grouped([writes.slice(0, 25), writes.slice(25)]);
    expect({ seed, result }).toEqual({ seed, result: alone(writes) });
  }
});
