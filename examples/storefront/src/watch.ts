import { alert, dashboard, slo } from "morning-ai/observability";

const minute = 60_000;

/** Customers can order: asked at the door of the shop, where they would notice. */
export const ordering = slo("ordering", {
  title: "Orders are taken",
  description: "Orders that the gateway takes within half a second, out of all that are asked for.",
  service: "gateway",
  objective: 0.999,
  indicator: {
    type: "records",
    signal: "spans",
    q: 'service:gateway kind:server name:"POST /orders"',
    good: "-status:error duration<=500ms",
  },
});

/** The shop answers at all. */
export const answering = slo("answering", {
  title: "The shop answers",
  service: "gateway",
  objective: 0.9995,
  indicator: {
    type: "records",
    signal: "spans",
    q: "service:gateway kind:server",
    good: "-status:error duration<=1s",
  },
});

/** More payments are refused than customers' mistakes explain. */
export const declines = alert("payments-declined", {
  title: "{{value}} % more payments are declined than an hour ago",
  severity: "page",
  condition: {
    type: "change",
    source: { type: "promql", expr: "sum(increase(payments_declined_total[15m]))" },
    windowMs: 15 * minute,
    offsetMs: 60 * minute,
    op: ">",
    value: 100,
    least: 5,
  },
  forMs: 5 * minute,
});

/** No order for a while: the quietest of failures. */
export const silence = alert("no-orders", {
  title: "Nobody ordered for half an hour",
  severity: "ticket",
  condition: {
    type: "absence",
    source: {
      type: "records",
      signal: "spans",
      q: 'service:orders kind:server name:"POST /orders"',
      measure: "count",
    },
    windowMs: 30 * minute,
  },
  forMs: 5 * minute,
});

/** Any service whose calls fail. */
export const failing = alert("service-failing", {
  title: "{{service}} fails: {{value}} of its requests",
  severity: "ticket",
  condition: {
    type: "threshold",
    source: {
      type: "records",
      signal: "spans",
      q: "kind:(server OR consumer)",
      measure: "error-share",
      by: ["service"],
    },
    windowMs: 5 * minute,
    op: ">",
    value: 0.05,
  },
  forMs: 2 * minute,
});

/** Errors that nobody has seen before, or that came back. */
export const newErrors = alert("new-errors", {
  title: "{{type}} in {{service}}",
  severity: "info",
  condition: { type: "error-group" },
  groupBy: ["service"],
});

/** Traffic that is not like this hour of this day. */
export const unusual = alert("unusual-traffic", {
  title: "The gateway's traffic is unusual: {{value}} requests in 5 minutes",
  severity: "ticket",
  condition: {
    type: "anomaly",
    source: {
      type: "records",
      signal: "spans",
      q: "service:gateway kind:server",
      measure: "count",
    },
    leastDifference: 20,
  },
  everyMs: 5 * minute,
  breaches: { least: 3, of: 3 },
});

/** The shop at a glance: what it sells, and how well it works while it does. */
export const shopDashboard = dashboard("shop", {
  title: "The shop",
  description: "Orders and revenue beside latency and failures, on one time axis.",
  panels: [
    {
      title: "Orders a minute",
      source: { type: "promql", expr: "sum(rate(orders_total[1m])) * 60" },
      draw: "lines",
      unit: "",
      width: 6,
    },
    {
      title: "Revenue a minute",
      source: { type: "promql", expr: "sum(rate(revenue_GBP_total[1m])) * 60" },
      draw: "lines",
      unit: "GBP",
      width: 6,
    },
    {
      title: "95th percentile of requests",
      source: {
        type: "records",
        signal: "spans",
        q: "kind:server",
        measure: "p95",
        field: "duration",
        by: ["service"],
      },
      draw: "lines",
      unit: "ms",
      width: 6,
    },
    {
      title: "Share of failures",
      source: {
        type: "records",
        signal: "spans",
        q: "kind:(server OR consumer)",
        measure: "error-share",
        field: "",
        by: ["service"],
      },
      draw: "lines",
      unit: "percent",
      width: 6,
    },
    {
      title: "Slowest operations",
      source: {
        type: "sql",
        text:
          "select service, name, count(*) as calls, round(quantile_cont(duration_ms, 0.95), 1) " +
          "as p95_ms from spans where kind in ('server', 'consumer') group by all " +
          "order by p95_ms desc limit 10",
      },
      draw: "table",
      unit: "",
      width: 12,
    },
  ],
});
