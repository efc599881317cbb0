/**
 * Width of a bucket: each is 2 % wider than the one before, so that a bucket's middle is within 1 %
 * of everything in it. All sketches have the same buckets, which is what makes them merge.
 */
export const gamma = 1.02;

const logGamma = Math.log(gamma);

/** The bucket of a value above 0. */
export function bucketOf(value: number): number {
  return Math.ceil(Math.log(value) / logGamma);
}

/** What stands for the values of a bucket: the point of least relative error. */
export function bucketValue(index: number): number {
  return (2 * gamma ** index) / (gamma + 1);
}

/** A sketch as plain data, for stores and wires. */
export interface SketchData {
  readonly zeros: number;
  /** Bucket and weight, ascending. */
  readonly positive: readonly (readonly [index: number, weight: number])[];
  /** The same of the absolute values of what is below 0. */
  readonly negative: readonly (readonly [index: number, weight: number])[];
}

const ascending = (
  buckets: ReadonlyMap<number, number>,
): (readonly [index: number, weight: number])[] => [...buckets].sort((a, b) => a[0] - b[0]);

function addTo(buckets: Map<number, number>, index: number, weight: number): void {
  buckets.set(index, (buckets.get(index) ?? 0) + weight);
}

/**
 * Quantiles of relative error at most 1 % that merge exactly: a histogram of logarithmic buckets,
 * after DDSketch (Masson, Rim, Lee: DDSketch, VLDB 2019), without its collapsing of the lowest
 * buckets: doubles have at most 72,000 buckets, durations from 1 ns to a day some 1,900.
 */
export class Sketch {
  #zeros = 0;
  readonly #positive = new Map<number, number>();
  readonly #negative = new Map<number, number>();
  #weight = 0;

  /** Weight of everything that was added. */
  get weight(): number {
    return this.#weight;
  }

  /** Adds a value; one that is no number, or no finite one, is left out. */
  add(value: number, weight = 1): void {
    if (!Number.isFinite(value) || weight <= 0) return;
    if (value === 0) this.#zeros += weight;
    else if (value > 0) addTo(this.#positive, bucketOf(value), weight);
    else addTo(this.#negative, bucketOf(-value), weight);
    this.#weight += weight;
  }

  /** Adds everything of another sketch. */
  merge(other: SketchData): void {
    this.#zeros += other.zeros;
    this.#weight += other.zeros;
    for (const [index, weight] of other.positive) {
      addTo(this.#positive, index, weight);
      this.#weight += weight;
    }
    for (const [index, weight] of other.negative) {
      addTo(this.#negative, index, weight);
      this.#weight += weight;
    }
  }

  /**
   * The value below which the share `q` of the weight lies (lower nearest rank); undefined when
   * nothing was added.
   */
  quantile(q: number): number | undefined {
    return this.quantiles([q])[0];
  }

  /** Several quantiles in one walk over the buckets. */
  quantiles(qs: readonly number[]): (number | undefined)[] {
    if (this.#weight === 0) return qs.map(() => undefined);
    const values = this.#values();
    return qs.map((q) => {
      const rank = Math.min(1, Math.max(0, q)) * (this.#weight - 1);
      let passed = 0;
      for (const [value, weight] of values) {
        passed += weight;
        if (passed > rank) return value;
      }
      return values.at(-1)?.[0];
    });
  }

  /** Weight of the values up to `limit`, a bucket that holds the limit counted by its middle. */
  weightUpTo(limit: number): number {
    let passed = 0;
    for (const [value, weight] of this.#values()) {
      if (value > limit) break;
      passed += weight;
    }
    return passed;
  }

  /** The sketch as plain data. */
  data(): SketchData {
    return {
      zeros: this.#zeros,
      positive: ascending(this.#positive),
      negative: ascending(this.#negative),
    };
  }

  #values(): (readonly [value: number, weight: number])[] {
    const below = ascending(this.#negative).reverse();
    return [
      ...below.map(([index, weight]) => [-bucketValue(index), weight] as const),
      ...(this.#zeros > 0 ? [[0, this.#zeros] as const] : []),
      ...ascending(this.#positive).map(([index, weight]) => [bucketValue(index), weight] as const),
    ];
  }
}
