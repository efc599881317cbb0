/** The part of a trace's time that is in sight, on the scale of the spans. */
export interface Scope {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The shortest time that can be looked at, milliseconds: a nanosecond. */
const shortestMs = 1e-6;

/** A scope moved into the whole; never wider than it, never empty. */
export function within(whole: Scope, { fromMs, toMs }: Scope): Scope {
  const all = whole.toMs - whole.fromMs;
  const length = Math.min(all, Math.max(shortestMs, toMs - fromMs));
  const start = Math.min(Math.max(whole.fromMs, fromMs), whole.toMs - length);
  return { fromMs: start, toMs: start + length };
}

/** Closer (a factor below 1) or farther, with one moment staying where it is. */
export function zoomed(whole: Scope, scope: Scope, factor: number, aroundMs: number): Scope {
  const { fromMs, toMs } = scope;
  return within(whole, {
    fromMs: aroundMs - (aroundMs - fromMs) * factor,
    toMs: aroundMs + (toMs - aroundMs) * factor,
  });
}

/** Earlier or later, by a share of its length. */
export function panned(whole: Scope, { fromMs, toMs }: Scope, share: number): Scope {
  const by = (toMs - fromMs) * share;
  return within(whole, { fromMs: fromMs + by, toMs: toMs + by });
}

/** Whether all is in sight. */
export const isWhole = (whole: Scope, scope: Scope): boolean =>
  scope.toMs - scope.fromMs >= (whole.toMs - whole.fromMs) * 0.999_999;

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
/** Steps that are round on a clock, from 10 seconds on. */
const clockSteps = [
  ...[10, 15, 30].map((seconds) => seconds * secondMs),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * minuteMs),
  ...[1, 2, 3, 6, 12, 24].map((hours) => hours * hourMs),
];

function stepOf(roughMs: number): number {
  const onClock = roughMs > 5 * secondMs && clockSteps.find((one) => one >= roughMs);
  if (typeof onClock === "number") return onClock;
  // Days beyond the clock, fractions of a second below it.
  const unit = roughMs > 24 * hourMs ? 24 * hourMs : 1;
  const size = 10 ** Math.floor(Math.log10(roughMs / unit)) * unit;
  return [1, 2, 5, 10].map((one) => one * size).find((one) => one >= roughMs) ?? roughMs;
}

/** Round moments to be written above, at most so many. */
export function ticksOf({ fromMs, toMs }: Scope, zeroMs: number, most: number): number[] {
  const step = stepOf((toMs - fromMs) / Math.max(1, most));
  const first = Math.ceil((fromMs - zeroMs) / step - 1e-9);
  const last = Math.floor((toMs - zeroMs) / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) =>
    Number(((first + at) * step).toPrecision(12)),
  );
}
