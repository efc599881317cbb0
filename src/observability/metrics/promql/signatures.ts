import type { ValueType } from "./ast.ts";

/** Arguments that a function takes, in order. */
export interface Signature {
  readonly args: readonly ValueType[];
  /** How many of the last arguments may be left out. */
  readonly optional: number;
  /** Whether the last argument may be repeated. */
  readonly variadic: boolean;
  readonly answers: ValueType;
}

const signature = (args: readonly ValueType[], more: Partial<Signature> = {}): Signature => ({
  args,
  optional: 0,
  variadic: false,
  answers: "vector",
  ...more,
});

const each = (names: string, made: Signature): [string, Signature][] =>
  names.split(" ").map((name) => [name, made]);

/** The functions of PromQL that Morning has, by name. */
export const signatures: ReadonlyMap<string, Signature> = new Map([
  ...each(
    "rate irate increase delta idelta deriv changes resets avg_over_time sum_over_time " +
      "min_over_time max_over_time count_over_time last_over_time first_over_time " +
      "present_over_time absent_over_time stddev_over_time stdvar_over_time",
    signature(["matrix"]),
  ),
  ["quantile_over_time", signature(["scalar", "matrix"])],
  ["predict_linear", signature(["matrix", "scalar"])],
  ...each(
    "abs ceil floor exp sqrt ln log2 log10 sgn deg rad sin cos tan asin acos atan sinh cosh tanh " +
      "asinh acosh atanh timestamp sort sort_desc absent",
    signature(["vector"]),
  ),
  ["round", signature(["vector", "scalar"], { optional: 1 })],
  ["clamp", signature(["vector", "scalar", "scalar"])],
  ...each("clamp_min clamp_max", signature(["vector", "scalar"])),
  ["histogram_quantile", signature(["scalar", "vector"])],
  ["scalar", signature(["vector"], { answers: "scalar" })],
  ["vector", signature(["scalar"])],
  ...each("time pi", signature([], { answers: "scalar" })),
  ...each(
    "minute hour day_of_week day_of_month day_of_year days_in_month month year",
    signature(["vector"], { optional: 1 }),
  ),
  ["label_replace", signature(["vector", "string", "string", "string", "string"])],
  [
    "label_join",
    signature(["vector", "string", "string", "string"], { optional: 1, variadic: true }),
  ],
  ...each(
    "sort_by_label sort_by_label_desc",
    signature(["vector", "string"], { optional: 1, variadic: true }),
  ),
]);

/** Aggregations, and the type of their parameter. */
export const aggregations: ReadonlyMap<string, ValueType | undefined> = new Map<
  string,
  ValueType | undefined
>([
  ...["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar"].map(
    (name): [string, undefined] => [name, undefined],
  ),
  ["topk", "scalar"],
  ["bottomk", "scalar"],
  ["quantile", "scalar"],
  ["count_values", "string"],
]);
