import { expect, test } from "vitest";
import { metricKinds } from "../../observability/signals/records.ts";
import type { AggregateQuery } from "../../observability/signals/store.ts";
import { memoryReader } from "../../observability/testing/memory-reader.ts";
import { point } from "../../observability/testing/spans.ts";
import { simulatedClock } from "../../testing/clock.ts";
import { makeHistory } from "./history.ts";
import { overviewKeeper, overviewMetric } from "./keeper.ts";
import { openPast } from "./past.ts";

/** When the points of tests begin. */
const epochMs = Date.UTC(2026, 0, 1);
const gauge = metricKinds.indexOf("gauge");

/** A point every ten seconds for ten minutes; its value is its place. */
const points = Array.from({ length: 60 }, (_, at) =>
  (["requests", "errors"] as const).map((figure) =>
    point(overviewMetric, at * 10_000, figure === "requests" ? at : at % 2, {
      kind: gauge,
      temporality: "none",
      attributes: { node: "platform", figure },
    }),
  ),
).flat();

function rig(fails = false) {
  const clock = simulatedClock(epochMs + 600_000);
  const stored = memoryReader({ points });
  const asked: AggregateQuery[] = [];
  const history = makeHistory();
  const reader = {
    async aggregate(query: AggregateQuery) {
      asked.push(query);
      if (fails) throw new Error("the store is slow");
      return stored.aggregate(query);
    },
  };
  const past = openPast({ clock, reader, history, startedAtMs: epochMs + 600_000 });
  return { clock, asked, history, past };
}

const query = {
  series: [{ id: "platform", metric: "requests" }],
  fromMs: epochMs + 500_000,
  toMs: epochMs + 601_000,
  pointsMax: 300,
};

test("what earlier processes kept is read once, and the history has it", async () => {
  const { asked, history, past } = rig();
  history.record(epochMs + 600_500, [{ id: "platform", metric: "requests", value: 7 }]);
  await Promise.all([past.fill(query), past.fill(query)]);
  expect(asked).toHaveLength(1);
  const { series, sinceMs } = history.read(query);
  expect(sinceMs).toBe(epochMs - 5_000);
  expect(series[0]?.values.slice(0, 6)).toEqual([50, 50, 50, 50, 50, 51]);
  expect(series[0]?.values.at(-1)).toBe(7);
  await past.fill({ ...query, fromMs: epochMs - 80_000_000 });
  expect(asked.map(({ stepMs }) => stepMs)).toEqual([10_000, 60_000]);
});

test("series that nobody kept take no room", async () => {
  const { history, past } = rig();
  const series = Array.from({ length: 50 }, (_, at) => ({ id: `queue/${at}`, metric: "depth" }));
  for (let turn = 0; turn < 50; turn++) {
    const named = series.map((key) => ({ ...key, id: `${key.id}-${turn}` }));
    await past.fill({ ...query, series: named });
  }
  history.record(epochMs + 600_500, [{ id: "platform", metric: "requests", value: 7 }]);
  expect(history.dropped()).toBe(0);
});

test("a store that fails is left alone for a while", async () => {
  const { clock, asked, past } = rig(true);
  await expect(past.fill(query)).rejects.toThrow(/slow/);
  await past.fill(query);
  expect(asked).toHaveLength(1);
  clock.advance(30_000);
  await expect(past.fill(query)).rejects.toThrow(/slow/);
});

test("the overview begins with the points of the five minutes before", async () => {
  const { past } = rig();
  const before = await past.points();
  expect(before).toHaveLength(300);
  expect(before.at(0)).toEqual({
    atMs: epochMs + 295_000,
    requests: 30,
    messages: 0,
    events: 0,
    errors: 0,
  });
  expect(before.at(-1)).toMatchObject({ atMs: epochMs + 594_000, requests: 59, errors: 1 });
});

test("what is shown is kept by its mean, peaks by their peak, bounded", () => {
  const keeper = overviewKeeper();
  for (const value of [1, 2, 6]) {
    keeper.record([
      { id: "queue/jobs", metric: "depth", value },
      { id: "queue/jobs", metric: "oldestMs", value },
    ]);
  }
  expect(keeper.points()).toMatchObject([
    { name: overviewMetric, value: 3, attributes: { node: "queue/jobs", figure: "depth" } },
    { value: 6, attributes: { figure: "oldestMs" } },
  ]);
  expect(keeper.points()).toEqual([]);
  keeper.record(
    Array.from({ length: 5_000 }, (_, at) => ({ id: `queue/${at}`, metric: "depth", value: 1 })),
  );
  expect(keeper.points()).toHaveLength(2_000);
});
