import { levelOf } from "../signals/filter.ts";
import type {
  Attributes,
  AttributeValue,
  ErrorRecord,
  LogRecord,
  SpanRecord,
} from "../signals/records.ts";
import { serviceOf, spanKinds, statusCodes } from "../signals/records.ts";
import type { Found, TraceSummary } from "../signals/store.ts";

/** Attributes as JSON has them: wide integers and bytes (base64) are text. */
export type JsonAttributes = Readonly<Record<string, unknown>>;

function jsonOf(value: AttributeValue): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map((one: AttributeValue) => jsonOf(one));
  if (value !== null && typeof value === "object") return attributesOf(value as Attributes);
  return value;
}

/** Attributes as JSON has them. */
export function attributesOf(attributes: Attributes): JsonAttributes {
  return Object.fromEntries(Object.entries(attributes).map(([key, one]) => [key, jsonOf(one)]));
}

/** Milliseconds since 1970 with microseconds as the fraction. */
export function msOf(ns: bigint): number {
  return Number(ns / 1000n) / 1000;
}

/** Nanoseconds since 1970 of an instant in milliseconds. */
export function nsOf(ms: number): bigint {
  return BigInt(Math.round(ms * 1000)) * 1000n;
}

/** A log record as the API tells it. */
export interface LogView {
  readonly id: string;
  readonly atMs: number;
  /** The same as decimal text of nanoseconds. */
  readonly timeNs: string;
  readonly level: string;
  readonly severity: number;
  readonly service: string;
  readonly body: string;
  readonly event: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: JsonAttributes;
  readonly resource: JsonAttributes;
  readonly scope: string;
}

/** A log record as the API tells it. */
export function logView({ id, record }: Found<LogRecord>): LogView {
  // Senders that know no time of their own leave it to whoever receives.
  const timeNs = record.timeNs > 0n ? record.timeNs : record.observedNs;
  return {
    id,
    atMs: msOf(timeNs),
    timeNs: timeNs.toString(),
    level: levelOf(record.severity),
    severity: record.severity,
    service: serviceOf(record.origin),
    body: record.body,
    event: record.eventName,
    traceId: record.traceId,
    spanId: record.spanId,
    attributes: attributesOf(record.attributes),
    resource: attributesOf(record.origin.resource),
    scope: record.origin.scopeName,
  };
}

/** A span as the API tells it. */
export interface SpanView {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly service: string;
  readonly name: string;
  readonly kind: string;
  readonly status: string;
  readonly statusMessage: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly weight: number;
  readonly attributes: JsonAttributes;
  readonly resource: JsonAttributes;
  readonly scope: string;
  readonly events: readonly {
    readonly atMs: number;
    readonly name: string;
    readonly attributes: JsonAttributes;
  }[];
  readonly links: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes: JsonAttributes;
  }[];
}

/** A span as the API tells it. */
export function spanView(span: SpanRecord): SpanView {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    service: serviceOf(span.origin),
    name: span.name,
    kind: spanKinds[span.kind] ?? "unspecified",
    status: statusCodes[span.status] ?? "unset",
    statusMessage: span.statusMessage,
    startMs: msOf(span.startNs),
    durationMs: Number(span.durationNs) / 1e6,
    weight: span.weight,
    attributes: attributesOf(span.attributes),
    resource: attributesOf(span.origin.resource),
    scope: span.origin.scopeName,
    events: span.events.map(({ timeNs, name, attributes }) => ({
      atMs: msOf(timeNs),
      name,
      attributes: attributesOf(attributes),
    })),
    links: span.links.map(({ traceId, spanId, attributes }) => ({
      traceId,
      spanId,
      attributes: attributesOf(attributes),
    })),
  };
}

/** A trace in one line, as the API tells it. */
export interface TraceSummaryView {
  readonly traceId: string;
  readonly rootService: string;
  readonly rootName: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly spans: number;
  readonly errors: number;
  readonly services: readonly { readonly name: string; readonly spans: number }[];
}

/** A trace in one line, as the API tells it. */
export function summaryView(summary: TraceSummary): TraceSummaryView {
  const { startNs, durationNs, ...rest } = summary;
  return { ...rest, startMs: msOf(startNs), durationMs: Number(durationNs) / 1e6 };
}

/** One error as the API tells it. */
export interface ErrorView {
  readonly id: string;
  readonly atMs: number;
  readonly service: string;
  readonly type: string;
  readonly message: string;
  readonly stack: string;
  readonly group: string;
  readonly source: string;
  readonly handled: boolean;
  readonly release: string;
  readonly user: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: JsonAttributes;
  readonly resource: JsonAttributes;
  /** What happened before, oldest first. */
  readonly breadcrumbs: readonly JsonAttributes[];
}

function breadcrumbsOf(text: string): readonly JsonAttributes[] {
  if (text === "") return [];
  try {
    const found = JSON.parse(text) as unknown;
    const isObject = (one: unknown): one is JsonAttributes =>
      typeof one === "object" && one !== null && !Array.isArray(one);
    return Array.isArray(found) ? found.filter(isObject) : [];
  } catch {
    // Cut at the limit of its length: what is left says nothing.
    return [];
  }
}

/** One error as the API tells it. */
export function errorView({ id, record }: Found<ErrorRecord>): ErrorView {
  return {
    id,
    atMs: msOf(record.timeNs),
    service: serviceOf(record.origin),
    type: record.type,
    message: record.message,
    stack: record.stack,
    group: record.fingerprint,
    source: record.source,
    handled: record.handled,
    release: record.release,
    user: record.user,
    traceId: record.traceId,
    spanId: record.spanId,
    attributes: attributesOf(record.attributes),
    resource: attributesOf(record.origin.resource),
    breadcrumbs: breadcrumbsOf(record.breadcrumbs),
  };
}
