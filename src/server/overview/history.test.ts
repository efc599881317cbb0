import fc from "fast-check";
import { expect, test } from "vitest";
import { historySeriesMax, makeHistory } from "./history.ts";
import type { History, HistoryAnswer } from "./history.ts";

const startMs = Date.UTC(2026, 0, 1);
const depth = { id: "queue/jobs", metric: "depth" };
const oldest = { id: "queue/jobs", metric: "oldestMs" };

/** Records `depth` once a second; its value is the second, counted from the start. */
function fill(history: History, fromSecond: number, toSecond: number): void {
  for (let second = fromSecond; second < toSecond; second++) {
    history.record(startMs + second * 1_000 + 500, [
      { ...depth, value: second },
      { ...oldest, value: second % 60 },
    ]);
  }
}

function read(history: History, fromSecond: number, toSecond: number, pointsMax = 300) {
  return history.read({
    series: [depth, oldest],
    fromMs: startMs + fromSecond * 1_000,
    toMs: startMs + toSecond * 1_000,
    pointsMax,
  });
}

const valuesOf = ({ series }: HistoryAnswer, index = 0): readonly (number | null)[] =>
  series[index]?.values ?? [];

test("the last ten minutes are kept by the second", () => {
  const history = makeHistory();
  fill(history, 0, 100);
  const answer = read(history, 95, 102);
  expect(answer).toMatchObject({ stepMs: 1_000, sinceMs: startMs + 500 });
  expect(answer.atMs).toEqual([95, 96, 97, 98, 99, 100, 101].map((s) => startMs + s * 1_000));
  expect(valuesOf(answer)).toEqual([95, 96, 97, 98, 99, null, null]);
});

test("merged, gauges are averaged and peaks stay peaks", () => {
  const history = makeHistory();
  fill(history, 0, 600);
  const answer = read(history, 0, 600, 10);
  expect(answer.stepMs).toBe(60_000);
  expect(valuesOf(answer)).toEqual([
    29.5, 89.5, 149.5, 209.5, 269.5, 329.5, 389.5, 449.5, 509.5, 569.5,
  ]);
  expect(valuesOf(answer, 1)).toEqual(Array.from({ length: 10 }, () => 59));
});

test("older data is there by ten seconds for two hours, by the minute for a day", () => {
  const history = makeHistory();
  const end = 26 * 3_600;
  fill(history, 0, end);
  const hour = read(history, end - 3_600, end, 1_000);
  expect([hour.stepMs, hour.atMs.length]).toEqual([10_000, 360]);
  expect(valuesOf(hour)[0]).toBe(end - 3_600 + 4.5);
  expect(valuesOf(hour, 1).slice(0, 6)).toEqual([9, 19, 29, 39, 49, 59]);
  const day = read(history, end - 24 * 3_600, end, 2_000);
  expect([day.stepMs, day.atMs.length]).toEqual([60_000, 1_440]);
  expect(valuesOf(day).every((value) => value !== null)).toBe(true);
  expect(day.sinceMs).toBe(startMs + 2 * 3_600_000);
  const before = read(history, 0, 3_600);
  expect(valuesOf(before).every((value) => value === null)).toBe(true);
});

test("a young history answers any range as finely as it has it", () => {
  const history = makeHistory();
  fill(history, 0, 30);
  const answer = read(history, -86_400, 30, 1_440);
  expect(answer.stepMs).toBeLessThanOrEqual(61_000);
  expect(valuesOf(answer).filter((value) => value !== null)).toEqual([14.5]);
});

test("nothing is made up where nothing was measured", () => {
  const history = makeHistory();
  fill(history, 0, 10);
  fill(history, 40, 50);
  expect(valuesOf(read(history, 8, 42))).toEqual([
    8,
    9,
    ...Array.from({ length: 30 }, () => null),
    40,
    41,
  ]);
  // Once around the ring: what lay in the gap's place must not show.
  fill(history, 700, 702);
  expect(valuesOf(read(history, 598, 603))).toEqual([null, null, null, null, null]);
  expect(
    history.read({
      series: [{ id: "queue/none", metric: "depth" }],
      fromMs: 0,
      toMs: 1,
      pointsMax: 1,
    }).series,
  ).toEqual([{ id: "queue/none", metric: "depth", values: [null] }]);
});

test("a metric that has no value now and then has gaps of its own", () => {
  const history = makeHistory();
  const record = (second: number, value?: number): void =>
    history.record(startMs + second * 1_000, [
      { ...depth, value: 1 },
      ...(value === undefined ? [] : [{ ...oldest, value }]),
    ]);
  record(0);
  record(1, 7);
  record(2);
  record(3, 9);
  expect(valuesOf(read(history, 0, 4), 1)).toEqual([null, 7, null, 9]);
});

test("a clock that is set back begins its seconds anew", () => {
  const history = makeHistory();
  fill(history, 0, 100);
  for (const second of [50, 51]) {
    history.record(startMs + second * 1_000, [{ ...depth, value: 7 }]);
  }
  expect(valuesOf(read(history, 49, 53))).toEqual([49, 7, 7, 52]);
});

test("series past the limit are dropped and counted, those that are there go on", () => {
  const history = makeHistory();
  const samples = Array.from({ length: historySeriesMax + 7 }, (_, number) => ({
    id: `queue/q${number}`,
    metric: "depth",
    value: number,
  }));
  history.record(startMs, samples);
  expect(history.dropped()).toBe(7);
  history.record(startMs + 1_000, samples.slice(0, 3));
  expect(history.dropped()).toBe(0);
  const query = { fromMs: startMs, toMs: startMs + 2_000, pointsMax: 10 };
  const last = { id: `queue/q${historySeriesMax}`, metric: "depth" };
  const series = [{ id: "queue/q2", metric: "depth" }, last];
  expect(history.read({ ...query, series }).series.map(({ values }) => values)).toEqual([
    [2, 2],
    [null, null],
  ]);
});

test("whatever is asked, the steps cover it, are as many as wished at most, and miss none", () => {
  const history = makeHistory();
  const seconds = 4_000;
  fill(history, 0, seconds);
  const range = fc.tuple(
    fc.integer({ min: -3_600, max: seconds }),
    fc.integer({ min: 1, max: 7_200 }),
    fc.integer({ min: 1, max: 500 }),
  );
  fc.assert(
    fc.property(range, ([from, length, pointsMax]) => {
      const { atMs, stepMs, series, fromMs, toMs } = read(history, from, from + length, pointsMax);
      expect(atMs.length).toBeLessThanOrEqual(pointsMax);
      expect(atMs[0]).toBeLessThanOrEqual(fromMs);
      expect((atMs.at(-1) ?? 0) + stepMs).toBeGreaterThanOrEqual(toMs);
      expect(series.every(({ values }) => values.length === atMs.length)).toBe(true);
      const known = atMs.filter((at) => at >= startMs && at + stepMs <= startMs + seconds * 1_000);
      const values = new Map(atMs.map((at, index) => [at, series[0]?.values[index]]));
      for (const at of known) {
        // The mean of the seconds that the step has.
        const mean = (at - startMs) / 1_000 + (stepMs / 1_000 - 1) / 2;
        expect(values.get(at)).toBeCloseTo(mean, 1);
      }
    }),
    { seed: 7, numRuns: 300 },
  );
});

test("what was measured before is put in, by its width, and what is there stays", () => {
  const history = makeHistory();
  fill(history, 600, 610);
  const before = Array.from({ length: 30 }, (_, at) => ({
    atMs: startMs + (300 + at * 10) * 1_000,
    value: at,
  }));
  history.restore(depth, 10_000, before);
  // A width that reaches into what was measured: that is not touched.
  history.restore(depth, 10_000, [{ atMs: startMs + 600_000, value: 9_999 }]);
  const seconds = read(history, 580, 610);
  expect(seconds).toMatchObject({ stepMs: 1_000, sinceMs: startMs + 300_000 });
  expect(valuesOf(seconds)).toEqual([
    ...Array.from({ length: 10 }, () => 28),
    ...Array.from({ length: 10 }, () => 29),
    ...Array.from({ length: 10 }, (_, at) => 600 + at),
  ]);
  const coarse = read(history, 300, 600, 5);
  expect(valuesOf(coarse)).toEqual([2.5, 8.5, 14.5, 20.5, 26.5]);
  // Of the other series nothing is known of that time.
  expect(valuesOf(seconds, 1).slice(0, 20)).toEqual(Array.from({ length: 20 }, () => null));
});

test("points by the minute fill a day, peaks stay peaks, and time goes on over them", () => {
  const history = makeHistory();
  const day = 24 * 3_600;
  fill(history, day, day + 1);
  history.restore(
    oldest,
    60_000,
    Array.from({ length: 24 * 60 }, (_, at) => ({ atMs: startMs + at * 60_000, value: at })),
  );
  const answer = read(history, 0, day, 24);
  expect(answer.stepMs).toBe(3_600_000);
  expect(valuesOf(answer, 1).slice(-2)).toEqual([22 * 60 + 59, 23 * 60 + 59]);
  fill(history, day + 1, day + 120);
  const now = read(history, day + 60, day + 120);
  expect(valuesOf(now)[0]).toBe(day + 60);
});
