import { afterEach, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { service } from "../../core/service.ts";
import { handle } from "../../core/receiver.ts";
import type { HandlerCall } from "../../core/receiver.ts";
import type { Transactional } from "../../core/transaction.ts";
import { queue } from "./queue.ts";
import type { Sent } from "./queue.ts";
import { openRig } from "./rig.contract.ts";
import type { Rig, RigOptions } from "./rig.contract.ts";

const Job = z.object({ n: z.number(), note: z.string().optional() });
const jobs = queue("jobs", { message: Job });
const ordered = queue("ordered", { message: Job, fifo: true });
const strict = queue("strict", { message: Job, fifo: true, contentDeduplication: false });
const checked = queue("checked", { message: z.object({ n: z.number() }).refine(async () => true) });

let rig: Rig;
const open = async (options?: RigOptions): Promise<Rig> =>
  (rig = await openRig([jobs, ordered, strict, checked], options));
afterEach(() => rig.close());

const bodies = async (name: string): Promise<readonly string[]> =>
  (await rig.driver.peek(name, { limit: 100 })).messages.map(({ body }) => body);

/** An engine outside of the state store: what SQS is. */
const outside: RigOptions = {
  wrap: (driver) => ({ ...driver, features: { ...driver.features, transactional: false } }),
};

test("what is not held does not compile, and a message has the queue's type", () => {
  service("wrong", {
    uses: { jobs: jobs.sender(), work: jobs.consumer() },
    handlers: (held) => {
      type Send = typeof held.jobs.send;
      expectTypeOf<Parameters<Send>[0]>().toEqualTypeOf<z.infer<typeof Job>>();
      expectTypeOf<ReturnType<Send>>().resolves.toEqualTypeOf<Sent>();
      // @ts-expect-error ordered is not held
      void held.ordered;
      // @ts-expect-error a sender does not receive
      handle(held.jobs, {}, () => {});
      // @ts-expect-error a consumer does not send
      void held.work.send;
      // @ts-expect-error a message without n
      void (() => held.jobs.send({ note: "" }));
      return [
        handle(held.work, {}, (job, call) => {
          expectTypeOf(job.n).toEqualTypeOf<number>();
          expectTypeOf(call).toEqualTypeOf<HandlerCall>();
        }),
      ];
    },
  });
  return open();
});

test("a message that does not fit the schema is refused with the path and the reason", async () => {
  await open();
  const wrong = { n: "one" } as unknown as { n: number };
  await expect(rig.sender(jobs).send(wrong)).rejects.toMatchObject({
    code: "MOR_INVALID",
    details: { rejections: [{ path: "n" }] },
  });
  await expect(rig.sender(checked).send({ n: 1 })).resolves.toMatchObject({ outcome: "sent" });
  expect(await bodies("jobs")).toEqual([]);
});

test("a message larger than 1 MiB is refused; one of exactly 1 MiB is not", async () => {
  await open();
  const shell = JSON.stringify({ n: 1, note: "" }).length;
  const note = "x".repeat(2 ** 20 - shell);
  await expect(rig.sender(jobs).send({ n: 1, note: `${note}x` })).rejects.toMatchObject({
    code: "MOR_QUEUE_MESSAGE_TOO_LARGE",
  });
  await expect(rig.sender(jobs).send({ n: 1, note })).resolves.toMatchObject({ outcome: "sent" });
});

test("every text arrives as it was, also with characters that SQS refuses", async () => {
  await open();
  const note = "\u0000 \ufffe \uffff \ud83d\ude00 \u2028 訂單";
  const seen: (string | undefined)[] = [];
  rig.consume(jobs, {}, (job) => void seen.push(job.note));
  await rig.sender(jobs).send({ n: 1, note });
  await rig.settle();
  expect(seen).toEqual([note]);
});

test("attributes keep SQS's rules, and the reserved one is not for users", async () => {
  await open();
  const send = (attributes: Record<string, string>) =>
    rig.sender(jobs).send({ n: 1 }, { attributes });
  const refused = { code: "MOR_QUEUE_ATTRIBUTE" };
  await expect(send({ "AWS.x": "1" })).rejects.toMatchObject(refused);
  await expect(send({ x: "\u0001" })).rejects.toMatchObject(refused);
  await expect(send({ x: "" })).rejects.toMatchObject(refused);
  await expect(send({ morning: "{}" })).rejects.toMatchObject(refused);
  const ten = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`a${at}`, "1"]));
  await expect(send(ten)).rejects.toMatchObject(refused);
  await expect(send({ tenant: "a" })).resolves.toMatchObject({ outcome: "sent" });
});

test("FIFO wants a group, and a deduplication id where content does not count", async () => {
  await open();
  const refused = { code: "MOR_QUEUE_GROUP" };
  await expect(rig.sender(ordered).send({ n: 1 })).rejects.toMatchObject(refused);
  await expect(rig.sender(strict).send({ n: 1 }, { group: "a" })).rejects.toMatchObject(refused);
  await expect(rig.sender(jobs).send({ n: 1 }, { deduplicationId: "x" })).rejects.toMatchObject(
    refused,
  );
});

test("a duplicate within five minutes answers with the first message's id", async () => {
  await open();
  const first = await rig.sender(ordered).send({ n: 1 }, { group: "a" });
  const second = await rig.sender(ordered).send({ n: 1 }, { group: "a" });
  expect(second).toEqual({ id: first.id, duplicate: true, outcome: "sent" });
  await rig.advance(5 * 60_000 + 1000);
  const third = await rig.sender(ordered).send({ n: 1 }, { group: "a" });
  expect(third.id).not.toBe(first.id);
});

test("sends that come together cross to the engine together", async () => {
  const calls: number[] = [];
  await open({
    wrap: (driver) => ({
      ...driver,
      send: (name, entries) => {
        calls.push(entries.length);
        return driver.send(name, entries);
      },
    }),
  });
  const sender = rig.sender(jobs);
  const sent = await Promise.all(Array.from({ length: 100 }, (_, n) => sender.send({ n })));
  expect(calls).toEqual([100]);
  expect(new Set(sent.map(({ id }) => id)).size).toBe(100);
});

test("of a batch each message succeeds or fails alone, in order", async () => {
  await open();
  const sent = await rig
    .sender(jobs)
    .sendBatch([
      { message: { n: 1 } },
      { message: { n: "two" } as unknown as { n: number } },
      { message: { n: 3 }, options: { attributes: { "a..b": "1" } } },
      { message: { n: 4 } },
    ]);
  expect(sent).toMatchObject([
    { outcome: "sent" },
    { error: { code: "MOR_INVALID" } },
    { error: { code: "MOR_QUEUE_ATTRIBUTE" } },
    { outcome: "sent" },
  ]);
  expect(await bodies("jobs")).toEqual(['{"n":1}', '{"n":4}']);
});

test("what a transaction sends is there after its commit, or not at all", async () => {
  await open();
  const shop = rig.host.transactions("shop");
  await shop.transact(async (tx) => {
    tx(rig.sender(jobs)).send({ n: 1 });
    tx(rig.sender(checked)).send({ n: 2 });
    await rig.settle();
    expect(await bodies("jobs")).toEqual([]);
  });
  await rig.settle();
  expect(await bodies("jobs")).toEqual(['{"n":1}']);
  expect(await bodies("checked")).toEqual(['{"n":2}']);
  const failing = shop.transact((tx) => {
    tx(rig.sender(jobs)).send({ n: 3 });
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  await rig.settle();
  expect(await bodies("jobs")).toEqual(['{"n":1}']);
});

test("to an engine outside of the state store a transaction sends through the outbox", async () => {
  await open(outside);
  await rig.host.transactions("shop").transact((tx) => tx(rig.sender(jobs)).send({ n: 1 }));
  await rig.advance(1000);
  expect(await bodies("jobs")).toEqual(['{"n":1}']);
});

test("a transaction with a message that is refused fails as a whole", async () => {
  await open();
  await rig.store.write({ statements: [{ sql: "create table ledger (n integer)" }] });
  const row: Transactional<{ add(): void }> = {
    [Symbol.for("morning-ai/transactional") as never]: (writes: {
      add(statements: readonly object[]): void;
    }) => ({ add: () => writes.add([{ sql: "insert into ledger values (1)" }]) }),
  } as never;
  const sending = rig.host.transactions("shop").transact((tx) => {
    tx(row).add();
    tx(rig.sender(ordered)).send({ n: 1 });
  });
  await expect(sending).rejects.toMatchObject({ code: "MOR_QUEUE_GROUP" });
  expect(await rig.store.read("select * from ledger")).toEqual([]);
});

test("cancel takes back what nobody has received", async () => {
  await open();
  const { id } = await rig.sender(jobs).send({ n: 1 });
  expect(await rig.sender(jobs).cancel([id, "0"])).toEqual([id]);
  expect(await bodies("jobs")).toEqual([]);
});
