import type { AskedSpan } from "../logs/asked.ts";

/** Where moments and durations stand in a picture, in pixels, and back. */
export interface Scales {
  readonly x: (atMs: number) => number;
  readonly y: (durationMs: number) => number;
  readonly time: (x: number) => number;
  readonly duration: (y: number) => number;
  /** Round moments and durations that are written beside it. */
  readonly times: readonly number[];
  readonly durations: readonly number[];
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

const left = 66;
const [top, below, right] = [10, 24, 18];
const minute = 60_000;
const stepsMs = [1 / 60, 1 / 12, 1 / 6, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 240, 720, 1440].map(
  (minutes) => Math.round(minutes * minute),
);
/** Durations differ by powers: below a microsecond nothing is told apart. */
const leastMs = 0.001;

/** Scales for traces: time from left to right, powers of duration from below. */
export function scalesOf(
  traces: readonly { readonly durationMs: number }[],
  { fromMs, toMs }: AskedSpan,
  width: number,
  height: number,
): Scales {
  const all = traces.map(({ durationMs }) => Math.max(leastMs, durationMs));
  const shortest = all.reduce((least, one) => Math.min(least, one), Infinity);
  const longest = all.reduce((most, one) => Math.max(most, one), 0);
  const low = Math.floor(Math.log10(Number.isFinite(shortest) ? shortest * 0.9 : 1));
  const high = Math.max(low + 1, Math.log10(Math.max(leastMs, longest) * 1.2));
  const [wide, bottom] = [Math.max(1, width - left - right), height - below];
  const tall = bottom - top;
  const most = Math.max(2, Math.floor(wide / 110));
  const step = stepsMs.find((one) => (toMs - fromMs) / one <= most) ?? toMs - fromMs;
  const first = Math.ceil(fromMs / step) * step;
  const powers = Array.from({ length: Math.floor(high) - low + 1 }, (_, at) => 10 ** (low + at));
  return {
    x: (atMs) => left + ((atMs - fromMs) / (toMs - fromMs)) * wide,
    y: (ms) => bottom - ((Math.log10(Math.max(leastMs, ms)) - low) / (high - low)) * tall,
    time: (x) => fromMs + ((x - left) / wide) * (toMs - fromMs),
    duration: (y) => 10 ** (low + ((bottom - y) / tall) * (high - low)),
    times: Array.from(
      { length: Math.max(0, Math.floor((toMs - first) / step) + 1) },
      (_, at) => first + at * step,
    ),
    durations: powers,
    left,
    bottom,
    right: left + wide,
  };
}
