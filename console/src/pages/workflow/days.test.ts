import { describe, expect, test } from "vitest";
import { dayOf, dayText, monthAfter, monthOf, monthSpan, nextDay, weeksOf } from "./days.ts";

const midnight = (year: number, month: number, day: number): number =>
  new Date(year, month - 1, day).getTime();

describe("days", () => {
  test("are read and written, and what is none is none", () => {
    expect(dayOf("2026-11-26")).toBe(midnight(2026, 11, 26));
    expect(dayText(midnight(2026, 2, 3) + 3_600_000)).toBe("2026-02-03");
    for (const text of ["2026-02-30", "2026-13-01", "26-1-1", "", "2026-11-26T10:00"]) {
      expect(dayOf(text)).toBe(undefined);
    }
  });

  test("follow one another to the end of a year", () => {
    expect(nextDay(midnight(2026, 12, 31) + 5)).toBe(midnight(2027, 1, 1));
  });
});

describe("months", () => {
  test("are those of a text, or of the moment", () => {
    expect(monthOf("2026-02", midnight(2026, 11, 26))).toBe("2026-02");
    expect(monthOf("2026-22", midnight(2026, 11, 26))).toBe("2026-11");
    expect([monthAfter("2026-12", 1), monthAfter("2026-01", -1)]).toEqual(["2027-01", "2025-12"]);
    expect(monthSpan("2024-02").untilMs).toBe(midnight(2024, 3, 1));
  });

  test("are weeks from Monday with every day once", () => {
    const weeks = weeksOf("2026-11");
    expect(weeks[0]?.findIndex((day) => day !== undefined)).toBe(6);
    expect(weeks.every((week) => week.length === 7)).toBe(true);
    const days = weeks.flat().filter((day) => day !== undefined);
    expect(days.map(dayText)).toEqual(
      Array.from({ length: 30 }, (_, at) => `2026-11-${String(at + 1).padStart(2, "0")}`),
    );
  });
});
