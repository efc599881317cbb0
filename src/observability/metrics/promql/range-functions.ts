/** Samples of one series within a window: indices `from` to `to`, the last excluded. */
export interface Window {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly from: number;
  readonly to: number;
  /** The window's bounds, milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  /** Time of evaluation, milliseconds. */
  readonly evalMs: number;
  /** The scalar argument, for functions that take one. */
  readonly parameter: number;
}

/** Computes one value of a window that has samples; undefined where it takes more of them. */
export type RangeFunction = (window: Window) => number | undefined;

const valueAt = ({ values }: Window, at: number): number => values[at] as number;
const timeAt = ({ times }: Window, at: number): number => times[at] as number;

/** Sum by Kahan and Neumaier: long windows of small increments would lose digits. */
function sumOf(window: Window): number {
  let sum = 0;
  let lost = 0;
  for (let at = window.from; at < window.to; at++) {
    const value = valueAt(window, at);
    const next = sum + value;
    if (Number.isFinite(next)) {
      lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    } else lost = 0;
    sum = next;
  }
  return sum + lost;
}

/** Distance between first and last value, counter resets added where `counter`. */
function grown(window: Window, counter: boolean): number {
  const { from, to } = window;
  let result = valueAt(window, to - 1) - valueAt(window, from);
  if (!counter) return result;
  for (let at = from + 1; at < to; at++) {
    const before = valueAt(window, at - 1);
    if (valueAt(window, at) < before) result += before;
  }
  return result;
}

/**
 * Prometheus' extrapolation: to the window's edges where samples are near to them, else half an
 * interval further; for counters never before they were 0.
 */
function extrapolated(window: Window, counter: boolean, rate: boolean): number | undefined {
  const { from, to, startMs, endMs } = window;
  const samples = to - from;
  if (samples < 2) return undefined;
  const result = grown(window, counter);
  const sampledS = (timeAt(window, to - 1) - timeAt(window, from)) / 1000;
  const averageS = sampledS / (samples - 1);
  const limitS = averageS * 1.1;
  let toStartS = (timeAt(window, from) - startMs) / 1000;
  let toEndS = (endMs - timeAt(window, to - 1)) / 1000;
  if (toStartS >= limitS) toStartS = averageS / 2;
  const first = valueAt(window, from);
  if (counter && result > 0 && first >= 0) {
    toStartS = Math.min(toStartS, sampledS * (first / result));
  }
  if (toEndS >= limitS) toEndS = averageS / 2;
  const factor = (sampledS + toStartS + toEndS) / sampledS;
  return (result * factor) / (rate ? (endMs - startMs) / 1000 : 1);
}

function lastTwo(window: Window, rate: boolean): number | undefined {
  const { from, to } = window;
  if (to - from < 2) return undefined;
  const last = valueAt(window, to - 1);
  const before = valueAt(window, to - 2);
  const grew = rate && last < before ? last : last - before;
  const seconds = (timeAt(window, to - 1) - timeAt(window, to - 2)) / 1000;
  if (!rate) return grew;
  return seconds === 0 ? undefined : grew / seconds;
}

/** Slope a second, and value at `zeroMs`, of the least-squares line. */
function line(window: Window, zeroMs: number): { slope: number; intercept: number } {
  const { from, to } = window;
  const many = to - from;
  let x = 0;
  let y = 0;
  for (let at = from; at < to; at++) {
    x += (timeAt(window, at) - zeroMs) / 1000 / many;
    y += valueAt(window, at) / many;
  }
  let xy = 0;
  let xx = 0;
  let constant = true;
  for (let at = from; at < to; at++) {
    const dx = (timeAt(window, at) - zeroMs) / 1000 - x;
    xy += dx * (valueAt(window, at) - y);
    xx += dx * dx;
    constant &&= valueAt(window, at) === valueAt(window, from);
  }
  if (constant) return { slope: 0, intercept: valueAt(window, from) };
  const slope = xy / xx;
  return { slope, intercept: y - slope * x };
}

function variance(window: Window): number {
  let many = 0;
  let mean = 0;
  let squares = 0;
  for (let at = window.from; at < window.to; at++) {
    const value = valueAt(window, at);
    many++;
    const before = value - mean;
    mean += before / many;
    squares += before * (value - mean);
  }
  return squares / many;
}

function counted(window: Window, differs: (before: number, value: number) => boolean): number {
  let many = 0;
  for (let at = window.from + 1; at < window.to; at++) {
    if (differs(valueAt(window, at - 1), valueAt(window, at))) many++;
  }
  return many;
}

/** Least or greatest value; NaN only where all are. */
function extreme(window: Window, better: (value: number, best: number) => boolean): number {
  let best = valueAt(window, window.from);
  for (let at = window.from + 1; at < window.to; at++) {
    const value = valueAt(window, at);
    if (Number.isNaN(best) || better(value, best)) best = value;
  }
  return best;
}

/** Prometheus' quantile of values: linear between the nearest ranks. */
export function quantileOf(q: number, values: readonly number[] | Float64Array): number {
  if (values.length === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  // NaN sorts first, as in Prometheus.
  const sorted = [...values].sort((a, b) =>
    Number.isNaN(a) ? (Number.isNaN(b) ? 0 : -1) : Number.isNaN(b) ? 1 : a - b,
  );
  const rank = q * (sorted.length - 1);
  const low = Math.max(0, Math.floor(rank));
  const high = Math.min(sorted.length - 1, low + 1);
  const weight = rank - Math.floor(rank);
  return (sorted[low] as number) * (1 - weight) + (sorted[high] as number) * weight;
}

const many = ({ from, to }: Window): number => to - from;

/** The functions over windows, by name. */
export const rangeFunctions: ReadonlyMap<string, RangeFunction> = new Map<string, RangeFunction>([
  ["rate", (window) => extrapolated(window, true, true)],
  ["increase", (window) => extrapolated(window, true, false)],
  ["delta", (window) => extrapolated(window, false, false)],
  ["irate", (window) => lastTwo(window, true)],
  ["idelta", (window) => lastTwo(window, false)],
  [
    "deriv",
    (window) => (many(window) < 2 ? undefined : line(window, timeAt(window, window.from)).slope),
  ],
  [
    "predict_linear",
    (window) => {
      if (many(window) < 2) return undefined;
      const { slope, intercept } = line(window, window.evalMs);
      return intercept + slope * window.parameter;
    },
  ],
  ["changes", (w) => counted(w, (a, b) => a !== b && !(Number.isNaN(a) && Number.isNaN(b)))],
  ["resets", (window) => counted(window, (before, value) => value < before)],
  ["sum_over_time", sumOf],
  ["avg_over_time", (window) => sumOf(window) / many(window)],
  ["count_over_time", many],
  ["min_over_time", (window) => extreme(window, (value, best) => value < best)],
  ["max_over_time", (window) => extreme(window, (value, best) => value > best)],
  ["first_over_time", (window) => valueAt(window, window.from)],
  ["last_over_time", (window) => valueAt(window, window.to - 1)],
  ["present_over_time", () => 1],
  ["stdvar_over_time", variance],
  ["stddev_over_time", (window) => Math.sqrt(variance(window))],
  [
    "quantile_over_time",
    (window) => quantileOf(window.parameter, window.values.subarray(window.from, window.to)),
  ],
]);
