import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { queue } from "./queue.ts";
import { openRig } from "./rig.contract.ts";
import type { Rig } from "./rig.contract.ts";

const Job = z.object({ n: z.number() });
const jobs = queue("jobs", { message: Job, receivesMax: 3 });
const ordered = queue("ordered", { message: Job, receivesMax: 3, fifo: true });

let rig: Rig;
const open = async (): Promise<Rig> => (rig = await openRig([jobs, ordered]));
afterEach(() => rig.close());

const dead = async (name: string): Promise<readonly { body: string }[]> =>
  (await rig.driver.peek(`${name}.dead`, { limit: 100 })).messages;

test("FIFO: within a group in order and one at a time, across groups at once", async () => {
  await open();
  const busy = new Set<string>();
  const seen = new Map<string, number[]>();
  let most = 0;
  rig.consume(ordered, { concurrency: 4 }, async (job, { info }) => {
    const group = info.group ?? "";
    expect(busy.has(group)).toBe(false);
    busy.add(group);
    most = Math.max(most, busy.size);
    await new Promise((resolve) => setImmediate(resolve));
    busy.delete(group);
    seen.set(group, [...(seen.get(group) ?? []), job.n]);
  });
  for (let n = 0; n < 10; n++) {
    for (const group of ["a", "b", "c"])
      await rig.sender(ordered).send({ n }, { group, deduplicationId: `${group}${n}` });
  }
  for (let turn = 0; turn < 20; turn++) await rig.settle();
  for (const group of ["a", "b", "c"]) {
    expect(seen.get(group)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  }
  expect(most).toBeGreaterThan(1);
});

test("FIFO: followers wait for a failure and are not dead-lettered with it", async () => {
  await open();
  const seen: string[] = [];
  rig.consume(ordered, { retry: { baseMs: 1000, delayMsMax: 1000 } }, (job, { info }) => {
    seen.push(`${info.group}${job.n}#${info.receiveCount}`);
    if (info.group === "a" && job.n === 1) throw new Error("poison");
  });
  for (let n = 1; n <= 3; n++) {
    await rig.sender(ordered).send({ n }, { group: "a", deduplicationId: `a${n}` });
    await rig.sender(ordered).send({ n }, { group: "b", deduplicationId: `b${n}` });
  }
  await rig.advance(30_000);
  const ofA = seen.filter((one) => one.startsWith("a")).map((one) => one.split("#")[0]);
  expect(ofA).toEqual(["a1", "a1", "a1", "a2", "a3"]);
  expect(seen.filter((one) => one.startsWith("b"))).toEqual(["b1#1", "b2#1", "b3#1"]);
  expect((await dead("ordered")).map(({ body }) => body)).toEqual(['{"n":1}']);
});

test("a batch is filled up to its size, or as far as its window allows", async () => {
  await open();
  const sizes: number[] = [];
  rig.consumeBatch(jobs, { batchSize: 4, batchWindowMs: 2000 }, (messages) => {
    sizes.push(messages.length);
  });
  for (let n = 0; n < 6; n++) await rig.sender(jobs).send({ n });
  await rig.settle();
  expect(sizes).toEqual([4]);
  await rig.advance(2000);
  expect(sizes).toEqual([4, 2]);
});

test("of a batch only the messages that it names come again", async () => {
  await open();
  const batches: number[][] = [];
  rig.consumeBatch(jobs, { batchSize: 3, batchWindowMs: 100 }, (messages) => {
    batches.push(messages.map(({ message }) => message.n));
    const failed = messages.filter(({ message }) => message.n === 2 && batches.length === 1);
    return { failed: failed.map(({ info }) => info.id) };
  });
  for (let n = 1; n <= 3; n++) await rig.sender(jobs).send({ n });
  await rig.advance(10_000);
  expect(batches).toEqual([[1, 2, 3], [2]]);
});

test("a batch handler that throws or answers nonsense fails the whole batch", async () => {
  await open();
  let calls = 0;
  const retry = { baseMs: 1000, delayMsMax: 1000 };
  rig.consumeBatch(jobs, { batchSize: 2, batchWindowMs: 100, retry }, () => {
    calls++;
    if (calls === 1) throw new Error("all of it");
    return calls === 2 ? { failed: ["nobody"] } : undefined;
  });
  await rig.sender(jobs).sendBatch([{ message: { n: 1 } }, { message: { n: 2 } }]);
  await rig.advance(30_000);
  expect(rig.counted("morning_queue_handled_total", { outcome: "failed" })).toBe(4);
  expect(rig.counted("morning_queue_handled_total", { outcome: "done" })).toBe(2);
});

test("FIFO: the first failure of a batch comes again with all after it", async () => {
  await open();
  const batches: string[][] = [];
  rig.consumeBatch(ordered, { batchSize: 10, batchWindowMs: 100 }, (messages) => {
    batches.push(messages.map(({ message, info }) => `${info.group}${message.n}`));
    const bad = messages.find(({ message, info }) => message.n === 2 && info.group === "a");
    return batches.length === 1 && bad ? { failed: [bad.info.id] } : undefined;
  });
  const send = (group: string, n: number) =>
    rig.sender(ordered).send({ n }, { group, deduplicationId: `${group}${n}` });
  await Promise.all([send("a", 1), send("a", 2), send("a", 3), send("b", 1), send("b", 2)]);
  await rig.advance(10_000);
  expect(batches[0]?.toSorted()).toEqual(["a1", "a2", "a3", "b1", "b2"]);
  expect(batches.slice(1).flat()).toEqual(["a2", "a3"]);
});
