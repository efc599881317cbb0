import { promqlErrors } from "../../metrics/promql/errors.ts";
import { sampleText } from "../../metrics/promql/values.ts";
import type { Evaluated } from "../../metrics/promql/evaluate.ts";
import type { Column, Labels, RawSeries } from "../../metrics/promql/values.ts";

/** Values in one answer at most. */
const valuesMax = 1_000_000;

/** A sample as Prometheus writes it: unix seconds, and the value as text. */
export type Sample = readonly [seconds: number, value: string];

/** What a query answers, in the shape of Prometheus' API. */
export interface Result {
  readonly resultType: "vector" | "matrix" | "scalar" | "string";
  readonly result: unknown;
}

const pad = (name: string): string => `${name}\u0000`;

/** Labels in the order of Prometheus: by name, then value. */
function compareLabels(a: Labels, b: Labels): number {
  const text = (labels: Labels): string =>
    Object.keys(labels)
      .sort((x, y) => (x < y ? -1 : 1))
      .map((name) => pad(name) + pad(labels[name] ?? ""))
      .join("");
  const [x, y] = [text(a), text(b)];
  return x === y ? 0 : x < y ? -1 : 1;
}

function checkSize(values: number): void {
  if (values > valuesMax) {
    throw promqlErrors.MOR_PROMQL_LIMIT(`the answer has over ${valuesMax} values`);
  }
}

function samplesOf({ values, has }: Column, times: Float64Array): Sample[] {
  const samples: Sample[] = [];
  for (let step = 0; step < times.length; step++) {
    if (has[step] === 1) samples.push([(times[step] as number) / 1000, sampleText(values, step)]);
  }
  return samples;
}

/** The answer to an instant query. */
export function instantResult({ value, times }: Evaluated): Result {
  const seconds = (times[0] as number) / 1000;
  if (value.type === "string") return { resultType: "string", result: [seconds, value.text] };
  if (value.type === "scalar") {
    return { resultType: "scalar", result: [seconds, sampleText(value.values, 0)] };
  }
  checkSize(value.columns.length);
  const result = value.columns
    .filter(({ has }) => has[0] === 1)
    .map(({ labels, values }) => ({ metric: labels, value: [seconds, sampleText(values, 0)] }));
  return { resultType: "vector", result };
}

/** The answer to an instant query of a range vector. */
export function seriesResult(series: readonly RawSeries[]): Result {
  checkSize(series.reduce((sum, { times }) => sum + times.length, 0));
  const result = series.map(({ labels, times, values }) => ({
    metric: labels,
    values: Array.from(times, (ms, at): Sample => [ms / 1000, sampleText(values, at)]),
  }));
  return { resultType: "matrix", result };
}

/** The answer to a range query. */
export function rangeResult({ value, times }: Evaluated): Result {
  if (value.type === "string") {
    throw promqlErrors.MOR_PROMQL_INVALID(
      'invalid expression type "string" for range query, must be Scalar or instant Vector',
    );
  }
  const columns: readonly Column[] =
    value.type === "vector"
      ? value.columns
      : [{ labels: {}, values: value.values, has: new Uint8Array(times.length).fill(1) }];
  checkSize(columns.length * times.length);
  const result = [...columns]
    .sort((a, b) => compareLabels(a.labels, b.labels))
    .map((column) => ({ metric: column.labels, values: samplesOf(column, times) }))
    .filter(({ values }) => values.length > 0);
  return { resultType: "matrix", result };
}
