import { afterAll, afterEach, describe, expect, test } from "vitest";
import { Client } from "pg";
import { systemClock } from "../../core/clock.ts";
import type { Store } from "../../core/store.ts";
import { openPostgres } from "../../engines/postgres/store.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import { simulatedClock } from "../../testing/clock.ts";
import { settle, testHost } from "./contract-fixtures.ts";
import { openOutbox } from "./outbox.ts";
import type { OpenOutbox } from "./outbox.ts";
import { leaseMs } from "./relay.ts";

async function put(
  store: Store,
  outbox: OpenOutbox,
  name: string,
  ...payloads: string[]
): Promise<void> {
  const writes = payloads.map((payload) => outbox.statements({ kind: "queue", name }, payload));
  await store.write({
    statements: writes.flatMap(({ statements }) => statements),
    wake: writes.flatMap(({ wake }) => wake),
  });
}

/** Resolves once `done` holds, in step with the event loop. */
async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) await settle(1);
}

test("payloads are delivered in the order of their target, once when all goes well", async () => {
  const store = openInline({ clock: systemClock });
  const outbox = await openOutbox(store, testHost(systemClock, 1));
  const got: string[] = [];
  await put(store, outbox, "a", "1", "2");
  outbox.deliver("queue", async (name, payload) => {
    await settle(1);
    got.push(`${name}${payload}`);
  });
  const many = Array.from({ length: 250 }, (_, at) => String(at + 3));
  await put(store, outbox, "a", ...many);
  await put(store, outbox, "b", "1");
  await until(async () => (await outbox.pending()).length === 0);
  const expected = ["a1", "a2", ...many.map((at) => `a${at}`)];
  expect(got.filter((one) => one.startsWith("a"))).toEqual(expected);
  expect(got.filter((one) => one.startsWith("b"))).toEqual(["b1"]);
  await outbox.close();
});

test("a failing target backs off with a stable key and holds up no other", async () => {
  const clock = simulatedClock();
  const store = openInline({ clock });
  const outbox = await openOutbox(store, testHost(clock, 2));
  const got: string[] = [];
  const keys = new Set<string>();
  let failures = 3;
  outbox.deliver("queue", async (name, payload, key) => {
    if (name === "bad" && payload === "2") {
      keys.add(key);
      if (failures-- > 0) throw new Error("not now");
    }
    got.push(`${name}${payload}`);
  });
  await put(store, outbox, "bad", "1", "2", "3");
  await put(store, outbox, "good", "1", "2");
  await settle();
  expect(got.sort()).toEqual(["bad1", "good1", "good2"]);
  await put(store, outbox, "bad", "4");
  await settle();
  // Woken, but resting: the target is not tried again before its time.
  expect(failures).toBe(2);
  for (let tries = 0; tries < 3; tries++) {
    clock.advance(20_000);
    await settle();
  }
  expect(got.slice(3)).toEqual(["bad2", "bad3", "bad4"]);
  expect(keys.size).toBe(1);
  expect(await outbox.pending()).toEqual([]);
  await outbox.close();
});

test("what a crash interrupted comes again with the same key, after the lease", async () => {
  const clock = simulatedClock();
  let store = openInline({ clock });
  const before = await openOutbox(store, testHost(clock, 3));
  const keys: string[] = [];
  before.deliver("queue", (_name, _payload, key) => {
    keys.push(key);
    return new Promise(() => {});
  });
  await put(store, before, "a", "1");
  await settle();
  store = store.crash();
  const after = await openOutbox(store, testHost(clock, 4));
  after.deliver("queue", async (_name, _payload, key) => void keys.push(key));
  await settle();
  expect(keys).toHaveLength(1);
  clock.advance(leaseMs + 1);
  await settle();
  expect(keys).toHaveLength(2);
  expect(keys[0]).toBe(keys[1]);
  expect(await after.pending()).toEqual([]);
  await after.close();
});

test("a payload past the limit is refused before it is written", async () => {
  const store = openInline({ clock: systemClock });
  const outbox = await openOutbox(store, testHost(systemClock, 5));
  const big = "x".repeat(2 * 2 ** 20 + 1);
  expect(() => outbox.statements({ kind: "queue", name: "a" }, big)).toThrow(/at most 2097152/);
});

const url = process.env["MORNING_TEST_POSTGRES_URL"];

describe.skipIf(url === undefined)("outbox on postgres [needs MORNING_TEST_POSTGRES_URL]", () => {
  const schema = `outbox-${process.pid}`;
  const stores: Store[] = [];
  afterEach(() => Promise.all(stores.splice(0).map((store) => store.close())));
  afterAll(async () => {
    const admin = new Client(url);
    await admin.connect();
    await admin.query(`drop schema "${schema}" cascade`);
    await admin.end();
  });

  test("several processes share the targets and keep the order of each", async () => {
    const got: string[] = [];
    const underWay = new Map<string, number>();
    let overlaps = 0;
    const outboxes = await Promise.all(
      [1, 2, 3].map(async (seed) => {
        const store = await openPostgres({ url: url ?? "", schema, clock: systemClock });
        stores.push(store);
        const outbox = await openOutbox(store, testHost(systemClock, 100 + seed));
        outbox.deliver("queue", async (name, payload) => {
          const others = underWay.get(name) ?? 0;
          if (others > 0) overlaps++;
          underWay.set(name, others + 1);
          await settle(1);
          underWay.set(name, others);
          got.push(`${name}:${payload}`);
        });
        return { store, outbox };
      }),
    );
    const names = ["a", "b", "c", "d"];
    for (let payload = 0; payload < 30; payload++) {
      const { store, outbox } = outboxes[payload % 3] as (typeof outboxes)[number];
      await Promise.all(names.map((name) => put(store, outbox, name, String(payload))));
    }
    await until(() => got.length >= 120);
    for (const name of names) {
      const own = got.filter((one) => one.startsWith(name)).map((one) => Number(one.slice(2)));
      expect(own).toEqual(Array.from({ length: 30 }, (_, payload) => payload));
    }
    expect(overlaps).toBe(0);
    await Promise.all(outboxes.map(({ outbox }) => outbox.close()));
  });
});
