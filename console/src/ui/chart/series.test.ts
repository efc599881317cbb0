import { describe, expect, it } from "vitest";
import { translator } from "../../i18n/messages.ts";
import { dashOf, heightRange, lonePoints, summaryOf, timeLabels, valueText } from "./series.ts";

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
