import { expect, test } from "vitest";
import { bucketBounds, makeMetrics, seriesMax } from "./metrics.ts";

test("counters add, gauges are set, histograms fill the bucket that holds the value", () => {
  const metrics = makeMetrics();
  metrics.describe("jobs_total", "Jobs done.");
  metrics.count("jobs_total", { queue: "a" });
  metrics.count("jobs_total", { queue: "a" }, 4);
  metrics.gauge("depth", {}, 7);
  metrics.gauge("depth", {}, 3);
  for (const value of [0.001, 0.002, 99]) metrics.observe("job_seconds", {}, value);
  const [jobs, depth, seconds] = metrics.snapshot();
  expect(jobs).toMatchObject({
    kind: "counter",
    help: "Jobs done.",
    labels: { queue: "a" },
    value: 5,
  });
  expect(depth).toMatchObject({ kind: "gauge", value: 3 });
  expect(seconds).toMatchObject({ kind: "histogram", count: 3 });
  expect(seconds?.buckets).toEqual([1, 1, ...bucketBounds.slice(2).map(() => 0)]);
});

test("series past the limit fall into one that says so: bounded, and no count is lost", () => {
  const metrics = makeMetrics();
  for (let n = 0; n < seriesMax + 500; n++) metrics.count("hits_total", { path: `/${n}` });
  metrics.count("hits_total", { path: "/0" });
  const series = metrics.snapshot();
  expect(series).toHaveLength(seriesMax + 1);
  expect(series.find(({ labels }) => labels["overflow"] === "true")?.value).toBe(500);
  expect(series.find(({ labels }) => labels["path"] === "/0")?.value).toBe(2);
  expect(series.reduce((sum, { value }) => sum + value, 0)).toBe(seriesMax + 501);
});

test("labels that merely look alike when joined are kept apart", () => {
  const metrics = makeMetrics();
  metrics.count("x_total", { a: "1", b: "2" });
  metrics.count("x_total", { a: "1b2" });
  expect(metrics.snapshot()).toHaveLength(2);
});

test("a snapshot is not changed by what follows", () => {
  const metrics = makeMetrics();
  metrics.observe("s_seconds", {}, 0.001);
  const [before] = metrics.snapshot();
  metrics.observe("s_seconds", {}, 0.001);
  expect(before).toMatchObject({ count: 1 });
  expect(before?.buckets?.[0]).toBe(1);
});
