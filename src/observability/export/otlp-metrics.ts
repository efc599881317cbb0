import { metricKinds } from "../signals/records.ts";
import type { Attributes, Distribution, Exemplar, MetricPoint } from "../signals/records.ts";
import type { ProtoWriter } from "./wire.ts";

type PutAttributes = (writer: ProtoWriter, field: number, attributes: Attributes) => void;

/** Field of `Metric` that holds the data, by index into `metricKinds` (metrics.proto). */
const dataFields = [5, 7, 9, 10, 11] as const;

const temporalityNumbers = { none: 0, delta: 1, cumulative: 2 } as const;

/** Text that points of one metric share. */
export function sameMetric(point: MetricPoint): string {
  const { name, unit, kind, temporality, monotonic, description } = point;
  return [name, unit, kind, temporality, monotonic, description].join("\u0000");
}

function exemplars(writer: ProtoWriter, field: number, list: readonly Exemplar[]): void {
  for (const { timeNs, value, spanId, traceId } of list) {
    const mark = writer.begin(field);
    writer.fixed64(2, timeNs);
    writer.doubleAlways(3, value);
    writer.hex(4, spanId);
    writer.hex(5, traceId);
    writer.end(mark);
  }
}

function extremes(
  writer: ProtoWriter,
  spread: { readonly min?: number; readonly max?: number },
  minField: number,
): void {
  if (spread.min !== undefined) writer.doubleAlways(minField, spread.min);
  if (spread.max !== undefined) writer.doubleAlways(minField + 1, spread.max);
}

function explicit(
  writer: ProtoWriter,
  spread: Extract<Distribution, { readonly type: "explicit" }> | undefined,
): void {
  if (spread === undefined) return;
  writer.fixed64s(6, spread.counts);
  writer.doubles(7, spread.bounds);
  extremes(writer, spread, 11);
}

function buckets(
  writer: ProtoWriter,
  field: number,
  side: { readonly offset: number; readonly counts: readonly number[] },
): void {
  if (side.counts.length === 0) return;
  const mark = writer.begin(field);
  writer.sint(1, side.offset);
  writer.uints(2, side.counts);
  writer.end(mark);
}

function exponential(
  writer: ProtoWriter,
  spread: Extract<Distribution, { readonly type: "exponential" }> | undefined,
): void {
  if (spread === undefined) return;
  writer.sint(6, spread.scale);
  writer.fixed64(7, BigInt(Math.round(spread.zeroCount)));
  buckets(writer, 8, spread.positive);
  buckets(writer, 9, spread.negative);
  extremes(writer, spread, 12);
}

function of<T extends Distribution["type"]>(
  point: MetricPoint,
  type: T,
): Extract<Distribution, { readonly type: T }> | undefined {
  const { distribution } = point;
  return distribution?.type === type
    ? (distribution as Extract<Distribution, { readonly type: T }>)
    : undefined;
}

function pointMessage(writer: ProtoWriter, point: MetricPoint, put: PutAttributes): void {
  const kind = metricKinds[point.kind] ?? "gauge";
  writer.fixed64(2, point.startNs);
  writer.fixed64(3, point.timeNs);
  if (kind === "gauge" || kind === "sum") {
    writer.doubleAlways(4, point.value);
    exemplars(writer, 5, point.exemplars);
    put(writer, 7, point.attributes);
    return;
  }
  writer.fixed64(4, point.count);
  writer.doubleAlways(5, point.value);
  if (kind === "histogram") {
    explicit(writer, of(point, "explicit"));
    exemplars(writer, 8, point.exemplars);
    put(writer, 9, point.attributes);
  } else if (kind === "exponential_histogram") {
    put(writer, 1, point.attributes);
    exponential(writer, of(point, "exponential"));
    exemplars(writer, 11, point.exemplars);
  } else {
    for (const { quantile, value } of of(point, "quantiles")?.values ?? []) {
      const mark = writer.begin(6);
      writer.doubleAlways(1, quantile);
      writer.doubleAlways(2, value);
      writer.end(mark);
    }
    put(writer, 7, point.attributes);
  }
}

/** Writes points of one metric as `Metric`. */
export function metricMessage(
  writer: ProtoWriter,
  field: number,
  points: readonly MetricPoint[],
  put: PutAttributes,
): void {
  const [first] = points;
  if (first === undefined) return;
  const mark = writer.begin(field);
  writer.text(1, first.name);
  writer.text(2, first.description);
  writer.text(3, first.unit);
  const data = writer.begin(dataFields[first.kind] ?? 5);
  for (const point of points) {
    const inner = writer.begin(1);
    pointMessage(writer, point, put);
    writer.end(inner);
  }
  const kind = metricKinds[first.kind] ?? "gauge";
  if (kind !== "gauge" && kind !== "summary") {
    writer.uint(2, temporalityNumbers[first.temporality]);
  }
  if (kind === "sum") writer.bool(3, first.monotonic);
  writer.end(data);
  writer.end(mark);
}
