import { afterEach, expect, test } from "vitest";
import { queueFigures } from "../../core/capabilities/figures.ts";
import { queueing } from "../../core/capabilities/queueing.ts";
import type { InternalQueue } from "../../core/capabilities/queueing.ts";
import { currentContext, withContext } from "../../core/context.ts";
import { openRig } from "./rig.contract.ts";
import type { Rig } from "./rig.contract.ts";

const subscription: InternalQueue = {
  name: "subscription.orders.payment-succeeded",
  receivesMax: 3,
  retentionMs: 3_600_000,
  retryBaseMs: 2000,
  retryMsMax: 2000,
};

let rig: Rig;
afterEach(() => rig.close());

test("a pillar's own queue delivers body and attributes within the sender's context", async () => {
  rig = await openRig([]);
  const queues = rig.host.need(queueing);
  await queues.declare(subscription);
  const seen: unknown[] = [];
  const receiving = queues.consume(subscription.name, {
    service: "orders",
    handle: ({ body, attributes, info }) => {
      seen.push([body, attributes?.["kind"], info.receiveCount, currentContext()?.identity]);
    },
  });
  const trace = { traceId: "1".repeat(32), spanId: "2".repeat(16), sampled: true };
  await withContext({ trace, baggage: {}, identity: "u1" }, () =>
    queues.send(subscription.name, [{ body: '{"a":1}', attributes: { kind: "x" } }]),
  );
  await rig.settle();
  expect(seen).toEqual([['{"a":1}', "x", 1, "u1"]]);
  await receiving.stop(0);
});

test("its retry policy and its dead letters are its own", async () => {
  rig = await openRig([]);
  const queues = rig.host.need(queueing);
  await queues.declare(subscription);
  const atMs: number[] = [];
  const receiving = queues.consume(subscription.name, {
    service: "orders",
    handle: () => {
      atMs.push(rig.clock.monotonic());
      throw new Error("down");
    },
  });
  await queues.send(subscription.name, [{ body: "1" }]);
  await rig.advance(20_000);
  expect(atMs).toEqual([0, 2000, 4000]);
  expect(await rig.driver.stats(`${subscription.name}.dead`)).toMatchObject({ visible: 1 });
  const figures = await rig.host.need(queueFigures).figures();
  expect(figures).toEqual([
    { id: `queue/${subscription.name}`, depth: 0, inFlight: 0, oldestMs: 0, deadLetters: 1 },
  ]);
  await receiving.stop(0);
});

test("messages join a write of the state store", async () => {
  rig = await openRig([]);
  const queues = rig.host.need(queueing);
  await queues.declare(subscription);
  expect(queues.transactional).toBe(true);
  const { statements, wake } = await queues.statements(subscription.name, [{ body: "1" }]);
  await rig.store.write({ statements, wake });
  await rig.settle();
  expect(await rig.driver.stats(subscription.name)).toMatchObject({ visible: 1 });
});

test("a queue that is removed is gone with what was in it", async () => {
  rig = await openRig([]);
  const queues = rig.host.need(queueing);
  await queues.declare(subscription);
  await queues.send(subscription.name, [{ body: "1" }]);
  await queues.remove(subscription.name);
  expect(rig.runtime.list()).toEqual([]);
  await expect(queues.remove(subscription.name)).rejects.toMatchObject({ code: "MOR_NOT_FOUND" });
  await queues.declare(subscription);
  expect(await rig.driver.stats(subscription.name)).toMatchObject({ visible: 0 });
});
