import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { makeLog } from "../../core/log.ts";
import type { Store } from "../../core/store.ts";
import { openPostgres } from "../../engines/postgres/store.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import { debounceStatement, makeDebounceRelay } from "./flow-debounce.ts";
import type { Debounced } from "./flow-debounce.ts";
import { flowSchema, makeFlowStore, writeFlow } from "./flow-store.ts";
import type { FlowStore, SlotWish } from "./flow-store.ts";
import { simulatedClock } from "../../testing/clock.ts";

const url = process.env["MORNING_TEST_POSTGRES_URL"];

/** Two processes on one store, with a time that the test sets. */
interface Two {
  readonly flows: readonly [FlowStore, FlowStore];
  readonly time: { nowMs: number };
}

async function twoOn(store: Store, other: Store): Promise<Two> {
  const time = { nowMs: 1_800_000_000_000 };
  await store.migrate(flowSchema);
  const now = (): number => time.nowMs;
  return { flows: [makeFlowStore(store, now), makeFlowStore(other, now)], time };
}

async function onSqlite(): Promise<Two> {
  const store = openInline({ clock: systemClock });
  onTestFinished(() => store.close());
  return twoOn(store, store);
}

async function onPostgres(): Promise<Two> {
  const schema = `queue-flow-${randomUUID().slice(0, 8)}`;
  const given = { url: url ?? "", schema, clock: systemClock };
  const [store, other] = await Promise.all([openPostgres(given), openPostgres(given)]);
  onTestFinished(async () => {
    await Promise.all([store.close(), other.close()]);
    const admin = new Client(url);
    await admin.connect();
    await admin.query(`drop schema "${schema}" cascade`);
    await admin.end();
  });
  return twoOn(store, other);
}

const wish = (scope: string, holder: string): SlotWish => ({
  scope,
  key: "k",
  max: 2,
  holder,
  ttlMs: 1000,
});

function flowContract(name: string, open: () => Promise<Two>, absent: boolean): void {
  describe.skipIf(absent)(name, () => {
    test("no more than the slots of a key are given out, whoever asks at once", async () => {
      const { flows } = await open();
      const scope = randomUUID();
      const asked = Array.from({ length: 12 }, (_, at) =>
        (flows[at % 2] as FlowStore).slots([wish(scope, `h${at}`)]),
      );
      const found = (await Promise.all(asked)).flat().filter((slot) => slot !== undefined);
      expect(found.length).toBeGreaterThan(0);
      expect(found.length).toBeLessThanOrEqual(2);
      expect(new Set(found.map(({ slot }) => slot)).size).toBe(found.length);
    });

    test("a slot is free when it is given back or its time is over, not before", async () => {
      const { flows, time } = await open();
      const [flow, other] = flows;
      const scope = randomUUID();
      const [one, two] = await flow.slots([wish(scope, "a"), wish(scope, "b")]);
      expect([one?.slot, two?.slot]).toEqual([0, 1]);
      expect(await other.slots([wish(scope, "c")])).toEqual([undefined]);
      await flow.release(one ? [one] : []);
      expect(await other.slots([wish(scope, "c")])).toMatchObject([{ slot: 0 }]);
      time.nowMs += 999;
      expect(await flow.renew(two ? [two] : [], 1000)).toEqual([]);
      time.nowMs += 1;
      expect(await other.slots([wish(scope, "d")])).toMatchObject([{ slot: 0 }]);
      expect(await flow.renew(one ? [one] : [], 1000)).toEqual([one]);
    });

    test("starts are counted over all who ask at once", async () => {
      const { flows, time } = await open();
      const scope = randomUUID();
      const take = { scope, key: "k", max: 5, periodMs: 1000, count: 2 };
      const asked = Array.from({ length: 8 }, (_, at) => (flows[at % 2] as FlowStore).take([take]));
      const taken = (await Promise.all(asked)).flat();
      expect(taken.reduce((sum, { granted }) => sum + granted, 0)).toBe(5);
      const retryAtMs = Math.min(...taken.map((one) => one.retryAtMs));
      time.nowMs = retryAtMs - 1;
      expect(await flows[0].take([take])).toMatchObject([{ granted: 0 }]);
      time.nowMs = retryAtMs;
      expect(await flows[1].take([take])).toMatchObject([{ granted: 2 }]);
    });

    test("two relays send a debounced message once", async () => {
      const { flows } = await open();
      const clock = simulatedClock();
      const sent: Debounced[] = [];
      const key = randomUUID();
      const first = { queue: "q", key, id: "1", stored: "{}" };
      const second = { ...first, id: "2" };
      const { store } = flows[0];
      await writeFlow(store, [debounceStatement(first, clock.now())]);
      await writeFlow(store, [debounceStatement(second, clock.now())]);
      const both = Promise.withResolvers<void>();
      const relays = flows.map((flow) =>
        makeDebounceRelay({
          flow: async () => flow,
          clock,
          log: makeLog(() => {}),
          async send(one, remove) {
            sent.push(one);
            await writeFlow(flow.store, [remove]);
            both.resolve();
          },
        }),
      );
      await Promise.all(relays.map((relay) => relay.start()));
      await both.promise;
      await Promise.all(relays.map((relay) => relay.close()));
      expect(sent.filter((one) => one.key === key)).toEqual([second]);
    });
  });
}

flowContract("flow control on sqlite", onSqlite, false);
flowContract(
  "flow control on postgres [needs MORNING_TEST_POSTGRES_URL]",
  onPostgres,
  url === undefined,
);
