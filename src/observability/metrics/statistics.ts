const lanczos = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
] as const;

/** Logarithm of the gamma function of `x` above 0 (Lanczos, g = 7). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1;
  let sum = 0.9999999999998099;
  for (const [at, term] of lanczos.entries()) sum += term / (z + at + 1);
  const t = z + lanczos.length - 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** Two-sided p of a standard normal deviate (Abramowitz and Stegun 7.1.26, error below 1.5e-7). */
export function normalP(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  // The series loses its digits in the tail; the leading term of the expansion there does not.
  if (x > 4) return Math.exp(-x * x) / (x * Math.sqrt(Math.PI));
  const t = 1 / (1 + 0.3275911 * x);
  const poly =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return poly * Math.exp(-x * x);
}

/** Continued fraction of the incomplete beta function (Numerical Recipes 6.4, Lentz's method). */
function betaFraction(a: number, b: number, x: number): number {
  const tiny = 1e-300;
  const kept = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / kept(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 300; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / kept(1 + even * d);
    c = kept(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / kept(1 + odd * d);
    c = kept(1 + odd / c);
    const step = d * c;
    fraction *= step;
    if (Math.abs(step - 1) < 1e-14) break;
  }
  return fraction;
}

/** The regularised incomplete beta function. */
export function incompleteBeta(a: number, b: number, x: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(a, b, x)) / a
    : 1 - (front * betaFraction(b, a, 1 - x)) / b;
}

/** Two-sided p of Student's t with `freedom` degrees of freedom. */
export function studentP(t: number, freedom: number): number {
  if (!Number.isFinite(t)) return 0;
  return incompleteBeta(freedom / 2, 0.5, freedom / (freedom + t * t));
}

/** Counts of a two-by-two table: with and without a mark, inside and outside of a set. */
export interface TwoByTwo {
  readonly inWith: number;
  readonly inWithout: number;
  readonly restWith: number;
  readonly restWithout: number;
}

function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}

/** Fisher's exact test, two-sided: the tables of the same margins that are no more likely. */
export function fisherP({ inWith, inWithout, restWith, restWithout }: TwoByTwo): number {
  const inside = inWith + inWithout;
  const marked = inWith + restWith;
  const total = inside + restWith + restWithout;
  const all = logChoose(total, inside);
  const logP = (k: number): number =>
    logChoose(marked, k) + logChoose(total - marked, inside - k) - all;
  const own = logP(inWith) + 1e-7;
  let p = 0;
  for (let k = Math.max(0, inside + marked - total); k <= Math.min(inside, marked); k++) {
    const each = logP(k);
    if (each <= own) p += Math.exp(each);
  }
  return Math.min(1, p);
}

/** Chi-square of a two-by-two table with Yates' correction, as a two-sided p. */
export function chiSquareP({ inWith, inWithout, restWith, restWithout }: TwoByTwo): number {
  const inside = inWith + inWithout;
  const rest = restWith + restWithout;
  const marked = inWith + restWith;
  const total = inside + rest;
  const spread = inside * rest * marked * (total - marked);
  if (spread === 0) return 1;
  const apart = Math.max(0, Math.abs(inWith * restWithout - inWithout * restWith) - total / 2);
  return normalP(Math.sqrt((total * apart * apart) / spread));
}

/**
 * P that the mark and the set have nothing to do with each other: exact where an expected count is
 * below 5 (and the table small enough to walk), chi-square otherwise.
 */
export function independenceP(table: TwoByTwo): number {
  const { inWith, inWithout, restWith, restWithout } = table;
  const inside = inWith + inWithout;
  const marked = inWith + restWith;
  const total = inside + restWith + restWithout;
  const smallest =
    (Math.min(inside, total - inside) * Math.min(marked, total - marked)) / Math.max(1, total);
  const steps = Math.min(inside, marked);
  return smallest < 5 && steps <= 5000 ? fisherP(table) : chiSquareP(table);
}

/** Wilson's interval of a share at 95 %. */
export function wilson(part: number, whole: number): readonly [low: number, high: number] {
  if (whole === 0) return [0, 1];
  const z = 1.96;
  const share = part / whole;
  const scale = 1 + (z * z) / whole;
  const middle = (share + (z * z) / (2 * whole)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / whole + (z * z) / (4 * whole ** 2));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/** Newcombe's 95 % interval of the difference between two shares, the first minus the second. */
export function differenceInterval({
  inWith,
  inWithout,
  restWith,
  restWithout,
}: TwoByTwo): readonly [low: number, high: number] {
  const inside = inWith + inWithout;
  const rest = restWith + restWithout;
  const [a, b] = [inWith / Math.max(1, inside), restWith / Math.max(1, rest)];
  const [lowA, highA] = wilson(inWith, inside);
  const [lowB, highB] = wilson(restWith, rest);
  return [a - b - Math.hypot(a - lowA, highB - b), a - b + Math.hypot(highA - a, b - lowB)];
}

/**
 * Benjamini and Hochberg's adjusted p values (false discovery rate), in the order given.
 * @param tests how many tests were made in all, if more than are listed
 */
export function adjustP(ps: readonly number[], tests: number = ps.length): number[] {
  const order = [...ps.keys()].sort((a, b) => (ps[b] ?? 1) - (ps[a] ?? 1));
  const adjusted = ps.map(() => 1);
  let least = 1;
  for (const [fromTop, at] of order.entries()) {
    const rank = ps.length - fromTop;
    least = Math.min(least, ((ps[at] ?? 1) * tests) / rank);
    adjusted[at] = least;
  }
  return adjusted;
}
