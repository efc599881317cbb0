import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { call } from "../../../api/client.ts";
import { Problem } from "../../../api/problem.ts";
import type { PanelSource, PanelSpec, RecordsSource } from "./dashboard-spec.ts";
import {
  frameOfGrid,
  framed,
  momentsOf,
  numberOfGrid,
  seriesLabel,
  stepOf,
  telling,
  withSpan,
  type Frame,
  type Grid,
  type Span,
} from "./frame.ts";

/** What a source gave over a span. */
export interface Asked {
  /** Undefined where it cannot be drawn over time. */
  readonly frame: Frame | undefined;
  readonly grid: Grid | undefined;
  /** Over the whole span, or the last of it. */
  readonly number: number | null;
}

type Measure =
  | { readonly as: string; readonly fn: "count" }
  | { readonly as: string; readonly fn: "count-if"; readonly q: string }
  | { readonly as: string; readonly fn: "avg"; readonly field: string }
  | { readonly as: string; readonly fn: "quantile"; readonly field: string; readonly q: number };

function measuresOf({ measure, field, signal }: RecordsSource): readonly Measure[] {
  switch (measure) {
    case "count":
    case "rate":
      return [{ as: "n", fn: "count" }];
    case "error-share": {
      const q = signal === "spans" ? "status:error" : signal === "logs" ? "level>=error" : "";
      return [
        { as: "n", fn: "count" },
        { as: "bad", fn: "count-if", q },
      ];
    }
    case "avg":
      return [{ as: "value", fn: "avg", field }];
    default:
      return [{ as: "value", fn: "quantile", field, q: Number(measure.slice(1)) / 100 }];
  }
}

type Values = Readonly<Record<string, number | null>>;

/** What a source measures, out of what was computed over so many milliseconds. */
function valueOf({ measure }: RecordsSource, values: Values, lengthMs: number): number | null {
  const n = values["n"] ?? 0;
  switch (measure) {
    case "count":
      return n;
    case "rate":
      return n / (lengthMs / 1000);
    case "error-share":
      return n === 0 ? null : (values["bad"] ?? 0) / n;
    default:
      return values["value"] ?? null;
  }
}

const isCounted = ({ measure }: RecordsSource): boolean =>
  measure === "count" || measure === "rate";

async function askRecords(
  source: RecordsSource,
  span: Span,
  whole: boolean,
  abort: AbortSignal,
): Promise<Asked> {
  const stepMs = stepOf(span);
  const { signal, q, by } = source;
  const ask = (stepped: boolean) =>
    call(
      "post",
      "/telemetry/aggregate",
      {
        body: {
          signal,
          q,
          ...span,
          by: [...by],
          measures: [...measuresOf(source)],
          limit: stepped ? 50 : 1000,
          ...(stepped ? { stepMs } : {}),
        },
      },
      abort,
    );
  const [stepped, all] = await Promise.all([ask(true), whole ? ask(false) : undefined]);
  const label = (group: readonly (string | null)[]): string =>
    by.length === 0 ? "" : group.map((one) => one ?? "–").join(" · ");
  const samples = stepped.rows.map(({ timeMs, by: group, values }) => ({
    label: label(group),
    atMs: timeMs,
    value: valueOf(source, values, stepMs),
  }));
  const lengthMs = span.toMs - span.fromMs;
  const rows = all?.rows.map(({ by: group, values }) => [
    ...group,
    valueOf(source, values, lengthMs),
  ]);
  const grid = rows && {
    columns: [
      ...by.map((name) => ({ name, type: "VARCHAR" })),
      { name: source.measure, type: "DOUBLE" },
    ],
    rows: rows.toSorted((a, b) => Number(b.at(-1) ?? 0) - Number(a.at(-1) ?? 0)),
  };
  const frame = framed(samples, momentsOf(span, stepMs), isCounted(source) ? 0 : null);
  return {
    frame: { ...frame, leftOut: frame.leftOut + stepped.groupsLeftOut },
    grid,
    number: grid === undefined ? null : (numberOfGrid(grid) ?? (isCounted(source) ? 0 : null)),
  };
}

interface PromSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

interface PromAnswer {
  readonly status: string;
  readonly error?: string;
  readonly errorType?: string;
  readonly data?: { readonly result: readonly PromSeries[] };
}

/**
 * Asks the Prometheus API, which says what is wrong in its own form.
 * @throws Problem with the code `PROMQL` where the expression is wrong
 */
async function prometheus(path: string, asked: URLSearchParams, abort: AbortSignal) {
  const response = await fetch(`/compat/prometheus/api/v1/${path}?${asked}`, {
    signal: abort,
  }).catch((cause: unknown) => {
    if (abort.aborted) throw cause;
    throw Problem.unreachable(cause);
  });
  const answer = (await response.json().catch(() => undefined)) as PromAnswer | undefined;
  if (answer?.status === "success") return answer;
  const detail = answer?.error ?? `HTTP ${response.status}`;
  const code = answer?.errorType === "bad_data" ? "PROMQL" : `HTTP ${response.status}`;
  throw new Problem({ status: response.status, code, detail, fix: "" });
}

/** Names that the store has points of, as PromQL writes them. */
export async function metricNames(span: Span, abort: AbortSignal): Promise<readonly string[]> {
  const asked = new URLSearchParams({
    start: String(span.fromMs / 1000),
    end: String(span.toMs / 1000),
  });
  const answer = await prometheus("label/__name__/values", asked, abort);
  return answer.data as unknown as readonly string[];
}

/** Labels of one metric. */
export async function labelNames(
  metric: string,
  span: Span,
  abort: AbortSignal,
): Promise<readonly string[]> {
  const asked = new URLSearchParams({
    start: String(span.fromMs / 1000),
    end: String(span.toMs / 1000),
  });
  if (metric !== "") asked.set("match[]", metric);
  const answer = await prometheus("labels", asked, abort);
  return answer.data as unknown as readonly string[];
}

async function askPromql(expr: string, span: Span, abort: AbortSignal): Promise<Asked> {
  const stepMs = stepOf(span);
  const moments = momentsOf({ fromMs: span.fromMs + stepMs, toMs: span.toMs + stepMs }, stepMs);
  const asked = new URLSearchParams({
    query: expr,
    start: String((moments[0] ?? 0) / 1000),
    end: String((moments.at(-1) ?? 0) / 1000),
    step: String(stepMs / 1000),
  });
  const { data } = await prometheus("query_range", asked, abort);
  const series = data?.result ?? [];
  const labels = telling(series.map(({ metric }) => metric));
  const samples = series.flatMap(({ values }, at) =>
    values.map(([seconds, text]) => ({
      label: seriesLabel(labels[at] ?? {}),
      atMs: Math.round(seconds * 1000),
      value: Number.isFinite(Number(text)) ? Number(text) : null,
    })),
  );
  const grid = {
    columns: [
      { name: "series", type: "VARCHAR" },
      { name: "value", type: "DOUBLE" },
    ],
    rows: series
      .map(({ metric, values }) => [seriesLabel(metric), Number(values.at(-1)?.[1])] as const)
      .toSorted((a, b) => b[1] - a[1]),
  };
  return { frame: framed(samples, moments, null), grid, number: numberOfGrid(grid) };
}

/** Rows and time of a statement that is asked for beside others. */
const sqlLimits = { rowsMax: 2000, timeoutMs: 10_000 };

async function askSql(text: string, span: Span, abort: AbortSignal): Promise<Asked> {
  const body = { text: withSpan(text, span), ...sqlLimits };
  const answer = await call("post", "/telemetry/sql", { body }, abort);
  return { frame: frameOfGrid(answer), grid: answer, number: numberOfGrid(answer) };
}

/** Asks a source for a span; `draw` says what is needed of it. */
export function askSource(
  source: PanelSource,
  draw: PanelSpec["draw"],
  span: Span,
  abort: AbortSignal,
): Promise<Asked> {
  switch (source.type) {
    case "records":
      return askRecords(source, span, draw === "number" || draw === "table", abort);
    case "promql":
      return askPromql(source.expr, span, abort);
    case "sql":
      return askSql(source.text, span, abort);
  }
}

/**
 * The span that is asked for: one that only moves on waits until the answer before it is there, so
 * that a store slower than the clock still gives answers.
 */
export function useHeldSpan(span: Span): readonly [Span, (isBusy: boolean) => void] {
  const [held, setHeld] = useState(span);
  const isOther = held.toMs - held.fromMs !== span.toMs - span.fromMs || span.toMs < held.toMs;
  if (isOther) setHeld(span);
  const settle = (isBusy: boolean): void => {
    if (!isBusy && (held.fromMs !== span.fromMs || held.toMs !== span.toMs)) setHeld(span);
  };
  return [isOther ? span : held, settle];
}

/** What a source gives over a span; the last answer stays until the next is there. */
export function useSource(
  source: PanelSource,
  draw: PanelSpec["draw"],
  span: Span,
  enabled = true,
): UseQueryResult<Asked, Problem> {
  const [held, settle] = useHeldSpan(span);
  const result = useQuery<Asked, Problem>({
    queryKey: ["panel", source, draw, held],
    queryFn: ({ signal }) => askSource(source, draw, held, signal),
    placeholderData: keepPreviousData,
    // A span that has moved on is not asked for again.
    gcTime: 30_000,
    retry: false,
    enabled,
  });
  useEffect(() => settle(result.isFetching));
  return result;
}
