/** Labels of one series. */
export type Labels = Readonly<Record<string, string>>;

/** Counts, gauges and distributions of one process, in Prometheus's terms. */
export interface Metrics {
  /** Adds to a counter; names end in `_total`. */
  count(name: string, labels?: Labels, by?: number): void;
  /** Sets a gauge. */
  gauge(name: string, labels: Labels, value: number): void;
  /** Records one value of a histogram; durations in seconds, names end in `_seconds`. */
  observe(name: string, labels: Labels, value: number): void;
  /** Says what a metric means; shown as `# HELP`. */
  describe(name: string, help: string): void;
  /** Everything recorded, as plain data. */
  snapshot(): readonly Series[];
}

/** One series. */
export interface Series {
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: Labels;
  /** Counter and gauge: the value. Histogram: the sum. */
  readonly value: number;
  /** Histogram only: observations, and how many were at most each bound of {@link bucketBounds}. */
  readonly count?: number;
  readonly buckets?: readonly number[];
}

/** Upper bounds of histogram buckets, seconds. */
export const bucketBounds: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Series a metric may have; what is over goes to one series labelled `overflow`. */
export const seriesMax = 1000;

interface MutableSeries {
  name: string;
  kind: Series["kind"];
  labels: Labels;
  value: number;
  count: number;
  buckets: number[];
}

function seriesKey(labels: Labels): string {
  let key = "";
  for (const name in labels) key += `${name}\u0000${labels[name]}\u0001`;
  return key;
}

/** A new, empty set of metrics. */
export function makeMetrics(): Metrics {
  const families = new Map<string, Map<string, MutableSeries>>();
  const helps = new Map<string, string>();
  const at = (name: string, kind: Series["kind"], labels: Labels): MutableSeries => {
    let family = families.get(name);
    if (family === undefined) families.set(name, (family = new Map<string, MutableSeries>()));
    const full = family.size >= seriesMax;
    let key = seriesKey(labels);
    let series = family.get(key);
    if (series === undefined && full) {
      key = "overflow";
      labels = { overflow: "true" };
      series = family.get(key);
    }
    if (series === undefined) {
      const buckets = kind === "histogram" ? bucketBounds.map(() => 0) : [];
      series = { name, kind, labels, value: 0, count: 0, buckets };
      family.set(key, series);
    }
    return series;
  };
  return {
    count(name, labels = {}, by = 1) {
      at(name, "counter", labels).value += by;
    },
    gauge(name, labels, value) {
      at(name, "gauge", labels).value = value;
    },
    observe(name, labels, value) {
      const series = at(name, "histogram", labels);
      series.value += value;
      series.count++;
      const bucket = bucketBounds.findIndex((bound) => value <= bound);
      if (bucket >= 0) series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
    },
    describe(name, help) {
      helps.set(name, help);
    },
    snapshot: () =>
      [...families.values()].flatMap((family) =>
        [...family.values()].map(({ name, kind, labels, value, count, buckets }) => ({
          name,
          kind,
          help: helps.get(name) ?? "",
          labels,
          value,
          ...(kind === "histogram" ? { count, buckets: [...buckets] } : {}),
        })),
      ),
  };
}
