import { describe, expect, it } from "vitest";
import * as format from "./format.ts";

describe("numbers", () => {
  it("are short in tables", () => {
    const cases: [number, string][] = [
      [0, "0"],
      [0.001, "< 0.01"],
      [0.5, "0.5"],
      [3.14159, "3.14"],
      [12.345, "12.3"],
      [999.4, "999"],
      [999.9, "1 k"],
      [12_400, "12.4 k"],
      [999_950, "1 M"],
      [-12_400, "-12.4 k"],
      [1.25e9, "1.25 G"],
      [1.2345e21, "1.2e21"],
      [Number.MAX_VALUE, "1.8e308"],
    ];
    for (const [value, text] of cases)
      expect([value, format.shortNumber(value)]).toEqual([value, text]);
  });

  it("are whole and grouped as totals, until they get long", () => {
    expect(format.count(99_999, "en")).toBe("99,999");
    expect(format.count(1_234_567, "en")).toBe("1.23 M");
  });

  it("are money, small amounts with the digits that matter", () => {
    expect(format.money(12.3, "USD", "en")).toBe("$12.30");
    expect(format.money(0.000_012_34, "USD", "en")).toBe("$0.0000123");
    expect(format.money(0, "USD", "en")).toBe("$0.00");
    expect(format.money(1500, "JPY", "en")).toBe("¥1,500");
    expect(format.money(12.5, "USD", "zh-TW")).toBe("US$12.50");
    expect(format.money(0.1 + 0.2, "TWD", "zh-TW")).toBe("$0.30");
  });

  it("say that a small share is not none", () => {
    expect(["0", format.percent(0)]).toEqual(["0", "0%"]);
    expect(format.percent(0.0004)).toBe("< 0.1%");
    expect(format.percent(0.051)).toBe("5.1%");
    expect(format.percent(7)).toBe("100%");
  });
});

describe("durations", () => {
  it("take the unit that reads best", () => {
    const cases: [number, string][] = [
      [0, "0 ms"],
      [0.82, "820 µs"],
      [3.14, "3.14 ms"],
      [999.9, "1 s"],
      [4200, "4.2 s"],
      [59_990, "1 min"],
      [180_000, "3 min"],
      [7_500_000, "2 h 5 min"],
      [352_800_000, "4 d 2 h"],
    ];
    for (const [ms, text] of cases) expect([ms, format.duration(ms, "en")]).toEqual([ms, text]);
  });

  it("name what is longer than a second in the reader's language", () => {
    expect(format.duration(3.14, "zh-TW")).toBe("3.14 ms");
    expect(format.duration(7_500_000, "zh-TW")).toBe("2 小時 5 分鐘");
  });

  it("stand on a scale without two marks that read alike", () => {
    const marks = [0, 30_000, 60_000, 90_000, 120_000, 5_400_000].map((ms) =>
      format.mark(ms, "en"),
    );
    expect(marks).toEqual(["0 ms", "30 s", "1 min", "1 min 30 s", "2 min", "1 h 30 min"]);
  });

  it("tick in whole seconds as ages", () => {
    expect(format.age(300, "en")).toBe("0 s");
    expect(format.age(2999, "zh-TW")).toBe("2 秒");
  });
});

describe("times", () => {
  it("stand times that no calendar knows", () => {
    expect(format.timeOfDay(1e300, "en")).toBe("–");
    expect(format.exactTime(Number.NaN)).toBe("–");
  });

  it("are exact in UTC", () => {
    expect(format.exactTime(0)).toBe("1970-01-01T00:00:00.000Z");
  });
});
