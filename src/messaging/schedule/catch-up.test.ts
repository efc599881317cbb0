import fc from "fast-check";
import { expect, test } from "vitest";
import { queueing } from "../../core/capabilities/queueing.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import type { InlineStore } from "../../engines/sqlite/inline.ts";
import { simulatedClock } from "../../testing/clock.ts";
import type { SimulatedClock } from "../../testing/clock.ts";
import { testHost } from "../../testing/host.ts";
import { driver as queues } from "../queue/drivers/sqlite.ts";
import { openQueues } from "../queue/runtime.ts";
import type { ScheduleDriver, ScheduleSpec } from "./driver.ts";
import { driver as sqlite } from "./drivers/sqlite.ts";
import { parseExpression } from "./expression.ts";
import { between } from "./occurrences.ts";
import { runOf } from "./run.ts";

const seed = Number(process.env["SEED"] ?? 20_261_122);
const runs = process.env["MORNING_SIZE"] === "soak" ? 5_000 : 200;
const policy = {
  receivesMax: 5,
  retentionMs: 30 * 86_400_000,
  retryBaseMs: 1_000,
  retryMsMax: 9_000,
};

interface Life {
  readonly driver: ScheduleDriver;
  drain(): Promise<number[]>;
}

/** One life of the process that fires. */
async function live(clock: SimulatedClock, store: InlineStore, spec: ScheduleSpec): Promise<Life> {
  const host = testHost({ clock, store });
  const queueDriver = await queues.open(host, {});
  await openQueues(host, queueDriver, []);
  await host.need(queueing).declare({ name: spec.queue, ...policy });
  const driver = await sqlite.open(host, {});
  await driver.declare([spec]);
  await driver.start();
  return {
    driver,
    async drain() {
      const due: number[] = [];
      for (;;) {
        const found = await queueDriver.receive(spec.queue, { max: 10, waitMs: 0 });
        if (found.length === 0) return due;
        due.push(...found.map((one) => runOf(one.body, spec.name, one.sentAtMs).scheduledAtMs));
        await queueDriver.delete(
          spec.queue,
          found.map(({ receipt }) => receipt),
        );
      }
    },
  };
}

async function pass(clock: SimulatedClock, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 30_000) {
    clock.advance(Math.min(30_000, left));
    await new Promise(setImmediate);
  }
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("run"), minutes: fc.integer({ min: 1, max: 40 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("crash"), minutes: fc.integer({ min: 0, max: 90 }) }),
  },
);

const through = `each due time makes one run through crashes, missed: all [seed ${seed}]`;

test(through, { timeout: 600_000 }, async () => {
  const steps = fc.array(step, { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 20 }), async (given, minutes) => {
      const clock = simulatedClock();
      const startMs = clock.now();
      const expression = parseExpression({ rate: `${minutes} minutes`, start: startMs + 60_000 });
      const spec = { name: "r", expression, queue: "schedule.r", missed: "all" as const };
      let store = openInline({ clock });
      let life = await live(clock, store, spec);
      const seen: number[] = [];
      for (const { kind, minutes: passing } of given) {
        if (kind === "crash") {
          store = store.crash();
          await life.driver.close();
          clock.advance(passing * 60_000);
          life = await live(clock, store, spec);
        } else await pass(clock, passing * 60_000);
        seen.push(...(await life.drain()));
      }
      expect(seen.toSorted((a, b) => a - b)).toEqual(
        between(expression, startMs, clock.now(), 100_000),
      );
      await life.driver.close();
    }),
    { seed, numRuns: runs },
  );
});

test("missed: once makes up for the latest time alone, skip for none", async () => {
  for (const [missed, expected] of [
    ["once", 1],
    ["skip", 0],
  ] as const) {
    const clock = simulatedClock();
    const spec = {
      name: "r",
      expression: parseExpression({ rate: "1 minute" }),
      queue: "schedule.r",
      missed,
    };
    const first = openInline({ clock });
    const before = await live(clock, first, spec);
    const second = first.crash();
    await before.driver.close();
    clock.advance(10 * 60_000 + 1);
    const after = await live(clock, second, spec);
    const due = await after.drain();
    expect(due).toHaveLength(expected);
    await after.driver.close();
  }
});
