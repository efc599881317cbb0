import { bucketBounds } from "../../core/metrics.ts";
import type { Labels, Series } from "../../core/metrics.ts";

/** Everything that was measured up to one instant, by name and labels. */
export type Sample = ReadonlyMap<string, Series>;

/** Orders series so that a later sample finds them. */
export function sampleOf(series: readonly Series[]): Sample {
  return new Map(series.map((one) => [`${one.name} ${JSON.stringify(one.labels)}`, one]));
}

/** Sums over samples: the increase of every series that matches, a second. */
function increases(now: Sample, before: Sample, name: string, match: Labels): Increase {
  const increase: Increase = { value: 0, count: 0, buckets: bucketBounds.map(() => 0) };
  for (const [key, series] of now) {
    if (series.name !== name) continue;
    if (Object.entries(match).some(([label, value]) => series.labels[label] !== value)) continue;
    const old = before.get(key);
    increase.value += series.value - (old?.value ?? 0);
    increase.count += (series.count ?? 0) - (old?.count ?? 0);
    series.buckets?.forEach((count, index) => {
      increase.buckets[index] =
        (increase.buckets[index] ?? 0) + count - (old?.buckets?.[index] ?? 0);
    });
  }
  return increase;
}

interface Increase {
  value: number;
  count: number;
  buckets: number[];
}

function p95Ms({ count, buckets }: Increase): number | undefined {
  if (count === 0) return undefined;
  let sum = 0;
  for (const [index, bucket] of buckets.entries()) {
    sum += bucket;
    if (sum >= count * 0.95) return (bucketBounds[index] ?? 0) * 1000;
  }
  return (bucketBounds.at(-1) ?? 0) * 1000;
}

/** How much is done, and how much of it fails. */
export interface Rated {
  readonly ratePerSecond: number;
  /** 0 to 1. */
  readonly errorRate: number;
  readonly p95Ms?: number;
}

/** Reads rates out of two samples that lie `seconds` apart. */
export function rates(now: Sample, before: Sample, seconds: number): Rates {
  const per = (name: string, match: Labels): number => increases(now, before, name, match).value;
  const rated = (all: number, failed: number): Rated => ({
    ratePerSecond: all / seconds,
    errorRate: all === 0 ? 0 : failed / all,
  });
  return {
    service(name) {
      const requests = per("morning_http_requests_total", { service: name });
      const errors = per("morning_http_requests_total", { service: name, status: "5xx" });
      const handled = per("morning_queue_handled_total", { service: name });
      const failed = per("morning_queue_handled_total", { service: name, outcome: "failed" });
      const p95 = p95Ms(increases(now, before, "morning_http_request_seconds", { service: name }));
      const whole = rated(requests + handled, errors + failed);
      return p95 === undefined ? whole : { ...whole, p95Ms: p95 };
    },
    queue: (name) => rated(per("morning_queue_sent_total", { queue: name }), 0),
    event: (name) => rated(per("morning_event_published_total", { event: name }), 0),
    edge(from, to, verb) {
      const [fromKind = "", ...fromName] = from.split("/");
      const [, ...toName] = to.split("/");
      const source = fromName.join("/");
      const target = toName.join("/");
      if (verb === "call") {
        const edge = { service: source, callee: target };
        const failed = per("morning_calls_total", { ...edge, outcome: "error" });
        return rated(per("morning_calls_total", edge), failed);
      }
      if (verb === "send") {
        return rated(per("morning_queue_sent_total", { service: source, queue: target }), 0);
      }
      if (verb === "publish") {
        return rated(per("morning_event_published_total", { service: source, event: target }), 0);
      }
      const [metric, label] = handledBy(fromKind);
      const handled = {
        service: target,
        [label]: fromKind === "schedule" ? `schedule.${source}` : source,
      };
      const failed = per(metric, { ...handled, outcome: "failed" });
      return rated(per(metric, handled), failed);
    },
    total: (name) => increases(now, new Map(), name, {}).value,
    rate: (name) => per(name, {}) / seconds,
    increase: (name, match = {}) => per(name, match),
  };
}

/** The metric, and its label for the resource, that counts what a receiver of a kind handled. */
function handledBy(kind: string): readonly [metric: string, label: string] {
  return kind === "event"
    ? ["morning_event_handled_total", "event"]
    : ["morning_queue_handled_total", "queue"];
}

/** Rates between two samples. */
export interface Rates {
  service(name: string): Rated;
  queue(name: string): Rated;
  event(name: string): Rated;
  edge(from: string, to: string, verb: string): Rated;
  total(name: string): number;
  rate(name: string): number;
  increase(name: string, match?: Labels): number;
}
