import type { BinaryExpr, BinaryOp, Matching } from "./ast.ts";
import { comparisons } from "./ast.ts";
import { promqlErrors } from "./errors.ts";
import type { Column, Labels, Value } from "./values.ts";
import {
  columnOf,
  distinct,
  keyOn,
  labelKey,
  mapColumn,
  nameless,
  only,
  present,
  printLabels,
  without,
} from "./values.ts";

const operations: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "^": (a, b) => a ** b,
  atan2: (a, b) => Math.atan2(a, b),
  "==": (a, b) => Number(a === b),
  "!=": (a, b) => Number(a !== b),
  ">": (a, b) => Number(a > b),
  "<": (a, b) => Number(a < b),
  ">=": (a, b) => Number(a >= b),
  "<=": (a, b) => Number(a <= b),
};

const operation = (op: BinaryOp): ((a: number, b: number) => number) =>
  operations[op] as (a: number, b: number) => number;

/** A vector and a scalar: each value alone. */
function withScalar(
  expr: BinaryExpr,
  columns: readonly Column[],
  scalar: Float64Array,
  scalarLeft: boolean,
): Value {
  const compute = operation(expr.op);
  const filters = comparisons.has(expr.op) && !expr.bool;
  const answered = columns.map((column): Column => {
    const apply = (value: number, step: number): number => {
      const other = scalar[step] as number;
      return scalarLeft ? compute(other, value) : compute(value, other);
    };
    if (!filters) return mapColumn(column, nameless(column.labels), apply);
    const kept = columnOf(column.labels, column.values.length);
    for (let step = 0; step < kept.values.length; step++) {
      const value = column.values[step] as number;
      if (column.has[step] !== 1 || apply(value, step) !== 1) continue;
      kept.values[step] = value;
      kept.has[step] = 1;
    }
    return kept;
  });
  return { type: "vector", columns: distinct(present(answered)) };
}

const keyOf = (matching: Matching): ((labels: Labels) => string) => {
  if (matching.on) return (labels) => keyOn(labels, matching.labels);
  const left = new Set([...matching.labels, "__name__"]);
  return (labels) => labelKey(without(labels, left));
};

function grouped(columns: readonly Column[], matching: Matching): Map<string, Column[]> {
  const groups = new Map<string, Column[]>();
  const key = keyOf(matching);
  for (const column of columns) {
    const of = key(column.labels);
    const group = groups.get(of);
    if (group === undefined) groups.set(of, [column]);
    else group.push(column);
  }
  return groups;
}

/** `and`, `or`, `unless`: step by step, which groups are there. */
function setOperation(expr: BinaryExpr, left: readonly Column[], right: readonly Column[]): Value {
  const key = keyOf(expr.matching);
  const groups = grouped(expr.op === "or" ? left : right, expr.matching);
  const filtered = expr.op === "or" ? right : left;
  const wanted = expr.op === "and";
  const kept = filtered.map((column) => {
    const others = groups.get(key(column.labels)) ?? [];
    const answer = columnOf(column.labels, column.values.length);
    for (let step = 0; step < answer.values.length; step++) {
      const there = others.some(({ has }) => has[step] === 1);
      if (column.has[step] !== 1 || there !== wanted) continue;
      answer.values[step] = column.values[step] as number;
      answer.has[step] = 1;
    }
    return answer;
  });
  const columns = expr.op === "or" ? distinct([...left, ...present(kept)]) : present(kept);
  return { type: "vector", columns };
}

function answerLabels(expr: BinaryExpr, many: Labels, one: Labels): Labels {
  const { matching, op, bool } = expr;
  const drops = !comparisons.has(op) || bool;
  const labels: Record<string, string> = { ...(drops ? nameless(many) : many) };
  if (matching.many === "none") {
    return matching.on ? only(labels, matching.labels) : without(labels, new Set(matching.labels));
  }
  for (const label of matching.include) {
    const value = one[label];
    if (value === undefined || value === "") delete labels[label];
    else labels[label] = value;
  }
  return labels;
}

/** The one column of a group that has a value at a step. */
function oneOf(group: readonly Column[], step: number, side: string): Column | undefined {
  let found: Column | undefined;
  for (const column of group) {
    if (column.has[step] !== 1) continue;
    if (found !== undefined) {
      throw promqlErrors.MOR_PROMQL_EXECUTION(
        `found duplicate series for the match group on the ${side} hand-side of the operation: ` +
          `[${printLabels(found.labels)}, ${printLabels(column.labels)}];many-to-many matching ` +
          "not allowed: matching labels must be unique on one side",
      );
    }
    found = column;
  }
  return found;
}

interface Answers {
  readonly byKey: Map<string, Column>;
  readonly steps: number;
}

function put(answers: Answers, labels: Labels, step: number, value: number, alone: boolean): void {
  const key = labelKey(labels);
  let column = answers.byKey.get(key);
  if (column === undefined) {
    column = columnOf(labels, answers.steps);
    answers.byKey.set(key, column);
  }
  if (column.has[step] === 1) {
    throw promqlErrors.MOR_PROMQL_EXECUTION(
      alone
        ? "multiple matches for labels: many-to-one matching must be explicit " +
            "(group_left/group_right)"
        : "multiple matches for labels: grouping labels must ensure unique matches",
    );
  }
  column.values[step] = value;
  column.has[step] = 1;
}

/** Each series of the side of many with the one of its group on the other side. */
function matched(expr: BinaryExpr, left: readonly Column[], right: readonly Column[]): Value {
  const { matching, op, bool } = expr;
  const swapped = matching.many === "right";
  const [many, one] = swapped ? [right, left] : [left, right];
  const groups = grouped(one, matching);
  const key = keyOf(matching);
  const compute = operation(op);
  const filters = comparisons.has(op) && !bool;
  const alone = matching.many === "none";
  const answers: Answers = { byKey: new Map(), steps: many[0]?.values.length ?? 0 };
  const taken = new Map<string, Uint8Array>();
  for (const column of many) {
    const own = key(column.labels);
    const group = groups.get(own);
    if (group === undefined) continue;
    const used = taken.get(own) ?? new Uint8Array(answers.steps);
    taken.set(own, used);
    const labels = new Map<Column, Labels>();
    for (let step = 0; step < answers.steps; step++) {
      if (column.has[step] !== 1) continue;
      const other = oneOf(group, step, swapped ? "left" : "right");
      if (other === undefined) continue;
      const value = column.values[step] as number;
      const against = other.values[step] as number;
      const result = swapped ? compute(against, value) : compute(value, against);
      if (alone && used[step] === 1) {
        throw promqlErrors.MOR_PROMQL_EXECUTION(
          "multiple matches for labels: many-to-one matching must be explicit " +
            "(group_left/group_right)",
        );
      }
      used[step] = 1;
      if (filters && result !== 1) continue;
      const to = labels.get(other) ?? answerLabels(expr, column.labels, other.labels);
      labels.set(other, to);
      put(answers, to, step, filters ? (swapped ? against : value) : result, alone);
    }
  }
  return { type: "vector", columns: [...answers.byKey.values()] };
}

/**
 * Applies a binary operator to two values.
 * @throws MOR_PROMQL_EXECUTION where series do not match one to one or one to many
 */
export function binary(expr: BinaryExpr, left: Value, right: Value): Value {
  if (left.type === "scalar" && right.type === "scalar") {
    const compute = operation(expr.op);
    const values = left.values.map((value, step) => compute(value, right.values[step] as number));
    return { type: "scalar", values };
  }
  if (left.type === "vector" && right.type === "scalar") {
    return withScalar(expr, left.columns, right.values, false);
  }
  if (left.type === "scalar" && right.type === "vector") {
    return withScalar(expr, right.columns, left.values, true);
  }
  if (left.type !== "vector" || right.type !== "vector") {
    throw promqlErrors.MOR_PROMQL_INVALID("operators take scalars and instant vectors");
  }
  return comparisons.has(expr.op) || expr.op in operations
    ? matched(expr, left.columns, right.columns)
    : setOperation(expr, left.columns, right.columns);
}
