import type { Cancel, Clock } from "../../core/clock.ts";
import { withoutContext } from "../../core/context.ts";
import { bucketBounds } from "../../core/metrics.ts";
import type { Series } from "../../core/metrics.ts";
import { metricKinds } from "../signals/records.ts";
import type { MetricPoint, Origin } from "../signals/records.ts";
import type { RecordBuffer } from "./buffer.ts";

/** A point before it is known whose it is and when it was taken. */
export type PointOf = Omit<MetricPoint, "origin" | "timeNs" | "startNs"> & {
  /** The service that it is of. */
  readonly service: string;
};

/** Gives all points of something as they stand now. */
export type PointSource = () => Iterable<PointOf>;

/** How often points are taken, milliseconds. */
export const pumpMs = 10_000;

/** What a pump works with. */
export interface PumpOptions {
  readonly clock: Clock;
  readonly buffer: RecordBuffer;
  readonly originOf: (service: string) => Origin;
}

/** Takes points of its sources in a fixed rhythm. */
export interface Pump {
  add(source: PointSource): void;
  /** Takes them now. */
  take(): void;
  stop(): void;
}

/** Takes points every {@link pumpMs}: cumulative ones, since the pump was made. */
export function makePump({ clock, buffer, originOf }: PumpOptions): Pump {
  const startNs = BigInt(clock.now()) * 1_000_000n;
  const sources: PointSource[] = [];
  const origins = new Map<string, Origin>();
  let cancel: Cancel = () => {};
  const originFor = (service: string): Origin => {
    let origin = origins.get(service);
    if (origin === undefined) origins.set(service, (origin = originOf(service)));
    return origin;
  };
  const take = (): void => {
    const timeNs = BigInt(clock.now()) * 1_000_000n;
    for (const source of sources) {
      for (const { service, ...point } of source()) {
        buffer.records().point({ ...point, origin: originFor(service), startNs, timeNs });
        buffer.added();
      }
    }
  };
  const arm = (): void => {
    cancel = withoutContext(() =>
      clock.after(pumpMs, () => {
        take();
        arm();
      }),
    );
  };
  arm();
  return { add: (source) => void sources.push(source), take, stop: () => cancel() };
}

const gaugeKind = metricKinds.indexOf("gauge");
const sumKind = metricKinds.indexOf("sum");
const histogramKind = metricKinds.indexOf("histogram");

/** Unit by the last word of a Prometheus name. */
const units: Readonly<Record<string, string>> = { seconds: "s", bytes: "By", ratio: "1" };

function unitOf(name: string): string {
  const word =
    name
      .replace(/_total$/, "")
      .split("_")
      .at(-1) ?? "";
  return units[word] ?? "";
}

/** A series of the process's own metrics as a point; its label `service` says whose it is. */
export function pointOf({ name, kind, help, labels, value, count, buckets }: Series): PointOf {
  const { service = "platform", ...attributes } = labels;
  const base = { service, name, unit: unitOf(name), description: help, attributes, value };
  const rest = { ...base, count: 0n, exemplars: [] };
  if (kind === "gauge") {
    return { ...rest, kind: gaugeKind, temporality: "none", monotonic: false };
  }
  if (kind === "counter") {
    return { ...rest, kind: sumKind, temporality: "cumulative", monotonic: true };
  }
  const observed = count ?? 0;
  const counts = [...(buckets ?? [])];
  counts.push(observed - counts.reduce((sum, one) => sum + one, 0));
  return {
    ...rest,
    kind: histogramKind,
    temporality: "cumulative",
    monotonic: true,
    count: BigInt(observed),
    distribution: { type: "explicit", bounds: bucketBounds, counts },
  };
}
