import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { eventTail } from "../../core/capabilities/figures.ts";
import { currentContext, withContext } from "../../core/context.ts";
import { MorningError } from "../../core/errors.ts";
import { handle, handleBatch } from "../../core/receiver.ts";
import { service } from "../../core/service.ts";
import type { AnyService } from "../../core/service.ts";
import { makeTransactions } from "../../state/transaction/index.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import { simulatedClock } from "../../testing/clock.ts";
import { event } from "./event.ts";
import type { Publisher } from "./event.ts";
import { openEventRig } from "./rig.contract.ts";
import type { EventRig, EventRigOptions } from "./rig.contract.ts";

const placed = event("order.placed", {
  data: z.object({ order: z.string(), total: z.number() }),
});

type Placed = { order: string; total: number };

const rigs: EventRig[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close();
});

async function rigOf(
  services: readonly AnyService[],
  options?: EventRigOptions,
): Promise<EventRig> {
  const rig = await openEventRig(services, options);
  rigs.push(rig);
  return rig;
}

/** A shop whose `large` service gets orders over 100 and whose `all` gets every one. */
function shop(got: { service: string; data: Placed; id: string; trace?: string }[]): AnyService[] {
  const listener = (name: string, pattern?: Record<string, unknown>): AnyService =>
    service(name, {
      uses: { placed: placed.subscriber(pattern === undefined ? {} : { pattern }) },
      handlers: (held) => [
        handle(held.placed, {}, (data, { info }) => {
          const trace = currentContext()?.trace.traceId;
          got.push({ service: name, data, id: info.id, ...(trace === undefined ? {} : { trace }) });
        }),
      ],
    });
  return [
    service("orders", { uses: { placed: placed.publisher() } }),
    listener("all"),
    listener("large", { detail: { total: [{ numeric: [">", 100] }] } }),
  ];
}

const publisherOf = (rig: EventRig): Publisher<Placed> =>
  rig.held("orders")["placed"] as Publisher<Placed>;

async function caught(work: () => unknown): Promise<MorningError> {
  try {
    await work();
  } catch (error) {
    if (MorningError.is(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("publish and subscribe", () => {
  test("an event reaches every subscription whose pattern matches, with its trace", async () => {
    const got: Parameters<typeof shop>[0] = [];
    const rig = await rigOf(shop(got));
    await rig.start();
    const trace = {
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      sampled: true,
    };
    const { small, large } = await withContext(
      { trace, baggage: {}, identity: "ada" },
      async () => ({
        small: await publisherOf(rig).publish({ order: "1", total: 5 }),
        large: await publisherOf(rig).publish({ order: "2", total: 500 }),
      }),
    );
    await rig.advance(1000);
    const seen = got.map(({ service: name, id }) => `${name} ${id}`).sort();
    expect(seen).toEqual([`all ${small.id}`, `all ${large.id}`, `large ${large.id}`].sort());
    expect(got.every((one) => one.trace === trace.traceId)).toBe(true);
    expect(got[0]?.data).toEqual({ order: "1", total: 5 });
    expect(
      rig.counted("morning_event_published_total", { event: "order.placed", service: "orders" }),
    ).toBe(2);
    expect(rig.counted("morning_event_handled_total", { service: "all", outcome: "handled" })).toBe(
      2,
    );
    const tail = await rig.host.need(eventTail).recent(10);
    expect(tail[0]).toMatchObject({
      id: large.id,
      type: "order.placed",
      source: "orders",
      traceId: trace.traceId,
    });
    expect(JSON.parse(tail[0]?.data ?? "")).toEqual({ order: "2", total: 500 });
    expect(await rig.host.need(eventTail).totals()).toEqual({ "order.placed": 2 });
  });

  test("publishes of one turn go in one write, in the order of their calls", async () => {
    const rig = await rigOf(shop([]));
    const before = (await rig.store.stats()).writes;
    const publisher = publisherOf(rig);
    const all = Array.from({ length: 50 }, (_, at) =>
      publisher.publish({ order: String(at), total: at }),
    );
    const ids = (await Promise.all(all)).map(({ id }) => id);
    expect((await rig.store.stats()).writes - before).toBeLessThanOrEqual(3);
    const { events } = await rig.driver.log({ limit: 100, order: "oldest" });
    expect(events.map(({ envelope }) => envelope.id)).toEqual(ids);
  });

  test("data that does not fit the schema is refused with the path and not published", async () => {
    const rig = await rigOf(shop([]));
    const error = await caught(() => publisherOf(rig).publish({ order: "1", total: "5" } as never));
    expect(error.code).toBe("MOR_INVALID");
    expect(error.message).toContain("order.placed");
    expect(error.message).toContain("at total");
    expect((await rig.driver.log({ limit: 10 })).events).toEqual([]);
  });

  test("data over the limit, no object, or with the reserved member is refused", async () => {
    const any = event("any", { data: z.unknown() });
    const rig = await rigOf([service("orders", { uses: { placed: any.publisher() } })]);
    const publish = (data: unknown) => caught(() => publisherOf(rig).publish(data as never));
    expect((await publish({ big: "x".repeat(2 ** 20) })).code).toBe("MOR_EVENT_TOO_LARGE");
    expect((await publish(["a"])).code).toBe("MOR_INVALID");
    expect((await publish({ _morning: {} })).code).toBe("MOR_INVALID");
  });

  test("what fails is repeated, then dead-lettered, and holds up no other", async () => {
    let attempts = 0;
    const got: string[] = [];
    const rig = await rigOf([
      service("orders", { uses: { placed: placed.publisher() } }),
      service("failing", {
        uses: { placed: placed.subscriber({ attemptsMax: 3 }) },
        handlers: (held) => [
          handle(held.placed, {}, () => {
            attempts++;
            throw new Error("no");
          }),
        ],
      }),
      service("fine", {
        uses: { placed: placed.subscriber() },
        handlers: (held) => [handle(held.placed, {}, (data) => void got.push(data.order))],
      }),
    ]);
    await rig.start();
    await publisherOf(rig).publish({ order: "1", total: 1 });
    await rig.advance(3_600_000);
    expect(attempts).toBe(3);
    expect(got).toEqual(["1"]);
    const dead = rig.queues
      .list()
      .find(({ spec }) => spec.name === "subscription.failing.order.placed.dead");
    expect(await rig.queues.driver.stats(dead?.spec.name ?? "")).toMatchObject({ visible: 1 });
    expect(
      rig.counted("morning_event_handled_total", { service: "failing", outcome: "failed" }),
    ).toBe(3);
  });

  test("a delivered event that does not fit its schema never meets the handler", async () => {
    const got: Parameters<typeof shop>[0] = [];
    const rig = await rigOf(shop(got));
    await rig.start();
    const entry = { type: "order.placed", source: "elsewhere", detail: '{"order":1}' };
    await rig.runtime.publish(entry);
    await rig.advance(100);
    expect(got).toEqual([]);
    expect(
      rig.counted("morning_event_handled_total", { service: "all", outcome: "failed" }),
    ).toBeGreaterThan(0);
  });

  test("a subscription with a transformer gets what the transformer makes", async () => {
    const got: unknown[] = [];
    const rig = await rigOf([
      service("orders", { uses: { placed: placed.publisher() } }),
      service("mail", {
        uses: {
          placed: placed.subscriber({
            input: {
              paths: { order: "$.detail.order", total: "$.detail.total" },
              template:
                '{"text":"order <order> over <total>","total":<total>,' +
                '"whole":<aws.events.event.json>}',
            },
          }),
        },
        handlers: (held) => [handle(held.placed, {}, (made) => void got.push(made))],
      }),
    ]);
    await rig.start();
    const trace = {
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      sampled: true,
    };
    const { id } = await withContext({ trace, baggage: {} }, () =>
      publisherOf(rig).publish({ order: 'a"b', total: 7 }),
    );
    await rig.advance(100);
    expect(got).toMatchObject([
      { text: 'order a"b over 7', total: 7, whole: { id, detail: { order: 'a"b', total: 7 } } },
    ]);
    expect(JSON.stringify(got)).not.toContain("_morning");
  });

  test("events are handled one at a time: a batch handler is refused by name", async () => {
    const rig = await rigOf([
      service("batch", {
        uses: { placed: placed.subscriber() },
        handlers: (held) => [handleBatch(held.placed, {}, () => {})],
      }),
    ]);
    expect((await caught(() => rig.start())).code).toBe("MOR_UNSUPPORTED");
  });
});

describe("transactions", () => {
  const note = { sql: "insert into note (body) values (?)", params: ["kept"] };
  async function withNotes(options?: EventRigOptions) {
    const got: Parameters<typeof shop>[0] = [];
    const rig = await rigOf(shop(got), options);
    const sqlite = ["create table note (body text not null)"];
    await rig.store.migrate({
      component: "note",
      migrations: [{ version: 1, sqlite, postgres: sqlite }],
    });
    const { clock } = rig;
    const transactions = makeTransactions(
      { store: async () => rig.store, clock, ids: rig.host.ids },
      "orders",
    );
    const notes = async () => (await rig.store.read("select body from note")).length;
    return { rig, got, transactions, notes };
  }

  test.each([false, true])(
    "an event published in a transaction commits with it (queues elsewhere: %s)",
    async (remoteQueues) => {
      const { rig, got, transactions, notes } = await withNotes({ remoteQueues });
      await rig.start();
      await transactions.transact((tx) => {
        tx(publisherOf(rig)).publish({ order: "1", total: 500 });
        tx(publisherOf(rig)).publish({ order: "2", total: 1 });
      });
      await rig.advance(100);
      expect(got.map((one) => `${one.service} ${one.data.order}`).sort()).toEqual([
        "all 1",
        "all 2",
        "large 1",
      ]);
      await caught(() =>
        transactions.transact(async (tx) => {
          tx(publisherOf(rig)).publish({ order: "3", total: 1 });
          throw Object.assign(
            new MorningError("MOR_X", { status: 400, title: "", fix: "" }, "no"),
            {},
          );
        }),
      );
      await rig.advance(100);
      expect(got).toHaveLength(3);
      expect(await notes()).toBe(0);
    },
  );

  test("an event of a write that is refused is not published", async () => {
    const { rig, got } = await withNotes();
    await rig.start();
    const { statements, wake } = await rig.driver.statements([
      { type: "order.placed", source: "shop.orders", detail: '{"order":"1","total":1}' },
    ]);
    const refused = { sql: "delete from note where body = 'none'", expect: { rows: 1 } as const };
    await caught(() => rig.store.write({ statements: [note, ...statements, refused], wake }));
    await rig.advance(100);
    expect(got).toEqual([]);
    expect((await rig.driver.log({ limit: 10 })).events).toEqual([]);
  });

  test("a redelivered event writes once through once(), also when it is replayed", async () => {
    let deliveries = 0;
    const rig = await rigOf([
      service("orders", { uses: { placed: placed.publisher() } }),
      service("loyalty", {
        uses: { placed: placed.subscriber(), again: placed.publisher() },
        handlers: (held) => [
          handle(held.placed, {}, async (data, { once, info }) => {
            deliveries++;
            if (data.total === 0) return;
            await once(info.idempotencyKey, (tx) =>
              tx(held.again).publish({ order: data.order, total: 0 }),
            );
            if (deliveries === 1) throw new Error("after the write");
          }),
        ],
      }),
    ]);
    await rig.start();
    await publisherOf(rig).publish({ order: "1", total: 5 });
    await rig.advance(60_000);
    expect(await rig.driver.totals()).toEqual({ "order.placed": 2 });
    await rig.driver.replay({ name: "r", fromMs: 0, toMs: rig.clock.now() + 1 });
    await rig.advance(60_000);
    expect(deliveries).toBeGreaterThanOrEqual(5);
    expect(await rig.driver.totals()).toEqual({ "order.placed": 2 });
  });
});

describe("a disk that fails", () => {
  test("refuses the publish by name and delivers nothing of it", async () => {
    let failing = false;
    const clock = simulatedClock();
    const store = openInline({ clock, faults: { commit: () => (failing ? "full" : undefined) } });
    const got: Parameters<typeof shop>[0] = [];
    const rig = await rigOf(shop(got), { clock, store });
    await rig.start();
    failing = true;
    const error = await caught(() => publisherOf(rig).publish({ order: "1", total: 500 }));
    expect(error.code).toBe("MOR_STATE_FULL");
    failing = false;
    await publisherOf(rig).publish({ order: "2", total: 1 });
    await rig.advance(10_000);
    expect(got.map(({ data }) => data.order)).toEqual(["2"]);
    const counted = rig.counted("morning_event_published_total", { event: "order.placed" });
    expect(counted).toBe(1);
  });
});

describe("a process that dies", () => {
  test("between publish and delivery loses no event that was acknowledged", async () => {
    const got: Parameters<typeof shop>[0] = [];
    const first = await openEventRig(shop(got));
    const ids: string[] = [];
    for (let at = 0; at < 20; at++) {
      const { id } = await publisherOf(first).publish({ order: String(at), total: 1 });
      ids.push(id);
    }
    const second = await first.crash();
    rigs.push(second);
    await second.start();
    await second.advance(120_000);
    expect(got.map(({ id }) => id).sort()).toEqual(ids.sort());
  });

  test("while it handles delivers again what was not finished", async () => {
    const seen: string[] = [];
    let hang = true;
    const services = [
      service("orders", { uses: { placed: placed.publisher() } }),
      service("slow", {
        uses: { placed: placed.subscriber() },
        handlers: (held) => [
          handle(held.placed, {}, async (data) => {
            if (hang) await new Promise<void>(() => {});
            seen.push(data.order);
          }),
        ],
      }),
    ];
    const first = await openEventRig(services);
    await first.start();
    await publisherOf(first).publish({ order: "1", total: 1 });
    await first.advance(10);
    hang = false;
    const second = await first.crash();
    rigs.push(second);
    await second.start();
    await second.advance(120_000);
    expect(seen).toEqual(["1"]);
  });
});
