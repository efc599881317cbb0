/** Metrics of nodes that the history has. */
export const nodeMetrics = [
  "ratePerSecond",
  "errorRate",
  "p95Ms",
  "depth",
  "inFlight",
  "oldestMs",
  "deadLetters",
] as const;

/** Metrics of `platform`, a second. */
export const platformMetrics = ["requests", "messages", "events", "errors"] as const;

/** Series that are kept at most: 11 KB each. */
export const historySeriesMax = 2_000;

/** One measured value. */
export interface HistorySample {
  /** A node's id, or `platform`. */
  readonly id: string;
  readonly metric: string;
  readonly value: number;
}

/** Which series. */
export interface SeriesKey {
  readonly id: string;
  readonly metric: string;
}

/** What is asked of the history. */
export interface HistoryQuery {
  readonly series: readonly SeriesKey[];
  /** Milliseconds since the epoch; the end is not part of it. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly pointsMax: number;
}

/** Series over time, all at the same instants. */
export interface HistoryAnswer {
  readonly fromMs: number;
  readonly toMs: number;
  /** From one point to the next. */
  readonly stepMs: number;
  /** When the oldest data that is kept was taken. */
  readonly sinceMs: number;
  /** The beginnings of the steps. */
  readonly atMs: readonly number[];
  readonly series: readonly {
    readonly id: string;
    readonly metric: string;
    /** A value a step; null where nothing was measured. */
    readonly values: readonly (number | null)[];
  }[];
}

/** What was measured within the last day, in memory. */
export interface History {
  record(atMs: number, samples: Iterable<HistorySample>): void;
  /**
   * Puts in what was measured before the first sample, `stepMs` each, ascending. What is there
   * already stays.
   */
  restore(
    key: SeriesKey,
    stepMs: number,
    points: readonly { readonly atMs: number; readonly value: number }[],
  ): void;
  read(query: HistoryQuery): HistoryAnswer;
  /** Series of the latest sample for which there was no room. */
  dropped(): number;
}

/** How finely, and how many of them: 10 minutes, 2 hours, 24 hours. */
const resolutions = [
  { stepMs: 1_000, size: 600 },
  { stepMs: 10_000, size: 720 },
  { stepMs: 60_000, size: 1_440 },
] as const;

/** How far back the history goes, milliseconds. */
export const historyMs: number = 60_000 * 1_440;

/** Merged by their maximum, so that a peak stays one; all else is averaged. */
export const byMaximum: ReadonlySet<string> = new Set([
  "p95Ms",
  "errorRate",
  "oldestMs",
  "deadLetters",
]);

/** One resolution: which slot of time each place of its rings has. Shared by all series. */
interface Tier {
  readonly stepMs: number;
  readonly size: number;
  readonly slots: Float64Array;
  current: number;
}

/** One series in one resolution; NaN where nothing was measured. */
interface Ring {
  readonly values: Float32Array;
  /** Of the slot that is being filled. */
  sum: number;
  count: number;
}

interface KeptSeries {
  readonly byMaximum: boolean;
  readonly rings: readonly Ring[];
}

function tierOf({ stepMs, size }: (typeof resolutions)[number]): Tier {
  return { stepMs, size, slots: new Float64Array(size).fill(-1), current: -1 };
}

function newSeries(metric: string): KeptSeries {
  const rings = resolutions.map(({ size }) => ({
    values: new Float32Array(size).fill(Number.NaN),
    sum: 0,
    count: 0,
  }));
  return { byMaximum: byMaximum.has(metric), rings };
}

/** The slot of a tier that a sample falls in becomes the one that is filled. */
function turnTo(tier: Tier, atMs: number, index: number, all: Iterable<KeptSeries>): void {
  const slot = Math.floor(atMs / tier.stepMs);
  if (slot === tier.current) return;
  tier.current = slot;
  const place = slot % tier.size;
  tier.slots[place] = slot;
  for (const { rings } of all) {
    const ring = rings[index];
    if (ring === undefined) continue;
    ring.values[place] = Number.NaN;
    ring.sum = 0;
    ring.count = 0;
  }
}

function add(series: KeptSeries, tiers: readonly Tier[], value: number): void {
  series.rings.forEach((ring, index) => {
    const tier = tiers[index];
    if (tier === undefined) return;
    const place = tier.current % tier.size;
    const known = ring.values[place] ?? Number.NaN;
    ring.sum += value;
    ring.count++;
    const peak = Number.isNaN(known) ? value : Math.max(known, value);
    ring.values[place] = series.byMaximum ? peak : ring.sum / ring.count;
  });
}

/** Makes room for a slot before the present; false where a later one has its place. */
function makeRoom(tier: Tier, slot: number, index: number, all: Iterable<KeptSeries>): boolean {
  const place = slot % tier.size;
  const known = tier.slots[place] ?? -1;
  if (known > slot || slot <= tier.current - tier.size) return false;
  if (known < slot) {
    for (const { rings } of all) {
      const ring = rings[index];
      if (ring !== undefined) ring.values[place] = Number.NaN;
    }
    tier.slots[place] = slot;
  }
  return true;
}

/** The slots of a tier that points of a width fall into, merged as samples are. */
function slotsOf(
  tier: Tier,
  isMaximum: boolean,
  widthMs: number,
  points: readonly { readonly atMs: number; readonly value: number }[],
): ReadonlyMap<number, number> {
  const merged = new Map<number, { sum: number; count: number; most: number }>();
  for (const { atMs, value } of points) {
    const first = Math.floor(atMs / tier.stepMs);
    const after = Math.max(first + 1, Math.ceil((atMs + widthMs) / tier.stepMs));
    for (let slot = first; slot < after; slot++) {
      const known = merged.get(slot) ?? { sum: 0, count: 0, most: value };
      const most = Math.max(known.most, value);
      merged.set(slot, { sum: known.sum + value, count: known.count + 1, most });
    }
  }
  const valueOf = ({ sum, count, most }: { sum: number; count: number; most: number }): number =>
    isMaximum ? most : sum / count;
  return new Map([...merged].map(([slot, one]) => [slot, valueOf(one)]));
}

function oldestMs({ slots, stepMs }: Tier): number {
  let oldest = Number.POSITIVE_INFINITY;
  for (const slot of slots) if (slot >= 0 && slot < oldest) oldest = slot;
  return oldest * stepMs;
}

interface Steps {
  readonly stepMs: number;
  /** The first step, counted from the epoch. */
  readonly first: number;
  readonly count: number;
}

/** As few slots a step as give at most `pointsMax` steps. */
function stepsOf({ stepMs }: Tier, { fromMs, toMs, pointsMax }: HistoryQuery): Steps {
  for (let slots = Math.ceil((toMs - fromMs) / (stepMs * pointsMax)); ; slots++) {
    const step = stepMs * Math.max(1, slots);
    const first = Math.floor(fromMs / step);
    const count = Math.ceil(toMs / step) - first;
    if (count <= pointsMax) return { stepMs: step, first, count };
  }
}

/** Single-precision values have no more digits that mean anything. */
const digits = 7;

function valuesOf(
  series: KeptSeries | undefined,
  tier: Tier,
  index: number,
  { stepMs, first, count }: Steps,
): (number | null)[] {
  const sums = new Float64Array(count);
  const counts = new Uint32Array(count);
  const values = series?.rings[index]?.values ?? [];
  tier.slots.forEach((slot, place) => {
    const value = values[place] ?? Number.NaN;
    const step = Math.floor((slot * tier.stepMs) / stepMs) - first;
    if (slot < 0 || step < 0 || step >= count || Number.isNaN(value)) return;
    const known = counts[step] ?? 0;
    const before = sums[step] ?? 0;
    if (series?.byMaximum === true) sums[step] = known === 0 ? value : Math.max(before, value);
    else sums[step] = before + value;
    counts[step] = known + 1;
  });
  return Array.from(sums, (sum, step) => {
    const merged = series?.byMaximum === true ? 1 : (counts[step] ?? 0);
    return counts[step] === 0 ? null : Number((sum / merged).toPrecision(digits));
  });
}

/** The finest tier that goes back far enough, or else as far as there is anything. */
function tierFor(tiers: readonly Tier[], fromMs: number, sinceMs: number): number {
  const index = tiers.findIndex((tier) => oldestMs(tier) <= Math.max(fromMs, sinceMs));
  return index === -1 ? tiers.length - 1 : index;
}

/** An empty history. */
export function makeHistory(): History {
  const tiers = resolutions.map(tierOf);
  const kept = new Map<string, KeptSeries>();
  let firstMs = Number.POSITIVE_INFINITY;
  /** The first sample of this process: what it measured itself is never put in anew. */
  let ownMs = Number.POSITIVE_INFINITY;
  let dropped = 0;
  const seriesOf = (id: string, metric: string): KeptSeries | undefined => {
    const key = `${id} ${metric}`;
    let series = kept.get(key);
    if (series === undefined && kept.size < historySeriesMax) {
      kept.set(key, (series = newSeries(metric)));
    }
    return series;
  };
  return {
    record(atMs, samples) {
      firstMs = Math.min(firstMs, atMs);
      ownMs = Math.min(ownMs, atMs);
      tiers.forEach((tier, index) => turnTo(tier, atMs, index, kept.values()));
      dropped = 0;
      for (const { id, metric, value } of samples) {
        const series = seriesOf(id, metric);
        if (series === undefined) dropped++;
        else add(series, tiers, value);
      }
    },
    restore(key, stepMs, points) {
      const series = seriesOf(key.id, key.metric);
      if (series === undefined) return;
      tiers.forEach((tier, index) => {
        const ring = series.rings[index];
        if (ring === undefined) return;
        for (const [slot, value] of slotsOf(tier, series.byMaximum, stepMs, points)) {
          if ((slot + 1) * tier.stepMs > ownMs) continue;
          if (!makeRoom(tier, slot, index, kept.values())) continue;
          const place = slot % tier.size;
          if (Number.isNaN(ring.values[place])) ring.values[place] = value;
        }
      });
      firstMs = Math.min(firstMs, points[0]?.atMs ?? firstMs);
    },
    read(query) {
      const sinceMs = Math.max(firstMs, Math.min(...tiers.map(oldestMs)));
      const index = tierFor(tiers, query.fromMs, sinceMs);
      const tier = tiers[index] as Tier;
      const steps = stepsOf(tier, query);
      return {
        fromMs: query.fromMs,
        toMs: query.toMs,
        stepMs: steps.stepMs,
        sinceMs,
        atMs: Array.from({ length: steps.count }, (_, step) => (steps.first + step) * steps.stepMs),
        series: query.series.map(({ id, metric }) => ({
          id,
          metric,
          values: valuesOf(kept.get(`${id} ${metric}`), tier, index, steps),
        })),
      };
    },
    dropped: () => dropped,
  };
}
