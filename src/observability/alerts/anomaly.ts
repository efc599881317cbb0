/** How values are judged against what is usual. */
export interface AnomalyOptions {
  readonly stepMs: number;
  readonly season: "auto" | "week" | "day" | "none";
  readonly direction: "both" | "above" | "below";
  /** Robust standard deviations from what is usual. */
  readonly deviations: number;
  readonly leastDifference: number;
}

/** A value against what is usual. */
export interface Judged {
  readonly value: number;
  /** The usual value; nothing while too little was seen to know. */
  readonly usual?: number;
  /** How far values usually are from it: one robust standard deviation. */
  readonly spread?: number;
  /** Deviations from the usual, signed. */
  readonly score: number;
  readonly anomalous: boolean;
  /** What it was compared with: a season, the values just before, or nothing yet. */
  readonly basis: "week" | "day" | "recent" | "learning";
}

const dayMs = 86_400_000;

/** Whole seasons that must lie behind before they say what is usual. */
const seasonsLeast = { week: 3, day: 4 } as const;
/** Seasons that are looked back on: older ones are of another time. */
const seasonsMost = { week: 6, day: 14 } as const;
/** Values beside the same place of an earlier season that count too: what comes a little late. */
const beside = 2;
/** Values that a baseline needs at least. */
const samplesLeast = 8;
/** Values before, for what has no season. */
const recentMost = 288;
const recentLeast = 36;

function sorted(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}

function middle(values: Float64Array): number {
  const half = Math.floor(values.length / 2);
  const upper = values[half] ?? Number.NaN;
  return values.length % 2 === 1 ? upper : ((values[half - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * Median and robust standard deviation: 1.4826 times the median distance from the median, or what
 * the distance between the 5th and the 95th percentile makes of it where that is more: values that
 * are usually still and sometimes leap.
 */
export function robust(values: readonly number[]): { median: number; deviation: number } {
  const ordered = sorted(values);
  const median = middle(ordered);
  const mad = 1.4826 * middle(sorted(values.map((value) => Math.abs(value - median))));
  const last = ordered.length - 1;
  const [low, high] = [ordered[Math.floor(last * 0.05)], ordered[Math.ceil(last * 0.95)]];
  return { median, deviation: Math.max(mad, ((high ?? median) - (low ?? median)) / 3.29) };
}

function seasonal(values: Float64Array, at: number, period: number, seasons: number): number[] {
  const found: number[] = [];
  for (let season = 1; season <= seasons; season++) {
    for (let shift = -beside; shift <= beside; shift++) {
      const value = values[at - season * period + shift];
      if (value !== undefined && !Number.isNaN(value)) found.push(value);
    }
  }
  return found;
}

function recent(values: Float64Array, at: number): number[] {
  const found: number[] = [];
  for (let back = at - 1; back >= 0 && back >= at - recentMost; back--) {
    const value = values[back] ?? Number.NaN;
    if (!Number.isNaN(value)) found.push(value);
  }
  return found;
}

function baselineOf(
  values: Float64Array,
  at: number,
  { stepMs, season }: AnomalyOptions,
): { readonly basis: Judged["basis"]; readonly samples: number[] } {
  for (const name of ["week", "day"] as const) {
    if (season !== name && season !== "auto") continue;
    const period = Math.round(((name === "week" ? 7 : 1) * dayMs) / stepMs);
    const whole = Math.floor(at / period);
    if (whole < seasonsLeast[name]) continue;
    const samples = seasonal(values, at, period, Math.min(whole, seasonsMost[name]));
    if (samples.length >= samplesLeast) return { basis: name, samples };
  }
  if (season !== "none") return { basis: "learning", samples: [] };
  const samples = recent(values, at);
  return samples.length < recentLeast
    ? { basis: "learning", samples: [] }
    : { basis: "recent", samples };
}

/**
 * Judges the value at `at` against the values before it: the same time of earlier weeks or days
 * (median and median absolute deviation, which outliers do not move), or the values just before.
 * With `auto`, weeks are taken once three lie behind, days once four do; until then it is
 * *learning* and nothing is anomalous.
 * @param values ascending by time, a step each; NaN where nothing was measured
 */
export function judge(values: Float64Array, at: number, options: AnomalyOptions): Judged {
  const value = values[at] ?? Number.NaN;
  const { basis, samples } = baselineOf(values, at, options);
  if (basis === "learning" || Number.isNaN(value)) {
    return { value, score: 0, anomalous: false, basis };
  }
  const { median, deviation } = robust(samples);
  // A perfectly regular past would make any difference infinitely odd.
  const spread = Math.max(deviation, Math.abs(median) * 0.02, 1e-9);
  const difference = value - median;
  const score = difference / spread;
  const wanted = options.direction === "both" || (options.direction === "above") === difference > 0;
  const anomalous =
    wanted &&
    Math.abs(score) >= options.deviations &&
    Math.abs(difference) >= options.leastDifference;
  return { value, usual: median, spread, score, anomalous, basis };
}
