import { expect, test } from "vitest";
import { app, service } from "../../core/service.ts";
import { metric, metricsOf, ratio } from "../metrics/metric.ts";
import type { MetricInfo } from "../signals/store.ts";
import { metricViews } from "./explore.ts";

const orders = metric("orders", { kind: "counter", unit: "{order}" });
const visits = metric("visits", { kind: "counter", business: false });
const refunds = metric("refunds", { kind: "counter" });
const conversion = ratio("conversion", { of: orders, over: visits, description: "Bought" });
const returned = ratio("returned", { of: refunds, over: orders });

const shop = service("shop", {
  uses: { orders: orders.recorder(), visits: visits.recorder(), refunds: refunds.recorder() },
  owns: [conversion, returned],
});
const declared = metricsOf(app("shop", { services: [shop] }));

function stored(name: string): MetricInfo {
  const [unit, description] = ["1", `about ${name}`];
  return { name, unit, description, kind: 1, temporality: "delta", monotonic: true, series: 3 };
}

test("declared business metrics are marked, and ratios are there where their counters are", () => {
  const views = metricViews(["orders", "visits", "http.server.duration"].map(stored), declared);
  expect(views.map(({ name, kind, business }) => [name, kind, business])).toEqual([
    ["orders", "sum", true],
    ["visits", "sum", false],
    ["http.server.duration", "sum", false],
    ["conversion", "ratio", true],
  ]);
  expect(views.at(-1)).toEqual({
    name: "conversion",
    unit: "1",
    description: "Bought",
    kind: "ratio",
    series: 0,
    business: true,
    ratio: { of: "orders", over: "visits" },
  });
  expect(metricViews([stored("orders")], []).map(({ business }) => business)).toEqual([false]);
});
