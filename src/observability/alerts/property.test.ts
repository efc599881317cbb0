import fc from "fast-check";
import { expect, it } from "vitest";
import { seededRandom } from "../../core/ids.ts";
import { alert } from "./alert.ts";
import { makeRig } from "./rig.contract.ts";
import { flapShareOf, freshInstance, stepInstance } from "./state.ts";
import type { StepContext, Transition } from "./state.ts";

const seed = 20_261_126;
const minute = 60_000;

it(`a firing begins and ends once, never before its time (seed ${seed})`, () => {
  const held = fc.constantFrom(true, false, undefined);
  const specs = fc.record({
    forMs: fc.constantFrom(0, minute, 3 * minute),
    keepFiringMs: fc.constantFrom(0, 2 * minute),
    noData: fc.constantFrom("ok", "firing", "keep"),
    damping: fc.boolean(),
    breaches: fc.constantFrom({ least: 1, of: 1 }, { least: 2, of: 3 }),
  });
  const run = fc.property(specs, fc.array(held, { maxLength: 120 }), (spec, steps) => {
    let instance = freshInstance("a", {}, 0);
    const all: Transition[] = [];
    let ids = 0;
    steps.forEach((one, at) => {
      const nowMs = at * minute;
      const context: StepContext = {
        spec: spec as StepContext["spec"],
        nowMs,
        newId: () => `${++ids}`,
      };
      const finding = { labels: {}, value: null, held: one, note: "", reason: null };
      const stepped = stepInstance(instance, finding, context);
      instance = stepped.instance;
      all.push(...stepped.transitions);
    });
    const begun = all.filter(({ to }) => to === "firing");
    const ended = all.filter(({ to }) => to === "resolved");
    expect(new Set(begun.map(({ firingId }) => firingId)).size).toBe(begun.length);
    expect(new Set(ended.map(({ firingId }) => firingId)).size).toBe(ended.length);
    expect(begun.length - ended.length).toBe(instance.state === "firing" ? 1 : 0);
    const pending = all.filter(({ to }) => to === "pending" || to === "firing");
    for (const { atMs } of begun) {
      const since = pending.findLast((one) => one.atMs < atMs && one.to === "pending");
      if (spec.forMs > 0) expect(atMs - (since?.atMs ?? atMs)).toBeGreaterThanOrEqual(spec.forMs);
    }
  });
  fc.assert(run, { seed, numRuns: 300 });
});

it("flapping counts newer changes more", () => {
  expect(flapShareOf("0".repeat(21))).toBe(0);
  expect(flapShareOf("01".repeat(11).slice(0, 21))).toBeCloseTo(1, 5);
  expect(flapShareOf(`${"0".repeat(19)}01`)).toBeGreaterThan(flapShareOf(`01${"1".repeat(19)}`));
});

it(`no firing is told twice, whatever restarts and fails in between (seed ${seed})`, async () => {
  const random = seededRandom(seed);
  const failing = alert("failing", {
    title: "shop fails",
    condition: {
      type: "threshold",
      source: {
        type: "records",
        signal: "spans",
        q: "status:error",
        measure: "count",
        by: ["service"],
      },
      windowMs: 2 * minute,
      op: ">",
      value: 0,
    },
    notify: ["inbox"],
    groupBy: ["alert"],
    groupIntervalMs: minute,
    groupWaitMs: 0,
    repeatMs: 30 * 86_400_000,
    delayMs: 0,
    damping: false,
  });
  const rig = await makeRig([failing]);
  for (let at = 0; at < 120; at++) {
    for (const service of ["a", "b", "c"]) {
      if (random.next() < 0.25) rig.spans(1, { service, status: 2 });
    }
    if (random.next() < 0.1) await rig.restart();
    rig.inbox.failing = random.next() < 0.4;
    await rig.run(minute, minute);
  }
  rig.inbox.failing = false;
  await rig.run(90 * minute, 5 * minute);
  const told = new Map<string, string[]>();
  for (const { alerts } of rig.inbox.got) {
    for (const { firingId, state } of alerts)
      told.set(firingId, [...(told.get(firingId) ?? []), state]);
  }
  const ids = rig.inbox.got.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(told.size).toBeGreaterThan(15);
  for (const states of told.values()) {
    // A firing may be listed again beside what is new; it ends once, and last.
    expect(states.at(-1)).toBe("resolved");
    expect(states.filter((state) => state === "resolved")).toHaveLength(1);
    expect(states[0]).toBe("firing");
  }
  const history = await rig.engine().book.history({ limit: 500 });
  const fired = history.filter(({ to }) => to === "firing");
  expect(fired.length).toBe(history.filter(({ to }) => to === "resolved").length);
  await rig.close();
});
