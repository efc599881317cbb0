import type { Attributes, MetricPoint, Origin, SpanRecord } from "../signals/records.ts";

/** An origin of a service. */
export function originOf(service: string, resource: Attributes = {}): Origin {
  return {
    resource: { "service.name": service, ...resource },
    scopeName: "",
    scopeVersion: "",
    scopeAttributes: {},
  };
}

/** What a span of a test says; times are milliseconds after {@link epochNs}. */
export interface SpanSketch extends Partial<Omit<SpanRecord, "origin">> {
  readonly service?: string;
  readonly resource?: Attributes;
  readonly id: string;
  readonly parent?: string;
  readonly atMs?: number;
  readonly ms?: number;
}

/** When the spans of tests begin: 2026-01-01. */
export const epochNs = 1_767_225_600_000_000_000n;

const nanoseconds = (ms: number): bigint => BigInt(Math.round(ms * 1e6));

/** A span of a test; ids are short and padded. */
export function span(sketch: SpanSketch): SpanRecord {
  const { service = "shop", resource, id, parent = "", atMs = 0, ms = 1, ...rest } = sketch;
  return {
    origin: originOf(service, resource),
    traceId: "1".padStart(32, "0"),
    spanId: id.padStart(16, "0"),
    parentSpanId: parent === "" ? "" : parent.padStart(16, "0"),
    traceState: "",
    name: id,
    kind: 1,
    startNs: epochNs + nanoseconds(atMs),
    durationNs: nanoseconds(ms),
    status: 0,
    statusMessage: "",
    attributes: {},
    events: [],
    links: [],
    weight: 1,
    ...rest,
  };
}

/** A point of a test. */
export function point(
  name: string,
  atMs: number,
  value: number,
  rest: Partial<MetricPoint> & { readonly service?: string } = {},
): MetricPoint {
  const { service = "shop", ...more } = rest;
  return {
    origin: originOf(service),
    name,
    unit: "",
    description: "",
    kind: 0,
    temporality: "none",
    monotonic: false,
    startNs: epochNs,
    timeNs: epochNs + nanoseconds(atMs),
    attributes: {},
    value,
    count: 0n,
    exemplars: [],
    ...more,
  };
}
