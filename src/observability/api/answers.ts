import { z } from "zod";
import type { ErrorView, JsonAttributes, LogView, SpanView, TraceSummaryView } from "./shapes.ts";

/** Attributes by key, values of any JSON. */
export const AttributesAnswer: z.ZodType<JsonAttributes> = z.record(
  z.string(),
  z.unknown(),
) as unknown as z.ZodType<JsonAttributes>;

/** One log record. */
export const LogAnswer: z.ZodType<LogView> = z.object({
  id: z.string(),
  atMs: z.number(),
  timeNs: z.string(),
  level: z.string(),
  severity: z.number(),
  service: z.string(),
  body: z.string(),
  event: z.string(),
  traceId: z.string(),
  spanId: z.string(),
  attributes: AttributesAnswer,
  resource: AttributesAnswer,
  scope: z.string(),
});

/** A page of log records, newest first. */
export interface LogPageView {
  readonly records: readonly LogView[];
  /** Where the next page begins; null when this is the last. */
  readonly cursor: string | null;
}

/** A page of log records. */
export const LogPageAnswer: z.ZodType<LogPageView> = z.object({
  records: z.array(LogAnswer),
  cursor: z.nullable(z.string()),
});

/** Log records by time and level. */
export interface HistogramView {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  readonly total: number;
  readonly buckets: readonly {
    readonly atMs: number;
    /** Records by level; levels without any are absent. */
    readonly counts: Readonly<Record<string, number>>;
  }[];
}

/** Log records by time and level. */
export const HistogramAnswer: z.ZodType<HistogramView> = z.object({
  fromMs: z.number(),
  toMs: z.number(),
  stepMs: z.number(),
  total: z.number(),
  buckets: z.array(z.object({ atMs: z.number(), counts: z.record(z.string(), z.number()) })),
});

/** The most frequent values of some fields. */
export interface FacetsView {
  readonly facets: readonly {
    readonly field: string;
    readonly values: readonly { readonly value: string; readonly count: number }[];
  }[];
}

/** The most frequent values of some fields. */
export const FacetsAnswer: z.ZodType<FacetsView> = z.object({
  facets: z.array(
    z.object({
      field: z.string(),
      values: z.array(z.object({ value: z.string(), count: z.number() })),
    }),
  ),
});

/** A log pattern with its trend over a range. */
export interface PatternView {
  readonly id: string;
  readonly template: string;
  readonly count: number;
  /** Of all lines of the range, 0 to 1. */
  readonly share: number;
  /** Counts by time, as many as `atMs` of the answer. */
  readonly trend: readonly number[];
  /** First seen within what is stored. */
  readonly firstSeenMs: number | null;
  readonly isNew: boolean;
  readonly levels: Readonly<Record<string, number>>;
}

/** Patterns of a range, the most frequent first. */
export interface PatternsView {
  readonly stepMs: number;
  readonly atMs: readonly number[];
  readonly total: number;
  readonly patterns: readonly PatternView[];
}

/** Patterns of a range. */
export const PatternsAnswer: z.ZodType<PatternsView> = z.object({
  stepMs: z.number(),
  atMs: z.array(z.number()),
  total: z.number(),
  patterns: z.array(
    z.object({
      id: z.string(),
      template: z.string(),
      count: z.number(),
      share: z.number(),
      trend: z.array(z.number()),
      firstSeenMs: z.nullable(z.number()),
      isNew: z.boolean(),
      levels: z.record(z.string(), z.number()),
    }),
  ),
});

/** One span. */
export const SpanAnswer: z.ZodType<SpanView> = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string(),
  service: z.string(),
  name: z.string(),
  kind: z.string(),
  status: z.string(),
  statusMessage: z.string(),
  startMs: z.number(),
  durationMs: z.number(),
  weight: z.number(),
  attributes: AttributesAnswer,
  resource: AttributesAnswer,
  scope: z.string(),
  events: z.array(z.object({ atMs: z.number(), name: z.string(), attributes: AttributesAnswer })),
  links: z.array(
    z.object({ traceId: z.string(), spanId: z.string(), attributes: AttributesAnswer }),
  ),
});

/** One trace in a line. */
export const TraceSummaryAnswer: z.ZodType<TraceSummaryView> = z.object({
  traceId: z.string(),
  rootService: z.string(),
  rootName: z.string(),
  startMs: z.number(),
  durationMs: z.number(),
  spans: z.number(),
  errors: z.number(),
  services: z.array(z.object({ name: z.string(), spans: z.number() })),
});

/** One error. */
export const ErrorAnswer: z.ZodType<ErrorView> = z.object({
  id: z.string(),
  atMs: z.number(),
  service: z.string(),
  type: z.string(),
  message: z.string(),
  stack: z.string(),
  group: z.string(),
  source: z.string(),
  handled: z.boolean(),
  release: z.string(),
  user: z.string(),
  traceId: z.string(),
  spanId: z.string(),
  attributes: AttributesAnswer,
  resource: AttributesAnswer,
  breadcrumbs: z.array(AttributesAnswer),
});
