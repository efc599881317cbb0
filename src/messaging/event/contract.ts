import { describe, expect, it } from "vitest";
import { app } from "../../core/service.ts";
import type { App } from "../../core/service.ts";
import { codeOf, entry, services, sourceName, worldOf } from "./contract/world.ts";
import type { BusUnderTest, Case } from "./contract/world.ts";
import { readDelivered } from "./subscriber.ts";
import { subscriptionsOf } from "./subscriptions.ts";

/** How the contract is run. */
export interface ContractOptions {
  /** `eventbridge on moto`. */
  readonly name: string;
  readonly present: boolean;
  /** Whether input transformers are to be made. */
  readonly transforms: boolean;
  /** Whether time is real: cases that wait for an engine wait together. */
  readonly waits: boolean;
  /** Opens the engine for an app of its own. */
  open(declared: App): Promise<BusUnderTest>;
  /** Why a case cannot run on this emulator. */
  gap?(caseName: string): string | undefined;
}

const delivery: readonly Case[] = [
  {
    name: "an event reaches the queue of each subscription whose pattern matches, and no other",
    async run({ publish, got }) {
      const [small, large] = await publish({ order: "1", total: 5 }, { order: "2", total: 500 });
      const all = await got("all.order.placed", 2);
      expect(new Set(all.map(({ id }) => id))).toEqual(new Set([small, large]));
      expect((await got("large.order.placed", 1)).map(({ id }) => id)).toEqual([large]);
      expect(await got("all.payment.succeeded", 0)).toEqual([]);
      expect(await got("taiwan.order.placed", 0)).toEqual([]);
    },
  },
  {
    name: "a delivered event has EventBridge's envelope",
    async run({ driver, got }) {
      const detail = {
        _morning: { traceparent: "t" },
        order: "1",
        total: 1.5,
        deep: [{ a: [null] }],
      };
      const [result] = await driver.publish([{ ...entry(detail), resources: ["order/1"] }]);
      const [envelope] = await got("all.order.placed", 1);
      expect(envelope).toEqual({
        version: "0",
        id: result !== undefined && "id" in result ? result.id : "none",
        "detail-type": "order.placed",
        source: sourceName,
        account: expect.stringMatching(/^\d{12}$/) as string,
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
        region: expect.stringMatching(/^[a-z0-9-]+$/) as string,
        resources: ["order/1"],
        detail,
      });
    },
  },
  {
    name: "a delivered event says when it happened, in whole seconds",
    async run({ driver, got, nowMs }) {
      const atMs = Math.floor(nowMs() / 1000) * 1000 - 3_600_000;
      await driver.publish([{ ...entry({ order: "1", total: 1 }), atMs }]);
      const [envelope] = await got("all.order.placed", 1);
      expect(envelope?.time).toBe(`${new Date(atMs).toISOString().slice(0, 19)}Z`);
    },
  },
  {
    name: "a pattern over several paths of the detail matches only what fits them all",
    async run({ publish, got }) {
      const ids = await publish(
        { order: "1", address: { country: "TW" }, mail: "ada@example.com" },
        { order: "2", address: { country: "TW" }, mail: "ada@example.org" },
        { order: "3", address: { country: "JP" }, mail: "ada@example.com" },
        { order: "4" },
      );
      expect((await got("taiwan.order.placed", 1)).map(({ id }) => id)).toEqual([ids[0]]);
      expect(await got("all.order.placed", 4)).toHaveLength(4);
    },
  },
  {
    name: "of a batch each entry succeeds or fails alone, more than ten too",
    async run({ driver, got }) {
      const good = Array.from({ length: 23 }, (_, at) => entry({ order: String(at), total: 1 }));
      const bad = { ...entry({}), detail: "no JSON" };
      const list = { ...entry({}), detail: "[1]" };
      const results = await driver.publish([...good.slice(0, 5), bad, ...good.slice(5), list]);
      expect(results).toHaveLength(25);
      const failed = results.map((result) => "error" in result);
      expect(failed.flatMap((one, at) => (one ? [at] : []))).toEqual([5, 24]);
      expect(results[5]).toMatchObject({ error: { code: "MOR_INVALID" } });
      const envelopes = await got("all.order.placed", 23);
      expect(new Set(envelopes.map(({ id }) => id)).size).toBe(23);
    },
  },
  {
    name: "an event over the limit is refused by name, and the others of its call are not",
    async run({ driver, got }) {
      const big = entry({ big: "x".repeat(2 ** 20) });
      const results = await driver.publish([big, entry({ order: "1", total: 1 })]);
      expect(results[0]).toMatchObject({ error: { code: "MOR_EVENT_TOO_LARGE" } });
      expect(results[1]).toHaveProperty("id");
      expect(await got("all.order.placed", 1)).toHaveLength(1);
    },
  },
  {
    name: "what is received as often as the subscription allows goes to its dead letters",
    async run({ publish, fail, drain, subscription }) {
      const [id] = await publish({ order: "1", total: 500 });
      const { queue } = subscription("large.order.placed").spec;
      await fail(queue, 2);
      const [body] = await drain(`${queue}.dead`, 1);
      expect(JSON.parse(body ?? "{}")).toMatchObject({ id, detail: { order: "1" } });
      expect(await drain(queue, 0)).toEqual([]);
    },
  },
];

const transforming: Case = {
  name: "an input transformer makes what its subscription gets",
  transform: true,
  async run({ driver, publish, drain, subscription }) {
    if (!driver.features.inputTransformer) {
      const { spec } = subscription("all.order.placed");
      const input = { paths: {}, template: "{}" };
      expect(await codeOf(driver.declare([{ ...spec, input }]))).toBe("MOR_UNSUPPORTED");
      return;
    }
    const mail = subscription("mail.order.placed.text");
    const [id] = await publish({ order: "7", total: 1, lines: [{ sku: "a" }] });
    const [body] = await drain(mail.spec.queue, 1);
    const delivered = readDelivered(mail, body ?? "");
    expect(delivered.id).toBe(id);
    expect(delivered.value).toEqual({
      text: "order 7",
      order: "7",
      lines: [{ sku: "a" }],
      missing: "",
    });
  },
};

const replays: readonly Case[] = [
  {
    name: "a replay delivers the events of its window again, marked",
    async run({ driver, publish, got, nowMs }) {
      const window = { fromMs: nowMs() - 60_000, toMs: nowMs() + 120_000 };
      if (!driver.features.replay) {
        expect(await codeOf(driver.replay({ name: "r", ...window }))).toBe("MOR_UNSUPPORTED");
        expect(await codeOf(driver.replays())).toBe("MOR_UNSUPPORTED");
        expect(await codeOf(driver.cancelReplay("r"))).toBe("MOR_UNSUPPORTED");
        return;
      }
      await publish({ order: "1", total: 500 }, { order: "2", total: 6 });
      const first = await got("all.order.placed", 2);
      await got("large.order.placed", 1);
      const name = `again-${nowMs()}`;
      await driver.replay({ name, ...window });
      const again = await got("all.order.placed", 2);
      expect(new Set(again.map(({ detail }) => detail["order"]))).toEqual(new Set(["1", "2"]));
      expect(again.map((one) => one["replay-name"])).toEqual([name, name]);
      expect(again.map(({ time }) => time)).toEqual(first.map(({ time }) => time));
      expect(await got("large.order.placed", 1)).toHaveLength(1);
      const task = (await driver.replays()).find((one) => one.name === name);
      expect(task?.state).toBe("done");
      expect(await codeOf(driver.replay({ name, ...window }))).toBe("MOR_EVENT_REPLAY");
    },
  },
  {
    name: "a replay goes to the chosen subscriptions alone",
    async run({ driver, publish, got, nowMs, subscription }) {
      if (!driver.features.replay) return;
      const window = { fromMs: nowMs() - 60_000, toMs: nowMs() + 120_000 };
      await publish({ order: "1", total: 500 });
      await got("all.order.placed", 1);
      await got("large.order.placed", 1);
      const subscriptions = [subscription("large.order.placed").name];
      await driver.replay({ name: `chosen-${nowMs()}`, ...window, subscriptions });
      expect(await got("large.order.placed", 1)).toHaveLength(1);
      expect(await got("all.order.placed", 0)).toEqual([]);
    },
  },
  {
    name: "a replay's window ends after it begins, and its subscriptions exist",
    async run({ driver, nowMs }) {
      if (!driver.features.replay) return;
      const [fromMs, toMs] = [nowMs() - 60_000, nowMs()];
      const backwards = { name: "backwards", fromMs: toMs, toMs: fromMs };
      expect(await codeOf(driver.replay(backwards))).toBe("MOR_EVENT_REPLAY");
      const unknown = { name: "unknown", fromMs, toMs, subscriptions: ["nobody"] };
      expect(await codeOf(driver.replay(unknown))).toBe("MOR_NOT_FOUND");
      expect(await codeOf(driver.cancelReplay("none-of-this-name"))).toBe("MOR_NOT_FOUND");
    },
  },
  {
    name: "a pattern, a rate and a dry run shape a replay where the driver says so",
    async run({ driver, publish, got, nowMs }) {
      const window = { fromMs: nowMs() - 60_000, toMs: nowMs() + 120_000 };
      const shapes = [{ dryRun: true }, { ratePerSecond: 5 }, { pattern: { source: ["x"] } }];
      if (!driver.features.replay) return;
      if (!driver.features.replayShaped) {
        for (const shape of shapes) {
          const refused = driver.replay({ name: "shaped", ...window, ...shape });
          expect(await codeOf(refused)).toBe("MOR_UNSUPPORTED");
        }
        return;
      }
      await publish({ order: "1", total: 500 }, { order: "2", total: 1 });
      await got("all.order.placed", 2);
      const pattern = { detail: { order: ["1"] } };
      const task = await driver.replay({ name: "dry", ...window, dryRun: true, pattern });
      expect(task).toMatchObject({
        state: "done",
        read: 2,
        delivered: { "all.order.placed": 1, "large.order.placed": 1 },
      });
      expect(await got("all.order.placed", 0)).toEqual([]);
      expect(await driver.replays()).toEqual([]);
    },
  },
];

const reading: readonly Case[] = [
  {
    name: "the log shows what was published and whom it reached, where the driver has one",
    async run({ driver, publish }) {
      if (!driver.features.log) {
        expect(await codeOf(driver.log({ limit: 1 }))).toBe("MOR_UNSUPPORTED");
        expect(await codeOf(driver.event("x"))).toBe("MOR_UNSUPPORTED");
        expect(await codeOf(driver.totals())).toBe("MOR_UNSUPPORTED");
        return;
      }
      const [first, second] = await publish({ order: "1", total: 1 }, { order: "2", total: 200 });
      const { events, cursor } = await driver.log({ limit: 1 });
      expect(events.map(({ envelope }) => envelope.id)).toEqual([second]);
      expect(events[0]?.deliveredTo).toContain("large.order.placed");
      const next = await driver.log({ limit: 1, ...(cursor === undefined ? {} : { cursor }) });
      expect(next.events.map(({ envelope }) => envelope.id)).toEqual([first]);
      expect(next.cursor).toBeUndefined();
      expect((await driver.event(String(first))).envelope.detail).toMatchObject({ order: "1" });
      expect(await codeOf(driver.event("none"))).toBe("MOR_NOT_FOUND");
      expect(await driver.totals()).toEqual({ "order.placed": 2 });
    },
  },
  {
    name: "the log is searched by text, source and trace, where the driver has one",
    async run({ driver, publish }) {
      if (!driver.features.log) {
        const search = driver.log({ limit: 1, contains: "x" });
        expect(await codeOf(search)).toBe("MOR_UNSUPPORTED");
        return;
      }
      const traceId = "a".repeat(32);
      const _morning = { traceparent: `00-${traceId}-${"b".repeat(16)}-01` };
      const [first, second] = await publish(
        { order: 'needle "1"', total: 1, _morning },
        { order: "2", total: 2 },
      );
      const found = async (sought: object): Promise<unknown[]> => {
        const { events } = await driver.log({ limit: 10, ...sought });
        return events.map(({ envelope }) => envelope.id);
      };
      expect(await found({ contains: 'needle "1"' })).toEqual([first]);
      expect(await found({ contains: "hay" })).toEqual([]);
      expect(await found({ contains: traceId })).toEqual([]);
      expect(await found({ traceId })).toEqual([first]);
      expect(await found({ source: sourceName })).toEqual([second, first]);
      expect(await found({ source: sourceName, contains: '"total":2' })).toEqual([second]);
      expect(await found({ source: "shop" })).toEqual([]);
    },
  },
  {
    name: "events commit with other writes of the store, where the driver says so",
    async run({ driver }) {
      const asked = driver.statements([entry({ order: "1", total: 1 })]);
      if (!driver.features.transactional) {
        expect(await codeOf(asked)).toBe("MOR_UNSUPPORTED");
        return;
      }
      const { statements, wake } = await asked;
      expect(statements.length).toBeGreaterThan(1);
      expect((await driver.statements([])).wake).toEqual(wake);
    },
  },
  {
    name: "a pattern that is none is refused when it is declared",
    async run({ driver, subscription }) {
      const { spec } = subscription("all.order.placed");
      if (driver.features.patterns === "filter-policy") {
        const sixKeys = Object.fromEntries(
          ["a", "b", "c", "d", "e", "f"].map((key) => [key, ["x"]]),
        );
        const refused = driver.declare([{ ...spec, pattern: sixKeys }]);
        expect(await codeOf(refused)).toBe("MOR_EVENT_FILTER_POLICY_INVALID");
        return;
      }
      const pattern = { "detail-type": [] };
      expect(await codeOf(driver.declare([{ ...spec, pattern }]))).toBe(
        "MOR_EVENT_PATTERN_INVALID",
      );
    },
  },
];

/**
 * The one suite that every bus passes against a real engine. Cases of a feature that a driver does
 * not have assert its `MOR_UNSUPPORTED` instead.
 */
export function describeEventContract(options: ContractOptions): void {
  const cases = [...delivery, transforming, ...replays, ...reading];
  describe.skipIf(!options.present)(options.name, { concurrent: options.waits }, () => {
    for (const { name, transform, run } of cases) {
      it.skipIf(options.gap?.(name) !== undefined)(name, async () => {
        const transforms = options.transforms && transform === true;
        const declared = app("shop", { services: services(transforms) });
        const subscriptions = subscriptionsOf(declared);
        const under = await options.open(declared);
        try {
          await run(worldOf(under, subscriptions));
        } finally {
          await under.close();
        }
      });
    }
  });
}
