import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { currentContext, withContext } from "../../core/context.ts";
import { MorningError } from "../../core/errors.ts";
import { transactional } from "../../core/transaction.ts";
import type { Transactional, Writes } from "../../core/transaction.ts";
import { queue } from "./queue.ts";
import { openRig } from "./rig.contract.ts";
import type { Rig, RigOptions } from "./rig.contract.ts";

const Job = z.object({ n: z.number() });
type Job = z.infer<typeof Job>;
const jobs = queue("jobs", { message: Job, receivesMax: 3 });

let rig: Rig;
const open = async (options?: RigOptions): Promise<Rig> => (rig = await openRig([jobs], options));
afterEach(() => rig.close());

const dead = async (name: string): Promise<readonly { body: string; lastError?: string }[]> =>
  (await rig.driver.peek(`${name}.dead`, { limit: 100 })).messages;

/** A handler's promise that the test settles. */
function gate(): { promise: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, open: resolve };
}

test("a handled message is gone, and its figures are counted", async () => {
  await open();
  const seen: number[] = [];
  rig.consume(jobs, {}, (job) => void seen.push(job.n));
  await rig.sender(jobs).send({ n: 1 });
  await rig.sender(jobs).send({ n: 2 });
  await rig.settle();
  expect(seen).toEqual([1, 2]);
  expect(await rig.driver.stats("jobs")).toMatchObject({ visible: 0, inFlight: 0 });
  expect(rig.counted("morning_queue_sent_total", { queue: "jobs", service: "shop" })).toBe(2);
  expect(rig.counted("morning_queue_handled_total", { outcome: "done" })).toBe(2);
});

test("a message that fails comes again after growing delays, then it is dead", async () => {
  await open();
  const at: number[] = [];
  rig.consume(jobs, { retry: { baseMs: 1000, delayMsMax: 60_000 } }, () => {
    at.push(rig.clock.monotonic());
    throw new Error("no stock");
  });
  await rig.sender(jobs).send({ n: 1 });
  await rig.advance(60_000);
  expect(at).toHaveLength(3);
  const [first = 0, second = 0, third = 0] = at;
  expect(second - first).toBeGreaterThanOrEqual(1000);
  expect(second - first).toBeLessThanOrEqual(2000);
  expect(third - second).toBeLessThanOrEqual(4000);
  expect(await dead("jobs")).toMatchObject([{ body: '{"n":1}', lastError: "Error: no stock" }]);
  expect(rig.counted("morning_queue_dead_total")).toBe(1);
});

test("what does not fit the schema never reaches the handler and stops nothing", async () => {
  await open();
  const seen: number[] = [];
  rig.consume(jobs, { concurrency: 1, prefetch: 0 }, (job) => void seen.push(job.n));
  await rig.driver.send("jobs", [{ body: "{" }, { body: '{"n":"x"}' }, { body: '{"n":3}' }]);
  await rig.settle();
  expect(seen).toEqual([3]);
  await rig.advance(60_000);
  expect(seen).toEqual([3]);
  const letters = await dead("jobs");
  expect(letters.map(({ body }) => body).toSorted()).toEqual(["{", '{"n":"x"}']);
  expect(
    letters.every(({ lastError }) => lastError?.startsWith("MOR_QUEUE_MESSAGE_REJECTED")),
  ).toBe(true);
  expect(letters.find(({ body }) => body !== "{")?.lastError).toContain("at n");
});

test("the lease is kept while a handler runs, and nobody else gets the message", async () => {
  await open();
  const working = gate();
  let runs = 0;
  rig.consume(jobs, {}, async () => {
    runs++;
    await working.promise;
  });
  await rig.sender(jobs).send({ n: 1 });
  await rig.advance(10 * 60_000);
  expect(runs).toBe(1);
  expect(await rig.driver.stats("jobs")).toMatchObject({ visible: 0, inFlight: 1 });
  working.open();
  await rig.settle();
  expect(await rig.driver.stats("jobs")).toMatchObject({ visible: 0, inFlight: 0 });
});

test("messages received ahead are leased too, and no more are held than asked for", async () => {
  await open();
  const working = gate();
  let running = 0;
  rig.consume(jobs, { concurrency: 2, prefetch: 3 }, async () => {
    running++;
    await working.promise;
  });
  const held = (): number => rig.counted("morning_queue_in_flight");
  for (let n = 0; n < 20; n++) {
    await rig.sender(jobs).send({ n });
    await rig.settle();
    expect(held()).toBeLessThanOrEqual(5);
  }
  await rig.advance(5 * 60_000);
  expect(running).toBe(2);
  const { inFlight } = await rig.driver.stats("jobs");
  expect(inFlight).toBeGreaterThan(2);
  expect(inFlight).toBeLessThanOrEqual(5);
  expect(held()).toBe(inFlight);
  working.open();
  for (let turn = 0; turn < 10; turn++) await rig.settle();
  expect(await rig.driver.stats("jobs")).toMatchObject({ visible: 0, inFlight: 0 });
  expect(running).toBe(20);
});

test("large messages are held by their size: not as many as small ones", async () => {
  await open();
  const body = JSON.stringify({ n: 1, padding: "x".repeat(2 ** 20 - 100) });
  for (let n = 0; n < 80; n++) await rig.driver.send("jobs", [{ body }]);
  const working = gate();
  let done = 0;
  rig.consume(jobs, { concurrency: 1, prefetch: 1000 }, async () => {
    await working.promise;
    done++;
  });
  await rig.advance(1000);
  const { inFlight } = await rig.driver.stats("jobs");
  expect(inFlight).toBeGreaterThan(30);
  expect(inFlight).toBeLessThanOrEqual(64);
  working.open();
  for (let turn = 0; turn < 50 && done < 80; turn++) await rig.settle();
  expect(done).toBe(80);
});

test("without heartbeats the signal aborts and the message comes again", async () => {
  let deaf = false;
  await open({
    wrap: (driver) => ({
      ...driver,
      extend: (name, changes) =>
        deaf ? Promise.reject(new Error("gone")) : driver.extend(name, changes),
    }),
  });
  const reasons: unknown[] = [];
  let runs = 0;
  const first = gate();
  rig.consume(jobs, { concurrency: 5 }, async (_, call) => {
    if (++runs > 1) return;
    call.signal.addEventListener("abort", () => reasons.push(call.signal.reason));
    await first.promise;
  });
  deaf = true;
  await rig.sender(jobs).send({ n: 1 });
  await rig.advance(45_000);
  expect(MorningError.is(reasons[0], "MOR_QUEUE_LEASE_LOST")).toBe(true);
  expect(runs).toBe(2);
  first.open();
  await rig.settle();
  expect(rig.counted("morning_queue_handled_total", { outcome: "lost" })).toBe(1);
  expect(rig.counted("morning_queue_handled_total", { outcome: "done" })).toBe(1);
});

test("a handler is told at the next heartbeat that its message was taken over", async () => {
  let steal = false;
  await open({
    wrap: (driver) => ({
      ...driver,
      extend: async (name, changes) =>
        steal ? changes.map(() => "stale" as const) : driver.extend(name, changes),
    }),
  });
  let aborted = false;
  const working = gate();
  rig.consume(jobs, {}, async (_, call) => {
    call.signal.addEventListener("abort", () => (aborted = true));
    await working.promise;
  });
  await rig.sender(jobs).send({ n: 1 });
  await rig.settle();
  steal = true;
  await rig.advance(15_000);
  expect(aborted).toBe(true);
  working.open();
});

test("a signal asked for after the lease was lost is aborted already", async () => {
  await open({
    wrap: (driver) => ({ ...driver, extend: async (_, changes) => changes.map(() => "stale") }),
  });
  const working = gate();
  let aborted: boolean | undefined;
  rig.consume(jobs, {}, async (_, call) => {
    await working.promise;
    aborted = call.signal.aborted;
  });
  await rig.sender(jobs).send({ n: 1 });
  await rig.advance(16_000);
  working.open();
  await rig.settle();
  expect(aborted).toBe(true);
});

test("a handler that takes too long is aborted and its message comes again", async () => {
  await open();
  const seen: string[] = [];
  rig.consume(
    jobs,
    { concurrency: 1, prefetch: 0, timeoutMs: 5000, retry: { baseMs: 20_000, delayMsMax: 20_000 } },
    (job, call) => {
      seen.push(`${job.n}#${call.info.receiveCount}`);
      if (job.n === 1 && call.info.receiveCount === 1) return new Promise(() => {});
      return undefined;
    },
  );
  await rig.sender(jobs).send({ n: 1 });
  await rig.sender(jobs).send({ n: 2 });
  await rig.advance(6000);
  expect(seen).toEqual(["1#1", "2#1"]);
  await rig.advance(20_000);
  expect(seen).toEqual(["1#1", "2#1", "1#2"]);
  expect(rig.counted("morning_queue_handled_total", { outcome: "timeout" })).toBe(1);
});

test("stop waits for what runs and lets go what has not begun", async () => {
  await open();
  const working = gate();
  const done: number[] = [];
  const receiving = rig.consume(jobs, { concurrency: 1, prefetch: 5 }, async (job) => {
    await working.promise;
    done.push(job.n);
  });
  for (let n = 1; n <= 4; n++) await rig.sender(jobs).send({ n });
  await rig.settle();
  let stopped = false;
  const stopping = receiving.stop(10_000).then(() => (stopped = true));
  await rig.settle();
  expect(stopped).toBe(false);
  expect(await rig.driver.stats("jobs")).toMatchObject({ visible: 3, inFlight: 1 });
  working.open();
  await stopping;
  expect(done).toEqual([1]);
  expect(await rig.driver.stats("jobs")).toMatchObject({ visible: 3, inFlight: 0 });
});

test("when the grace is over, stop aborts what runs and lets it go", async () => {
  await open();
  let reason: unknown;
  const receiving = rig.consume(jobs, {}, async (_, call) => {
    call.signal.addEventListener("abort", () => (reason = call.signal.reason));
    await new Promise(() => {});
  });
  await rig.sender(jobs).send({ n: 1 });
  await rig.settle();
  const stopping = receiving.stop(3000);
  await rig.advance(3000);
  await stopping;
  expect(MorningError.is(reason, "MOR_STOPPING")).toBe(true);
  expect(await rig.driver.stats("jobs")).toMatchObject({ visible: 1, inFlight: 0 });
});

test("a receive that fails is tried again", async () => {
  let broken = true;
  await open({
    wrap: (driver) => ({
      ...driver,
      receive: (...given) =>
        broken ? Promise.reject(new Error("no network")) : driver.receive(...given),
    }),
  });
  let runs = 0;
  rig.consume(jobs, {}, () => void runs++);
  await rig.sender(jobs).send({ n: 1 });
  await rig.advance(3000);
  expect(runs).toBe(0);
  broken = false;
  await rig.advance(1000);
  expect(runs).toBe(1);
});

test("a delete that fails is repeated, so the message does not come again", async () => {
  let failures = 2;
  await open({
    wrap: (driver) => ({
      ...driver,
      delete: (...given) =>
        failures-- > 0 ? Promise.reject(new Error("no network")) : driver.delete(...given),
    }),
  });
  let runs = 0;
  rig.consume(jobs, {}, () => void runs++);
  await rig.sender(jobs).send({ n: 1 });
  await rig.advance(120_000);
  expect(runs).toBe(1);
  expect(await rig.driver.stats("jobs")).toMatchObject({ visible: 0, inFlight: 0 });
});

test("the context of the sender is around the handler, one span deeper", async () => {
  await open();
  const trace = { traceId: "1".repeat(32), spanId: "2".repeat(16), sampled: true };
  const context = { trace, baggage: { tenant: "a" }, identity: "user-7" };
  const seen: unknown[] = [];
  rig.consume(jobs, {}, () => void seen.push(currentContext()));
  await withContext(context, () => rig.sender(jobs).send({ n: 1 }));
  await rig.settle();
  expect(seen).toMatchObject([
    { trace: { traceId: trace.traceId }, baggage: { tenant: "a" }, identity: "user-7" },
  ]);
  expect((seen[0] as typeof context).trace.spanId).not.toBe(trace.spanId);
});

test("a redelivered message writes through once exactly once", async () => {
  await open();
  await rig.store.write({ statements: [{ sql: "create table ledger (n integer)" }] });
  const insert = { sql: "insert into ledger values (1)" };
  const writer: Transactional<Writes> = { [transactional]: (writes) => writes };
  let runs = 0;
  rig.consume(jobs, {}, async (_, call) => {
    runs++;
    await call.once(call.info.idempotencyKey, (tx) => {
      tx(writer).add([insert]);
    });
    if (runs === 1) throw new Error("crashed after the commit");
  });
  await rig.sender(jobs).send({ n: 1 });
  await rig.advance(60_000);
  expect(runs).toBe(2);
  expect(await rig.store.read("select * from ledger")).toHaveLength(1);
});

test("options that make no sense are refused when the handler starts", async () => {
  await open();
  expect(() => rig.consume(jobs, { concurrency: 0 }, () => {})).toThrow(/concurrency is 0/);
  const keyed = { concurrencyKey: { key: () => "k", max: 1 } };
  expect(() => rig.consumeBatch(jobs, keyed, () => {})).toThrow(/batch handler/);
});
