import { expect, test } from "vitest";
import { marksOf, runsOf } from "./lanes.tsx";

const hourMs = 3_600_000;
const day = { fromMs: 0, toMs: 24 * hourMs };

test("moments that lie close together flow into one, others stand alone", () => {
  const minutes = Array.from({ length: 30 }, (_, index) => index * 60_000);
  const [dense, lone, ...rest] = runsOf([...minutes, 12 * hourMs], day);
  expect(dense?.first).toBe(0);
  expect(dense?.last).toBeCloseTo((29 / (24 * 60)) * 1000);
  expect(lone).toEqual({ first: 500, last: 500 });
  expect(rest).toEqual([]);
});

test("what lies outside of the span is not drawn", () => {
  expect(runsOf([-1, 25 * hourMs], day)).toEqual([]);
});

test("full hours of the reader's zone are marked, few enough to be read", () => {
  const half = 5.5 * hourMs;
  const marks = marksOf(day, 8, half);
  expect(marks.length).toBeLessThanOrEqual(9);
  for (const mark of marks) expect((mark + half) % (3 * hourMs)).toBe(0);
});
