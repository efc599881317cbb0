/**
 * Where the data point messages of the five kinds of metrics have their fields (metrics.proto).
 * Each kind numbers them differently, but they mean the same; 0 stands for a field that a kind has
 * not.
 */
export interface PointFields {
  /** The message in `Metric`. */
  readonly message: string;
  /** Index into `metricKinds`. */
  readonly kind: number;
  readonly attributes: number;
  readonly flags: number;
  readonly exemplars: number;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** `as_double` and `as_int` of a number. */
  readonly double: number;
  readonly integer: number;
  readonly bucketCounts: number;
  readonly bounds: number;
  readonly scale: number;
  readonly zeroCount: number;
  readonly positive: number;
  readonly negative: number;
  readonly quantiles: number;
  /** `zero_threshold`, which is not kept. */
  readonly zeroThreshold: number;
  /** Bit n is set when the message has a field n. */
  readonly known: number;
}

const absent: Omit<Numbered, "attributes"> = {
  flags: 0,
  exemplars: 0,
  count: 0,
  sum: 0,
  min: 0,
  max: 0,
  double: 0,
  integer: 0,
  bucketCounts: 0,
  bounds: 0,
  scale: 0,
  zeroCount: 0,
  positive: 0,
  negative: 0,
  quantiles: 0,
  zeroThreshold: 0,
};

type Numbered = Omit<PointFields, "message" | "kind" | "known">;

function fields(message: string, kind: number, given: Partial<Numbered>): PointFields {
  const numbered = { ...absent, attributes: 0, ...given };
  const start = 2;
  const time = 3;
  let known = (1 << start) | (1 << time);
  for (const field of Object.values(numbered)) if (field > 0) known |= 1 << field;
  return { ...numbered, message, kind, known };
}

const number = { attributes: 7, flags: 8, exemplars: 5, double: 4, integer: 6 };
const observed = { count: 4, sum: 5 };

/** The kinds by their field in `Metric`. */
export const pointFields: Readonly<Record<number, PointFields | undefined>> = {
  5: fields("Gauge", 0, number),
  7: fields("Sum", 1, number),
  9: fields("Histogram", 2, {
    ...observed,
    bucketCounts: 6,
    bounds: 7,
    exemplars: 8,
    attributes: 9,
    flags: 10,
    min: 11,
    max: 12,
  }),
  10: fields("ExponentialHistogram", 3, {
    ...observed,
    attributes: 1,
    scale: 6,
    zeroCount: 7,
    positive: 8,
    negative: 9,
    flags: 10,
    exemplars: 11,
    min: 12,
    max: 13,
    zeroThreshold: 14,
  }),
  11: fields("Summary", 4, { ...observed, quantiles: 6, attributes: 7, flags: 8 }),
};
