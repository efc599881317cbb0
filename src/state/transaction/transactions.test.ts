import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { Client } from "pg";
import { systemClock } from "../../core/clock.ts";
import { makeIds, seededRandom, systemRandom } from "../../core/ids.ts";
import type { Store } from "../../core/store.ts";
import { transactional } from "../../core/transaction.ts";
import type { Transactional, Transactions, Tx } from "../../core/transaction.ts";
import { openPostgres } from "../../engines/postgres/store.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import { simulatedClock } from "../../testing/clock.ts";
import { makeNotes, notesIn, notesOf, settle } from "./contract-fixtures.ts";
import { ledgerRetentionMs } from "./ledger.ts";
import { makeTransactions } from "./transactions.ts";

function transactionsOn(store: Store, scope = "orders"): Transactions {
  const ids = makeIds(systemClock, systemRandom);
  return makeTransactions({ store: async () => store, clock: systemClock, ids }, scope);
}

async function openNotes(): Promise<{
  store: Store;
  notes: ReturnType<typeof notesOf>;
  transactions: Transactions;
}> {
  const store = openInline({ clock: systemClock });
  await makeNotes(store);
  return { store, notes: notesOf(store), transactions: transactionsOn(store) };
}

test("a transaction commits what it collected in one write, or nothing of it", async () => {
  const { store, notes, transactions } = await openNotes();
  let woken = 0;
  store.listen("notes", () => woken++);
  await transactions.transact(async (tx) => {
    tx(notes).add("a");
    tx(notes).add("bb");
  });
  expect(await notesIn(store)).toEqual(["a", "bb"]);
  expect(woken).toBe(1);
  const broken: Transactional<{ fail(): void }> = {
    ...({} as Transactional<{ fail(): void }>),
    [Symbol.for("morning-ai/transactional") as never]: (writes: {
      add(statements: Promise<never>): void;
    }) => ({ fail: () => writes.add(Promise.reject(new Error("no statements"))) }),
  };
  const failing = transactions.transact((tx) => {
    tx(notes).add("c");
    tx(broken).fail();
  });
  await expect(failing).rejects.toThrow("no statements");
  const throwing = transactions.transact((tx) => {
    tx(notes).add("d");
    throw new Error("changed my mind");
  });
  await expect(throwing).rejects.toThrow("changed my mind");
  expect(await notesIn(store)).toEqual(["a", "bb"]);
});

test("nothing can be added to a transaction that has ended", async () => {
  const { store, notes, transactions } = await openNotes();
  let kept: Tx | undefined;
  await transactions.transact((tx) => {
    kept = tx;
  });
  expect(() => kept?.(notes).add("late")).toThrow(/has ended/);
  expect(await notesIn(store)).toEqual([]);
});

test("once writes once a key and scope, and refuses keys that are no keys", async () => {
  const { store, notes, transactions } = await openNotes();
  const add = (tx: Tx): void => tx(notes).add("x");
  expect(await transactions.once("order-1", add)).toBe(true);
  expect(await transactions.once("order-1", add)).toBe(false);
  expect(await transactions.once("order-2", add)).toBe(true);
  expect(await transactionsOn(store, "payments").once("order-1", add)).toBe(true);
  expect(await notesIn(store)).toEqual(["x", "x", "x"]);
  await expect(transactions.once("", add)).rejects.toMatchObject({ code: "MOR_ONCE_KEY" });
  await expect(transactions.once("k".repeat(257), add)).rejects.toMatchObject({
    code: "MOR_ONCE_KEY",
  });
});

test("a failed once leaves no ledger entry: the next call is the first", async () => {
  const { store, notes, transactions } = await openNotes();
  const failing = transactions.once("k", (tx) => {
    tx(notes).add("x");
    throw new Error("fails");
  });
  await expect(failing).rejects.toThrow("fails");
  expect(await transactions.once("k", (tx) => tx(notes).add("y"))).toBe(true);
  expect(await notesIn(store)).toEqual(["y"]);
});

test("ledger entries past retention are swept, a bounded number at a time", async () => {
  const clock = simulatedClock();
  const store = openInline({ clock });
  const ids = makeIds(clock, seededRandom(1));
  const transactions = makeTransactions({ store: async () => store, clock, ids }, "s");
  const nothing = (): void => {};
  const count = async (): Promise<unknown> =>
    (await store.read("select count(*) as n from morning_ledger"))[0]?.["n"];
  await Promise.all(Array.from({ length: 1500 }, (_, at) => transactions.once(`k${at}`, nothing)));
  clock.advance(ledgerRetentionMs - 1);
  await transactions.once("young", nothing);
  expect(await count()).toBe(1501);
  clock.advance(60_000);
  await transactions.once("a", nothing);
  expect(await count()).toBe(502);
  await transactions.once("b", nothing);
  expect(await count()).toBe(3);
});

test("once writes exactly once over many callers and crashes, whatever the order", async () => {
  const scenario = fc.record({
    seed: fc.integer(),
    calls: fc.array(fc.record({ key: fc.nat(4), delayMs: fc.nat(30) }), {
      minLength: 1,
      maxLength: 25,
    }),
    crashesMs: fc.array(fc.nat(60), { maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ seed, calls, crashesMs }) => {
      const clock = simulatedClock();
      const random = seededRandom(seed);
      const ids = makeIds(clock, random);
      const delay = (): number => Math.floor(random.next() * 8);
      let store = openInline({ clock });
      await makeNotes(store);
      const faults = { commitMs: delay, acknowledgeMs: delay };
      store = store.crash(faults);
      const firsts: string[] = [];
      const waiting = new Set(calls);
      // A caller whose process died calls again: a redelivered message.
      const callAll = (): void => {
        const own = store;
        const transactions = makeTransactions({ store: async () => own, clock, ids }, "s");
        for (const call of waiting) {
          clock.after(call.delayMs, () => {
            const name = `k${call.key}`;
            const called = transactions.once(name, (tx) => tx(notesOf(own)).add(name));
            void called.then((first) => {
              waiting.delete(call);
              if (first) firsts.push(name);
            });
          });
        }
      };
      for (const afterMs of crashesMs) {
        clock.after(afterMs, () => {
          store = store.crash(faults);
          callAll();
        });
      }
      callAll();
      for (let turn = 0; waiting.size > 0 && turn < 2000; turn++) {
        await settle(1);
        clock.advance(clock.nextInMs() ?? 0);
      }
      await settle(3);
      store.flush();
      const keys = [...new Set(calls.map(({ key }) => `k${key}`))].sort();
      expect(await notesIn(store)).toEqual(keys);
      expect(new Set(firsts).size).toBe(firsts.length);
    }),
    { numRuns: 60 },
  );
});

const url = process.env["MORNING_TEST_POSTGRES_URL"];

describe.skipIf(url === undefined)("once on postgres [needs MORNING_TEST_POSTGRES_URL]", () => {
  const schema = `once-${process.pid}`;
  afterAll(async () => {
    const admin = new Client(url);
    await admin.connect();
    await admin.query(`drop schema "${schema}" cascade`);
    await admin.end();
  });

  test("many processes that call once with one key write once", async () => {
    const open = (): Promise<Store> => openPostgres({ url: url ?? "", schema, clock: systemClock });
    const stores = await Promise.all([open(), open(), open()]);
    await Promise.all(stores.map(makeNotes));
    const calls = stores.flatMap((store) => {
      const transactions = transactionsOn(store);
      const notes = notesOf(store);
      return Array.from({ length: 60 }, (_, at) =>
        transactions.once(`k${at % 5}`, (tx) => tx(notes).add(`k${at % 5}`)),
      );
    });
    const firsts = (await Promise.all(calls)).filter((first) => first);
    expect(firsts).toHaveLength(5);
    expect(await notesIn(stores[0] as Store)).toEqual(["k0", "k1", "k2", "k3", "k4"]);
    await Promise.all(stores.map((store) => store.close()));
  });
});

test("who asked to hear of a commit hears of it once, and of no failed one", async () => {
  const clock = simulatedClock();
  const store = openInline({ clock });
  const host = { store: async () => store, clock, ids: makeIds(clock, seededRandom(1)) };
  const transactions = makeTransactions(host, "hearing");
  let heard = 0;
  const face = (sql: string): Transactional<{ write(): void }> => ({
    [transactional]: (writes) => ({
      write() {
        writes.add([{ sql }]);
        writes.committed(() => heard++);
      },
    }),
  });
  await transactions.once("key", (tx) => tx(face("select 1")).write());
  await transactions.once("key", (tx) => tx(face("select 1")).write());
  expect(heard).toBe(1);
  const failed = transactions.transact((tx) => tx(face("select nothing")).write());
  await expect(failed).rejects.toMatchObject({ code: "MOR_STATE_SQL" });
  expect(heard).toBe(1);
  await store.close();
});
