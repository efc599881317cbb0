import { expect, test } from "vitest";
import { makeMetrics } from "../core/metrics.ts";
import { exposition, mergeSeries } from "./prometheus.ts";
import { startRig } from "./rig.contract.ts";

/** What the text format 0.0.4 allows, line by line; answers samples by family. */
function parsed(text: string): Map<string, { type: string; samples: [string, number][] }> {
  const families = new Map<string, { type: string; samples: [string, number][] }>();
  const value = String.raw`(?:[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN)`;
  const label = String.raw`[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*"`;
  const sample = new RegExp(`^([a-zA-Z_:][\\w:]*)(\\{${label}(?:,${label})*\\})? (${value})$`);
  expect(text.endsWith("\n")).toBe(true);
  for (const line of text.slice(0, -1).split("\n")) {
    const type = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram)$/.exec(line);
    if (type !== null) {
      expect(families.has(type[1] ?? "")).toBe(false);
      families.set(type[1] ?? "", { type: type[2] ?? "", samples: [] });
      continue;
    }
    if (/^# HELP [a-zA-Z_:][\w:]* .*$/.test(line)) continue;
    const found = sample.exec(line);
    expect(line).toMatch(sample);
    const name = found?.[1] ?? "";
    const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ""));
    expect([line, family]).not.toEqual([line, undefined]);
    family?.samples.push([`${name}${found?.[2] ?? ""}`, Number(found?.[3])]);
  }
  return families;
}

test("the platform's metrics are valid exposition text and count what was called", async () => {
  const rig = await startRig();
  await rig.call("POST", "/svc/orders/orders", { body: { sku: "a", amount: 1 } });
  await rig.call("POST", "/svc/orders/orders", { body: {} });
  const { text, headers } = await rig.call("GET", "/metrics");
  expect(headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const families = parsed(text);
  const requests = Object.fromEntries(families.get("morning_http_requests_total")?.samples ?? []);
  const labels = 'service="orders",route="POST /orders"';
  expect(requests[`morning_http_requests_total{${labels},status="2xx"}`]).toBe(1);
  expect(requests[`morning_http_requests_total{${labels},status="4xx"}`]).toBe(1);
  const calls = Object.fromEntries(families.get("morning_calls_total")?.samples ?? []);
  expect(calls['morning_calls_total{service="orders",callee="stock",outcome="ok"}']).toBe(1);
});

test("hostile labels and help are escaped", () => {
  const metrics = makeMetrics();
  metrics.describe("x_total", "one\nline \\ only");
  metrics.count("x_total", { path: 'a"b\\c\nd } 7' });
  const families = parsed(exposition(metrics.snapshot()));
  expect(families.get("x_total")?.samples).toEqual([['x_total{path="a\\"b\\\\c\\nd } 7"}', 1]]);
});

test("buckets are cumulative and end with all observations", () => {
  const metrics = makeMetrics();
  for (const value of [0.001, 0.3, 0.3, 60]) metrics.observe("s_seconds", { a: "b" }, value);
  const samples = Object.fromEntries(
    parsed(exposition(metrics.snapshot())).get("s_seconds")?.samples ?? [],
  );
  const buckets = Object.entries(samples).filter(([name]) => name.includes("_bucket"));
  const counts = buckets.map(([, count]) => count);
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
  expect(samples['s_seconds_bucket{a="b",le="0.5"}']).toBe(3);
  expect(samples['s_seconds_bucket{a="b",le="+Inf"}']).toBe(4);
  expect(samples['s_seconds_count{a="b"}']).toBe(4);
  expect(samples['s_seconds_sum{a="b"}']).toBeCloseTo(60.601);
});

test("series of several processes add up, in any order of their labels' making", () => {
  const processes = [1, 2].map((by) => {
    const metrics = makeMetrics();
    metrics.count("x_total", { a: "1" }, by);
    metrics.observe("s_seconds", {}, by);
    return metrics.snapshot();
  });
  const merged = mergeSeries(processes);
  expect(merged).toHaveLength(2);
  expect(merged[0]?.value).toBe(3);
  expect(merged[1]).toMatchObject({ value: 3, count: 2 });
  expect(mergeSeries([])).toEqual([]);
});

test("a browser that loads /metrics gets the console's page of that address", async () => {
  const rig = await startRig();
  const accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
  const page = await rig.call("GET", "/metrics", { headers: { accept } });
  expect([page.status, page.headers.get("content-type")]).toEqual([
    200,
    "text/html; charset=utf-8",
  ]);
  for (const asked of ["*/*", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"]) {
    const { text } = await rig.call("GET", "/metrics", { headers: { accept: asked } });
    expect(text).toContain("# TYPE");
  }
});
