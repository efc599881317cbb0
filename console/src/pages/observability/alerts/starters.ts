import type { PanelSpec } from "./dashboard-spec.ts";

/** The words of the panels that a new dashboard begins with. */
type Say = (key: "starter.requests" | "starter.errors" | "starter.p95" | "starter.logs") => string;

const spans = { type: "records", signal: "spans", q: "kind:server", by: ["service"] } as const;

/** What a new dashboard begins with: rate, errors and duration of every service. */
export function firstPanels(t: Say): readonly PanelSpec[] {
  return [
    {
      title: t("starter.requests"),
      source: { ...spans, by: [...spans.by], measure: "rate", field: "" },
      draw: "lines",
      unit: "1/s",
      width: 6,
    },
    {
      title: t("starter.p95"),
      source: { ...spans, by: [...spans.by], measure: "p95", field: "duration" },
      draw: "lines",
      unit: "ms",
      width: 6,
    },
    {
      title: t("starter.errors"),
      source: { ...spans, by: [...spans.by], measure: "error-share", field: "" },
      draw: "lines",
      unit: "percent",
      width: 6,
    },
    {
      title: t("starter.logs"),
      source: {
        type: "records",
        signal: "logs",
        q: "",
        measure: "count",
        field: "",
        by: ["level"],
      },
      draw: "bars",
      unit: "",
      width: 6,
    },
  ];
}

/** Statements to begin with in the workbench. */
export const examples = [
  {
    key: "sql.example.slow",
    text: `select service, name, count(*) as spans,
  quantile_cont(duration_ms, 0.95) as p95_ms
from spans
where time >= $from and time < $to and kind = 'server'
group by all
order by p95_ms desc
limit 50`,
  },
  {
    key: "sql.example.minutes",
    text: `select time_bucket($step, time) as minute, service, count(*) as requests
from spans
where time >= $from and time < $to and kind = 'server'
group by all
order by minute`,
  },
  {
    key: "sql.example.errors",
    text: `select service, type, message, count(*) as times, max(time) as last
from errors
where time >= $from and time < $to
group by all
order by times desc
limit 50`,
  },
  {
    key: "sql.example.failed",
    text: `select time, service, name, status_message, trace_id
from spans
where time >= $from and time < $to and status = 'error'
order by time desc
limit 100`,
  },
  {
    key: "sql.example.logs",
    text: `select time_bucket($step, time) as minute, level, count(*) as lines
from logs
where time >= $from and time < $to
group by all
order by minute`,
  },
  {
    key: "sql.example.attributes",
    text: `select attributes['http.route'] as route, count(*) as requests,
  avg(duration_ms) as average_ms
from spans
where time >= $from and time < $to and kind = 'server'
group by all
order by requests desc`,
  },
] as const;
