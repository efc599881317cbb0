import type { MetricSeries } from "../../signals/store.ts";
import { formatValue } from "./literals.ts";
import { labelName, promName } from "./names.ts";
import type { Labels, RawSeries } from "./values.ts";

/** Buckets of a histogram at most: finer exponential ones are folded. */
const boundsMax = 160;

/** Labels of a series as Prometheus names them; `service` is its `job`. */
export function promLabels(labels: Labels): Record<string, string> {
  const named: Record<string, string> = {};
  for (const [key, value] of Object.entries(labels)) {
    if (value === "" || key === "service") continue;
    const name = labelName(key);
    named[name] = named[name] === undefined ? value : `${named[name]};${value}`;
  }
  const service = labels["service"];
  if (service !== undefined && named["job"] === undefined) named["job"] = service;
  return named;
}

/** Points since the last one become points since the first: what rates are computed from. */
function cumulated(values: Float64Array, temporality: MetricSeries["temporality"]): Float64Array {
  if (temporality !== "delta") return values;
  let sum = 0;
  return values.map((value) => {
    sum += value;
    return sum;
  });
}

type Spread = NonNullable<MetricSeries["distributions"]>[number];

/** Upper bounds and counts of one point, ascending; the count above the last bound is left out. */
function bucketsOf(spread: Spread): readonly (readonly [upper: number, count: number])[] {
  if (spread?.type === "explicit") {
    return spread.bounds.map((upper, at) => [upper, spread.counts[at] ?? 0] as const);
  }
  if (spread?.type !== "exponential") return [];
  const base = 2 ** (2 ** -spread.scale);
  const { negative, positive, zeroCount } = spread;
  const below = negative.counts
    .map((count, at) => [-(base ** (negative.offset + at)), count] as const)
    .reverse();
  const above = positive.counts.map(
    (count, at) => [base ** (positive.offset + at + 1), count] as const,
  );
  return [...below, [0, zeroCount] as const, ...above];
}

function boundsOf(series: MetricSeries): number[] {
  const bounds = new Set<number>();
  for (const spread of series.distributions ?? []) {
    for (const [upper] of bucketsOf(spread)) bounds.add(upper);
  }
  const sorted = [...bounds].sort((a, b) => a - b);
  const every = Math.ceil(sorted.length / boundsMax);
  return every <= 1 ? sorted : sorted.filter((_, at) => at % every === every - 1);
}

function bucketSeries(series: MetricSeries, name: string, labels: Labels): RawSeries[] {
  const { timesMs: times, temporality, distributions = [] } = series;
  const spreads = distributions.map((spread) => bucketsOf(spread));
  const finite = boundsOf(series).filter((bound) => bound !== Number.POSITIVE_INFINITY);
  const bounded = finite.map((bound): RawSeries => {
    const counts = Float64Array.from(spreads, (buckets) => {
      let below = 0;
      for (const [upper, count] of buckets) if (upper <= bound) below += count;
      return below;
    });
    return {
      labels: { ...labels, __name__: `${name}_bucket`, le: formatValue(bound) },
      times,
      values: cumulated(counts, temporality),
    };
  });
  const all = cumulated(series.counts ?? new Float64Array(times.length), temporality);
  return [
    ...bounded,
    { labels: { ...labels, __name__: `${name}_bucket`, le: "+Inf" }, times, values: all },
  ];
}

/** A summary's series, one a quantile. */
function quantileSeries(series: MetricSeries, name: string, labels: Labels): RawSeries[] {
  const byQuantile = new Map<number, { times: number[]; values: number[] }>();
  for (const [at, spread] of (series.distributions ?? []).entries()) {
    if (spread?.type !== "quantiles") continue;
    for (const { quantile, value } of spread.values) {
      const one = byQuantile.get(quantile) ?? { times: [], values: [] };
      byQuantile.set(quantile, one);
      one.times.push(series.timesMs[at] as number);
      one.values.push(value);
    }
  }
  return [...byQuantile].map(([quantile, { times, values }]) => ({
    labels: { ...labels, __name__: name, quantile: formatValue(quantile) },
    times: Float64Array.from(times),
    values: Float64Array.from(values),
  }));
}

/**
 * The series that Prometheus would have of an OTLP series: counters cumulative, histograms as
 * `_bucket`, `_sum` and `_count`, exponential ones with the bounds that they have.
 */
export function classicSeries(series: MetricSeries): RawSeries[] {
  const name = promName(series);
  const labels = promLabels(series.labels);
  const { timesMs: times, temporality } = series;
  const values = cumulated(series.values, temporality);
  if (series.kind < 2) return [{ labels: { ...labels, __name__: name }, times, values }];
  const counts = cumulated(series.counts ?? new Float64Array(times.length), temporality);
  const detail =
    series.kind === 4 ? quantileSeries(series, name, labels) : bucketSeries(series, name, labels);
  return [
    ...detail,
    { labels: { ...labels, __name__: `${name}_sum` }, times, values },
    { labels: { ...labels, __name__: `${name}_count` }, times, values: counts },
  ];
}
