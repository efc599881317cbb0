import { adjustP, studentP } from "./statistics.ts";

/** Values on a common time axis; NaN where a step has none. */
export interface AlignedSeries {
  readonly name: string;
  readonly values: readonly number[];
}

/** How one series goes with another. */
export interface Correlation {
  readonly name: string;
  /** Steps by which the other series comes before the business metric; negative: after. */
  readonly lagSteps: number;
  readonly lagMs: number;
  /** Pearson's r at that lag, and Spearman's, which a few large values do not sway. */
  readonly pearson: number;
  readonly spearman: number;
  /** Pairs of values at that lag, and how many independent ones they are worth. */
  readonly points: number;
  readonly effective: number;
  /** P that chance does this, adjusted for all lags and series tried. */
  readonly p: number;
  readonly significant: boolean;
}

/** Fewer pairs, or pairs worth fewer independent ones, say nothing. */
const pointsMin = 12;
const effectiveMin = 8;

function pairsAt(
  business: readonly number[],
  other: readonly number[],
  lag: number,
): readonly [number[], number[]] {
  const x: number[] = [];
  const y: number[] = [];
  for (const [at, value] of business.entries()) {
    const earlier = other[at - lag];
    if (earlier === undefined || Number.isNaN(earlier) || Number.isNaN(value)) continue;
    x.push(value);
    y.push(earlier);
  }
  return [x, y];
}

/** Pearson's coefficient; 0 where one side does not vary. */
export function pearson(x: readonly number[], y: readonly number[]): number {
  const many = x.length;
  const meanX = x.reduce((sum, value) => sum + value, 0) / many;
  const meanY = y.reduce((sum, value) => sum + value, 0) / many;
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (let at = 0; at < many; at++) {
    const dx = (x[at] as number) - meanX;
    const dy = (y[at] as number) - meanY;
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  const spread = Math.sqrt(xx * yy);
  return spread === 0 ? 0 : Math.max(-1, Math.min(1, xy / spread));
}

/** Ranks of values, equal ones sharing theirs. */
function ranksOf(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((a, b) => (values[a] as number) - (values[b] as number));
  const ranks = values.map(() => 0);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && values[order[to] as number] === values[order[from] as number]) to++;
    for (let at = from; at < to; at++) ranks[order[at] as number] = (from + to - 1) / 2;
    from = to;
  }
  return ranks;
}

/** Spearman's coefficient. */
export function spearman(x: readonly number[], y: readonly number[]): number {
  return pearson(ranksOf(x), ranksOf(y));
}

/** Correlation of a series with itself one step later. */
function persistence(values: readonly number[]): number {
  return values.length < 4 ? 0 : pearson(values.slice(1), values.slice(0, -1));
}

/**
 * Neighbouring values of a series are alike, so that they are worth fewer independent ones
 * (Bartlett's formula at lag 1, as Dawdy and Matalas use it).
 */
function effectiveSize(x: readonly number[], y: readonly number[]): number {
  const alike = Math.max(0, persistence(x)) * Math.max(0, persistence(y));
  return (x.length * (1 - alike)) / (1 + alike);
}

interface Tried {
  readonly lag: number;
  readonly pearson: number;
  readonly points: number;
  readonly effective: number;
  readonly p: number;
}

function tryLag(business: readonly number[], other: readonly number[], lag: number): Tried[] {
  const [x, y] = pairsAt(business, other, lag);
  if (x.length < pointsMin) return [];
  const r = pearson(x, y);
  const effective = effectiveSize(x, y);
  const freedom = effective - 2;
  const p =
    freedom < 1 ? 1 : studentP(r * Math.sqrt(freedom / Math.max(1e-12, 1 - r * r)), freedom);
  return [{ lag, pearson: r, points: x.length, effective, p }];
}

/**
 * How series of latency, errors or load go with a business metric: the lag at which each goes with
 * it most, with its significance after all lags and series that were tried. Where there are too
 * few points the answer is not significant, whatever r says. No correlation is a cause.
 * @param lagsMax steps tried before and after; 6 if left out, at most a quarter of the points
 */
export function correlate(
  business: AlignedSeries,
  others: readonly AlignedSeries[],
  stepMs: number,
  lagsMax = 6,
): readonly Correlation[] {
  const most = Math.min(lagsMax, Math.floor(business.values.length / 4));
  const best = others.map((other) => {
    const tried: Tried[] = [];
    for (let lag = -most; lag <= most; lag++)
      tried.push(...tryLag(business.values, other.values, lag));
    const [first] = tried.sort((a, b) => a.p - b.p || Math.abs(a.lag) - Math.abs(b.lag));
    return { other, first, p: Math.min(1, (first?.p ?? 1) * Math.max(1, tried.length)) };
  });
  const adjusted = adjustP(best.map(({ p }) => p));
  return best
    .map(({ other, first }, at): Correlation => {
      const lagSteps = first?.lag ?? 0;
      const [x, y] = pairsAt(business.values, other.values, lagSteps);
      const effective = first?.effective ?? 0;
      const p = adjusted[at] ?? 1;
      return {
        name: other.name,
        lagSteps,
        lagMs: lagSteps * stepMs,
        pearson: first?.pearson ?? 0,
        spearman: x.length === 0 ? 0 : spearman(x, y),
        points: first?.points ?? x.length,
        effective,
        p,
        significant: p < 0.05 && effective >= effectiveMin,
      };
    })
    .sort((a, b) => Number(b.significant) - Number(a.significant) || a.p - b.p);
}
