import { expect, it } from "vitest";
import { openInline } from "../../../engines/sqlite/inline.ts";
import type { InlineStore } from "../../../engines/sqlite/inline.ts";
import { simulatedClock } from "../../../testing/clock.ts";
import { testHost } from "../../../testing/host.ts";
import { settle } from "../../../testing/settle.ts";
import type { QueueDriver } from "../driver.ts";
import { deadLettersOf, queueSpec } from "../limits.ts";
import { makeMessageIds, receiptOf, receiptText } from "./sqlite/ids.ts";
import { driver } from "./sqlite.ts";

const clock = simulatedClock();
const specs = [
  queueSpec("jobs", { receivesMax: 2 }),
  queueSpec("orders", { fifo: true }),
  queueSpec("mail", { visibilityMs: 2000 }),
];

async function open(store: InlineStore): Promise<QueueDriver> {
  const queues = await driver.open(testHost({ clock, store }), {});
  await queues.declare(specs);
  return queues;
}

const texts = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);

it("keeps what was sent, its order and its counts across a crash", async () => {
  const store = openInline({ clock });
  const before = await open(store);
  await before.send(
    "orders",
    texts(5).map((body) => ({ body, group: "g" })),
  );
  await before.send(
    "jobs",
    texts(3).map((body) => ({ body })),
  );
  const [held] = await before.receive("jobs", { max: 1, waitMs: 0 });
  const after = await open(store.crash());
  expect(await after.stats("jobs")).toMatchObject({ visible: 2, inFlight: 1 });
  expect(await after.stats("orders")).toMatchObject({ visible: 5 });
  expect(await after.delete("jobs", [held?.receipt ?? ""])).toEqual(["ok"]);
  const ordered = await after.receive("orders", { max: 10, waitMs: 0 });
  expect(ordered.map(({ body }) => body)).toEqual(texts(5));
  const [again] = await after.send("orders", [{ body: "m0", group: "g" }]);
  expect(again).toMatchObject({ id: ordered[0]?.id, duplicate: true });
  const [next] = await after.send("orders", [{ body: "new", group: "g" }]);
  expect((next as { sequence: string }).sequence > (ordered[4]?.sequence ?? "")).toBe(true);
  await after.close();
});

it("keeps a FIFO group locked across a crash until its delivery ends", async () => {
  const store = openInline({ clock });
  const before = await open(store);
  await before.send(
    "orders",
    texts(2).map((body) => ({ body, group: "g" })),
  );
  const [held] = await before.receive("orders", { max: 1, waitMs: 0 });
  const after = await open(store.crash());
  expect(await after.receive("orders", { max: 1, waitMs: 0 })).toEqual([]);
  await after.delete("orders", [held?.receipt ?? ""]);
  expect(await after.receive("orders", { max: 1, waitMs: 0 })).toMatchObject([{ body: "m1" }]);
  await after.close();
});

it("delivers what a transaction sent before a crash, once", async () => {
  const store = openInline({ clock });
  const before = await open(store);
  const { statements, wake } = await before.statements("jobs", [{ body: "tx" }]);
  void store.write({ statements, wake });
  store.flush();
  const after = await open(store.crash());
  await settle();
  expect(await after.receive("jobs", { max: 10, waitMs: 0 })).toMatchObject([{ body: "tx" }]);
  expect(await after.receive("jobs", { max: 10, waitMs: 0 })).toEqual([]);
  await after.close();
});

it("goes on with a redrive after a crash", async () => {
  const store = openInline({ clock });
  const before = await open(store);
  const dead = deadLettersOf("jobs");
  await before.send(
    dead,
    texts(30).map((body) => ({ body })),
  );
  await before.redrive({ deadLetters: dead, to: "mail", ratePerSecond: 10 });
  await settle();
  const after = await open(store.crash());
  for (let pauses = 0; pauses < 40; pauses++) {
    clock.advance(100);
    await settle();
  }
  expect(await after.redrives(dead)).toMatchObject([{ state: "done", moved: 30 }]);
  expect(await after.stats("mail")).toMatchObject({ visible: 30 });
  await after.close();
});

it("tells callers that a full disk lost their send, and goes on when there is room", async () => {
  let full = false;
  const store = openInline({ clock, faults: { commit: () => (full ? "full" : undefined) } });
  const queues = await open(store);
  full = true;
  const lost = queues.send("jobs", [{ body: "lost" }]);
  await expect(lost).rejects.toMatchObject({ code: "MOR_STATE_FULL" });
  full = false;
  await queues.send("jobs", [{ body: "kept" }]);
  const found = await queues.receive("jobs", { max: 10, waitMs: 0 });
  expect(found.map(({ body }) => body)).toEqual(["kept"]);
  await queues.close();
});

it("settles each of two calls on one message by its own receipt", async () => {
  const queues = await open(openInline({ clock }));
  await queues.send("mail", [{ body: "x" }]);
  const [first] = await queues.receive("mail", { max: 1, waitMs: 0 });
  clock.advance(2500);
  const [second] = await queues.receive("mail", { max: 1, waitMs: 0 });
  const [old, latest] = [first?.receipt ?? "", second?.receipt ?? ""];
  const release = { receipt: latest, visibilityMs: 0 };
  const extend = { receipt: latest, visibilityMs: 9000 };
  expect(await queues.extend("mail", [release, extend])).toEqual(["ok", "stale"]);
  expect(await queues.delete("mail", [old, latest, latest])).toEqual(["stale", "ok", "stale"]);
  await queues.close();
});

it("refuses to change a standard queue into a FIFO queue", async () => {
  const store = openInline({ clock });
  const queues = await open(store);
  const changed = queues.declare([queueSpec("jobs", { fifo: true })]);
  await expect(changed).rejects.toMatchObject({ code: "MOR_QUEUE_KIND" });
  await queues.close();
});

it("reads its own ids and receipts, and no others", () => {
  const ids = makeMessageIds(0x12345);
  for (const seq of [1, 4096, 2 ** 32 + 7, 2 ** 40]) {
    const id = ids.idOf(seq, 1_767_225_600_123);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(ids.parse(id)).toEqual({ seq, sentAtMs: 1_767_225_600_123 });
    expect(makeMessageIds(0x54321).parse(id)).toBeUndefined();
    const receipt = { seq, receives: 3, atMs: 1_767_225_600_123, group: "ä/b" };
    expect(receiptOf("jobs", receiptText(receipt))).toEqual(receipt);
  }
});
