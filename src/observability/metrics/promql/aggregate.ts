import type { AggregateExpr } from "./ast.ts";
import { promqlErrors } from "./errors.ts";
import { formatValue } from "./literals.ts";
import { quantileOf } from "./range-functions.ts";
import type { Column, Labels, Value } from "./values.ts";
import { columnOf, labelKey, only, present, without } from "./values.ts";

interface Group {
  readonly labels: Labels;
  readonly columns: Column[];
}

function groupsOf(expr: AggregateExpr, columns: readonly Column[]): readonly Group[] {
  const dropped = new Set([...expr.labels, "__name__"]);
  const groups = new Map<string, Group>();
  for (const column of columns) {
    const labels = expr.without
      ? without(column.labels, dropped)
      : only(column.labels, expr.labels);
    const key = labelKey(labels);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { labels, columns: [column] });
    else group.columns.push(column);
  }
  return [...groups.values()];
}

function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  if (Number.isFinite(sum)) return sum / values.length;
  // Where the sum is too large the mean need not be.
  let average = 0;
  for (const [at, value] of values.entries()) average += value / (at + 1) - average / (at + 1);
  return Number.isNaN(average) ? sum : average;
}

function variance(values: readonly number[]): number {
  let average = 0;
  let squares = 0;
  for (const [at, value] of values.entries()) {
    const before = value - average;
    average += before / (at + 1);
    squares += before * (value - average);
  }
  return squares / values.length;
}

function extreme(values: readonly number[], better: (a: number, b: number) => boolean): number {
  let best = values[0] as number;
  for (const value of values) if (Number.isNaN(best) || better(value, best)) best = value;
  return best;
}

const folds: Readonly<Record<string, (values: readonly number[], q: number) => number>> = {
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  avg: mean,
  min: (values) => extreme(values, (a, b) => a < b),
  max: (values) => extreme(values, (a, b) => a > b),
  count: (values) => values.length,
  group: () => 1,
  stdvar: variance,
  stddev: (values) => Math.sqrt(variance(values)),
  quantile: (values, q) => quantileOf(q, values),
};

function folded(
  group: Group,
  steps: number,
  op: string,
  parameter: Float64Array | undefined,
): Column {
  const answer = columnOf(group.labels, steps);
  const fold = folds[op];
  if (fold === undefined) throw promqlErrors.MOR_PROMQL_INVALID(`unknown aggregation "${op}"`);
  const values: number[] = [];
  for (let step = 0; step < steps; step++) {
    values.length = 0;
    for (const { has, values: own } of group.columns) {
      if (has[step] === 1) values.push(own[step] as number);
    }
    if (values.length === 0) continue;
    answer.values[step] = fold(values, parameter?.[step] ?? Number.NaN);
    answer.has[step] = 1;
  }
  return answer;
}

/** The first `k` of a group at every step; NaN comes last whichever way. */
function ranked(group: Group, steps: number, k: Float64Array, sign: 1 | -1): Column[] {
  const answers = group.columns.map(({ labels }) => columnOf(labels, steps));
  const order: number[] = [];
  for (let step = 0; step < steps; step++) {
    order.length = 0;
    for (const [at, { has }] of group.columns.entries()) if (has[step] === 1) order.push(at);
    const valueOf = (at: number): number => group.columns[at]?.values[step] ?? Number.NaN;
    order.sort((a, b) => {
      const [x, y] = [valueOf(a), valueOf(b)];
      if (Number.isNaN(x) || Number.isNaN(y))
        return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
      return x === y ? 0 : sign * (y - x);
    });
    const wanted = k[step] ?? 0;
    for (const at of order.slice(0, wanted >= 1 ? Math.floor(wanted) : 0)) {
      const answer = answers[at] as Column;
      answer.values[step] = valueOf(at);
      answer.has[step] = 1;
    }
  }
  return answers;
}

function countedValues(group: Group, steps: number, label: string): Column[] {
  const answers = new Map<string, Column>();
  for (const { has, values } of group.columns) {
    for (let step = 0; step < steps; step++) {
      if (has[step] !== 1) continue;
      const text = formatValue(values[step] as number);
      let answer = answers.get(text);
      if (answer === undefined) {
        answer = columnOf({ ...group.labels, [label]: text }, steps);
        answers.set(text, answer);
      }
      answer.values[step] = (answer.values[step] as number) + 1;
      answer.has[step] = 1;
    }
  }
  return [...answers.values()];
}

const labelForm = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Applies an aggregation. */
export function aggregate(
  expr: AggregateExpr,
  value: Value & { readonly type: "vector" },
  parameter: Value | undefined,
  steps: number,
): Value {
  const groups = groupsOf(expr, value.columns);
  const scalar = parameter?.type === "scalar" ? parameter.values : undefined;
  if (expr.op === "topk" || expr.op === "bottomk") {
    const sign = expr.op === "topk" ? 1 : -1;
    const k = scalar ?? new Float64Array(steps);
    const columns = groups.flatMap((group) => ranked(group, steps, k, sign));
    const first = (column: Column): number => column.values[0] ?? 0;
    const sorted = steps === 1 ? columns.sort((a, b) => sign * (first(b) - first(a))) : columns;
    return { type: "vector", columns: present(sorted), sorted: steps === 1 };
  }
  if (expr.op === "count_values") {
    const label = parameter?.type === "string" ? parameter.text : "";
    if (!labelForm.test(label)) {
      throw promqlErrors.MOR_PROMQL_EXECUTION(`invalid label name "${label}"`);
    }
    return {
      type: "vector",
      columns: groups.flatMap((group) => countedValues(group, steps, label)),
    };
  }
  const columns = groups.map((group) => folded(group, steps, expr.op, scalar));
  return { type: "vector", columns: present(columns) };
}
