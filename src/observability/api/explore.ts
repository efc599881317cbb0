import { z } from "zod";
import { get, post } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import type { MetricView } from "../metrics/metric.ts";
import { metricKinds } from "../signals/records.ts";
import type { Signal } from "../signals/records.ts";
import type {
  AggregateRow,
  Dropped,
  FieldInfo,
  Measure,
  MetricInfo,
  SqlAnswer,
} from "../signals/store.ts";
import type { ApiParts, QueryLanguage } from "./parts.ts";
import { rangeOf, rangeQuery } from "./range.ts";

const SignalName: z.ZodType<Signal> = z.enum(["logs", "spans", "points", "errors"]);

/** A measure as JSON has it: its filter is text of the query language. */
type AskedMeasure =
  | Exclude<Measure, { readonly fn: "count-if" }>
  | { readonly as: string; readonly fn: "count-if"; readonly q: string };

const as = z.string().min(1).max(64);
const field = z.string().min(1).max(200);

const MeasureBody: z.ZodType<AskedMeasure> = z.discriminatedUnion("fn", [
  z.object({ as, fn: z.literal("count") }),
  z.object({ as, fn: z.literal("sum"), field }),
  z.object({ as, fn: z.literal("avg"), field }),
  z.object({ as, fn: z.literal("min"), field }),
  z.object({ as, fn: z.literal("max"), field }),
  z.object({ as, fn: z.literal("distinct"), field }),
  z.object({ as, fn: z.literal("quantile"), field, q: z.number().min(0).max(1) }),
  z.object({ as, fn: z.literal("count-if"), q: z.string().max(4096) }),
]);

const AggregateBody = z.object({
  signal: SignalName,
  q: z.string().max(4096).default(""),
  fromMs: z.number().nonnegative().optional(),
  toMs: z.number().nonnegative().optional(),
  stepMs: z.number().int().min(1).optional(),
  by: z.array(field).max(8).default([]),
  measures: z.array(MeasureBody).min(1).max(12),
  orderBy: z.string().max(64).optional(),
  limit: z.number().int().min(1).max(10_000).default(100),
});

/** Figures over records. */
export interface AggregateView {
  readonly fromMs: number;
  readonly toMs: number;
  readonly rows: readonly AggregateRow[];
  readonly groupsLeftOut: number;
}

const AggregateAnswer: z.ZodType<AggregateView> = z.object({
  fromMs: z.number(),
  toMs: z.number(),
  rows: z.array(
    z.object({
      timeMs: z.number(),
      by: z.array(z.nullable(z.string())),
      values: z.record(z.string(), z.nullable(z.number())),
    }),
  ),
  groupsLeftOut: z.number(),
});

function measureOf(asked: AskedMeasure, signal: Signal, language: QueryLanguage): Measure {
  if (asked.fn !== "count-if") return asked;
  return { as: asked.as, fn: "count-if", filter: language.parse(asked.q, signal) };
}

const FieldsQuery = z.object({ ...rangeQuery, signal: SignalName });

const FieldsAnswer: z.ZodType<{ readonly fields: readonly FieldInfo[] }> = z.object({
  fields: z.array(
    z.object({
      name: z.string(),
      type: z.enum(["text", "number", "duration", "id", "enum"]),
      records: z.number(),
    }),
  ),
});

const ValuesQuery = FieldsQuery.extend({
  field,
  prefix: z.string().max(200).default(""),
  limit: z.coerce.number().int().min(1).max(200).default(20),
});

const ValuesAnswer: z.ZodType<{
  readonly values: readonly { readonly value: string; readonly count: number }[];
}> = z.object({ values: z.array(z.object({ value: z.string(), count: z.number() })) });

const SqlBody = z.object({
  text: z.string().min(1).max(16_384),
  rowsMax: z.number().int().min(1).max(10_000).default(1000),
  timeoutMs: z.number().int().min(10).max(30_000).default(10_000),
});

const SqlAnswerShape: z.ZodType<SqlAnswer> = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(z.array(z.union([z.null(), z.string(), z.number(), z.boolean()]))),
  cut: z.boolean(),
  elapsedMs: z.number(),
});

/** A metric that points were stored of, or a declared ratio of two such. */
export interface StoredMetricView {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly kind: string;
  /** None of its own for a ratio. */
  readonly series: number;
  /** Whether the app declares it as one that people of the business follow. */
  readonly business: boolean;
  /** Of a ratio: the counters that are divided. */
  readonly ratio?: { readonly of: string; readonly over: string };
}

const MetricsAnswer: z.ZodType<{ readonly metrics: readonly StoredMetricView[] }> = z.object({
  metrics: z.array(
    z.object({
      name: z.string(),
      unit: z.string(),
      description: z.string(),
      kind: z.string(),
      series: z.number(),
      business: z.boolean(),
      ratio: z.exactOptional(z.object({ of: z.string(), over: z.string() })),
    }),
  ),
});

/**
 * Metrics that are stored, told apart by what the app declares. A ratio is never stored: it is
 * there where both of its counters are.
 */
export function metricViews(
  stored: readonly MetricInfo[],
  declared: readonly MetricView[],
): readonly StoredMetricView[] {
  const business = new Set(declared.filter((one) => one.business).map(({ name }) => name));
  const names = new Set(stored.map(({ name }) => name));
  const views = stored.map(({ name, unit, description, kind, series }) => ({
    name,
    unit,
    description,
    kind: metricKinds[kind] ?? "gauge",
    series,
    business: business.has(name),
  }));
  const ratios = declared.flatMap(({ name, unit, description, ratio, business: followed }) =>
    ratio !== undefined && names.has(ratio.of) && names.has(ratio.over)
      ? [{ name, unit, description, kind: "ratio", series: 0, business: followed, ratio }]
      : [],
  );
  return [...views, ...ratios];
}

const DroppedAnswer: z.ZodType<{ readonly dropped: readonly Dropped[] }> = z.object({
  dropped: z.array(
    z.object({
      source: z.string(),
      signal: z.enum(["logs", "spans", "points", "errors", "unknown"]),
      reason: z.string(),
      count: z.number(),
      sample: z.string(),
      lastAtMs: z.number(),
    }),
  ),
});

function fieldRoutes({ reader, clock }: ApiParts): readonly AnyRoute[] {
  return [
    get(
      "/telemetry/fields",
      {
        role: "viewer",
        summary: "Fields that records have",
        query: FieldsQuery,
        answer: FieldsAnswer,
      },
      async ({ query }) => ({ fields: await reader.fields(query.signal, rangeOf(query, clock)) }),
    ),
    get(
      "/telemetry/fields/values",
      {
        role: "viewer",
        summary: "The most frequent values of a field",
        query: ValuesQuery,
        answer: ValuesAnswer,
      },
      async ({ query }) => {
        const range = rangeOf(query, clock);
        const { signal, field: name, prefix, limit } = query;
        return { values: await reader.fieldValues(signal, name, range, prefix, limit) };
      },
    ),
  ];
}

function metricRoutes(
  { reader, clock }: ApiParts,
  declared: readonly MetricView[],
): readonly AnyRoute[] {
  return [
    get(
      "/telemetry/metrics",
      {
        role: "viewer",
        summary: "Metrics that points were stored of, those of the business marked",
        query: z.object(rangeQuery),
        answer: MetricsAnswer,
      },
      async ({ query }) => {
        return { metrics: metricViews(await reader.metrics(rangeOf(query, clock)), declared) };
      },
    ),
  ];
}

/**
 * Aggregates, fields, metrics, SQL and what was dropped, below `/api/v1`.
 * @param declared the metrics of the app
 */
export function exploreRoutes(
  parts: ApiParts,
  declared: readonly MetricView[],
): readonly AnyRoute[] {
  const { reader, clock, language } = parts;
  return [
    ...fieldRoutes(parts),
    ...metricRoutes(parts, declared),
    post(
      "/telemetry/aggregate",
      {
        role: "viewer",
        reads: true,
        summary: "Figures over records, by time and by fields",
        body: AggregateBody,
        answer: AggregateAnswer,
      },
      async ({ body }) => {
        const { signal, q, by, measures, limit, stepMs, orderBy } = body;
        const range = rangeOf(body, clock);
        const found = await reader.aggregate({
          ...range,
          signal,
          by,
          limit,
          filter: language.parse(q, signal),
          measures: measures.map((asked) => measureOf(asked, signal, language)),
          ...(stepMs === undefined ? {} : { stepMs }),
          ...(orderBy === undefined ? {} : { orderBy }),
        });
        return { fromMs: range.fromMs, toMs: range.toMs, ...found };
      },
    ),
    post(
      "/telemetry/sql",
      {
        role: "viewer",
        reads: true,
        summary: "One read-only statement over the tables logs, spans, points and errors",
        body: SqlBody,
        answer: SqlAnswerShape,
      },
      ({ body }) => reader.sql(body.text, { rowsMax: body.rowsMax, timeoutMs: body.timeoutMs }),
    ),
    get(
      "/telemetry/dropped",
      {
        role: "viewer",
        summary: "What was not stored, why, and a sample of each",
        answer: DroppedAnswer,
      },
      async () => ({ dropped: await parts.dropped() }),
    ),
  ];
}
