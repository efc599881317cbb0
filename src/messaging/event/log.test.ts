import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { MorningError } from "../../core/errors.ts";
import { handle } from "../../core/receiver.ts";
import { service } from "../../core/service.ts";
import type { AnyService } from "../../core/service.ts";
import type { EventEntry, ReplayTask } from "./driver.ts";
import { event } from "./event.ts";
import { explainEvent } from "./explanation.ts";
import { openEventRig } from "./rig.contract.ts";
import type { EventRig, EventRigOptions } from "./rig.contract.ts";

const ticked = event("clock.ticked", { data: z.object({ at: z.number() }) });
const rang = event("clock.rang", { data: z.object({}) });

const rigs: EventRig[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close();
});

/** Two listeners; the even one wants even ticks. */
function listeners(got: string[]): AnyService[] {
  const even = { detail: { even: [true] } };
  const make = (name: string, pattern: Record<string, unknown>): AnyService =>
    service(name, {
      uses: { ticked: ticked.subscriber({ pattern }), rang: rang.publisher() },
      handlers: (held) => [
        handle(held.ticked, { concurrency: 1 }, ({ at }) => void got.push(`${name} ${at}`)),
      ],
    });
  return [make("all", {}), make("even", even)];
}

async function rigOf(got: string[], options?: EventRigOptions): Promise<EventRig> {
  const rig = await openEventRig(listeners(got), options);
  rigs.push(rig);
  return rig;
}

function tick(at: number, atMs?: number): EventEntry {
  const detail = JSON.stringify({ at, even: at % 2 === 0 });
  return {
    type: "clock.ticked",
    source: "shop.clock",
    detail,
    ...(atMs === undefined ? {} : { atMs }),
  };
}

async function publish(rig: EventRig, from: number, count: number): Promise<void> {
  await rig.driver.publish(Array.from({ length: count }, (_, at) => tick(from + at)));
}

async function ended(rig: EventRig, name: string): Promise<ReplayTask> {
  for (;;) {
    await rig.advance(1000);
    const task = (await rig.driver.replays()).find((one) => one.name === name);
    if (task !== undefined && task.state !== "running") return task;
  }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (MorningError.is(error)) return error.code;
    throw error;
  }
  return "nothing was thrown";
}

describe("the log", () => {
  test("pages walk it in both orders without a gap or a double", async () => {
    const rig = await rigOf([]);
    await publish(rig, 0, 57);
    for (const order of ["oldest", "newest"] as const) {
      const seen: unknown[] = [];
      let cursor: string | undefined;
      do {
        const page = await rig.driver.log({
          limit: 10,
          order,
          ...(cursor === undefined ? {} : { cursor }),
        });
        seen.push(...page.events.map(({ envelope }) => envelope.detail["at"]));
        cursor = page.cursor;
      } while (cursor !== undefined);
      const all = Array.from({ length: 57 }, (_, at) => at);
      expect(seen).toEqual(order === "oldest" ? all : all.toReversed());
    }
  });

  test("a window is over when it happened, and a type narrows it", async () => {
    const rig = await rigOf([]);
    await rig.driver.publish([
      tick(1, 1000),
      tick(2, 2000),
      { ...tick(3, 2000), type: "clock.rang" },
      tick(4, 3000),
    ]);
    const at = async (options: object): Promise<unknown[]> => {
      const { events } = await rig.driver.log({ limit: 10, order: "oldest", ...options });
      return events.map(({ envelope }) => envelope.detail["at"]);
    };
    expect(await at({ fromMs: 2000, toMs: 3000 })).toEqual([2, 3]);
    expect(await at({ fromMs: 2000 })).toEqual([2, 3, 4]);
    expect(await at({ type: "clock.rang" })).toEqual([3]);
    expect(await at({ fromMs: 9000 })).toEqual([]);
    expect(await codeOf(rig.driver.log({ limit: 0 }))).toBe("MOR_INVALID");
    expect(await codeOf(rig.driver.log({ limit: 5, cursor: "x" }))).toBe("MOR_INVALID");
  });

  test("what is older than its retention is not shown, and is removed as others come", async () => {
    const rig = await rigOf([], { options: { retentionMs: 60_000 } });
    await publish(rig, 0, 5);
    await rig.advance(61_000);
    expect((await rig.driver.log({ limit: 10 })).events).toEqual([]);
    for (let at = 0; at < 70; at++) await publish(rig, at, 1);
    const [row] = await rig.store.read("select count(*) as count from event_log");
    expect(row?.["count"]).toBe(70);
    expect(await rig.driver.totals()).toEqual({ "clock.ticked": 75 });
  });

  test("it keeps no more events than it is told to", async () => {
    const rig = await rigOf([], { options: { eventsMax: 10 } });
    for (let at = 0; at < 200; at++) await publish(rig, at, 1);
    const [row] = await rig.store.read("select count(*) as count from event_log");
    expect(Number(row?.["count"])).toBeLessThanOrEqual(10 + 64);
  });

  test("settings that are none are refused by name", async () => {
    expect(await codeOf(rigOf([], { options: { eventsMax: -1 } }))).toBe("MOR_CONFIG");
  });
});

describe("a replay", () => {
  test("keeps the order of publication, marks its events and is not logged itself", async () => {
    const got: string[] = [];
    const rig = await rigOf(got);
    await publish(rig, 0, 250);
    await rig.start();
    await rig.until(() => got.length === 375);
    got.length = 0;
    await rig.driver.replay({ name: "r", fromMs: 0, toMs: rig.clock.now() + 1 });
    const task = await ended(rig, "r");
    await rig.until(() => got.length === 375);
    expect(task).toMatchObject({
      state: "done",
      read: 250,
      total: 250,
      delivered: { "all.clock.ticked": 250, "even.clock.ticked": 125 },
    });
    const ofAll = got.filter((one) => one.startsWith("all"));
    expect(ofAll).toEqual(Array.from({ length: 250 }, (_, at) => `all ${at}`));
    expect(await rig.driver.totals()).toEqual({ "clock.ticked": 250 });
  });

  test("goes on where its process died, and delivers each event of it once", async () => {
    const got: string[] = [];
    const first = await openEventRig(listeners(got));
    await publish(first, 0, 300);
    await first.driver.replay({
      name: "r",
      fromMs: 0,
      toMs: first.clock.now() + 1,
      ratePerSecond: 50,
    });
    await first.advance(2000);
    const [before] = await first.driver.replays();
    expect(before?.read).toBeGreaterThan(0);
    expect(before?.read).toBeLessThan(300);
    const second = await first.crash();
    rigs.push(second);
    expect(await ended(second, "r")).toMatchObject({ state: "done", read: 300 });
    await second.start();
    await second.until(() => got.length === 900);
    const counts = new Map<string, number>();
    for (const one of got) counts.set(one, (counts.get(one) ?? 0) + 1);
    // Once as it was published, once by the replay.
    expect([...counts.values()].every((count) => count === 2)).toBe(true);
    expect(counts.size).toBe(450);
  });

  test("goes at its rate, can be stopped, and then delivers no more", async () => {
    const rig = await rigOf([]);
    await publish(rig, 0, 100);
    const startedMs = rig.clock.now();
    await rig.driver.replay({ name: "r", fromMs: 0, toMs: startedMs + 1, ratePerSecond: 10 });
    await rig.advance(4500);
    await rig.driver.cancelReplay("r");
    await rig.advance(20_000);
    const [task] = await rig.driver.replays();
    expect(task?.state).toBe("cancelled");
    expect(task?.read).toBeGreaterThanOrEqual(40);
    expect(task?.read).toBeLessThanOrEqual(60);
    expect(await codeOf(rig.driver.cancelReplay("r"))).toBe("MOR_EVENT_REPLAY");
  });

  test("of a pattern, a name or a rate that is none is refused", async () => {
    const rig = await rigOf([]);
    const window = { fromMs: 0, toMs: 1 };
    expect(await codeOf(rig.driver.replay({ name: "a b", ...window }))).toBe("MOR_INVALID");
    expect(await codeOf(rig.driver.replay({ name: "r", ...window, ratePerSecond: 0 }))).toBe(
      "MOR_INVALID",
    );
    expect(await codeOf(rig.driver.replay({ name: "r", ...window, pattern: {} }))).toBe(
      "MOR_EVENT_PATTERN_INVALID",
    );
  });
});

test("explain agrees with delivery for any event and any set of rules", async () => {
  const scalar = fc.constantFrom<unknown>("a", "b", 1, 2, true, null);
  const condition = fc.oneof(
    scalar,
    fc.record({ exists: fc.boolean() }),
    fc.record({ prefix: fc.constantFrom("a", "b") }),
    fc.record({ "anything-but": fc.constantFrom("a", 1) }),
  );
  const pattern = fc.record({
    detail: fc.dictionary(
      fc.constantFrom("x", "y", "z"),
      fc.array(condition, { minLength: 1, maxLength: 3 }),
      {
        minKeys: 1,
      },
    ),
  });
  const detail = fc.dictionary(fc.constantFrom("x", "y", "z"), fc.oneof(scalar, fc.array(scalar)));
  await fc.assert(
    fc.asyncProperty(
      fc.array(pattern, { minLength: 1, maxLength: 5 }),
      detail,
      async (patterns, data) => {
        const services = patterns.map((one, at) =>
          service(`s${at}`, {
            uses: { ticked: ticked.subscriber({ pattern: one as Record<string, unknown> }) },
          }),
        );
        const rig = await openEventRig(services);
        try {
          await rig.driver.publish([
            { type: "clock.ticked", source: "shop.x", detail: JSON.stringify(data) },
          ]);
          const { events } = await rig.driver.log({ limit: 1 });
          const [logged] = events;
          const explained = explainEvent(rig.runtime.subscriptions, { ...logged?.envelope });
          expect([...explained.delivered].sort()).toEqual([...(logged?.deliveredTo ?? [])].sort());
        } finally {
          await rig.close();
        }
      },
    ),
    { numRuns: 60 },
  );
});
