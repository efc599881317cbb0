import { ROOT_CONTEXT, SeverityNumber, SpanKind, trace } from "@opentelemetry/api";
import { OTLPLogExporter as GrpcLogs } from "@opentelemetry/exporter-logs-otlp-grpc";
import { OTLPLogExporter as JsonLogs } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as ProtoLogs } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter as GrpcMetrics } from "@opentelemetry/exporter-metrics-otlp-grpc";
import { OTLPMetricExporter as JsonMetrics } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtoMetrics } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as GrpcTraces } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as JsonTraces } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoTraces } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import type { LogRecordExporter } from "@opentelemetry/sdk-logs";
import {
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import type { PushMetricExporter } from "@opentelemetry/sdk-metrics";
import { SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { SpanExporter } from "@opentelemetry/sdk-trace";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openStage } from "../stage.contract.ts";
import type { Stage } from "../stage.contract.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
beforeEach(() => stage.clear());

const resource = resourceFromAttributes({
  "service.name": "orders",
  "service.version": "7.1",
  "deployment.environment.name": "test",
  "process.pid": 42,
});
const expectedOrigin = {
  resource: {
    "service.name": "orders",
    "service.version": "7.1",
    "deployment.environment.name": "test",
    "process.pid": 42,
  },
  scopeName: "shop",
  scopeVersion: "3",
  scopeAttributes: {},
};

/** 2026-01-01T00:00:00.123456789Z as the SDK takes it, and as we keep it. */
const at: [number, number] = [1_767_225_600, 123_456_789];
const atNs = 1_767_225_600_123_456_789n;

const attributes = {
  text: "訂單",
  empty: "",
  integer: -7,
  large: 9_007_199_254_740_991,
  double: 0.25,
  yes: true,
  list: ["a", "b"],
};

interface Exporters {
  readonly logs: () => LogRecordExporter;
  readonly traces: () => SpanExporter;
  readonly metrics: () => PushMetricExporter;
}

const http = (path: string): string => `http://127.0.0.1:${stage.http}${path}`;
const gzip = "gzip" as never;

const protocols: Readonly<Record<string, Exporters>> = {
  "http/protobuf": {
    logs: () => new ProtoLogs({ url: http("/v1/logs") }),
    traces: () => new ProtoTraces({ url: http("/v1/traces") }),
    metrics: () => new ProtoMetrics({ url: http("/v1/metrics") }),
  },
  "http/protobuf with gzip": {
    logs: () => new ProtoLogs({ url: http("/v1/logs"), compression: gzip }),
    traces: () => new ProtoTraces({ url: http("/v1/traces"), compression: gzip }),
    metrics: () => new ProtoMetrics({ url: http("/v1/metrics"), compression: gzip }),
  },
  "http/json": {
    logs: () => new JsonLogs({ url: http("/v1/logs") }),
    traces: () => new JsonTraces({ url: http("/v1/traces") }),
    metrics: () => new JsonMetrics({ url: http("/v1/metrics") }),
  },
  grpc: {
    logs: () => new GrpcLogs({ url: `http://127.0.0.1:${stage.grpc}` }),
    traces: () => new GrpcTraces({ url: `http://127.0.0.1:${stage.grpc}` }),
    metrics: () => new GrpcMetrics({ url: `http://127.0.0.1:${stage.grpc}` }),
  },
  "grpc with gzip": {
    logs: () => new GrpcLogs({ url: `http://127.0.0.1:${stage.grpc}`, compression: gzip }),
    traces: () => new GrpcTraces({ url: `http://127.0.0.1:${stage.grpc}`, compression: gzip }),
    metrics: () => new GrpcMetrics({ url: `http://127.0.0.1:${stage.grpc}`, compression: gzip }),
  },
};

const parent = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  traceFlags: 1,
  isRemote: true,
};
const linked = { ...parent, spanId: "00f067aa0ba902b7" };
/** Records a span that failed, with everything that a span may have. */
function recordSpan(provider: TracerProvider): { spanId: string; stack: string } {
  const span = provider.getTracer("shop", "3").startSpan(
    "POST /orders",
    {
      kind: SpanKind.SERVER,
      startTime: at,
      attributes: { ...attributes, "user.id": "u-1" },
      links: [{ context: linked, attributes: { why: "retry" } }],
    },
    trace.setSpanContext(ROOT_CONTEXT, parent),
  );
  span.addEvent("cache miss", { key: "k" }, [at[0], at[1] + 5]);
  const error = new TypeError("no stock");
  span.recordException(error, [at[0], at[1] + 6]);
  span.setStatus({ code: 2, message: "failed" });
  span.end([at[0] + 1, at[1]]);
  return { spanId: span.spanContext().spanId, stack: error.stack ?? "" };
}

describe.each(Object.entries(protocols))("OpenTelemetry JS over %s", (_name, exporters) => {
  it("sends log records, every field", async () => {
    const exporter = exporters.logs();
    const provider = new LoggerProvider({
      resource,
      processors: [new SimpleLogRecordProcessor({ exporter })],
    });
    const context = trace.setSpanContext(ROOT_CONTEXT, {
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      traceFlags: 1,
    });
    provider.getLogger("shop", "3").emit({
      timestamp: at,
      observedTimestamp: [at[0], at[1] + 1],
      severityNumber: SeverityNumber.WARN,
      severityText: "warning",
      body: "訂單 42 遲了",
      eventName: "order.late",
      attributes: {
        ...attributes,
        bytes: new Uint8Array([0, 255]),
        nested: { a: [1, { b: null }] },
      },
      context,
    });
    await provider.shutdown();
    expect(stage.stored().logs).toEqual([
      {
        origin: expectedOrigin,
        timeNs: atNs,
        observedNs: atNs + 1n,
        severity: 13,
        severityText: "warning",
        body: "訂單 42 遲了",
        eventName: "order.late",
        traceId: "0af7651916cd43dd8448eb211c80319c",
        spanId: "b7ad6b7169203331",
        attributes: {
          ...attributes,
          bytes: Buffer.from([0, 255]),
          nested: { a: [1, { b: null }] },
        },
      },
    ]);
  });

  it("sends spans with events, links and exceptions, every field", async () => {
    const exporter = exporters.traces();
    const provider = new TracerProvider({
      resource,
      spanProcessors: [new SimpleSpanProcessor({ exporter })],
    });
    const { spanId, stack } = recordSpan(provider);
    await provider.shutdown();
    const { spans, errors } = stage.stored();
    const exception = {
      "exception.type": "TypeError",
      "exception.message": "no stock",
      "exception.stacktrace": stack,
    };
    expect(spans).toEqual([
      {
        origin: expectedOrigin,
        traceId: parent.traceId,
        spanId,
        parentSpanId: parent.spanId,
        traceState: "",
        name: "POST /orders",
        kind: 2,
        startNs: atNs,
        durationNs: 1_000_000_000n,
        status: 2,
        statusMessage: "failed",
        attributes: { ...attributes, "user.id": "u-1" },
        events: [
          { timeNs: atNs + 5n, name: "cache miss", attributes: { key: "k" } },
          { timeNs: atNs + 6n, name: "exception", attributes: exception },
        ],
        links: [{ traceId: linked.traceId, spanId: linked.spanId, attributes: { why: "retry" } }],
        weight: 1,
      },
    ]);
    expect(errors).toEqual([
      {
        origin: expectedOrigin,
        timeNs: atNs + 6n,
        type: "TypeError",
        message: "no stock",
        stack,
        fingerprint: "orders/TypeError",
        source: "span",
        handled: false,
        release: "7.1",
        user: "u-1",
        traceId: parent.traceId,
        spanId,
        attributes: { ...attributes, "user.id": "u-1" },
        breadcrumbs: "",
      },
    ]);
  });

  it("sends metrics of every kind", async () => {
    const provider = new MeterProvider({
      resource,
      readers: [new PeriodicExportingMetricReader({ exporter: exporters.metrics() })],
      views: [
        {
          instrumentName: "exponential",
          aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
        },
        {
          instrumentName: "latency",
          aggregation: {
            type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
            options: { boundaries: [1, 10] },
          },
        },
      ],
    });
    const meter = provider.getMeter("shop", "3");
    meter
      .createCounter("orders", { unit: "{order}", description: "placed" })
      .add(3, { country: "TW" });
    meter.createUpDownCounter("stock").add(-2.5);
    meter.createObservableGauge("depth").addCallback((result) => result.observe(7));
    const latency = meter.createHistogram("latency", { unit: "ms" });
    for (const value of [0.5, 5, 50]) latency.record(value, { route: "/" });
    const exponential = meter.createHistogram("exponential");
    for (const value of [0, 1, 2, 4]) exponential.record(value);
    await provider.shutdown();
    const { points } = stage.stored();
    const byName = Object.fromEntries(points.map((point) => [point.name, point]));
    expect(Object.keys(byName).sort()).toEqual(
      ["depth", "exponential", "latency", "orders", "stock"].sort(),
    );
    expect(byName["orders"]).toMatchObject({
      origin: expectedOrigin,
      unit: "{order}",
      description: "placed",
      kind: 1,
      temporality: "cumulative",
      monotonic: true,
      value: 3,
      attributes: { country: "TW" },
      exemplars: [],
    });
    expect(byName["orders"]?.timeNs).toBeGreaterThan(atNs);
    expect(byName["orders"]?.startNs).toBeGreaterThan(atNs);
    expect(byName["stock"]).toMatchObject({ kind: 1, monotonic: false, value: -2.5 });
    expect(byName["depth"]).toMatchObject({ kind: 0, temporality: "none", value: 7 });
    expect(byName["latency"]).toMatchObject({
      kind: 2,
      value: 55.5,
      count: 3n,
      unit: "ms",
      distribution: { type: "explicit", bounds: [1, 10], counts: [1, 1, 1], min: 0.5, max: 50 },
      attributes: { route: "/" },
    });
    expect(byName["exponential"]).toMatchObject({
      kind: 3,
      value: 7,
      count: 4n,
      distribution: { type: "exponential", zeroCount: 1, min: 0, max: 4 },
    });
    const spread = byName["exponential"]?.distribution;
    const counts = spread?.type === "exponential" ? spread.positive.counts : [];
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3);
  });
});
