import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { queue } from "./queue.ts";
import { openRig } from "./rig.contract.ts";
import type { Rig, RigOptions } from "./rig.contract.ts";

const Job = z.object({ n: z.number(), key: z.string().default("k") });
const jobs = queue("jobs", { message: Job, receivesMax: 2 });
const ordered = queue("ordered", { message: Job, fifo: true });

let rig: Rig;
const open = async (options?: RigOptions): Promise<Rig> =>
  (rig = await openRig([jobs, ordered], options));
afterEach(() => rig.close());

const job = (n: number, key = "k"): { n: number; key: string } => ({ n, key });
const waiting = async (): Promise<number[]> =>
  (await rig.driver.peek("jobs", { limit: 100 })).messages.map(
    ({ body }) => (JSON.parse(body) as { n: number }).n,
  );

/** The most starts that fall in any stretch of `periodMs`. */
function densest(startsMs: readonly number[], periodMs: number): number {
  return Math.max(
    0,
    ...startsMs.map((from) => startsMs.filter((at) => at >= from && at < from + periodMs).length),
  );
}

test("debounce sends only the last message of a burst, once its key was quiet", async () => {
  await open();
  const sender = rig.sender(jobs);
  const debounce = { key: "cart-1", quietMs: 5000 };
  for (let n = 1; n <= 3; n++) {
    expect(await sender.send(job(n), { debounce })).toMatchObject({ outcome: "debounced" });
    await rig.advance(3000);
  }
  expect(await waiting()).toEqual([]);
  await rig.advance(2100);
  expect(await waiting()).toEqual([3]);
  await rig.advance(20_000);
  expect(await waiting()).toEqual([3]);
});

test("debounced messages of other keys do not wait for each other", async () => {
  await open();
  const sender = rig.sender(jobs);
  await sender.send(job(1), { debounce: { key: "a", quietMs: 1000 } });
  await sender.send(job(2), { debounce: { key: "b", quietMs: 9000 } });
  await rig.advance(1100);
  expect(await waiting()).toEqual([1]);
  await rig.advance(8000);
  expect(await waiting()).toEqual([1, 2]);
});

test("a debounced message survives the process, and two processes send it once", async () => {
  await open();
  const other = await rig.another();
  await other.sender(jobs).send(job(1), { debounce: { key: "a", quietMs: 1000 } });
  await other.close();
  const third = await rig.another();
  await rig.advance(1100);
  expect(await waiting()).toEqual([1]);
  await third.close();
});

test("debounce works where the engine is outside of the state store", async () => {
  await open({
    wrap: (driver) => ({ ...driver, features: { ...driver.features, transactional: false } }),
  });
  await rig.sender(jobs).send(job(1), { debounce: { key: "a", quietMs: 1000 } });
  await rig.advance(1100);
  expect(await waiting()).toEqual([1]);
  await rig.advance(120_000);
  expect(await waiting()).toEqual([1]);
});

test("a rate limit refuses what is over it and says when to try again", async () => {
  await open();
  const sender = rig.sender(jobs);
  const rateLimit = { key: "user-1", max: 2, periodMs: 10_000 };
  await sender.send(job(1), { rateLimit });
  await sender.send(job(2), { rateLimit });
  const refused = sender.send(job(3), { rateLimit });
  await expect(refused).rejects.toMatchObject({ code: "MOR_QUEUE_RATE_LIMITED" });
  const { details } = (await refused.catch((error: unknown) => error)) as {
    details: { retryAfterMs: number };
  };
  await sender.send(job(4), { rateLimit: { ...rateLimit, key: "user-2" } });
  await rig.advance(details.retryAfterMs);
  await sender.send(job(5), { rateLimit });
  expect(await waiting()).toEqual([1, 2, 4, 5]);
});

test("a rate limit holds over processes and inside transactions", async () => {
  await open();
  const other = await rig.another();
  const rateLimit = { key: "u", max: 1, periodMs: 10_000 };
  const shop = rig.host.transactions("shop");
  await shop.transact((tx) => tx(rig.sender(jobs)).send(job(1), { rateLimit }));
  await expect(other.sender(jobs).send(job(2), { rateLimit })).rejects.toMatchObject({
    code: "MOR_QUEUE_RATE_LIMITED",
  });
  const refused = shop.transact((tx) => tx(rig.sender(jobs)).send(job(3), { rateLimit }));
  await expect(refused).rejects.toMatchObject({ code: "MOR_QUEUE_RATE_LIMITED" });
  await rig.settle();
  expect(await waiting()).toEqual([1]);
  await other.close();
});

test("no schedule of sends gets more than the limit through in any period", async () => {
  await open();
  const sender = rig.sender(jobs);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 5, maxLength: 40 }),
      fc.integer({ min: 1, max: 4 }),
      async (gapsMs, max) => {
        const rateLimit = { key: `run-${run++}`, max, periodMs: 1000 };
        const sentMs: number[] = [];
        for (const gapMs of gapsMs) {
          await rig.advance(gapMs);
          const atMs = rig.clock.now();
          await sender.send(job(1), { rateLimit }).then(
            () => sentMs.push(atMs),
            () => {},
          );
        }
        expect(densest(sentMs, 1000)).toBeLessThanOrEqual(max);
        expect(sentMs.length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 25, seed: 7 },
  );
});

test("a singleton is not sent while another of its key waits or is handled", async () => {
  await open();
  const sender = rig.sender(jobs);
  const singleton = { key: "report", ttlMs: 600_000 };
  expect(await sender.send(job(1), { singleton })).toMatchObject({ outcome: "sent" });
  expect(await sender.send(job(2), { singleton })).toMatchObject({ outcome: "skipped" });
  const { promise, resolve } = Promise.withResolvers<void>();
  rig.consume(jobs, {}, () => promise);
  await rig.settle();
  const other = await rig.another();
  expect(await other.sender(jobs).send(job(3), { singleton })).toMatchObject({
    outcome: "skipped",
  });
  resolve();
  await rig.settle();
  expect(await other.sender(jobs).send(job(4), { singleton })).toMatchObject({ outcome: "sent" });
  await other.close();
});

test("a singleton's key is kept over retries, free after death, cancel and purge", async () => {
  await open();
  const sender = rig.sender(jobs);
  const singleton = { key: "report", ttlMs: 600_000 };
  const outcome = async (): Promise<string> => (await sender.send(job(9), { singleton })).outcome;
  const { id } = await sender.send(job(1), { singleton });
  await sender.cancel([id]);
  expect(await outcome()).toBe("sent");
  await rig.runtime.purge("jobs");
  expect(await outcome()).toBe("sent");
  rig.consume(jobs, { retry: { baseMs: 5000, delayMsMax: 5000 } }, () => {
    throw new Error("never works");
  });
  await rig.settle();
  expect(await outcome()).toBe("skipped");
  await rig.advance(5100);
  expect(await outcome()).toBe("sent");
});

test("a singleton whose time is over does not block for ever", async () => {
  await open();
  const singleton = { key: "report", ttlMs: 1000 };
  await rig.sender(jobs).send(job(1), { singleton });
  await rig.advance(1000);
  expect(await rig.sender(jobs).send(job(2), { singleton })).toMatchObject({ outcome: "sent" });
});

test("a singleton inside a transaction is decided when it is sent after the commit", async () => {
  await open();
  const singleton = { key: "report", ttlMs: 600_000 };
  const shop = rig.host.transactions("shop");
  await shop.transact((tx) => tx(rig.sender(jobs)).send(job(1), { singleton }));
  await shop.transact((tx) => tx(rig.sender(jobs)).send(job(2), { singleton }));
  await rig.advance(1000);
  expect(await waiting()).toEqual([1]);
});

test("a concurrency key holds over processes, and other keys go on", async () => {
  await open();
  const other = await rig.another();
  const running = new Map<string, number>();
  let most = 0;
  let total = 0;
  let handled = 0;
  const options = {
    concurrency: 5,
    concurrencyKey: { key: (one: { key: string }) => one.key, max: 2 },
  };
  const run = async ({ key }: { key: string }): Promise<void> => {
    running.set(key, (running.get(key) ?? 0) + 1);
    most = Math.max(most, running.get(key) ?? 0);
    total = Math.max(
      total,
      [...running.values()].reduce((sum, one) => sum + one, 0),
    );
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    running.set(key, (running.get(key) ?? 0) - 1);
    handled++;
  };
  rig.consume(jobs, options, run);
  other.consume(jobs, options, run);
  for (let n = 0; n < 40; n++) await rig.sender(jobs).send(job(n, n % 2 === 0 ? "a" : "b"));
  for (let turn = 0; turn < 60 && handled < 40; turn++) await rig.advance(100);
  expect(handled).toBe(40);
  expect(most).toBe(2);
  expect(total).toBeGreaterThan(2);
  await other.close();
});

test("the slots of a crashed process are free when their lease is over", async () => {
  await open();
  const crashed = await rig.another();
  const options = { concurrency: 1, prefetch: 0, concurrencyKey: { key: () => "k", max: 1 } };
  crashed.consume(jobs, options, () => new Promise(() => {}));
  await rig.sender(jobs).send(job(1));
  await rig.settle();
  let handled = 0;
  rig.consume(jobs, options, () => void handled++);
  await rig.sender(jobs).send(job(2));
  await rig.advance(5000);
  expect(handled).toBe(0);
  // The crash: its slot is not renewed any more.
  await rig.store.write({
    statements: [
      {
        sql: `update queue_slot set holder = 'crashed', until_ms = ?`,
        params: [rig.clock.now() + 20_000],
      },
    ],
  });
  await rig.advance(15_000);
  expect(handled).toBe(0);
  await rig.advance(10_000);
  expect(handled).toBe(1);
  await crashed.close();
});

test("a throttle lets no more handlers start in a period, over processes", async () => {
  await open();
  const other = await rig.another();
  const startsMs: number[] = [];
  const options = { concurrency: 10, throttle: { max: 3, periodMs: 1000 } };
  const run = (): void => void startsMs.push(rig.clock.now());
  rig.consume(jobs, options, run);
  other.consume(jobs, options, run);
  for (let n = 0; n < 20; n++) await rig.sender(jobs).send(job(n));
  for (let turn = 0; turn < 80; turn++) await rig.advance(100);
  expect(startsMs).toHaveLength(20);
  expect(densest(startsMs, 1000)).toBe(3);
  const [first = 0, last = 0] = [startsMs[0], startsMs.at(-1)];
  expect(last - first).toBeLessThan(7500);
  await other.close();
});

test("a throttle by key throttles each key alone", async () => {
  await open();
  const starts = new Map<string, number>();
  const throttle = { max: 1, periodMs: 60_000, key: (one: { key: string }) => one.key };
  rig.consume(jobs, { throttle }, ({ key }) => void starts.set(key, (starts.get(key) ?? 0) + 1));
  for (const key of ["a", "a", "b", "c", "c"]) await rig.sender(jobs).send(job(1, key));
  await rig.advance(1000);
  expect(Object.fromEntries(starts)).toEqual({ a: 1, b: 1, c: 1 });
  await rig.advance(61_000);
  expect(starts.get("a")).toBe(2);
});

test("a throttle of a batch handler counts its calls", async () => {
  await open();
  const startsMs: number[] = [];
  const options = { batchSize: 5, throttle: { max: 1, periodMs: 1000 } };
  for (let n = 0; n < 15; n++) await rig.sender(jobs).send(job(n));
  rig.consumeBatch(jobs, options, () => void startsMs.push(rig.clock.now()));
  for (let turn = 0; turn < 40; turn++) await rig.advance(100);
  expect(startsMs).toHaveLength(3);
  expect(densest(startsMs, 1000)).toBe(1);
  expect(await rig.driver.stats("jobs")).toMatchObject({ visible: 0, inFlight: 0 });
});

test("messages that wait for a throttle keep their leases and are let go by stop", async () => {
  await open();
  let starts = 0;
  const receiving = rig.consume(
    jobs,
    { throttle: { max: 1, periodMs: 3_600_000 } },
    () => void starts++,
  );
  for (let n = 0; n < 4; n++) await rig.sender(jobs).send(job(n));
  await rig.advance(300_000);
  expect(starts).toBe(1);
  expect(await rig.driver.stats("jobs")).toMatchObject({ visible: 0, inFlight: 3 });
  await receiving.stop(0);
  expect(await rig.driver.stats("jobs")).toMatchObject({ visible: 3, inFlight: 0 });
});

test("FIFO keeps its order through a throttle", async () => {
  await open();
  const seen: number[] = [];
  rig.consume(ordered, { throttle: { max: 2, periodMs: 1000 } }, ({ n }) => void seen.push(n));
  for (let n = 0; n < 8; n++) await rig.sender(ordered).send(job(n), { group: "g" });
  for (let turn = 0; turn < 50; turn++) await rig.advance(100);
  expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test("leftovers of flow control are removed", async () => {
  await open();
  const rateLimit = { key: "u", max: 5, periodMs: 1000 };
  await rig.sender(jobs).send(job(1), { rateLimit, singleton: { key: "s", ttlMs: 1000 } });
  await rig.advance(601_000);
  expect(await rig.store.read("select * from queue_taken")).toEqual([]);
  expect(await rig.store.read("select * from queue_slot")).toEqual([]);
});

test("keys of any text work, and numbers without sense are refused", async () => {
  await open();
  const sender = rig.sender(jobs);
  const key = `\u0000 訂單 ${"x".repeat(5000)}`;
  const singleton = { key, ttlMs: 1000 };
  expect(await sender.send(job(1), { singleton })).toMatchObject({ outcome: "sent" });
  expect(await sender.send(job(2), { singleton })).toMatchObject({ outcome: "skipped" });
  const other = { key: `${key}y`, ttlMs: 1000 };
  expect(await sender.send(job(3), { singleton: other })).toMatchObject({ outcome: "sent" });
  const sending = sender.send(job(4), { rateLimit: { key: "k", max: 0, periodMs: 1000 } });
  await expect(sending).rejects.toMatchObject({ code: "MOR_INVALID" });
});

test("a message whose key cannot be told fails alone", async () => {
  await open();
  const seen: number[] = [];
  const key = (one: { n: number }): string => {
    if (one.n === 1) throw new Error("no key");
    return "k";
  };
  rig.consume(jobs, { concurrencyKey: { key, max: 1 } }, ({ n }) => void seen.push(n));
  await rig.driver.send("jobs", [{ body: "?" }]);
  for (const n of [1, 2, 3]) await rig.sender(jobs).send(job(n));
  await rig.advance(30_000);
  expect(seen).toEqual([2, 3]);
  const { messages } = await rig.driver.peek("jobs.dead", { limit: 10 });
  const reasons = new Set(messages.map(({ lastError }) => lastError?.split(":")[0]));
  expect(reasons).toEqual(new Set(["Error", "MOR_QUEUE_MESSAGE_REJECTED"]));
});
