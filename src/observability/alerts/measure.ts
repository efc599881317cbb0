import type { Clock } from "../../core/clock.ts";
import { nsOf } from "../api/shapes.ts";
import { parseQuery } from "../logs/query/index.ts";
import { evaluate } from "../metrics/promql/evaluate.ts";
import { parsePromql } from "../metrics/promql/parse.ts";
import { readerSource } from "../metrics/promql/reader-source.ts";
import type { Filter } from "../signals/filter.ts";
import type { AggregateRow, Measure, SignalReader } from "../signals/store.ts";
import type { AlertSource, RecordsSource } from "./source.ts";

/** What a group measured over one window. */
export interface Measured {
  readonly labels: Readonly<Record<string, string>>;
  /** Null where there was nothing to measure. */
  readonly value: number | null;
}

/** What a group measured, step by step. */
export interface MeasuredSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** One a step; NaN where there was nothing to measure. */
  readonly values: Float64Array;
}

/** Figures of some groups, and how many groups were left out. */
export interface Measurement<T> {
  readonly groups: readonly T[];
  readonly leftOut: number;
}

/** Computes the values of sources: from the store, or for a back-test from what was read before. */
export interface Measurer {
  /** Over one window; without groups a source always has one. */
  readonly window: (
    source: AlertSource,
    fromMs: number,
    toMs: number,
  ) => Promise<Measurement<Measured>>;
  /** By steps aligned to 1970, the first that begins at or after `fromMs`. */
  readonly series: (
    source: AlertSource,
    fromMs: number,
    toMs: number,
    stepMs: number,
  ) => Promise<Measurement<MeasuredSeries>>;
}

const failed: Readonly<Record<string, Filter>> = {
  spans: { op: "eq", field: "status", value: "error" },
  logs: { op: "gte", field: "level", value: "error" },
};

const quantiles: Readonly<Record<string, number>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 };

/** Measures from which the value of a source is made; all but quantiles add up over time. */
export function measuresOf({ measure, field, signal }: RecordsSource): readonly Measure[] {
  const q = quantiles[measure];
  if (q !== undefined) return [{ as: "value", fn: "quantile", field, q }];
  switch (measure) {
    case "count":
    case "rate":
      return [{ as: "n", fn: "count" }];
    case "error-share":
      return [
        { as: "n", fn: "count" },
        { as: "bad", fn: "count-if", filter: failed[signal] ?? { op: "all" } },
      ];
    case "avg":
      return [
        { as: "sum", fn: "sum", field },
        { as: "n", fn: "count-if", filter: { op: "exists", field } },
      ];
    default:
      return [{ as: "value", fn: measure as "sum" | "min" | "max" | "distinct", field }];
  }
}

type Values = Readonly<Record<string, number | null>>;

/** The value of a source from its measures; `ms` is the width of what was measured. */
export function valueOf({ measure }: RecordsSource, values: Values, ms: number): number | null {
  const n = values["n"] ?? 0;
  switch (measure) {
    case "count":
      return n;
    case "rate":
      return n / (ms / 1000);
    case "error-share":
      return n === 0 ? null : (values["bad"] ?? 0) / n;
    case "avg":
      return n === 0 ? null : (values["sum"] ?? 0) / n;
    default:
      return values["value"] ?? null;
  }
}

/** The value of a source of which no record was found: nothing happened, or nothing is known. */
export function emptyValue({ measure }: RecordsSource): number | null {
  return measure === "count" || measure === "rate" || measure === "distinct" ? 0 : null;
}

/** The labels of a group. */
export function labelsOf(
  by: readonly string[],
  values: readonly (string | null)[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(by.map((field, at) => [field, values[at] ?? ""]));
}

/** Steps aligned to 1970 that lie wholly within a range. */
export function stepsWithin(
  fromMs: number,
  toMs: number,
  stepMs: number,
): { readonly firstMs: number; readonly count: number } {
  const firstMs = Math.ceil(fromMs / stepMs) * stepMs;
  return { firstMs, count: Math.max(0, Math.floor((toMs - firstMs) / stepMs)) };
}

function seriesOf(
  source: RecordsSource,
  rows: readonly AggregateRow[],
  firstMs: number,
  count: number,
  stepMs: number,
): MeasuredSeries[] {
  const empty = emptyValue(source) ?? Number.NaN;
  const groups = new Map<string, { by: readonly (string | null)[]; values: Float64Array }>();
  for (const { timeMs, by, values } of rows) {
    const key = JSON.stringify(by);
    const group = groups.get(key) ?? { by, values: new Float64Array(count).fill(empty) };
    groups.set(key, group);
    const at = Math.round((timeMs - firstMs) / stepMs);
    if (at >= 0 && at < count) group.values[at] = valueOf(source, values, stepMs) ?? Number.NaN;
  }
  if (groups.size === 0 && source.by.length === 0) {
    return [{ labels: {}, values: new Float64Array(count).fill(empty) }];
  }
  return [...groups.values()].map(({ by, values }) => ({
    labels: labelsOf(source.by, by),
    values,
  }));
}

/** What PromQL answers at every step, a group each series. */
export async function promqlSeries(
  reader: Pick<SignalReader, "metrics" | "series">,
  clock: Pick<Clock, "monotonic">,
  expr: string,
  times: { readonly startMs: number; readonly endMs: number; readonly stepMs: number },
): Promise<MeasuredSeries[]> {
  const source = readerSource(reader);
  const answer = await evaluate({ expr: parsePromql(expr), ...times, source, clock });
  const { value } = answer;
  if (value.type === "string") return [];
  if (value.type === "scalar") return [{ labels: {}, values: value.values }];
  return value.columns.map(({ labels, values, has }) => ({
    labels: Object.fromEntries(Object.entries(labels).filter(([name]) => name !== "__name__")),
    values: values.map((one, at) => (has[at] === 1 ? one : Number.NaN)),
  }));
}

/** Measures by asking the store each time; `groupsMax` groups at most. */
export function readerMeasurer(
  reader: SignalReader,
  clock: Pick<Clock, "monotonic">,
  groupsMax: number,
): Measurer {
  const rowsOf = (source: RecordsSource, fromMs: number, toMs: number, stepMs?: number) =>
    reader.aggregate({
      fromNs: nsOf(fromMs),
      toNs: nsOf(toMs),
      signal: source.signal,
      filter: parseQuery(source.q, source.signal),
      by: source.by,
      measures: measuresOf(source),
      limit: groupsMax,
      ...(stepMs !== undefined && { stepMs }),
    });
  return {
    async window(source, fromMs, toMs) {
      if (source.type === "promql") {
        const times = { startMs: toMs, endMs: toMs, stepMs: 1000 };
        const series = await promqlSeries(reader, clock, source.expr, times);
        const groups = series
          .slice(0, groupsMax)
          .map(({ labels, values: [value = Number.NaN] }) => ({
            labels,
            value: Number.isNaN(value) ? null : value,
          }));
        return { groups, leftOut: series.length - groups.length };
      }
      const { rows, groupsLeftOut } = await rowsOf(source, fromMs, toMs);
      const groups = rows.map(({ by, values }) => ({
        labels: labelsOf(source.by, by),
        value: valueOf(source, values, toMs - fromMs),
      }));
      if (groups.length === 0 && source.by.length === 0) {
        return { groups: [{ labels: {}, value: emptyValue(source) }], leftOut: 0 };
      }
      return { groups, leftOut: groupsLeftOut };
    },
    async series(source, fromMs, toMs, stepMs) {
      const { firstMs, count } = stepsWithin(fromMs, toMs, stepMs);
      if (count === 0) return { groups: [], leftOut: 0 };
      const endMs = firstMs + count * stepMs;
      if (source.type === "promql") {
        // A step is known at its end.
        const times = { startMs: firstMs + stepMs, endMs, stepMs };
        const series = await promqlSeries(reader, clock, source.expr, times);
        return {
          groups: series.slice(0, groupsMax),
          leftOut: Math.max(0, series.length - groupsMax),
        };
      }
      const { rows, groupsLeftOut } = await rowsOf(source, firstMs, endMs, stepMs);
      return { groups: seriesOf(source, rows, firstMs, count, stepMs), leftOut: groupsLeftOut };
    },
  };
}
