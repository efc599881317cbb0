import type { SpanEvent, Trace, TraceSpan } from "../../../ui/traces/span.ts";

type Told = readonly [
  id: string,
  parent: string | null,
  service: string,
  name: string,
  kind: string,
  startMs: number,
  durationMs: number,
  more?: Partial<TraceSpan>,
];

const on = { onCriticalPath: true };
const failed = { status: "error" } as const;
const events = (...all: readonly (readonly [number, string])[]): { events: SpanEvent[] } => ({
  events: all.map(([atMs, name]) => ({ atMs, name })),
});

const told: readonly Told[] = [
  ["a1", null, "storefront", "POST /orders", "server", 0, 412, { ...on, ...failed }],
  ["a2", "a1", "orders", "create order", "server", 6, 399, { ...on, ...failed }],
  ["a3", "a2", "orders", "validate", "internal", 8, 4.2, on],
  ["b1", "a2", "stock", "reserve 3 items", "server", 14, 96, { ...on, skewMs: 22 }],
  ["b2", "b1", "postgres", "SELECT stock", "client", 18, 31, { ...on, skewMs: 22 }],
  ["b3", "b1", "postgres", "UPDATE stock", "client", 51, 55, { ...on, skewMs: 22 }],
  ["c1", "a2", "users", "load customer", "server", 14, 38],
  ["c2", "c1", "valkey", "GET customer:17", "client", 16, 0.42],
  ["c3", "c1", "postgres", "SELECT users", "client", 17, 33],
  [
    "d1",
    "a2",
    "payments",
    "charge card",
    "client",
    114,
    286,
    { ...on, ...failed, ...events([131, "retry 1"], [227, "retry 2"], [398, "exception"]) },
  ],
  ["d2", "d1", "bank", "POST /charges", "server", 118, 92, { ...on, ...failed }],
  ["d3", "d1", "bank", "POST /charges", "server", 228, 168, { ...on, ...failed }],
  ["e1", "feed5eed", "mail", "send order failed", "consumer", 431, 63],
  ["e2", "e1", "mail", "render \u202Eetalpmet <b>order</b>", "internal", 434, 21],
  ["e3", "e1", "smtp", "DATA", "client", 458, 34],
];

/** The trace of an order whose payment failed; one of its spans was not received. */
export const orderTrace: Trace = {
  spans: told.map(([spanId, parentSpanId, service, name, kind, startMs, durationMs, more]) => {
    const times = { startMs, durationMs };
    return { spanId, parentSpanId, service, name, kind, ...times, status: "unset", ...more };
  }),
};
