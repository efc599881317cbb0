import { describe, expect, it } from "vitest";
import { flameAt, flameOf, flameStep, isWithin, type Flame } from "./flame.ts";
import { sampleTrace } from "./sample.ts";
import type { TraceSpan } from "./span.ts";

type Told = readonly [id: string, parent: string | null, name: string, from: number, to: number];

const spansOf = (...told: readonly Told[]): TraceSpan[] =>
  told.map(([spanId, parentSpanId, name, from, to]) => {
    const times = { startMs: from, durationMs: to - from };
    return { spanId, parentSpanId, name, service: "s", kind: "", ...times, status: "unset" };
  });

const said = ({ nodes }: Flame): string[] =>
  nodes.map(
    ({ name, depth, count, selfMs, totalMs, fromMs }) =>
      `${"-".repeat(depth)}${name} ${count}x self ${selfMs} all ${totalMs} at ${fromMs}`,
  );

describe("a flame graph", () => {
  const flame = flameOf([
    spansOf(
      ["1", null, "order", 0, 100],
      ["2", "1", "read", 10, 30],
      ["3", "1", "read", 40, 50],
      ["4", "1", "charge", 50, 95],
      ["5", "4", "bank", 55, 85],
    ),
  ]);

  it("adds up spans of the same way, the widest first", () => {
    expect(said(flame)).toEqual([
      "order 1x self 25 all 100 at 0",
      "-charge 1x self 15 all 45 at 0",
      "--bank 1x self 30 all 30 at 0",
      "-read 2x self 30 all 30 at 45",
    ]);
    expect(flame.totalMs).toBe(100);
  });

  it("counts time that children share once for the parent, and in full for each of them", () => {
    const beside = flameOf([
      spansOf(["1", null, "all", 0, 10], ["2", "1", "a", 2, 8], ["3", "1", "b", 4, 20]),
    ]);
    expect(said(beside)).toEqual([
      "all 1x self 2 all 24 at 0",
      "-b 1x self 16 all 16 at 0",
      "-a 1x self 6 all 6 at 16",
    ]);
  });

  it("adds traces up, and puts what lies below a span that was not received at the top", () => {
    const two = flameOf([
      spansOf(["1", null, "order", 0, 10]),
      spansOf(["1", null, "order", 0, 30], ["2", "lost", "mail", 5, 6]),
    ]);
    expect(said(two)).toEqual(["order 2x self 40 all 40 at 0", "mail 1x self 1 all 1 at 40"]);
  });

  it("is found by place and gone through by keys", () => {
    expect([flameAt(flame, 0, 99), flameAt(flame, 1, 44), flameAt(flame, 1, 46)]).toEqual([
      0, 1, 3,
    ]);
    expect([flameAt(flame, 2, 31), flameAt(flame, 1, 80), flameAt(flame, 0, 101)]).toEqual(
      Array.from({ length: 3 }),
    );
    const step = (at: number, key: string) => flameStep(flame, at, key);
    expect([step(0, "ArrowDown"), step(1, "ArrowRight"), step(3, "ArrowLeft")]).toEqual([1, 3, 1]);
    expect([step(2, "ArrowUp"), step(3, "Home")]).toEqual([1, 0]);
    expect([step(0, "ArrowUp"), step(3, "ArrowRight"), step(2, "ArrowDown")]).toEqual(
      Array.from({ length: 3 }),
    );
    expect([isWithin(flame, 2, 1), isWithin(flame, 3, 1)]).toEqual([true, false]);
  });

  it("loses no span and no own time of 10,000, whatever their way", () => {
    const { spans } = sampleTrace(10_000, 3);
    const all = flameOf([spans]);
    expect(all.nodes.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
    const own = all.nodes.reduce((sum, { selfMs }) => sum + selfMs, 0);
    expect(own).toBeCloseTo(all.totalMs, 3);
    for (const node of all.nodes) {
      const parent = all.nodes[node.parent];
      const isInside =
        parent === undefined ||
        (node.fromMs >= parent.fromMs - 1e-6 &&
          node.fromMs + node.totalMs <= parent.fromMs + parent.totalMs + 1e-6);
      expect(isInside).toBe(true);
    }
  });
});
