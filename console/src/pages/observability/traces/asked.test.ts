import { expect, it } from "vitest";
import { isIn, queryOf, readBox, writeBox } from "./asked.ts";
import { scalesOf } from "./scales.ts";

it("a form becomes one query, in which OR stays within what was typed", () => {
  expect(queryOf({})).toBe("");
  expect(queryOf({ q: " a OR b ", service: "orders", status: "failed" })).toBe(
    "(a OR b) service:orders status:error",
  );
  expect(queryOf({ operation: 'GET /a "b"', status: "ok" })).toBe(
    'name:"GET /a \\"b\\"" -status:error',
  );
});

it("a box goes through the URL and back; what is none is nothing", () => {
  const box = { fromMs: 1000, toMs: 2000, leastMs: 0.25, mostMs: 90 };
  expect(readBox(writeBox(box))).toEqual(box);
  for (const words of [undefined, "", "1~2", "2~1~0~5", "1~2~9~3", "a~b~c~d", "1~2~-3~4"]) {
    expect(readBox(words)).toBeUndefined();
  }
  expect(isIn(box, { startMs: 1500, durationMs: 0.25 })).toBe(true);
  expect(isIn(box, { startMs: 2001, durationMs: 1 })).toBe(false);
  expect(isIn(box, { startMs: 1500, durationMs: 91 })).toBe(false);
});

it("what is read out of the picture is what was drawn there", () => {
  const traces = [{ durationMs: 0.4 }, { durationMs: 5200 }];
  const scales = scalesOf(traces, { fromMs: 0, toMs: 300_000 }, 800, 200);
  for (const ms of [0.4, 17, 5200]) expect(scales.duration(scales.y(ms))).toBeCloseTo(ms, 6);
  expect(scales.time(scales.x(123_456))).toBeCloseTo(123_456, 6);
  expect(scales.y(5200)).toBeLessThan(scales.y(0.4));
  expect(scales.times.length).toBeGreaterThan(2);
});

it("a picture without traces has scales as well", () => {
  const scales = scalesOf([], { fromMs: 0, toMs: 1000 }, 300, 200);
  expect(Number.isFinite(scales.y(1))).toBe(true);
  expect(scales.durations.length).toBeGreaterThan(0);
});
