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
import { between, countBetween } from "./occurrences.ts";
import { runOf } from "./run.ts";
import { scheduleSchema } from "./schema.ts";

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
  readonly drain: () => Promise<number[]>;
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

test("what fell due while the platform was down is counted, whatever is made up for", async () => {
  for (const missed of ["once", "skip", "all"] as const) {
    const clock = simulatedClock();
    const expression = parseExpression({ rate: "1 minute", start: clock.now() + 60_000 });
    const spec = { name: "r", expression, queue: "schedule.r", missed };
    const first = openInline({ clock });
    const before = await live(clock, first, spec);
    await pass(clock, 3 * 60_000);
    expect(await before.driver.state("r")).toMatchObject({ missedTotal: 0 });
    const second = first.crash();
    await before.driver.close();
    const downMs = clock.now();
    clock.advance(10 * 60_000 + 1);
    const lastMissedAtMs = downMs + 10 * 60_000;
    const after = await live(clock, second, spec);
    expect(await after.driver.state("r")).toMatchObject({ missedTotal: 10, lastMissedAtMs });
    await pass(clock, 2 * 60_000);
    const third = second.crash();
    await after.driver.close();
    const again = await live(clock, third, spec);
    expect(await again.driver.state("r")).toMatchObject({ missedTotal: 10, lastMissedAtMs });
    await again.driver.close();
  }
});

test("what falls due during a pause is counted when it ends", async () => {
  const clock = simulatedClock();
  const expression = parseExpression({ cron: "*/5 * * * *" });
  const spec = { name: "r", expression, queue: "schedule.r", missed: "all" as const };
  const { driver, drain } = await live(clock, openInline({ clock }), spec);
  await driver.pause("r");
  await pass(clock, 60 * 60_000);
  await driver.resume("r");
  const due = between(expression, clock.now() - 60 * 60_000, clock.now(), 100);
  expect(due).toHaveLength(12);
  expect(await driver.state("r")).toMatchObject({ missedTotal: 12, lastMissedAtMs: due.at(-1) });
  expect(await drain()).toEqual([]);
  await driver.close();
});

test("counting agrees with walking, for rates, crons and single times", () => {
  const startMs = simulatedClock().now();
  const expressions = fc.constantFrom(
    parseExpression({ rate: "7 minutes" }),
    parseExpression({ rate: "5 minutes", start: startMs + 90_000, end: startMs + 3_600_000 }),
    parseExpression({ cron: "*/10 * * * *", timezone: "Asia/Taipei" }),
    parseExpression({ at: new Date(startMs + 60_000).toISOString().slice(0, 19) }),
  );
  const offset = fc.integer({ min: 0, max: 7_200_000 });
  fc.assert(
    fc.property(expressions, offset, offset, (expression, a, b) => {
      const [fromMs, toMs] = [startMs + Math.min(a, b), startMs + Math.max(a, b)];
      const walked = between(expression, fromMs, toMs, 10_000);
      const last = walked.at(-1);
      expect(countBetween(expression, fromMs, toMs)).toEqual(
        last === undefined ? { count: 0 } : { count: walked.length, lastMs: last },
      );
    }),
    { seed, numRuns: 300 },
  );
});

test("a store of the version before gets the count, from nought", async () => {
  const clock = simulatedClock();
  const store = openInline({ clock });
  const [first] = scheduleSchema.migrations;
  await store.migrate({ component: "schedule", migrations: first === undefined ? [] : [first] });
  const expression = parseExpression({ rate: "1 minute", start: clock.now() });
  const sql = "insert into schedule (name, expression, queue, last_at) values (?, ?, ?, ?)";
  const params = ["r", JSON.stringify(expression), "schedule.r", clock.now()];
  await store.write({ statements: [{ sql, params }] });
  clock.advance(5 * 60_000);
  const spec = { name: "r", expression, queue: "schedule.r", missed: "once" as const };
  const { driver } = await live(clock, store, spec);
  expect(await driver.state("r")).toMatchObject({ missedTotal: 5, lastMissedAtMs: clock.now() });
  await driver.close();
});

test("a cron's count ends, and still tells the last", () => {
  const toMs = simulatedClock().now();
  const every = parseExpression({ cron: "* * * * * *" });
  expect(countBetween(every, toMs - 20_000_000, toMs)).toEqual({ count: 10_000, lastMs: toMs });
});
