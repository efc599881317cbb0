import type { Clock } from "../../core/clock.ts";
import { coreErrors } from "../../core/errors.ts";
import { nsOf } from "../api/shapes.ts";
import { parseQuery } from "../logs/query/index.ts";
import type { SignalReader } from "../signals/store.ts";
import {
  emptyValue,
  labelsOf,
  measuresOf,
  promqlSeries,
  readerMeasurer,
  stepsWithin,
  valueOf,
} from "./measure.ts";
import type { Measured, Measurement, Measurer, MeasuredSeries } from "./measure.ts";
import type { AlertSource, RecordsSource } from "./source.ts";

/** Values that one back-test keeps at most: rows of buckets. */
const bucketsMax = 400_000;

type Sums = Map<number, Readonly<Record<string, number | null>>>;

interface Held {
  readonly groups: readonly { readonly labels: Measured["labels"]; readonly buckets: Sums }[];
  readonly leftOut: number;
}

/** Measures that merge by something else than addition. */
const merges: Readonly<Record<string, (a: number, b: number) => number>> = {
  min: Math.min,
  max: Math.max,
};

/** Whether windows of a source can be put together from buckets. */
function isMergeable({ measure }: RecordsSource): boolean {
  return !/^(p\d+|distinct)$/.test(measure);
}

function mergedOver(
  source: RecordsSource,
  buckets: Sums,
  fromMs: number,
  toMs: number,
  stepMs: number,
): number | null {
  const merge = merges[source.measure] ?? ((a: number, b: number) => a + b);
  const merged: Record<string, number | null> = {};
  for (let at = fromMs; at < toMs; at += stepMs) {
    for (const [name, value] of Object.entries(buckets.get(at) ?? {})) {
      const before = merged[name] ?? null;
      merged[name] = before === null || value === null ? (value ?? before) : merge(before, value);
    }
  }
  return Object.keys(merged).length === 0
    ? emptyValue(source)
    : valueOf(source, merged, toMs - fromMs);
}

/** What a buffered measurer reads and how finely. */
export interface BufferOptions {
  readonly reader: SignalReader;
  readonly clock: Pick<Clock, "monotonic">;
  /** All windows that will be asked for lie within. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Windows begin and end at multiples of it. */
  readonly stepMs: number;
  readonly groupsMax: number;
}

async function readBuckets(options: BufferOptions, source: RecordsSource): Promise<Held> {
  const { reader, fromMs, toMs, stepMs, groupsMax } = options;
  const { rows, groupsLeftOut } = await reader.aggregate({
    fromNs: nsOf(fromMs),
    toNs: nsOf(toMs),
    signal: source.signal,
    filter: parseQuery(source.q, source.signal),
    by: source.by,
    measures: measuresOf(source),
    limit: groupsMax,
    stepMs,
  });
  if (rows.length > bucketsMax) {
    throw coreErrors.MOR_INVALID(`the back-test needs over ${bucketsMax} values`, {
      fix: "Choose a shorter range, or group by fewer fields.",
    });
  }
  const groups = new Map<string, { labels: Measured["labels"]; buckets: Sums }>();
  for (const { timeMs, by, values } of rows) {
    const key = JSON.stringify(by);
    const group = groups.get(key) ?? { labels: labelsOf(source.by, by), buckets: new Map() };
    groups.set(key, group);
    group.buckets.set(timeMs, values);
  }
  if (groups.size === 0 && source.by.length === 0) {
    groups.set("", { labels: {}, buckets: new Map() });
  }
  return { groups: [...groups.values()], leftOut: groupsLeftOut };
}

/**
 * Measures a range of the past, read once: counts, sums, averages, shares and PromQL of every
 * window come from buckets. Quantiles and distinct values do not merge, they are asked for window
 * by window.
 */
export function bufferedMeasurer(options: BufferOptions): Measurer {
  const { reader, clock, fromMs, toMs, stepMs, groupsMax } = options;
  const direct = readerMeasurer(reader, clock, groupsMax);
  const kept = new Map<string, Promise<unknown>>();
  const once = <T>(key: unknown, read: () => Promise<T>): Promise<T> => {
    const text = JSON.stringify(key);
    const known = kept.get(text) ?? read();
    kept.set(text, known);
    return known as Promise<T>;
  };
  const expression = async (expr: string, atMs: number): Promise<Measurement<Measured>> => {
    const series = await once(["promql", expr], () =>
      promqlSeries(reader, clock, expr, { startMs: fromMs, endMs: toMs, stepMs }),
    );
    const at = Math.round((atMs - fromMs) / stepMs);
    const groups = series.slice(0, groupsMax).map(({ labels, values }) => {
      const value = values[at] ?? Number.NaN;
      return { labels, value: Number.isNaN(value) ? null : value };
    });
    return { groups, leftOut: series.length - groups.length };
  };
  return {
    async window(source: AlertSource, startMs, endMs) {
      if (source.type === "promql") return expression(source.expr, endMs);
      if (!isMergeable(source)) return direct.window(source, startMs, endMs);
      const held = await once(source, () => readBuckets(options, source));
      const groups = held.groups
        .map(({ labels, buckets }) => ({
          labels,
          value: mergedOver(source, buckets, startMs, endMs, stepMs),
          seen: hasWithin(buckets, startMs, endMs, stepMs),
        }))
        // A live query does not find a group that has no record in the window.
        .filter(({ seen }) => seen || source.by.length === 0)
        .map(({ labels, value }) => ({ labels, value }));
      return { groups, leftOut: held.leftOut };
    },
    async series(source, startMs, endMs, widthMs): Promise<Measurement<MeasuredSeries>> {
      const whole = await once(["series", source, widthMs], () =>
        direct.series(source, fromMs, toMs, widthMs),
      );
      const { firstMs } = stepsWithin(fromMs, toMs, widthMs);
      const asked = stepsWithin(startMs, endMs, widthMs);
      const from = Math.round((asked.firstMs - firstMs) / widthMs);
      const groups = whole.groups.map(({ labels, values }) => ({
        labels,
        values: values.subarray(Math.max(0, from), Math.max(0, from + asked.count)),
      }));
      return { groups, leftOut: whole.leftOut };
    },
  };
}

function hasWithin(buckets: Sums, fromMs: number, toMs: number, stepMs: number): boolean {
  for (let at = fromMs; at < toMs; at += stepMs) if (buckets.has(at)) return true;
  return false;
}
