import { z } from "zod";
import type { BusinessView } from "./apm-business.ts";
import type { RedChange } from "./apm-compare.ts";
import type { Correlation } from "./apm-correlate.ts";
import type { DeployMarker } from "./apm-deploys.ts";
import type { SpanExemplar } from "./apm-exemplars.ts";
import type { LoggedPlan } from "./apm-plans.ts";
import type { RedFigures, RedPoint, RedRow } from "./apm-red.ts";
import type { SlowQuery } from "./apm-slow-queries.ts";

const figures = {
  calls: z.number(),
  callsPerSecond: z.number(),
  errors: z.number(),
  errorShare: z.number(),
  p50Ms: z.number(),
  p95Ms: z.number(),
  p99Ms: z.number(),
  totalMs: z.number(),
  apdex: z.number(),
};

const row = {
  service: z.string(),
  name: z.string(),
  system: z.string(),
  apdexMs: z.number(),
  ...figures,
};

const Figures: z.ZodType<RedFigures> = z.object(figures);
const Row: z.ZodType<RedRow> = z.object(row);

const Change: z.ZodType<RedChange> = z.object({
  ...row,
  before: z.exactOptional(Figures),
  rateRatio: z.exactOptional(z.number()),
  p95Ratio: z.exactOptional(z.number()),
  errorsDiffer: z.boolean(),
});

/** Subjects beside the period before. */
export const RedAnswer: z.ZodType<{
  readonly fromMs: number;
  readonly toMs: number;
  readonly rows: readonly RedChange[];
  readonly gone: readonly RedRow[];
  readonly leftOut: number;
}> = z.object({
  fromMs: z.number(),
  toMs: z.number(),
  rows: z.array(Change),
  gone: z.array(Row),
  leftOut: z.number(),
});

const Point: z.ZodType<RedPoint> = z.object({ timeMs: z.number(), ...figures });

/** Figures over time; buckets without a call are absent. */
export const RedSeriesAnswer: z.ZodType<{
  readonly stepMs: number;
  readonly points: readonly RedPoint[];
}> = z.object({ stepMs: z.number(), points: z.array(Point) });

const Deploy: z.ZodType<DeployMarker> = z.object({
  service: z.string(),
  version: z.string(),
  atMs: z.number(),
  previous: z.exactOptional(z.string()),
});

/** Deploys of a range. */
export const DeploysAnswer: z.ZodType<{ readonly deploys: readonly DeployMarker[] }> = z.object({
  deploys: z.array(Deploy),
});

const Exemplar: z.ZodType<SpanExemplar> = z.object({
  bucketMs: z.number(),
  atMs: z.number(),
  traceId: z.string(),
  spanId: z.string(),
  service: z.string(),
  name: z.string(),
  durationMs: z.number(),
  failed: z.boolean(),
});

/** Slowest spans by bucket. */
export const ExemplarsAnswer: z.ZodType<{ readonly exemplars: readonly SpanExemplar[] }> = z.object(
  {
    exemplars: z.array(Exemplar),
  },
);

const Query: z.ZodType<SlowQuery> = z.object({
  service: z.string(),
  system: z.string(),
  namespace: z.string(),
  statement: z.string(),
  calls: z.number(),
  errors: z.number(),
  totalMs: z.number(),
  averageMs: z.number(),
  maxMs: z.number(),
  p95Ms: z.number(),
});

/** Statements by the time that they took. */
export const QueriesAnswer: z.ZodType<{ readonly queries: readonly SlowQuery[] }> = z.object({
  queries: z.array(Query),
});

/** A plan, and when it was logged. */
export interface PlanView extends LoggedPlan {
  readonly atMs: number;
  readonly service: string;
}

const Plan: z.ZodType<PlanView> = z.object({
  atMs: z.number(),
  service: z.string(),
  durationMs: z.number(),
  statement: z.string(),
  traceId: z.exactOptional(z.string()),
  spanId: z.exactOptional(z.string()),
  totalCost: z.number(),
  nodes: z.array(
    z.object({
      type: z.string(),
      on: z.string(),
      depth: z.number(),
      rowsPlanned: z.number(),
      rowsActual: z.exactOptional(z.number()),
      loops: z.exactOptional(z.number()),
      selfMs: z.exactOptional(z.number()),
    }),
  ),
  remarks: z.array(
    z.object({
      kind: z.enum(["sequential-scan", "misestimate", "disk", "loops", "filter"]),
      node: z.number(),
      text: z.string(),
      figures: z.record(z.string(), z.number()),
    }),
  ),
});

/** Plans that Postgres logged. */
export const PlansAnswer: z.ZodType<{ readonly plans: readonly PlanView[] }> = z.object({
  plans: z.array(Plan),
});

const Correlated: z.ZodType<Correlation> = z.object({
  name: z.string(),
  lagSteps: z.number(),
  lagMs: z.number(),
  pearson: z.number(),
  spearman: z.number(),
  points: z.number(),
  effective: z.number(),
  p: z.number(),
  significant: z.boolean(),
});

/** Numbers as JSON has them: what is no number is null. */
type Gaps = readonly (number | null)[];

/** Business metrics beside latency and errors; steps without a value are null. */
export interface BusinessAnswerView extends Pick<
  BusinessView,
  "startMs" | "stepMs" | "correlations"
> {
  readonly metrics: readonly {
    readonly name: string;
    readonly unit: string;
    readonly values: Gaps;
  }[];
  readonly latencyP95Ms: Gaps;
  readonly errorShare: Gaps;
  readonly callsPerSecond: Gaps;
}

const gaps = z.array(z.nullable(z.number()));

/** Business metrics beside latency and errors. */
export const BusinessAnswer: z.ZodType<BusinessAnswerView> = z.object({
  startMs: z.number(),
  stepMs: z.number(),
  metrics: z.array(z.object({ name: z.string(), unit: z.string(), values: gaps })),
  latencyP95Ms: gaps,
  errorShare: gaps,
  callsPerSecond: gaps,
  correlations: z.array(z.object({ metric: z.string(), with: z.array(Correlated) })),
});

const withGaps = (values: readonly number[]): Gaps =>
  values.map((value) => (Number.isFinite(value) ? value : null));

/** A view of business metrics as JSON has it. */
export function businessAnswer(view: BusinessView): BusinessAnswerView {
  return {
    startMs: view.startMs,
    stepMs: view.stepMs,
    correlations: view.correlations,
    metrics: view.metrics.map(({ name, unit, values }) => ({
      name,
      unit,
      values: withGaps(values),
    })),
    latencyP95Ms: withGaps(view.latencyP95Ms),
    errorShare: withGaps(view.errorShare),
    callsPerSecond: withGaps(view.callsPerSecond),
  };
}
