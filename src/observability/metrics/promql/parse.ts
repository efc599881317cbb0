import type { SyntaxNode } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";
import type { AggregateExpr, At, BinaryOp, Expr, LabelMatcher, MatchOp, Matching } from "./ast.ts";
import { checkTypes } from "./check.ts";
import { promqlErrors } from "./errors.ts";
import { durationMs, numberOf, stringOf } from "./literals.ts";

/** Characters of an expression, and how deep it may nest. */
const lengthMax = 20_000;
const depthMax = 200;

interface Source {
  readonly text: string;
  depth: number;
}

const place = (text: string, at: number): string => {
  const before = text.slice(0, at).split("\n");
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
};

function refuse({ text }: Source, node: SyntaxNode, why: string): Error {
  return promqlErrors.MOR_PROMQL_INVALID(`${place(text, node.from)}: parse error: ${why}`);
}

const textAt = ({ text }: Source, node: SyntaxNode): string => text.slice(node.from, node.to);

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== "LineComment") children.push(child);
  }
  return children;
}

const childAt = (source: Source, node: SyntaxNode, nth: number): SyntaxNode => {
  const child = childrenOf(node)[nth];
  if (child === undefined) throw refuse(source, node, "unexpected end of input");
  return child;
};

function labelOf(source: Source, node: SyntaxNode): string {
  return node.name === "QuotedLabelName" ? stringOf(textAt(source, node)) : textAt(source, node);
}

const grouping = (source: Source, node: SyntaxNode | null): string[] =>
  node === null ? [] : childrenOf(node).map((label) => labelOf(source, label));

function matcherOf(source: Source, node: SyntaxNode): LabelMatcher {
  // A quoted name alone is the metric's.
  if (node.name === "QuotedLabelName") {
    return { label: "__name__", op: "=", value: labelOf(source, node) };
  }
  const label = labelOf(source, childAt(source, node, 0));
  const op = textAt(source, childAt(source, node, 1)) as MatchOp;
  return { label, op, value: stringOf(textAt(source, childAt(source, node, 2))) };
}

function vectorOf(source: Source, node: SyntaxNode): Expr {
  const name = node.getChild("Identifier");
  const list = node.getChild("LabelMatchers");
  const matchers = list === null ? [] : childrenOf(list).map((one) => matcherOf(source, one));
  if (name !== null) {
    if (matchers.some(({ label }) => label === "__name__")) {
      throw refuse(source, node, "metric name must not be set twice");
    }
    matchers.unshift({ label: "__name__", op: "=", value: textAt(source, name) });
  }
  const empty = ({ op, value }: LabelMatcher): boolean =>
    (op === "=" && value === "") ||
    (op === "=~" && (value === "" || value === ".*")) ||
    (op === "!=" && value !== "") ||
    (op === "!~" && value !== "" && value !== ".+");
  if (matchers.every(empty)) {
    throw refuse(source, node, "vector selector must contain at least one non-empty matcher");
  }
  return { type: "vector", matchers, offsetMs: 0, at: undefined };
}

/** A duration written as a number (seconds), with units, or computed from those. */
function durationOf(source: Source, node: SyntaxNode): number {
  const parts = childrenOf(node);
  const [first, second, third] = parts;
  if (parts.length === 0) {
    const text = textAt(source, node);
    return durationMs(text) ?? numberOf(text) * 1000;
  }
  if (first !== undefined && parts.length === 1) return durationOf(source, first);
  if (first?.name === "UnaryOp" && second !== undefined) {
    return durationOf(source, second) * (textAt(source, first) === "-" ? -1 : 1);
  }
  if (first === undefined || second === undefined || third === undefined) {
    throw refuse(source, node, "a duration like 5m is expected");
  }
  const [a, b] = [durationOf(source, first) / 1000, durationOf(source, third) / 1000];
  const computed: Readonly<Record<string, number>> = {
    Add: a + b,
    Sub: a - b,
    Mul: a * b,
    Div: a / b,
    Mod: a % b,
    Pow: a ** b,
  };
  const seconds = computed[second.name];
  if (seconds === undefined) throw refuse(source, second, "a duration like 5m is expected");
  return seconds * 1000;
}

function positive(source: Source, node: SyntaxNode): number {
  const ms = durationOf(source, node);
  if (!(ms > 0)) throw refuse(source, node, "duration must be greater than 0");
  return Math.round(ms);
}

type Shifted = { readonly offsetMs?: number; readonly at?: At };

/** Puts an offset or an @ on what can bear one. */
function shift(source: Source, node: SyntaxNode, expr: Expr, by: Shifted): Expr {
  if (expr.type === "vector" || expr.type === "subquery") return { ...expr, ...by };
  if (expr.type === "matrix") return { ...expr, selector: { ...expr.selector, ...by } };
  throw refuse(
    source,
    node,
    "offset and @ modifiers must be preceded by an instant vector selector, a range vector " +
      "selector or a subquery",
  );
}

function atOf(source: Source, node: SyntaxNode): At {
  const number = node.getChild("NumberDurationLiteral");
  if (number !== null) return Math.round(numberOf(textAt(source, number)) * 1000);
  const start = node.getChild("AtModifierPreprocessors")?.getChild("AtStart") ?? null;
  return start === null ? "end" : "start";
}

function matchingOf(source: Source, node: SyntaxNode | null): Matching {
  if (node === null) return { on: false, labels: [], many: "none", include: [] };
  const [labels, include] = node.getChildren("GroupingLabels");
  const left = node.getChild("GroupLeft") !== null;
  const right = node.getChild("GroupRight") !== null;
  return {
    on: node.getChild("On") !== null,
    labels: grouping(source, labels ?? null),
    many: left ? "left" : right ? "right" : "none",
    include: grouping(source, include ?? null),
  };
}

function binaryOf(source: Source, node: SyntaxNode): Expr {
  const parts = childrenOf(node);
  const [first, operator] = parts;
  const last = parts.at(-1);
  if (first === undefined || operator === undefined || last === undefined || last === operator) {
    throw refuse(source, node, "unexpected end of input");
  }
  const fill = node.getChild("FillModifier");
  if (fill !== null) throw refuse(source, fill, "fill modifiers are not supported");
  const op = textAt(source, operator).toLowerCase() as BinaryOp;
  const left = exprOf(source, first);
  const right = exprOf(source, last);
  const bool = node.getChild("BoolModifier") !== null;
  const matching = matchingOf(source, node.getChild("MatchingModifierClause"));
  // The grammar takes the sign into the number; the power binds closer.
  if (op === "^" && left.type === "number" && /^[-+]/.test(textAt(source, first))) {
    const inner: Expr = {
      type: "binary",
      op,
      left: { ...left, value: Math.abs(left.value) },
      right,
      bool,
      matching,
    };
    return left.value < 0 ? { type: "negate", expr: inner } : inner;
  }
  return { type: "binary", op, left, right, bool, matching };
}

function aggregateOf(source: Source, node: SyntaxNode): AggregateExpr {
  const op = textAt(source, childAt(source, node, 0)).toLowerCase();
  const body = node.getChild("FunctionCallBody");
  const args = body === null ? [] : childrenOf(body).map((arg) => exprOf(source, arg));
  const modifier = node.getChild("AggregateModifier");
  const labels = grouping(source, modifier?.getChild("GroupingLabels") ?? null);
  const without = (modifier?.getChild("Without") ?? null) !== null;
  const expr = args.at(-1);
  if (expr === undefined || args.length > 2) {
    throw refuse(source, node, `wrong number of arguments for aggregate expression ${op}`);
  }
  return {
    type: "aggregate",
    op,
    expr,
    parameter: args.length === 2 ? args[0] : undefined,
    without,
    labels,
  };
}

type Reader = (source: Source, node: SyntaxNode) => Expr;

const readers: Readonly<Record<string, Reader>> = {
  NumberDurationLiteral: (source, node) => ({
    type: "number",
    value: numberOf(textAt(source, node)),
  }),
  StringLiteral: (source, node) => ({ type: "string", value: stringOf(textAt(source, node)) }),
  ParenExpr: (source, node) => exprOf(source, childAt(source, node, 0)),
  VectorSelector: vectorOf,
  BinaryExpr: binaryOf,
  AggregateExpr: aggregateOf,
  UnaryExpr: (source, node) => {
    const expr = exprOf(source, childAt(source, node, 1));
    return textAt(source, childAt(source, node, 0)) === "-" ? { type: "negate", expr } : expr;
  },
  FunctionCall: (source, node) => {
    const body = node.getChild("FunctionCallBody");
    const args = body === null ? [] : childrenOf(body).map((arg) => exprOf(source, arg));
    return { type: "call", name: textAt(source, childAt(source, node, 0)), args };
  },
  MatrixSelector: (source, node) => {
    const selector = exprOf(source, childAt(source, node, 0));
    if (selector.type !== "vector" || selector.offsetMs !== 0 || selector.at !== undefined) {
      throw refuse(source, node, "ranges only allowed for vector selectors");
    }
    return { type: "matrix", selector, rangeMs: positive(source, childAt(source, node, 1)) };
  },
  SubqueryExpr: (source, node) => {
    const [range, step] = node.getChildren("DurationExpr");
    return {
      type: "subquery",
      expr: exprOf(source, childAt(source, node, 0)),
      rangeMs: positive(source, range ?? node),
      stepMs: step === undefined ? undefined : positive(source, step),
      offsetMs: 0,
      at: undefined,
    };
  },
  OffsetExpr: (source, node) =>
    shift(source, node, exprOf(source, childAt(source, node, 0)), {
      offsetMs: Math.round(durationOf(source, childAt(source, node, 2))),
    }),
  StepInvariantExpr: (source, node) =>
    shift(source, node, exprOf(source, childAt(source, node, 0)), { at: atOf(source, node) }),
};

function exprOf(source: Source, node: SyntaxNode): Expr {
  const reader = readers[node.name];
  if (reader === undefined) {
    const shown = textAt(source, node).slice(0, 40);
    throw refuse(source, node, shown === "" ? "unexpected end of input" : `unexpected ${shown}`);
  }
  if (++source.depth > depthMax) throw refuse(source, node, "the expression nests too deep");
  const expr = reader(source, node);
  source.depth--;
  return expr;
}

/** Finds the first place that the grammar did not understand; without recursion. */
function firstError(source: Source, top: SyntaxNode): void {
  let depth = 0;
  let error: SyntaxNode | undefined;
  const cursor = top.cursor();
  cursor.iterate(
    (node) => {
      depth++;
      if (depth > depthMax * 4) throw refuse(source, top, "the expression nests too deep");
      if (node.type.isError) error ??= node.node;
    },
    () => {
      depth--;
    },
  );
  if (error === undefined) return;
  const rest = source.text.slice(error.from).trim();
  throw refuse(
    source,
    error,
    rest === "" ? "unexpected end of input" : `unexpected ${rest.slice(0, 40)}`,
  );
}

/**
 * Parses an expression of PromQL and checks the types of its parts.
 * @throws MOR_PROMQL_INVALID with line and column
 */
export function parsePromql(text: string): Expr {
  if (text.length > lengthMax) {
    throw promqlErrors.MOR_PROMQL_INVALID(`the expression is longer than ${lengthMax} characters`);
  }
  const source: Source = { text, depth: 0 };
  const top = parser.parse(text).topNode;
  firstError(source, top);
  const [first] = childrenOf(top);
  if (first === undefined) throw refuse(source, top, "no expression found in input");
  const expr = exprOf(source, first);
  checkTypes(expr);
  return expr;
}
