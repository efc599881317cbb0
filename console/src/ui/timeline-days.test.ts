import { expect, it } from "vitest";
import { byDay } from "./timeline-days.ts";

const at = (day: number, hour: number): { atMs: number } => ({
  atMs: new Date(2026, 10, day, hour).getTime(),
});

it("puts neighbours of one day together and keeps the order", () => {
  const entries = [at(25, 23), at(25, 0), at(24, 23), at(25, 1)];
  const days = byDay(entries);
  expect(days.map(({ entries: some }) => some.length)).toEqual([2, 1, 1]);
  expect(days.flatMap(({ entries: some }) => some)).toEqual(entries);
  expect(days[0]?.startMs).toBe(new Date(2026, 10, 25).getTime());
});

it("stands times that no calendar knows", () => {
  expect(byDay([{ atMs: 1e300 }, { atMs: Number.NaN }])).toHaveLength(1);
  expect(byDay([])).toEqual([]);
});
