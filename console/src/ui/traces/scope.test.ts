import { describe, expect, it } from "vitest";
import { isWhole, panned, ticksOf, within, zoomed } from "./scope.ts";
import { sightOf } from "./sight.ts";

const whole = { fromMs: 0, toMs: 100 };

describe("the time in sight", () => {
  it("stays within the trace", () => {
    expect(within(whole, { fromMs: -10, toMs: 20 })).toEqual({ fromMs: 0, toMs: 30 });
    expect(within(whole, { fromMs: 95, toMs: 125 })).toEqual({ fromMs: 70, toMs: 100 });
    expect(within(whole, { fromMs: -50, toMs: 500 })).toEqual(whole);
    expect(panned(whole, { fromMs: 80, toMs: 100 }, 0.5)).toEqual({ fromMs: 80, toMs: 100 });
  });

  it("comes closer around a moment, and never to nothing", () => {
    expect(zoomed(whole, whole, 0.5, 20)).toEqual({ fromMs: 10, toMs: 60 });
    let scope = whole;
    for (let step = 0; step < 200; step++) scope = zoomed(whole, scope, 0.5, 20);
    expect(scope.toMs).toBeGreaterThan(scope.fromMs);
    expect(isWhole(whole, scope)).toBe(false);
    for (let step = 0; step < 200; step++) scope = zoomed(whole, scope, 2, 20);
    expect(isWhole(whole, scope)).toBe(true);
  });

  it("is written in round steps from the beginning of the trace", () => {
    expect(ticksOf({ fromMs: 0, toMs: 97 }, 0, 5)).toEqual([0, 20, 40, 60, 80]);
    expect(ticksOf({ fromMs: 1003.1, toMs: 1003.35 }, 1000, 4)).toEqual([3.1, 3.2, 3.3]);
  });

  it("is written in steps of a clock where it is long, and in days beyond", () => {
    const ticks = (toMs: number): number[] => ticksOf({ fromMs: 0, toMs }, 0, 6);
    expect(ticks(100_000)).toEqual([0, 30_000, 60_000, 90_000]);
    expect(ticks(7_200_000)).toEqual([0, 1_800_000, 3_600_000, 5_400_000, 7_200_000]);
    expect(ticks(40 * 86_400_000).map((ms) => ms / 86_400_000)).toEqual([0, 10, 20, 30, 40]);
  });
});

describe("the rows in sight", () => {
  it("move by several at once and end with the list", () => {
    expect(sightOf(0, 520, 26, 10_000)).toEqual({ from: 0, to: 30 });
    expect(sightOf(26_000, 520, 26, 10_000)).toEqual({ from: 990, to: 1032 });
    expect(sightOf(26_026, 520, 26, 10_000)).toEqual({ from: 990, to: 1032 });
    expect(sightOf(259_480, 520, 26, 10_000).to).toBe(10_000);
  });
});
