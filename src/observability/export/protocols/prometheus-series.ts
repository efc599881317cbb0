import { metricKinds, serviceOf } from "../../signals/records.ts";
import type { MetricPoint, Origin } from "../../signals/records.ts";
import { textOf } from "../../signals/rows.ts";

/** One sample of one series, before it is grouped. */
export interface Sample {
  /** Sorted by name, `__name__` among them. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: number;
  readonly atMs: number;
}

/** Units of OpenTelemetry as Prometheus writes them in names. */
const units: Readonly<Record<string, string>> = {
  ms: "milliseconds",
  s: "seconds",
  us: "microseconds",
  ns: "nanoseconds",
  min: "minutes",
  h: "hours",
  d: "days",
  By: "bytes",
  KiBy: "kibibytes",
  MiBy: "mebibytes",
  GiBy: "gibibytes",
  "%": "percent",
  "1": "ratio",
};

const cleaned = (text: string): string =>
  text.replace(/[^a-zA-Z0-9_:]/g, "_").replace(/_{2,}/g, "_");

function unitSuffix(point: MetricPoint): string {
  // Braces hold annotations, which are no units: `{request}`.
  const unit = point.unit.replace(/\{[^}]{0,100}\}/g, "");
  if (unit === "" || (unit === "1" && metricKinds[point.kind] !== "gauge")) return "";
  const [over, per] = unit.split("/");
  const word = units[over ?? ""] ?? over ?? "";
  return cleaned(per === undefined ? word : `${word}_per_${units[per]?.replace(/s$/, "") ?? per}`);
}

/**
 * The name of a metric in Prometheus (OpenTelemetry specification,
 * compatibility/prometheus_and_openmetrics.md): other characters become underscores, the unit and
 * `_total` are put behind.
 */
export function prometheusName(point: MetricPoint): string {
  let name = cleaned(point.name);
  const suffix = unitSuffix(point);
  if (suffix !== "" && !name.endsWith(`_${suffix}`)) name += `_${suffix}`;
  const isCounter = metricKinds[point.kind] === "sum" && point.monotonic;
  if (isCounter && !name.endsWith("_total")) name += "_total";
  return /^\d/.test(name) ? `_${name}` : name;
}

const labelName = (key: string): string => {
  const name = key.replace(/\W/g, "_");
  return /^\d/.test(name) ? `key_${name}` : name;
};

function originLabels(origin: Origin): Record<string, string> {
  const instance = origin.resource["service.instance.id"];
  const namespace = origin.resource["service.namespace"];
  const service = serviceOf(origin);
  return {
    job: namespace === undefined ? service : `${textOf(namespace)[0]}/${service}`,
    ...(instance === undefined ? {} : { instance: textOf(instance)[0] }),
  };
}

/** A number as Prometheus writes it in `le` and `quantile`. */
function bound(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}

type Add = (name: string, more: Readonly<Record<string, string>>, value: number) => void;

function histogram(point: MetricPoint, name: string, add: Add): void {
  const { distribution, count, value } = point;
  if (distribution?.type === "explicit") {
    let seen = 0;
    distribution.bounds.forEach((upper, index) => {
      seen += distribution.counts[index] ?? 0;
      add(`${name}_bucket`, { le: bound(upper) }, seen);
    });
  }
  add(`${name}_bucket`, { le: "+Inf" }, Number(count));
  add(`${name}_count`, {}, Number(count));
  add(`${name}_sum`, {}, value);
}

/** Buckets of an exponential histogram are merged until there are no more than this. */
const bucketsMax = 40;

/** Upper bounds of the buckets of an exponential histogram, with the counts up to each. */
function exponential(point: MetricPoint, name: string, add: Add): void {
  const { distribution, count, value } = point;
  if (distribution?.type !== "exponential") return;
  const { scale, zeroCount, positive, negative } = distribution;
  const upper = (index: number): number => 2 ** (index / 2 ** scale);
  // What is negative lies below all positive bounds.
  let seen = zeroCount + negative.counts.reduce((sum, one) => sum + one, 0);
  if (seen > 0) add(`${name}_bucket`, { le: "0" }, seen);
  const step = Math.max(1, Math.ceil(positive.counts.length / bucketsMax));
  positive.counts.forEach((one, index) => {
    seen += one;
    const isEdge = (positive.offset + index + 1) % step === 0;
    if (isEdge || index === positive.counts.length - 1) {
      add(`${name}_bucket`, { le: bound(upper(positive.offset + index + 1)) }, seen);
    }
  });
  add(`${name}_bucket`, { le: "+Inf" }, Number(count));
  add(`${name}_count`, {}, Number(count));
  add(`${name}_sum`, {}, value);
}

function summary(point: MetricPoint, name: string, add: Add): void {
  const { distribution, count, value } = point;
  if (distribution?.type === "quantiles") {
    for (const one of distribution.values) add(name, { quantile: bound(one.quantile) }, one.value);
  }
  add(`${name}_count`, {}, Number(count));
  add(`${name}_sum`, {}, value);
}

/**
 * A point as samples; undefined where Prometheus has no form for it: deltas, since a counter there
 * only grows.
 */
export function samplesOf(point: MetricPoint): readonly Sample[] | undefined {
  if (point.temporality === "delta") return undefined;
  const kind = metricKinds[point.kind] ?? "gauge";
  const name = prometheusName(point);
  const atMs = Number(point.timeNs / 1_000_000n);
  const shared: Record<string, string> = {};
  for (const [key, value] of Object.entries(point.attributes)) {
    shared[labelName(key)] = textOf(value)[0];
  }
  Object.assign(shared, originLabels(point.origin));
  const samples: Sample[] = [];
  const add: Add = (of, more, value) => {
    // An empty label is none (Prometheus data model).
    const labels = Object.entries({ ...shared, ...more, __name__: of })
      .filter(([, text]) => text !== "")
      .toSorted(([one], [other]) => (one < other ? -1 : 1));
    samples.push({ labels, value, atMs });
  };
  if (kind === "histogram") histogram(point, name, add);
  else if (kind === "exponential_histogram") exponential(point, name, add);
  else if (kind === "summary") summary(point, name, add);
  else add(name, {}, point.value);
  return samples;
}
