/** How a matcher compares a label. */
export type MatchOp = "=" | "!=" | "=~" | "!~";

/** One condition of a selector. */
export interface LabelMatcher {
  readonly label: string;
  readonly op: MatchOp;
  readonly value: string;
}

/** When a selector or subquery looks, instead of the time of evaluation. */
export type At = number | "start" | "end";

/** A selector of the newest sample of each series. */
export interface VectorExpr {
  readonly type: "vector";
  /** With the metric's name as a matcher of `__name__`. */
  readonly matchers: readonly LabelMatcher[];
  readonly offsetMs: number;
  readonly at: At | undefined;
}

/** A selector of the samples of each series over a stretch of time. */
export interface MatrixExpr {
  readonly type: "matrix";
  readonly selector: VectorExpr;
  readonly rangeMs: number;
}

/** An expression evaluated over a stretch of time. */
export interface SubqueryExpr {
  readonly type: "subquery";
  readonly expr: Expr;
  readonly rangeMs: number;
  /** A minute where left out. */
  readonly stepMs: number | undefined;
  readonly offsetMs: number;
  readonly at: At | undefined;
}

/** Binary operators. */
export type BinaryOp =
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "^"
  | "atan2"
  | "=="
  | "!="
  | ">"
  | "<"
  | ">="
  | "<="
  | "and"
  | "or"
  | "unless";

/** How the series of two sides find each other. */
export interface Matching {
  readonly on: boolean;
  readonly labels: readonly string[];
  readonly many: "none" | "left" | "right";
  /** Labels taken over from the side of one. */
  readonly include: readonly string[];
}

/** Two expressions and an operator. */
export interface BinaryExpr {
  readonly type: "binary";
  readonly op: BinaryOp;
  readonly left: Expr;
  readonly right: Expr;
  /** Comparisons answer 0 or 1 instead of filtering. */
  readonly bool: boolean;
  readonly matching: Matching;
}

/** An aggregation over series. */
export interface AggregateExpr {
  readonly type: "aggregate";
  readonly op: string;
  readonly expr: Expr;
  readonly parameter: Expr | undefined;
  readonly without: boolean;
  readonly labels: readonly string[];
}

/** A call of a function. */
export interface CallExpr {
  readonly type: "call";
  readonly name: string;
  readonly args: readonly Expr[];
}

/** A PromQL expression. Parentheses are gone. */
export type Expr =
  | { readonly type: "number"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "negate"; readonly expr: Expr }
  | VectorExpr
  | MatrixExpr
  | SubqueryExpr
  | BinaryExpr
  | AggregateExpr
  | CallExpr;

/** What an expression answers. */
export type ValueType = "scalar" | "string" | "vector" | "matrix";

/** Comparison operators. */
export const comparisons: ReadonlySet<string> = new Set(["==", "!=", ">", "<", ">=", "<="]);

/** Operators on sets of series. */
export const setOperators: ReadonlySet<string> = new Set(["and", "or", "unless"]);
