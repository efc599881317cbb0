import { z } from "zod";
import { coreErrors } from "../../core/errors.ts";
import { get } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import { levelOf } from "../signals/filter.ts";
import type { AggregateRow } from "../signals/store.ts";
import { FacetsAnswer, HistogramAnswer, LogPageAnswer, PatternsAnswer } from "./answers.ts";
import type { FacetsView, HistogramView, PatternsView, PatternView } from "./answers.ts";
import type { ApiParts } from "./parts.ts";
import { rangeOf, rangeQuery, stepOf } from "./range.ts";
import type { AskedRange } from "./range.ts";
import { logView } from "./shapes.ts";

const q = z.string().max(4096).default("");

const SearchQuery = z.object({
  ...rangeQuery,
  q,
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  cursor: z.string().max(500).optional(),
  order: z.enum(["newest", "oldest"]).default("newest"),
});

const HistogramQuery = z.object({
  ...rangeQuery,
  q,
  points: z.coerce.number().int().min(1).max(1000).default(120),
});

const FacetsQuery = z.object({
  ...rangeQuery,
  q,
  fields: z.string().max(1000).default("level,service,event"),
  limit: z.coerce.number().int().min(1).max(100).default(10),
});

const PatternsQuery = z.object({
  ...rangeQuery,
  q,
  points: z.coerce.number().int().min(1).max(200).default(40),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

const ContextQuery = z.object({
  before: z.coerce.number().int().min(0).max(500).default(20),
  after: z.coerce.number().int().min(0).max(500).default(20),
});

function levelOfText(severity: string | null | undefined): string {
  return levelOf(Number(severity ?? 0));
}

async function histogram(
  { reader, language }: ApiParts,
  text: string,
  range: AskedRange,
  points: number,
): Promise<HistogramView> {
  const stepMs = stepOf(range, points);
  const { rows } = await reader.aggregate({
    ...range,
    signal: "logs",
    filter: language.parse(text, "logs"),
    stepMs,
    by: ["severity"],
    measures: [{ as: "count", fn: "count" }],
    limit: 30,
  });
  const first = Math.floor(range.fromMs / stepMs);
  const count = Math.ceil(range.toMs / stepMs) - first;
  const buckets = Array.from({ length: count }, (_, at) => ({
    atMs: (first + at) * stepMs,
    counts: {} as Record<string, number>,
  }));
  let total = 0;
  for (const { timeMs, by, values } of rows) {
    const bucket = buckets[Math.floor(timeMs / stepMs) - first];
    const level = levelOfText(by[0]);
    const lines = values["count"] ?? 0;
    total += lines;
    if (bucket !== undefined) bucket.counts[level] = (bucket.counts[level] ?? 0) + lines;
  }
  return { fromMs: range.fromMs, toMs: range.toMs, stepMs, total, buckets };
}

async function facets(
  { reader, language }: ApiParts,
  text: string,
  range: AskedRange,
  fields: readonly string[],
  limit: number,
): Promise<FacetsView> {
  const filter = language.parse(text, "logs");
  const found = await Promise.all(
    fields.map(async (field) => {
      const { rows } = await reader.aggregate({
        ...range,
        signal: "logs",
        filter,
        by: [field],
        measures: [{ as: "count", fn: "count" }],
        orderBy: "count",
        limit: limit + 1,
      });
      const values = rows
        .filter(({ by }) => by[0] !== null && by[0] !== "")
        .map(({ by, values: measured }) => ({
          value: by[0] ?? "",
          count: measured["count"] ?? 0,
        }));
      return { field, values: values.slice(0, limit) };
    }),
  );
  return { facets: found };
}

interface PatternRows {
  readonly trend: number[];
  readonly levels: Record<string, number>;
  count: number;
}

function byPattern(
  rows: readonly AggregateRow[],
  stepMs: number,
  first: number,
  steps: number,
  become: ReadonlyMap<string, string>,
): Map<string, PatternRows> {
  const found = new Map<string, PatternRows>();
  for (const { timeMs, by, values } of rows) {
    const [told, severity] = by;
    if (told === null || told === undefined || told === "") continue;
    const id = become.get(told) ?? told;
    let pattern = found.get(id);
    if (pattern === undefined) {
      found.set(id, (pattern = { trend: Array<number>(steps).fill(0), levels: {}, count: 0 }));
    }
    const lines = values["count"] ?? 0;
    const at = Math.floor(timeMs / stepMs) - first;
    if (at >= 0 && at < steps) pattern.trend[at] = (pattern.trend[at] ?? 0) + lines;
    const level = levelOfText(severity);
    pattern.levels[level] = (pattern.levels[level] ?? 0) + lines;
    pattern.count += lines;
  }
  return found;
}

/** What patterns turned out to be, some steps on: lines were stored under the first. */
async function becoming(
  book: ApiParts["patterns"],
  ids: readonly string[],
): Promise<Map<string, string>> {
  const become = new Map<string, string>();
  let asked = ids;
  for (let step = 0; step < 4 && asked.length > 0; step++) {
    const known = await book.get(asked);
    const next = new Set<string>();
    for (const [id, { into }] of known) {
      if (into === id) continue;
      for (const [from, to] of become) if (to === id) become.set(from, into);
      become.set(id, into);
      next.add(into);
    }
    asked = [...next];
  }
  return become;
}

async function patterns(
  parts: ApiParts,
  text: string,
  range: AskedRange,
  points: number,
  limit: number,
): Promise<PatternsView> {
  const stepMs = stepOf(range, points);
  const { rows } = await parts.reader.aggregate({
    ...range,
    signal: "logs",
    filter: parts.language.parse(text, "logs"),
    stepMs,
    by: ["pattern", "severity"],
    measures: [{ as: "count", fn: "count" }],
    orderBy: "count",
    limit: limit * 2,
  });
  const first = Math.floor(range.fromMs / stepMs);
  const steps = Math.ceil(range.toMs / stepMs) - first;
  const ids = rows.flatMap(({ by }) => (by[0] === null || by[0] === undefined ? [] : [by[0]]));
  const become = await becoming(parts.patterns, [...new Set(ids)]);
  const found = byPattern(rows, stepMs, first, steps, become);
  const total = rows.reduce((sum, { values }) => sum + (values["count"] ?? 0), 0);
  const known = await parts.patterns.get([...found.keys()]);
  const views = [...found].map(([id, { trend, levels, count }]): PatternView => {
    const pattern = known.get(id);
    const firstSeenMs = pattern?.firstSeenMs ?? null;
    return {
      id,
      template: pattern?.template ?? "",
      count,
      share: total === 0 ? 0 : count / total,
      trend,
      levels,
      firstSeenMs,
      isNew: pattern?.isNew === true && firstSeenMs !== null && firstSeenMs >= range.fromMs,
    };
  });
  return {
    stepMs,
    atMs: Array.from({ length: steps }, (_, at) => (first + at) * stepMs),
    total,
    patterns: views.sort((a, b) => b.count - a.count).slice(0, limit),
  };
}

function searchRoutes(parts: ApiParts): readonly AnyRoute[] {
  const { reader, language, clock } = parts;
  return [
    get(
      "/telemetry/logs",
      {
        role: "viewer",
        summary: "Log lines that a query finds, newest first",
        query: SearchQuery,
        answer: LogPageAnswer,
      },
      async ({ query }) => {
        const page = await reader.searchLogs({
          ...rangeOf(query, clock),
          filter: language.parse(query.q, "logs"),
          limit: query.limit,
          ascending: query.order === "oldest",
          ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
        });
        return { records: page.records.map(logView), cursor: page.cursor ?? null };
      },
    ),
    get(
      "/telemetry/logs/context/:id",
      {
        role: "viewer",
        summary: "A log line and what its instance logged around it, oldest first",
        query: ContextQuery,
        answer: LogPageAnswer,
      },
      async ({ params, query }) => {
        const { records } = await reader.logContext(params.id, query.before, query.after);
        if (records.length === 0) {
          throw coreErrors.MOR_NOT_FOUND(`there is no log line ${params.id} (any more)`);
        }
        return { records: records.map(logView), cursor: null };
      },
    ),
  ];
}

/** The API of logs, below `/api/v1`. */
export function logRoutes(parts: ApiParts): readonly AnyRoute[] {
  const { clock } = parts;
  return [
    ...searchRoutes(parts),
    get(
      "/telemetry/logs/histogram",
      {
        role: "viewer",
        summary: "Log lines by time and level",
        query: HistogramQuery,
        answer: HistogramAnswer,
      },
      ({ query }) => histogram(parts, query.q, rangeOf(query, clock), query.points),
    ),
    get(
      "/telemetry/logs/facets",
      {
        role: "viewer",
        summary: "The most frequent values of some fields",
        query: FacetsQuery,
        answer: FacetsAnswer,
      },
      ({ query }) => {
        const fields = query.fields.split(",").map((field) => field.trim());
        const asked = fields.filter((field) => field !== "").slice(0, 12);
        return facets(parts, query.q, rangeOf(query, clock), asked, query.limit);
      },
    ),
    get(
      "/telemetry/logs/patterns",
      {
        role: "viewer",
        summary: "What kinds of lines there are, and their trend",
        query: PatternsQuery,
        answer: PatternsAnswer,
      },
      ({ query }) => patterns(parts, query.q, rangeOf(query, clock), query.points, query.limit),
    ),
  ];
}
