import { currentContext } from "../../core/context.ts";
import type { Clock } from "../../core/clock.ts";
import { coreErrors } from "../../core/errors.ts";
import type { Holder, ProviderKey } from "../../core/host.ts";
import type { Log } from "../../core/log.ts";
import type { Metrics } from "../../core/metrics.ts";
import type { Capability } from "../../core/resource.ts";
import { validate } from "../../core/schema.ts";
import { transactional } from "../../core/transaction.ts";
import type { Writes } from "../../core/transaction.ts";
import { metricKinds } from "../signals/records.ts";
import type { Attributes, Exemplar, MetricPoint } from "../signals/records.ts";
import type { AnyMetric, LabelValue } from "./metric.ts";

/** Series that a metric may have; what is over goes to one that says so. */
export const metricSeriesMax = 2_000;

/** A point as it stands, and the service that it is of. */
export type RecordedPoint = Omit<MetricPoint, "origin" | "timeNs" | "startNs"> & {
  readonly service: string;
};

/** What the services of this process have recorded. */
export interface MetricRegistry {
  /** The recorder of a metric for one service. */
  recorder(metric: AnyMetric, service: string): object;
  /** Every series as it stands now, cumulative, with the exemplars since the last time. */
  points(): readonly RecordedPoint[];
}

/** The key under which telemetry provides what this process has recorded. */
export const metricRegistry: ProviderKey<MetricRegistry> = { provider: "metric-registry" };

/** What a registry works with. */
export interface RegistryOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

interface Bucket {
  count: number;
  exemplar: Exemplar | undefined;
}

interface MetricSeries {
  readonly attributes: Attributes;
  value: number;
  /** What the sum has lost so far by rounding (Neumaier). */
  lost: number;
  count: number;
  min: number;
  max: number;
  readonly buckets: readonly Bucket[];
  exemplar: Exemplar | undefined;
}

interface Family {
  readonly metric: AnyMetric;
  readonly service: string;
  readonly series: Map<string, MetricSeries>;
  told: boolean;
}

type Labels = Readonly<Record<string, LabelValue>>;
const noLabels: Labels = {};
const overflowKey = "\u0000overflow";

function keyOf(labels: Labels): string {
  let key = "";
  for (const name in labels) key += `${name}\u0000${String(labels[name])}\u0001`;
  return key;
}

/** Adds without losing what a double cannot hold: sums of money are exact. */
function addTo(series: MetricSeries, by: number): void {
  const sum = series.value + by;
  series.lost +=
    Math.abs(series.value) >= Math.abs(by) ? series.value - sum + by : by - sum + series.value;
  series.value = sum;
}

/** The trace of the work under way as an example of what is counted, where it is recorded. */
function exemplarOf(clock: Clock, value: number): Exemplar | undefined {
  const trace = currentContext()?.trace;
  if (trace?.sampled !== true) return undefined;
  const timeNs = BigInt(Math.floor(clock.now())) * 1_000_000n;
  return { timeNs, value, traceId: trace.traceId, spanId: trace.spanId };
}

function newSeries({ bounds }: AnyMetric, attributes: Attributes): MetricSeries {
  const count = bounds === undefined ? 0 : bounds.length + 1;
  const buckets = Array.from({ length: count }, () => ({ count: 0, exemplar: undefined }));
  const exemplar = undefined;
  const [value, lost, min, max] = [0, 0, Infinity, -Infinity];
  return { attributes, value, lost, count: 0, min, max, buckets, exemplar };
}

/**
 * The labels as the metric's schema gives them.
 * @throws MOR_INVALID when they do not fit, or are no plain values
 */
function attributesOf(metric: AnyMetric, labels: Labels): Attributes {
  if (metric.labels === undefined) return noLabels;
  const subject = `labels of metric ${metric.name}`;
  const checked = validate(metric.labels, labels, subject);
  if (checked instanceof Promise) {
    checked.catch(() => undefined);
    throw coreErrors.MOR_INVALID(`${subject}: the schema is asynchronous`);
  }
  const given = Object.entries(checked as Labels).filter(([, value]) => value !== undefined);
  const odd = given.find(([, value]) => !["string", "number", "boolean"].includes(typeof value));
  if (odd === undefined) return Object.fromEntries(given);
  throw coreErrors.MOR_INVALID(`${subject}: ${odd[0]} is no text, number or boolean`);
}

function seriesOf(family: Family, labels: Labels): MetricSeries {
  const { series, metric } = family;
  const key = keyOf(labels);
  const known = series.get(key);
  if (known !== undefined) return known;
  const attributes = attributesOf(metric, labels);
  const full = series.size >= metricSeriesMax;
  // OpenTelemetry's name for what is past a cardinality limit.
  const over = { "otel.metric.overflow": true };
  const found = full ? series.get(overflowKey) : undefined;
  if (found !== undefined) return found;
  const made = newSeries(metric, full ? over : attributes);
  series.set(full ? overflowKey : key, made);
  return made;
}

function bucketOf(bounds: readonly number[], value: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= (bounds[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Records one value. @throws MOR_INVALID for a value or labels that the metric cannot take */
function recordIn(family: Family, clock: Clock, value: number, labels: Labels): void {
  const { metric } = family;
  if (!Number.isFinite(value) || (metric.type === "counter" && value < 0)) {
    const wanted = metric.type === "counter" ? "a number of 0 or more" : "a finite number";
    throw coreErrors.MOR_INVALID(`metric ${metric.name}: ${String(value)} is not ${wanted}`);
  }
  const series = seriesOf(family, labels);
  const exemplar = exemplarOf(clock, value);
  if (metric.type === "gauge") {
    series.value = value;
    series.exemplar = exemplar ?? series.exemplar;
    return;
  }
  addTo(series, value);
  if (metric.bounds === undefined) {
    series.exemplar = exemplar ?? series.exemplar;
    return;
  }
  series.count++;
  series.min = Math.min(series.min, value);
  series.max = Math.max(series.max, value);
  const bucket = series.buckets[bucketOf(metric.bounds, value)];
  if (bucket === undefined) return;
  bucket.count++;
  bucket.exemplar = exemplar ?? bucket.exemplar;
}

const pointKinds = {
  counter: metricKinds.indexOf("sum"),
  gauge: metricKinds.indexOf("gauge"),
  histogram: metricKinds.indexOf("histogram"),
} as const;

/** Takes a series as it stands; its exemplars are told once. */
function pointOf({ metric, service }: Family, series: MetricSeries): RecordedPoint {
  const type = metric.type === "ratio" ? "gauge" : metric.type;
  const { attributes, value, lost, buckets, min, max, count } = series;
  const exemplars = [series.exemplar, ...buckets.map(({ exemplar }) => exemplar)];
  series.exemplar = undefined;
  for (const bucket of buckets) bucket.exemplar = undefined;
  const counts = buckets.map((bucket) => bucket.count);
  const { bounds = [] } = metric;
  const distribution = { type: "explicit", bounds, counts, min, max } as const;
  return {
    service,
    name: metric.name,
    unit: metric.unit,
    description: metric.description,
    kind: pointKinds[type],
    temporality: type === "gauge" ? "none" : "cumulative",
    monotonic: type === "counter",
    attributes,
    value: value + lost,
    count: BigInt(count),
    ...(type === "histogram" ? { distribution } : {}),
    exemplars: exemplars.filter((one) => one !== undefined),
  };
}

/** The names of the call that records, by type of metric. */
const calls = { counter: "add", gauge: "set", histogram: "record" } as const;

/** Makes the registry of one process. */
export function makeRegistry({ clock, log, metrics }: RegistryOptions): MetricRegistry {
  const families = new Map<string, Family>();
  metrics.describe("morning_metric_refused_total", "Values that a metric could not take.");
  const refuse = (family: Family, error: unknown): void => {
    const { metric, service } = family;
    metrics.count("morning_metric_refused_total", { metric: metric.name, service });
    if (family.told) return;
    family.told = true;
    log.warn("a metric cannot take a value; others like it are only counted", {
      metric: metric.name,
      service,
      error: String(error),
    });
  };
  return {
    recorder(metric, service) {
      const key = `${service} ${metric.name}`;
      const family = families.get(key) ?? { metric, service, series: new Map(), told: false };
      families.set(key, family);
      // What is measured must not fail because of its measuring: nothing is thrown from here.
      const put = (value: number, labels: Labels = noLabels): void => {
        try {
          recordIn(family, clock, value, labels);
        } catch (error) {
          refuse(family, error);
        }
      };
      const name = calls[metric.type === "ratio" ? "gauge" : metric.type];
      return {
        [name]: put,
        [transactional]: (writes: Writes) => ({
          [name]: (value: number, labels?: Labels) => writes.committed(() => put(value, labels)),
        }),
      };
    },
    points: () =>
      [...families.values()].flatMap((family) =>
        [...family.series.values()].map((series) => pointOf(family, series)),
      ),
  };
}

/**
 * What a service records a metric with.
 * @throws MOR_UNSUPPORTED for a ratio, which nobody records
 */
export function holdMetric(
  { resource, verb }: Capability,
  { service }: Holder,
  registry: MetricRegistry,
): unknown {
  const metric = resource as AnyMetric;
  if (verb === "record" && metric.type !== "ratio") return registry.recorder(metric, service);
  throw coreErrors.MOR_UNSUPPORTED(`metric ${metric.name}: there is no capability ${verb}`);
}
