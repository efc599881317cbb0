import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import { get, post } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import { metricKinds } from "../signals/records.ts";
import type { Signal } from "../signals/records.ts";
import type { AggregateRow, Dropped, FieldInfo, Measure, SqlAnswer } from "../signals/store.ts";
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

/** A metric that points were stored of. */
export interface MetricView {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly kind: string;
  readonly series: number;
}

const MetricsAnswer: z.ZodType<{ readonly metrics: readonly MetricView[] }> = z.object({
  metrics: z.array(
    z.object({
      name: z.string(),
      unit: z.string(),
      description: z.string(),
      kind: z.string(),
      series: z.number(),
    }),
  ),
});

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

function metricRoutes({ reader }: ApiParts, clock: Clock): readonly AnyRoute[] {
  return [
    get(
      "/telemetry/metrics",
      {
        role: "viewer",
        summary: "Metrics that points were stored of",
        query: z.object(rangeQuery),
        answer: MetricsAnswer,
      },
      async ({ query }) => {
        const found = await reader.metrics(rangeOf(query, clock));
        return {
          metrics: found.map(({ name, unit, description, kind, series }) => ({
            name,
            unit,
            description,
            kind: metricKinds[kind] ?? "gauge",
            series,
          })),
        };
      },
    ),
  ];
}

/** Aggregates, fields, metrics, SQL and what was dropped, below `/api/v1`. */
export function exploreRoutes(parts: ApiParts): readonly AnyRoute[] {
  const { reader, clock, language } = parts;
  return [
    ...fieldRoutes(parts),
    ...metricRoutes(parts, clock),
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
