import { describe, expect, it } from "vitest";
import { translator } from "../../i18n/messages.ts";
import {
  aboveNought,
  colourOf,
  dashOf,
  heightRange,
  lineOfHue,
  lonePoints,
  reachOf,
  stackedValues,
  summaryOf,
  timeLabels,
  valueText,
} from "./series.ts";

describe("lines of a chart", () => {
  it("are summed up without their gaps", () => {
    expect(summaryOf([null, 3, 1, null, 2, null])).toEqual({ least: 1, most: 3, last: 2 });
    expect(summaryOf([null, Number.NaN])).toBe(undefined);
    expect(summaryOf([])).toBe(undefined);
  });

  it("keep single points between gaps", () => {
    expect(lonePoints([1, null, 2, null, 3, 4, null, 0])).toEqual([0, 2, 7]);
    expect(lonePoints([])).toEqual([]);
  });

  it("differ by dashes where they are no areas", () => {
    const tones = ["1", "2", "3", "4", "failing", "warning"] as const;
    expect(new Set(tones.map((tone) => dashOf({ tone }).join())).size).toBe(tones.length);
    expect(dashOf({ tone: "3", area: true })).toEqual([]);
  });

  it("stand on nought and leave room above", () => {
    expect(heightRange("count", 5, 100)).toEqual([0, 110.00000000000001]);
    expect(heightRange("count", null, null)).toEqual([0, 1]);
    expect(heightRange("percent", 0, 0.98)).toEqual([0, 1]);
    expect(heightRange("percent", 0, 0)).toEqual([0, 0.01]);
    expect(heightRange("count", -10, 0)).toEqual([-11, 0]);
  });

  it("stand one on the other, gaps where nothing is known", () => {
    const of = (...values: (number | null)[]) => ({ values });
    expect(stackedValues([of(1, null, null), of(2, 3, null), of(4, 5)])).toEqual([
      [1, 0, null],
      [3, 3, null],
      [7, 8, null],
    ]);
    expect(stackedValues([])).toEqual([]);
    expect(aboveNought([3, 0, -1, null])).toEqual([3, null, null, null]);
  });

  it("reach as far as what they must not cross", () => {
    const label = "objective";
    const above = { from: 250, label, tone: "failing" } as const;
    expect(reachOf([above], 0, 100)).toEqual([0, 250]);
    expect(reachOf([above, { to: 20, label, tone: "warning" }], 40, 900)).toEqual([20, 900]);
    expect(reachOf([above], null, null)).toEqual([250, 250]);
    expect(reachOf([], null, 7)).toEqual([null, 7]);
  });

  it("have the hue of their name, dashed where hues come again", () => {
    expect(lineOfHue({ number: 3, hollow: false })).toEqual({ tone: "hue-3", dashed: false });
    expect(dashOf(lineOfHue({ number: 3, hollow: true }))).toEqual([4, 3]);
    expect(dashOf({ tone: "2", bars: true })).toEqual([]);
    expect((["3", "failing", "hue-8"] as const).map(colourOf)).toEqual([
      "--series-3",
      "--failing",
      "--hue-8",
    ]);
  });

  it("are said in their unit", () => {
    const t = translator("en");
    const said = (["rate", "ms", "count", "bytes"] as const).map((unit) =>
      valueText(unit, 12_400, "en", t),
    );
    expect(said).toEqual(["12.4 k/s", "12.4 s", "12.4 k", "12.4 kB"]);
    expect(valueText("percent", 0.051, "en", t)).toBe("5.1%");
  });
});

describe("times below a chart", () => {
  const midnight = Date.UTC(2026, 10, 25) / 1000;

  it("are as fine as their step, in the zone asked for", () => {
    expect(timeLabels([midnight + 30], 10, "en", "Asia/Taipei")).toEqual(["08:00:30"]);
    expect(timeLabels([midnight - 3600, midnight], 3600, "en", "UTC")).toEqual(["23:00", "Nov 25"]);
    expect(timeLabels([midnight], 86_400, "zh-TW", "UTC")).toEqual(["11月25日"]);
  });
});
