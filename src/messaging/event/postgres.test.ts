import { Client } from "pg";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { outbox } from "../../core/capabilities/outbox.ts";
import { queueing } from "../../core/capabilities/queueing.ts";
import type { InternalMessage, Queueing } from "../../core/capabilities/queueing.ts";
import { coreErrors } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import { openPostgres } from "../../engines/postgres/store.ts";
import { systemClock } from "../../core/clock.ts";
import { openOutbox } from "../../state/transaction/index.ts";
import { testHost } from "../../testing/host.ts";
import type { EventDriver } from "./driver.ts";
import { driver as bus } from "./drivers/sqlite.ts";
import { event } from "./event.ts";
import { recordSchemas } from "./registry.ts";

const url = process.env["MORNING_TEST_POSTGRES_URL"];

/** Queues of another engine, as SQS is: what is sent to them is remembered. */
function otherQueues(sent: Map<string, string[]>): Queueing {
  const unsupported = (): never => {
    throw coreErrors.MOR_UNSUPPORTED("queues of another engine");
  };
  return {
    transactional: false,
    clock: systemClock,
    declare: async () => {},
    remove: async () => {},
    send: async (queue: string, messages: readonly InternalMessage[]) => {
      sent.set(queue, [...(sent.get(queue) ?? []), ...messages.map(({ body }) => body)]);
    },
    statements: unsupported,
    consume: unsupported,
  };
}

describe.skipIf(url === undefined)(
  "event bus on postgres [needs MORNING_TEST_POSTGRES_URL]",
  () => {
    const schema = `event-${process.pid}`;
    const ends: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const end of ends.splice(0).reverse()) await end();
    });
    afterAll(async () => {
      const admin = new Client(url);
      await admin.connect();
      await admin.query(`drop schema if exists "${schema}" cascade`);
      await admin.end();
    });

    async function open(): Promise<{
      store: Store;
      driver: EventDriver;
      sent: Map<string, string[]>;
    }> {
      const store = await openPostgres({ url: url ?? "", clock: systemClock, schema });
      ends.push(() => store.close());
      const host = testHost({ store });
      const box = await openOutbox(store, host);
      ends.push(() => box.close());
      const sent = new Map<string, string[]>();
      host.provide(outbox, box);
      host.provide(queueing, otherQueues(sent));
      const driver = await bus.open(host, {});
      ends.push(() => driver.close());
      return { store, driver, sent };
    }

    /** Resolves once `done` holds, in step with the event loop. */
    async function until(done: () => boolean | Promise<boolean>): Promise<void> {
      while (!(await done())) await new Promise((resolve) => setImmediate(resolve));
    }

    test("publishes, logs, delivers through the outbox and replays as on SQLite", async () => {
      const { store, driver, sent } = await open();
      await driver.declare([
        { name: "all", queue: "q.all", pattern: { "detail-type": ["t"] } },
        { name: "big", queue: "q.big", pattern: { detail: { n: [{ numeric: [">", 100] }] } } },
      ]);
      const fromMs = Date.now();
      const entries = Array.from({ length: 120 }, (_, n) => ({
        type: "t",
        source: "s",
        detail: JSON.stringify({ n }),
      }));
      const results = await driver.publish(entries);
      expect(results.every((result) => "id" in result)).toBe(true);
      await until(() => sent.get("q.all")?.length === 120 && sent.get("q.big")?.length === 19);
      const order = sent
        .get("q.all")
        ?.map((body) => (JSON.parse(body) as { detail: { n: number } }).detail.n);
      expect(order).toEqual(entries.map((_, n) => n));
      const page = await driver.log({ limit: 100, order: "oldest", fromMs });
      const rest = await driver.log({
        limit: 100,
        order: "oldest",
        fromMs,
        cursor: page.cursor ?? "",
      });
      expect([page.events.length, rest.events.length]).toEqual([100, 20]);
      expect(await driver.totals()).toEqual({ t: 120 });
      const sought = await driver.log({ limit: 9, contains: '"n":11', source: "s" });
      expect(sought.events.map(({ envelope }) => envelope.detail["n"])).toEqual([
        119, 118, 117, 116, 115, 114, 113, 112, 111,
      ]);
      const next = await driver.log({ limit: 9, contains: '"n":11', cursor: sought.cursor ?? "" });
      expect(next.events.map(({ envelope }) => envelope.detail["n"])).toEqual([110, 11]);
      const toMs = Date.now() + 1;
      await driver.replay({ name: "again", fromMs, toMs, subscriptions: ["big"] });
      const ended = async (): Promise<boolean> => (await driver.replays())[0]?.state === "done";
      await until(ended);
      await until(() => sent.get("q.big")?.length === 38);
      expect(sent.get("q.all")).toHaveLength(120);
      const { statements, wake } = await driver.statements(entries.slice(0, 1));
      await store.write({ statements, wake });
      await until(() => sent.get("q.all")?.length === 121);
    });

    test("keeps schemas on record and refuses what breaks readers", async () => {
      const { store } = await open();
      const host = testHost({ store });
      const first = event("placed", { data: z.object({ a: z.string() }) });
      await recordSchemas(host, [first]);
      const changed = event("placed", { data: z.object({ a: z.number() }) });
      await expect(recordSchemas(host, [changed])).rejects.toMatchObject({
        code: "MOR_EVENT_INCOMPATIBLE",
      });
    });
  },
);
