import type { Filter } from "../signals/filter.ts";
import { everything } from "../signals/filter.ts";
import type { MetricSeries, Range, SignalReader } from "../signals/store.ts";
import { correlate } from "./apm-correlate.ts";
import type { Correlation } from "./apm-correlate.ts";
import { readRedSeries } from "./apm-red.ts";
import type { RedPoint } from "./apm-red.ts";

/** A business metric as it is declared. */
export interface BusinessMetric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram" | "ratio";
  readonly unit: string;
  /** Of a ratio: the names of what is divided, and by what. */
  readonly ratio?: { readonly of: string; readonly over: string };
}

/** A business metric on the time axis. */
export interface BusinessSeries {
  readonly name: string;
  readonly unit: string;
  /** One value a step: what was added in it, or the mean of a gauge; NaN where there is none. */
  readonly values: readonly number[];
}

/** Business metrics, latency and errors on one time axis, and how they go together. */
export interface BusinessView {
  readonly startMs: number;
  readonly stepMs: number;
  readonly metrics: readonly BusinessSeries[];
  readonly latencyP95Ms: readonly number[];
  readonly errorShare: readonly number[];
  readonly callsPerSecond: readonly number[];
  /** By business metric: with latency, errors and calls. */
  readonly correlations: readonly {
    readonly metric: string;
    readonly with: readonly Correlation[];
  }[];
}

/** What is shown together. */
export interface BusinessQuery extends Range {
  readonly stepMs: number;
  readonly metrics: readonly BusinessMetric[];
  /** The service whose latency and errors are shown beside; all if left out. */
  readonly service?: string;
  readonly filter?: Filter;
}

const stepsMax = 2000;
const seriesMax = 1000;

interface Axis {
  readonly startMs: number;
  readonly stepMs: number;
  readonly steps: number;
}

function axisOf({ fromNs, toNs, stepMs }: BusinessQuery): Axis {
  const fromMs = Number(fromNs / 1_000_000n);
  const startMs = Math.floor(fromMs / stepMs) * stepMs;
  const steps = Math.ceil((Number(toNs / 1_000_000n) - startMs) / stepMs);
  return { startMs, stepMs, steps: Math.min(stepsMax, Math.max(1, steps)) };
}

/**
 * What counters grew by in each step: the difference of neighbouring points falls to the step of
 * the later one, so that the steps add up to the whole. After a reset all of the new value counts.
 */
function grown(series: readonly MetricSeries[], { startMs, stepMs, steps }: Axis): number[] {
  const sums = Array.from({ length: steps }, () => 0);
  for (const { timesMs, values, temporality } of series) {
    for (let at = 0; at < timesMs.length; at++) {
      const step = Math.floor(((timesMs[at] as number) - startMs) / stepMs);
      if (step < 0 || step >= steps) continue;
      const value = values[at] as number;
      const before = values[at - 1];
      if (temporality === "delta") sums[step] = (sums[step] ?? 0) + value;
      else if (before !== undefined) {
        sums[step] = (sums[step] ?? 0) + (value < before ? value : value - before);
      }
    }
  }
  return sums;
}

/** Sum over series of each one's mean in the step. */
function averaged(series: readonly MetricSeries[], { startMs, stepMs, steps }: Axis): number[] {
  const sums = Array.from({ length: steps }, () => Number.NaN);
  for (const { timesMs, values } of series) {
    const totals = new Float64Array(steps);
    const counts = new Float64Array(steps);
    for (let at = 0; at < timesMs.length; at++) {
      const step = Math.floor(((timesMs[at] as number) - startMs) / stepMs);
      if (step < 0 || step >= steps) continue;
      totals[step] = (totals[step] as number) + (values[at] as number);
      counts[step] = (counts[step] as number) + 1;
    }
    for (let step = 0; step < steps; step++) {
      if (counts[step] === 0) continue;
      const mean = (totals[step] as number) / (counts[step] as number);
      const known = sums[step] as number;
      sums[step] = Number.isNaN(known) ? mean : known + mean;
    }
  }
  return sums;
}

type Reader = Pick<SignalReader, "series" | "aggregate">;

async function valuesOf(
  reader: Reader,
  query: BusinessQuery,
  name: string,
  axis: Axis,
): Promise<number[]> {
  // A point before the range is what the first step's growth is counted from.
  const beforeNs = BigInt(Math.max(axis.stepMs, 60_000)) * 1_000_000n;
  const series = await reader.series({
    fromNs: query.fromNs - beforeNs,
    toNs: query.toNs,
    name: { value: name, regex: false },
    filter: everything,
    seriesMax,
  });
  const counts = series.some(({ kind, monotonic }) => kind !== 0 && (kind !== 1 || monotonic));
  return counts ? grown(series, axis) : averaged(series, axis);
}

async function businessSeries(
  reader: Reader,
  query: BusinessQuery,
  metric: BusinessMetric,
  axis: Axis,
): Promise<BusinessSeries> {
  const { name, unit, ratio } = metric;
  if (ratio === undefined) return { name, unit, values: await valuesOf(reader, query, name, axis) };
  const [of, over] = await Promise.all([
    valuesOf(reader, query, ratio.of, axis),
    valuesOf(reader, query, ratio.over, axis),
  ]);
  const values = of.map((value, step) =>
    over[step] === 0 ? Number.NaN : value / (over[step] ?? 1),
  );
  return { name, unit, values };
}

function onAxis(
  points: readonly RedPoint[],
  axis: Axis,
  value: (point: RedPoint) => number,
): number[] {
  const values = Array.from({ length: axis.steps }, () => Number.NaN);
  for (const point of points) {
    const step = Math.floor((point.timeMs - axis.startMs) / axis.stepMs);
    if (step >= 0 && step < axis.steps) values[step] = value(point);
  }
  return values;
}

/**
 * Business metrics on the same time axis as latency and errors, with their correlations. Steps
 * without a call have no latency (NaN), and no call.
 */
export async function readBusiness(reader: Reader, query: BusinessQuery): Promise<BusinessView> {
  const axis = axisOf(query);
  const { fromNs, toNs, stepMs, service, filter } = query;
  const [points, metrics] = await Promise.all([
    readRedSeries(reader, {
      fromNs,
      toNs,
      stepMs,
      subject: "service",
      ...(service !== undefined && { service }),
      ...(filter !== undefined && { filter }),
    }),
    Promise.all(query.metrics.map((metric) => businessSeries(reader, query, metric, axis))),
  ]);
  const latencyP95Ms = onAxis(points, axis, ({ p95Ms }) => p95Ms);
  const errorShare = onAxis(points, axis, (point) => point.errorShare);
  const callsPerSecond = onAxis(points, axis, (point) => point.callsPerSecond).map((value) =>
    Number.isNaN(value) ? 0 : value,
  );
  const others = [
    { name: "latency-p95", values: latencyP95Ms },
    { name: "error-share", values: errorShare },
    { name: "calls", values: callsPerSecond },
  ];
  const correlations = metrics.map((metric) => ({
    metric: metric.name,
    with: correlate(metric, others, stepMs),
  }));
  return {
    startMs: axis.startMs,
    stepMs,
    metrics,
    latencyP95Ms,
    errorShare,
    callsPerSecond,
    correlations,
  };
}
