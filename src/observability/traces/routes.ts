import { z } from "zod";
import { coreErrors } from "../../core/errors.ts";
import { get, post } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import { ErrorAnswer, LogAnswer, SpanAnswer, TraceSummaryAnswer } from "../api/answers.ts";
import type { ApiParts } from "../api/parts.ts";
import { rangeOf, rangeQuery } from "../api/range.ts";
import { errorView, logView, spanView, summaryView } from "../api/shapes.ts";
import type { ErrorView, LogView, TraceSummaryView } from "../api/shapes.ts";
import type { Trace } from "../signals/store.ts";
import { analyseTrace } from "./analyse.ts";
import type { TraceAnalysis } from "./analyse.ts";
import {
  FlameAnswer,
  SetExplanationAnswer,
  TraceAnalysisAnswer,
  TraceComparisonAnswer,
} from "./answers.ts";
import { explainSpans } from "./explain.ts";
import type { SetExplanation } from "./explain.ts";
import { compareTraces, flameOf } from "./flame.ts";
import { explainSides, sideTracesMax } from "./sides.ts";

/** What the routes of traces stand on. */
export type TraceParts = Pick<ApiParts, "reader" | "language" | "clock">;

const q = z.string().max(4096).default("");
const TraceId = z.string().regex(/^[0-9a-f]{32}$/, "32 lower-case hex digits");
/** Traces of one side of a comparison, or of a flame graph: each is read whole. */
const TraceIds = z.array(TraceId).min(1).max(50);

const SearchQuery = z.object({
  ...rangeQuery,
  q,
  limit: z.coerce.number().int().min(1).max(1500).default(50),
  orderBy: z.enum(["start", "duration"]).default("start"),
  durationMinMs: z.coerce.number().nonnegative().optional(),
  durationMaxMs: z.coerce.number().nonnegative().optional(),
});

const SearchAnswer: z.ZodType<{ readonly traces: readonly TraceSummaryView[] }> = z.object({
  traces: z.array(TraceSummaryAnswer),
});

/** A trace with everything that bears its id. */
export interface TraceView {
  readonly analysis: TraceAnalysis;
  /** By time. */
  readonly logs: readonly LogView[];
  readonly errors: readonly ErrorView[];
  /** Spans that the limit left out. */
  readonly spansLeftOut: number;
}

const TraceAnswer: z.ZodType<TraceView> = z.object({
  analysis: TraceAnalysisAnswer,
  logs: z.array(LogAnswer),
  errors: z.array(ErrorAnswer),
  spansLeftOut: z.number(),
});

const when = {
  fromMs: z.number().nonnegative().optional(),
  toMs: z.number().nonnegative().optional(),
};

/** One side of what is explained: traces by their ids, or a search within a time of its own. */
const Side = z.union([
  z.strictObject({ traces: z.array(TraceId).min(1).max(sideTracesMax) }),
  z.strictObject({ q: z.string().max(4096), ...when }),
]);

const ExplainBody = z.object({
  ...when,
  q,
  slowerThanMs: z.number().positive().optional(),
  failed: z.boolean().optional(),
  set: Side.optional().describe("The spans to explain, instead of the slow or failed ones."),
  rest: Side.optional().describe("What the set is beside; what else q finds if left out."),
  sample: z.number().int().min(20).max(10_000).default(2000),
});

type Explained = z.output<typeof ExplainBody>;

function sideOf({ language, clock }: TraceParts, side: z.output<typeof Side>, body: Explained) {
  if ("traces" in side) return side;
  const { fromMs = body.fromMs, toMs = body.toMs } = side;
  const { fromNs, toNs } = rangeOf({ fromMs, toMs }, clock);
  return { filter: language.parse(side.q, "spans"), range: { fromNs, toNs } };
}

function explained(parts: TraceParts, body: Explained): Promise<SetExplanation> {
  const { slowerThanMs, failed, set, rest, sample } = body;
  const isMarked = slowerThanMs !== undefined || failed === true;
  if (isMarked === (set !== undefined)) {
    throw coreErrors.MOR_INVALID(
      "say which spans to explain: slowerThanMs, failed or both; or set",
    );
  }
  if (rest !== undefined && set === undefined) {
    throw coreErrors.MOR_INVALID("rest is what a set is beside: give set too");
  }
  const { fromNs, toNs } = rangeOf(body, parts.clock);
  const common = { fromNs, toNs, filter: parts.language.parse(body.q, "spans"), sample };
  if (set !== undefined) {
    return explainSides(parts.reader, {
      ...common,
      set: sideOf(parts, set, body),
      ...(rest !== undefined && { rest: sideOf(parts, rest, body) }),
    });
  }
  return explainSpans(parts.reader, {
    ...common,
    ...(slowerThanMs !== undefined && { slowerThanMs }),
    ...(failed !== undefined && { failed }),
  });
}

async function readTrace({ reader }: TraceParts, id: string): Promise<Trace> {
  const trace = await reader.trace(id);
  if (trace === undefined) {
    throw coreErrors.MOR_NOT_FOUND(`there is no trace ${id}`, {
      fix: "It may be past its retention, or left out by sampling: search by time and service.",
    });
  }
  return trace;
}

async function analysesOf(
  parts: TraceParts,
  ids: readonly string[],
): Promise<readonly TraceAnalysis[]> {
  const analyses: TraceAnalysis[] = [];
  for (const id of new Set(ids)) analyses.push(analyseTrace((await readTrace(parts, id)).spans));
  return analyses;
}

function traceView({ traceId, spans, logs, errors, spansLeftOut }: Trace): TraceView {
  // Within a trace nothing else names its lines: their place does.
  const named = <T>(record: T, at: number): { id: string; record: T } => ({
    id: `${traceId}-${at}`,
    record,
  });
  return {
    analysis: { ...analyseTrace(spans), traceId },
    logs: logs.map((record, at) => logView(named(record, at))),
    errors: errors.map((record, at) => errorView(named(record, at))),
    spansLeftOut,
  };
}

function searchRoutes(parts: TraceParts): readonly AnyRoute[] {
  const { reader, language, clock } = parts;
  return [
    get(
      "/telemetry/traces",
      {
        role: "viewer",
        summary: "Search traces by any of their spans",
        query: SearchQuery,
        answer: SearchAnswer,
      },
      async ({ query }) => {
        const { limit, orderBy, durationMinMs, durationMaxMs } = query;
        const { fromNs, toNs } = rangeOf(query, clock);
        const traces = await reader.traces({
          fromNs,
          toNs,
          filter: language.parse(query.q, "spans"),
          limit,
          orderBy,
          ...(durationMinMs !== undefined && { durationMinMs }),
          ...(durationMaxMs !== undefined && { durationMaxMs }),
        });
        return { traces: traces.map((one) => summaryView(one)) };
      },
    ),
    post(
      "/telemetry/traces/explain",
      {
        role: "viewer",
        reads: true,
        summary:
          "Which attributes set slow or failed spans, or any set of them, apart from the rest",
        body: ExplainBody,
        answer: SetExplanationAnswer,
      },
      ({ body }) => explained(parts, body),
    ),
  ];
}

function traceRoute(parts: TraceParts): readonly AnyRoute[] {
  return [
    get(
      "/telemetry/traces/:id",
      {
        role: "viewer",
        summary: "A trace, analysed, with its logs and errors",
        params: z.object({ id: TraceId }),
        answer: TraceAnswer,
      },
      async ({ params }) => traceView(await readTrace(parts, params.id)),
    ),
    get(
      "/telemetry/traces/:id/spans/:span",
      {
        role: "viewer",
        summary: "One span with all its attributes, events and links",
        params: z.object({ id: TraceId, span: z.string().regex(/^[0-9a-f]{16}$/) }),
        answer: SpanAnswer,
      },
      async ({ params }) => {
        const { spans } = await readTrace(parts, params.id);
        const span = spans.find(({ spanId }) => spanId === params.span);
        if (span === undefined) {
          throw coreErrors.MOR_NOT_FOUND(`trace ${params.id} has no span ${params.span}`);
        }
        return spanView(span);
      },
    ),
  ];
}

/** The routes of traces, below `/telemetry/traces`. */
export function traceRoutes(parts: TraceParts): readonly AnyRoute[] {
  return [
    ...searchRoutes(parts),
    post(
      "/telemetry/traces/compare",
      {
        role: "viewer",
        reads: true,
        summary: "Compare two traces, or two sets of them, by their paths",
        body: z.object({ a: TraceIds, b: TraceIds }),
        answer: TraceComparisonAnswer,
      },
      async ({ body }) =>
        compareTraces(await analysesOf(parts, body.a), await analysesOf(parts, body.b)),
    ),
    post(
      "/telemetry/traces/flame",
      {
        role: "viewer",
        reads: true,
        summary: "Traces folded into one flame graph",
        body: z.object({ traces: TraceIds }),
        answer: FlameAnswer,
      },
      async ({ body }) => flameOf(await analysesOf(parts, body.traces)),
    ),
    ...traceRoute(parts),
  ];
}
