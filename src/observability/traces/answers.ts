import { z } from "zod";
import { spanKinds, statusCodes } from "../signals/records.ts";
import type { AnalysedSpan, Breakdown, ErrorOrigin, TraceAnalysis } from "./analyse.ts";
import type { Explanation, SetExplanation } from "./explain.ts";
import type { ComparedNode, Flame, FlameNode, TraceComparison } from "./flame.ts";

const Span: z.ZodType<AnalysedSpan> = z.object({
  spanId: z.string(),
  parentSpanId: z.string(),
  name: z.string(),
  service: z.string(),
  kind: z.enum(spanKinds),
  category: z.enum(["own", "db", "cache", "blob", "messaging", "model", "external", "missing"]),
  status: z.enum(statusCodes),
  startMs: z.number(),
  durationMs: z.number(),
  selfMs: z.number(),
  criticalMs: z.number(),
  onCriticalPath: z.boolean(),
  depth: z.number(),
  missing: z.exactOptional(z.literal(true)),
  skewMs: z.exactOptional(z.number()),
  queueWaitMs: z.exactOptional(z.number()),
  error: z.exactOptional(z.enum(["origin", "propagated"])),
  events: z.array(z.object({ atMs: z.number(), name: z.string() })),
});

const Part: z.ZodType<Breakdown> = z.object({
  key: z.string(),
  spans: z.number(),
  errors: z.number(),
  selfMs: z.number(),
  criticalMs: z.number(),
});

const Origin: z.ZodType<ErrorOrigin> = z.object({
  spanId: z.string(),
  service: z.string(),
  name: z.string(),
  type: z.string(),
  message: z.string(),
  path: z.array(z.string()),
  reachedRoot: z.boolean(),
});

/** A trace, analysed. */
export const TraceAnalysisAnswer: z.ZodType<TraceAnalysis> = z.object({
  traceId: z.string(),
  startNs: z.string(),
  durationMs: z.number(),
  rootSpanId: z.string(),
  spans: z.array(Span),
  criticalPath: z.array(z.object({ spanId: z.string(), fromMs: z.number(), toMs: z.number() })),
  byService: z.array(Part),
  byCategory: z.array(Part),
  errors: z.array(Origin),
  counts: z.object({
    spans: z.number(),
    services: z.number(),
    depth: z.number(),
    errors: z.number(),
    missing: z.number(),
    orphans: z.number(),
    skewed: z.number(),
    duplicates: z.number(),
    cycles: z.number(),
  }),
});

const Node: z.ZodType<FlameNode> = z.object({
  id: z.number(),
  parent: z.number(),
  depth: z.number(),
  service: z.string(),
  name: z.string(),
  count: z.number(),
  errors: z.number(),
  totalMs: z.number(),
  selfMs: z.number(),
});

/** A flame graph. */
export const FlameAnswer: z.ZodType<Flame> = z.object({
  traces: z.number(),
  nodes: z.array(Node),
  spansLeftOut: z.number(),
});

const Compared: z.ZodType<ComparedNode> = z.object({
  id: z.number(),
  parent: z.number(),
  depth: z.number(),
  service: z.string(),
  name: z.string(),
  change: z.enum(["added", "missing", "slower", "faster", "same"]),
  countA: z.number(),
  countB: z.number(),
  totalMsA: z.number(),
  totalMsB: z.number(),
  selfMsA: z.number(),
  selfMsB: z.number(),
  errorsA: z.number(),
  errorsB: z.number(),
});

/** Two traces, or two sets of them, beside each other. */
export const TraceComparisonAnswer: z.ZodType<TraceComparison> = z.object({
  tracesA: z.number(),
  tracesB: z.number(),
  nodes: z.array(Compared),
  largest: z.array(z.number()),
});

const Explained: z.ZodType<Explanation> = z.object({
  attribute: z.string(),
  value: z.string(),
  kind: z.enum(["value", "split", "absent"]),
  inCount: z.number(),
  restCount: z.number(),
  inShare: z.number(),
  restShare: z.number(),
  difference: z.number(),
  low: z.number(),
  high: z.number(),
  lift: z.exactOptional(z.number()),
  p: z.number(),
  significant: z.boolean(),
  score: z.number(),
  also: z.array(z.object({ attribute: z.string(), value: z.string() })),
});

/** What sets a set of spans apart. */
export const SetExplanationAnswer: z.ZodType<SetExplanation> = z.object({
  inSize: z.number(),
  restSize: z.number(),
  tested: z.number(),
  enough: z.boolean(),
  explanations: z.array(Explained),
});
