import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { withContext } from "../../core/context.ts";
import { graphOf } from "../../core/graph.ts";
import { makeLog } from "../../core/log.ts";
import type { LogLine } from "../../core/log.ts";
import { makeMetrics } from "../../core/metrics.ts";
import type { Capability } from "../../core/resource.ts";
import { app, service } from "../../core/service.ts";
import { transactional } from "../../core/transaction.ts";
import type { Writes } from "../../core/transaction.ts";
import { simulatedClock } from "../../testing/clock.ts";
import { metric, metricsOf, ratio } from "./metric.ts";
import { holdMetric, makeRegistry, metricSeriesMax } from "./recorder.ts";
import type { MetricRegistry } from "./recorder.ts";

const orders = metric("orders", {
  kind: "counter",
  unit: "{order}",
  description: "Orders taken",
  labels: z.object({ country: z.string() }),
});
const revenue = metric("revenue", { kind: "counter", unit: "GBP" });
const visits = metric("visits", { kind: "counter", business: false });
const stock = metric("stock", { kind: "gauge" });
const basket = metric("basket", { kind: "histogram", bounds: [1, 10, 100] });
const conversion = ratio("conversion", { of: orders, over: visits });

interface Rig {
  readonly registry: MetricRegistry;
  readonly lines: LogLine[];
  readonly refused: () => number;
  readonly hold: <H>(capability: Capability<H>) => H;
}

function rig(): Rig {
  const lines: LogLine[] = [];
  const metrics = makeMetrics();
  const log = makeLog((line) => lines.push(line));
  const registry = makeRegistry({ clock: simulatedClock(), log, metrics });
  return {
    registry,
    lines,
    refused: () => metrics.snapshot().reduce((sum, { value }) => sum + value, 0),
    hold: <H>(capability: Capability<H>) =>
      holdMetric(capability, { service: "shop" }, registry) as H,
  };
}

test("a counter adds up by its labels; types hold", () => {
  const { registry, hold } = rig();
  const placed = hold(orders.recorder());
  placed.add(1, { country: "France" });
  placed.add(2, { country: "France" });
  placed.add(1, { country: "臺灣" });
  // @ts-expect-error: its labels are not optional
  placed.add(1);
  hold(revenue.recorder()).add(12.5);
  expect(registry.points()).toMatchObject([
    {
      service: "shop",
      name: "orders",
      unit: "{order}",
      kind: 1,
      monotonic: true,
      temporality: "cumulative",
      value: 3,
      attributes: { country: "France" },
    },
    { value: 1, attributes: { country: "臺灣" } },
    { name: "revenue", value: 12.5 },
  ]);
});

test("sums of money are exact, whatever was added", () => {
  const amounts = fc.array(fc.integer({ min: 0, max: 10 ** 9 }), { maxLength: 500 });
  fc.assert(
    fc.property(amounts, (pence) => {
      const { registry, hold } = rig();
      const taken = hold(revenue.recorder());
      for (const one of pence) taken.add(one / 100);
      const sum = pence.reduce((total, one) => total + one, 0);
      const [point] = registry.points();
      expect(Math.round((point?.value ?? 0) * 100)).toBe(sum);
    }),
    { seed: 20_261_126, numRuns: 50 },
  );
});

test("a histogram counts each value once, at its bound inclusive", () => {
  const { registry, hold } = rig();
  const filled = hold(basket.recorder());
  for (const value of [0, 1, 1.5, 10, 99, 101, 7]) filled.record(value);
  expect(registry.points()).toMatchObject([
    {
      count: 7n,
      value: 219.5,
      distribution: { bounds: [1, 10, 100], counts: [2, 3, 1, 1], min: 0, max: 101 },
    },
  ]);
  hold(stock.recorder()).set(4);
  hold(stock.recorder()).set(3);
  expect(registry.points()[1]).toMatchObject({ kind: 0, temporality: "none", value: 3 });
});

test("what a metric cannot take is counted and said once, and fails nobody", () => {
  const { registry, hold, lines, refused } = rig();
  const placed = hold(orders.recorder());
  placed.add(-1, { country: "x" });
  placed.add(Number.NaN, { country: "x" });
  placed.add(1, { country: 7 } as never);
  expect(refused()).toBe(3);
  expect(lines).toHaveLength(1);
  expect(lines[0]?.fields).toMatchObject({ metric: "orders", service: "shop" });
  expect(registry.points()).toEqual([]);
});

test("series past the limit are one that says so; nothing is lost from the sum", () => {
  const { registry, hold } = rig();
  const placed = hold(orders.recorder());
  for (let n = 0; n < metricSeriesMax + 50; n++) placed.add(1, { country: `c${n}` });
  const points = registry.points();
  expect(points).toHaveLength(metricSeriesMax + 1);
  expect(points.at(-1)).toMatchObject({ value: 50, attributes: { "otel.metric.overflow": true } });
  expect(points.reduce((sum, { value }) => sum + value, 0)).toBe(metricSeriesMax + 50);
});

test("an exemplar is the trace that was counted last, told once", () => {
  const { registry, hold } = rig();
  const taken = hold(revenue.recorder());
  const trace = { traceId: "ab".repeat(16), spanId: "cd".repeat(8), sampled: true };
  withContext({ trace, baggage: {} }, () => taken.add(5));
  withContext({ trace: { ...trace, sampled: false }, baggage: {} }, () => taken.add(6));
  expect(registry.points()[0]?.exemplars).toMatchObject([{ traceId: trace.traceId, value: 5 }]);
  expect(registry.points()[0]?.exemplars).toEqual([]);
});

test("within a transaction it counts once that is committed", () => {
  const { registry, hold } = rig();
  const committed: (() => void)[] = [];
  const writes: Writes = { add: () => {}, committed: (callback) => void committed.push(callback) };
  hold(orders.recorder())[transactional](writes).add(1, { country: "Spain" });
  expect(registry.points()).toEqual([]);
  for (const callback of committed) callback();
  expect(registry.points()).toMatchObject([{ value: 1 }]);
});

test("an app lists its metrics, those of the business marked; they are no part of the map", () => {
  const shop = service("shop", {
    uses: { placed: orders.recorder(), seen: visits.recorder() },
    owns: [conversion],
  });
  const declared = app("demo", { services: [shop] });
  expect(metricsOf(declared)).toMatchObject([
    { name: "orders", type: "counter", business: true, services: ["shop"] },
    { name: "visits", business: false, services: ["shop"] },
    { name: "conversion", type: "ratio", ratio: { of: "orders", over: "visits" } },
  ]);
  expect(graphOf(declared).nodes.map(({ id }) => id)).toEqual(["service/shop"]);
});

test("what makes no sense is refused where it is declared", () => {
  expect(() => metric("Orders", { kind: "counter" })).toThrow(/name/);
  expect(() => metric("b", { kind: "histogram", bounds: [2, 1] })).toThrow(/above the one before/);
});
