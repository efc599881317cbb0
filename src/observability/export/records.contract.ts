import { seededRandom } from "../../core/ids.ts";
import { batchWriter, encodeBatch } from "../signals/batch.ts";
import type {
  Attributes,
  ErrorRecord,
  LogRecord,
  MetricPoint,
  Origin,
  SpanRecord,
} from "../signals/records.ts";
import { recordWriter } from "../signals/rows.ts";
import type { Records } from "./read.ts";

/** 2026-01-01, nanoseconds. */
export const epochNs = 1_767_225_600_000_000_000n;

const attributes: Attributes = {
  "http.request.method": "POST",
  "http.response.status_code": 503,
  "order.total": 12.5,
  "order.big": 2n ** 60n,
  urgent: true,
  items: ["茶壺", 2, { gift: true }],
  raw: Buffer.from([0, 255, 1]),
};

/** Makes records that a seed replays: unlike one another, with every field set in some of them. */
export interface Samples {
  log(more?: Partial<LogRecord>): LogRecord;
  span(more?: Partial<SpanRecord>): SpanRecord;
  point(more?: Partial<MetricPoint>): MetricPoint;
  error(more?: Partial<ErrorRecord>): ErrorRecord;
  readonly origin: Origin;
}

/** Samples of one service. */
export function samples(seed: number, service = "orders", atNs: bigint = epochNs): Samples {
  const random = seededRandom(seed);
  const hex = (bytes: number): string =>
    Buffer.from(random.fill(new Uint8Array(bytes))).toString("hex");
  const origin: Origin = {
    resource: {
      "service.name": service,
      "service.version": "7",
      "service.instance.id": "i-1",
      "deployment.environment.name": "test",
    },
    scopeName: "shop",
    scopeVersion: "1",
    scopeAttributes: { part: "checkout" },
  };
  let count = 0;
  const nextNs = (): bigint => atNs + BigInt(++count) * 1_000_001n;
  return {
    origin,
    log: (more = {}) => ({
      origin,
      timeNs: nextNs(),
      observedNs: nextNs(),
      severity: 17,
      severityText: "ERROR",
      body: `訂單 ${count} failed: connection refused`,
      eventName: "",
      traceId: hex(16),
      spanId: hex(8),
      attributes,
      ...more,
    }),
    span: (more = {}) => ({
      origin,
      traceId: hex(16),
      spanId: hex(8),
      parentSpanId: hex(8),
      traceState: "vendor=1",
      name: `POST /orders/${count}`,
      kind: 2,
      startNs: nextNs(),
      durationNs: 12_345_678n,
      status: 2,
      statusMessage: "the payment failed",
      attributes,
      events: [{ timeNs: nextNs(), name: "retry", attributes: { attempt: 2 } }],
      links: [{ traceId: hex(16), spanId: hex(8), attributes: { why: "batch" } }],
      weight: 1,
      ...more,
    }),
    point: (more = {}) => ({
      origin,
      name: "orders",
      unit: "{order}",
      description: "orders taken",
      kind: 1,
      temporality: "cumulative",
      monotonic: true,
      startNs: atNs,
      timeNs: nextNs(),
      attributes: { country: "TW" },
      value: count + 0.5,
      count: 0n,
      exemplars: [],
      ...more,
    }),
    error: (more = {}) => ({
      origin,
      timeNs: nextNs(),
      type: "TypeError",
      message: "x is not a function",
      stack: [
        "TypeError: x is not a function",
        "    at place (/app/orders.js:10:5)",
        "    at node:internal/x:1:1",
      ].join("\n"),
      fingerprint: "0123456789abcdef",
      source: "span",
      handled: false,
      release: "7",
      user: "u1",
      traceId: hex(16),
      spanId: hex(8),
      attributes: { route: "/orders" },
      breadcrumbs: "",
      ...more,
    }),
  };
}

/** Points of every kind of metric. */
export function pointsOfEveryKind(from: Samples): MetricPoint[] {
  const exemplars = [
    { timeNs: epochNs, value: 3, traceId: "ab".repeat(16), spanId: "cd".repeat(8) },
  ];
  return [
    from.point({ name: "depth", kind: 0, temporality: "none", monotonic: false, value: 0 }),
    from.point({ name: "orders", exemplars }),
    from.point({
      name: "latency",
      unit: "ms",
      kind: 2,
      monotonic: false,
      count: 6n,
      value: 66,
      distribution: { type: "explicit", bounds: [1, 10], counts: [1, 2, 3], min: 0.5, max: 40 },
      exemplars,
    }),
    from.point({
      name: "latency.exp",
      unit: "s",
      kind: 3,
      monotonic: false,
      count: 9n,
      value: 20,
      distribution: {
        type: "exponential",
        scale: -1,
        zeroCount: 1,
        positive: { offset: -3, counts: [1, 0, 300] },
        negative: { offset: 2, counts: [4] },
        min: -2,
        max: 9,
      },
    }),
    from.point({
      name: "sizes",
      unit: "By",
      kind: 4,
      temporality: "none",
      monotonic: false,
      count: 5n,
      value: 50,
      distribution: { type: "quantiles", values: [{ quantile: 0.5, value: 9 }] },
    }),
  ];
}

/** Records as a batch. */
export function batchOf(records: Partial<Records>): Uint8Array<ArrayBuffer> {
  const writer = recordWriter(batchWriter());
  for (const log of records.logs ?? []) writer.log(log);
  for (const span of records.spans ?? []) writer.span(span);
  for (const point of records.points ?? []) writer.point(point);
  for (const error of records.errors ?? []) writer.error(error);
  return encodeBatch(writer.batch);
}
