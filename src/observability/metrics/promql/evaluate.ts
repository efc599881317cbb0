import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../../core/clock.ts";
import { aggregate } from "./aggregate.ts";
import type { At, BinaryExpr, CallExpr, Expr, LabelMatcher, VectorExpr } from "./ast.ts";
import { binary } from "./binary.ts";
import { promqlErrors } from "./errors.ts";
import { absence, instantFunctions, pinnedLabels } from "./functions.ts";
import { rangeFunctions } from "./range-functions.ts";
import type { RangeFunction, Window } from "./range-functions.ts";
import type { Column, Labels, RawSeries, Value } from "./values.ts";
import { columnOf, distinct, mapColumn, nameless, present } from "./values.ts";

/** Where the evaluator reads series: all that the matchers fit, samples within both bounds. */
export interface SeriesSource {
  select(
    matchers: readonly LabelMatcher[],
    fromMs: number,
    toMs: number,
  ): Promise<readonly RawSeries[]>;
}

/** What one query may take. */
export interface PromqlLimits {
  /** Steps of a range query; 11,000 as in Prometheus. */
  readonly stepsMax: number;
  /** Samples read, and values computed. */
  readonly samplesMax: number;
  readonly timeoutMs: number;
  /** How far back a selector looks for the newest sample; 5 minutes. */
  readonly lookbackMs: number;
}

/** The limits of a query where nothing else is said. */
export const promqlLimits: PromqlLimits = {
  stepsMax: 11_000,
  samplesMax: 20_000_000,
  timeoutMs: 30_000,
  lookbackMs: 300_000,
};

/** What is evaluated, when, on what. */
export interface Evaluation {
  readonly expr: Expr;
  /** First and last step, milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  /** Between steps; of no matter where start and end are the same. */
  readonly stepMs: number;
  readonly source: SeriesSource;
  readonly clock: Pick<Clock, "monotonic">;
  readonly limits?: Partial<PromqlLimits>;
}

interface Run {
  readonly times: Float64Array;
  /** Bounds of the whole query: what `@ start()` and `@ end()` mean, in subqueries too. */
  readonly startMs: number;
  readonly endMs: number;
  readonly source: SeriesSource;
  readonly limits: PromqlLimits;
  readonly budget: Budget;
}

/** Counts what a query takes, and lets other work have its turn. */
class Budget {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #limits: PromqlLimits;
  readonly #untilMs: number;
  #turnMs: number;
  #samples = 0;

  constructor(clock: Pick<Clock, "monotonic">, limits: PromqlLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#turnMs = clock.monotonic();
    this.#untilMs = this.#turnMs + limits.timeoutMs;
  }

  spend(samples: number): void {
    this.#samples += samples;
    if (this.#samples > this.#limits.samplesMax) {
      throw promqlErrors.MOR_PROMQL_LIMIT(
        `query processing would load too many samples: over ${this.#limits.samplesMax}`,
      );
    }
  }

  /** Called between series: 10 ms at a stretch at most. */
  async pause(): Promise<void> {
    const nowMs = this.#clock.monotonic();
    if (nowMs > this.#untilMs) {
      throw promqlErrors.MOR_PROMQL_TIMEOUT(
        `query timed out in expression evaluation after ${this.#limits.timeoutMs} ms`,
      );
    }
    if (nowMs - this.#turnMs < 10) return;
    await setImmediate();
    this.#turnMs = this.#clock.monotonic();
  }
}

function atMs(run: Run, at: At | undefined): number | undefined {
  if (at === "start") return run.startMs;
  return at === "end" ? run.endMs : at;
}

/** The times at which a selector looks, one a step. */
function shifted(run: Run, { offsetMs, at }: Pick<VectorExpr, "offsetMs" | "at">): Float64Array {
  const fixed = atMs(run, at);
  return run.times.map((ms) => (fixed ?? ms) - offsetMs);
}

const extent = (times: Float64Array): readonly [number, number] => [
  Math.min(times[0] ?? 0, times.at(-1) ?? 0),
  Math.max(times[0] ?? 0, times.at(-1) ?? 0),
];

async function selected(
  run: Run,
  matchers: readonly LabelMatcher[],
  fromMs: number,
  toMs: number,
): Promise<readonly RawSeries[]> {
  const series = await run.source.select(matchers, fromMs, toMs);
  for (const { times } of series) run.budget.spend(times.length);
  return series;
}

/** The newest sample of each series at each step, not older than the lookback (left open). */
async function newest(run: Run, expr: VectorExpr, stamps: boolean): Promise<Value> {
  const { lookbackMs } = run.limits;
  const looks = shifted(run, expr);
  const [fromMs, toMs] = extent(looks);
  const series = await selected(run, expr.matchers, fromMs - lookbackMs, toMs);
  const columns: Column[] = [];
  for (const { labels, times, values } of series) {
    const column = columnOf(stamps ? nameless(labels) : labels, looks.length);
    let at = -1;
    for (let step = 0; step < looks.length; step++) {
      const look = looks[step] as number;
      while (at + 1 < times.length && (times[at + 1] as number) <= look) at++;
      if (at < 0 || (times[at] as number) <= look - lookbackMs) continue;
      column.values[step] = stamps ? (times[at] as number) / 1000 : (values[at] as number);
      column.has[step] = 1;
    }
    columns.push(column);
    run.budget.spend(looks.length);
    await run.budget.pause();
  }
  const found = present(columns);
  return { type: "vector", columns: stamps ? distinct(found) : found };
}

interface RangeInput {
  readonly series: readonly RawSeries[];
  readonly looks: Float64Array;
  readonly rangeMs: number;
}

/** Step of a subquery that names none: Prometheus' evaluation interval, milliseconds. */
const subqueryStepMs = 60_000;

/** The samples of a subquery: its expression at multiples of its step. */
async function subquerySeries(
  run: Run,
  expr: Expr & { readonly type: "subquery" },
  fromMs: number,
  toMs: number,
): Promise<readonly RawSeries[]> {
  const stepMs = expr.stepMs ?? subqueryStepMs;
  // Left open, as ranges are.
  const firstMs = (Math.floor(fromMs / stepMs) + 1) * stepMs;
  const steps = Math.max(0, Math.floor((toMs - firstMs) / stepMs) + 1);
  if (steps > run.limits.stepsMax) {
    throw promqlErrors.MOR_PROMQL_LIMIT(`a subquery has over ${run.limits.stepsMax} steps`);
  }
  const times = Float64Array.from({ length: steps }, (_, at) => firstMs + at * stepMs);
  const value = await evaluateExpr({ ...run, times }, expr.expr);
  if (value.type !== "vector") return [];
  return value.columns.map(({ labels, has, values }) => ({
    labels,
    times: times.filter((_, at) => has[at] === 1),
    values: values.filter((_, at) => has[at] === 1),
  }));
}

async function rangeOf(run: Run, expr: Expr): Promise<RangeInput> {
  if (expr.type === "matrix") {
    const looks = shifted(run, expr.selector);
    const [fromMs, toMs] = extent(looks);
    const { rangeMs, selector } = expr;
    const series = await selected(run, selector.matchers, fromMs - rangeMs, toMs);
    return { series, looks, rangeMs };
  }
  if (expr.type !== "subquery") {
    throw promqlErrors.MOR_PROMQL_INVALID("expected type range vector");
  }
  const looks = shifted(run, expr);
  const [fromMs, toMs] = extent(looks);
  const series = await subquerySeries(run, expr, fromMs - expr.rangeMs, toMs);
  return { series, looks, rangeMs: expr.rangeMs };
}

function windows(
  run: Run,
  { looks, rangeMs }: RangeInput,
  { times, values }: RawSeries,
  column: Column,
  compute: RangeFunction,
  parameter: Float64Array | undefined,
): void {
  let from = 0;
  let to = 0;
  for (let step = 0; step < looks.length; step++) {
    const endMs = looks[step] as number;
    const startMs = endMs - rangeMs;
    while (to < times.length && (times[to] as number) <= endMs) to++;
    while (from < to && (times[from] as number) <= startMs) from++;
    if (from === to) continue;
    const window: Window = {
      times,
      values,
      from,
      to,
      startMs,
      endMs,
      evalMs: run.times[step] as number,
      parameter: parameter?.[step] ?? Number.NaN,
    };
    run.budget.spend(to - from);
    const value = compute(window);
    if (value === undefined) continue;
    column.values[step] = value;
    column.has[step] = 1;
  }
}

/** Functions that answer a sample of the metric itself keep its name. */
const keepsName: ReadonlySet<string> = new Set(["last_over_time", "first_over_time"]);

async function overRange(run: Run, call: CallExpr, compute: RangeFunction): Promise<Value> {
  const matrix = call.args.find(({ type }) => type === "matrix" || type === "subquery");
  const other = call.args.find((arg) => arg !== matrix);
  const scalar = other === undefined ? undefined : await evaluateExpr(run, other);
  const parameter = scalar?.type === "scalar" ? scalar.values : undefined;
  const input = await rangeOf(run, matrix as Expr);
  const columns: Column[] = [];
  for (const series of input.series) {
    const labels: Labels = keepsName.has(call.name) ? series.labels : nameless(series.labels);
    const column = columnOf(labels, run.times.length);
    windows(run, input, series, column, compute, parameter);
    columns.push(column);
    await run.budget.pause();
  }
  return { type: "vector", columns: distinct(present(columns)) };
}

async function evaluateCall(run: Run, call: CallExpr): Promise<Value> {
  const [first] = call.args;
  if (call.name === "absent_over_time") {
    const there = await overRange(run, call, () => 1);
    const columns = there.type === "vector" ? there.columns : [];
    return absence(columns, pinnedLabels(first), run.times.length);
  }
  const overWindow = rangeFunctions.get(call.name);
  if (overWindow !== undefined) return overRange(run, call, overWindow);
  if (call.name === "timestamp" && first?.type === "vector") return newest(run, first, true);
  const args: Value[] = [];
  for (const arg of call.args) args.push(await evaluateExpr(run, arg));
  if (call.name === "timestamp") {
    const [value] = args;
    const columns = value?.type === "vector" ? value.columns : [];
    const stamped = columns.map((column) =>
      mapColumn(column, nameless(column.labels), (_, step) => (run.times[step] as number) / 1000),
    );
    return { type: "vector", columns: distinct(stamped) };
  }
  const compute = instantFunctions.get(call.name);
  if (compute === undefined) {
    throw promqlErrors.MOR_PROMQL_INVALID(`unknown function with name "${call.name}"`);
  }
  return compute({ args, exprs: call.args, times: run.times });
}

async function evaluateBinary(run: Run, expr: BinaryExpr): Promise<Value> {
  const left = await evaluateExpr(run, expr.left);
  const right = await evaluateExpr(run, expr.right);
  await run.budget.pause();
  return binary(expr, left, right);
}

async function evaluateExpr(run: Run, expr: Expr): Promise<Value> {
  const steps = run.times.length;
  switch (expr.type) {
    case "number":
      return { type: "scalar", values: new Float64Array(steps).fill(expr.value) };
    case "string":
      return { type: "string", text: expr.value };
    case "vector":
      return newest(run, expr, false);
    case "call":
      return evaluateCall(run, expr);
    case "binary":
      return evaluateBinary(run, expr);
    case "negate": {
      const value = await evaluateExpr(run, expr.expr);
      if (value.type === "scalar") return { type: "scalar", values: value.values.map((v) => -v) };
      const columns = value.type === "vector" ? value.columns : [];
      const negated = columns.map((one) => mapColumn(one, nameless(one.labels), (v) => -v));
      return { type: "vector", columns: distinct(negated) };
    }
    case "aggregate": {
      const parameter = expr.parameter && (await evaluateExpr(run, expr.parameter));
      const value = await evaluateExpr(run, expr.expr);
      await run.budget.pause();
      if (value.type !== "vector") {
        throw promqlErrors.MOR_PROMQL_INVALID("an aggregation takes an instant vector");
      }
      return aggregate(expr, value, parameter, steps);
    }
    default:
      throw promqlErrors.MOR_PROMQL_INVALID(
        'invalid expression type "range vector" for range query, must be Scalar or instant Vector',
      );
  }
}

/** An answer with the times of its steps. */
export interface Evaluated {
  readonly value: Value;
  readonly times: Float64Array;
}

function runOf(evaluation: Evaluation): Run {
  const { startMs, endMs, stepMs, source, clock } = evaluation;
  const limits = { ...promqlLimits, ...evaluation.limits };
  const steps = startMs === endMs ? 1 : Math.floor((endMs - startMs) / stepMs) + 1;
  if (steps > limits.stepsMax) {
    throw promqlErrors.MOR_PROMQL_LIMIT(
      `exceeded maximum resolution of ${limits.stepsMax} points per timeseries. Try decreasing ` +
        "the query resolution (?step=XX)",
    );
  }
  const times = Float64Array.from({ length: steps }, (_, at) => startMs + at * stepMs);
  const budget = new Budget(clock, limits);
  return { times, startMs, endMs, source, limits, budget };
}

/**
 * Evaluates an expression at every step of a range (one step for an instant query).
 * @throws MOR_PROMQL_EXECUTION, MOR_PROMQL_LIMIT, MOR_PROMQL_TIMEOUT
 */
export async function evaluate(evaluation: Evaluation): Promise<Evaluated> {
  const run = runOf(evaluation);
  return { value: await evaluateExpr(run, evaluation.expr), times: run.times };
}

/**
 * The raw samples of a range vector at an instant: what an instant query of `foo[5m]` answers.
 * @throws MOR_PROMQL_INVALID for any other expression
 */
export async function evaluateMatrix(evaluation: Evaluation): Promise<readonly RawSeries[]> {
  const run = runOf(evaluation);
  const { series, looks, rangeMs } = await rangeOf(run, evaluation.expr);
  const endMs = looks[0] as number;
  return series
    .map(({ labels, times, values }) => {
      const inside = times.map((ms) => Number(ms > endMs - rangeMs && ms <= endMs));
      return {
        labels,
        times: times.filter((_, at) => inside[at] === 1),
        values: values.filter((_, at) => inside[at] === 1),
      };
    })
    .filter(({ times }) => times.length > 0);
}
