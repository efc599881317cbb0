import type { Leaf, NumericLeaf, PositiveLeaf, Scalar } from "./pattern.ts";

/** A literal value. */
export interface ExactCondition {
  readonly op: "exact";
  readonly value: Scalar;
}

/** How a string starts or ends; `value` is in lower case when `ignoreCase` is set. */
export interface AffixCondition {
  readonly op: "prefix" | "suffix";
  readonly value: string;
  readonly ignoreCase?: true;
}

/** A whole string: in any case (`value` is in lower case), or with stars. */
export interface TextCondition {
  readonly op: "equals-ignore-case" | "wildcard";
  readonly value: string;
}

/** A number: `equals` alone, or a lower end, an upper end, or both. */
export interface NumericCondition {
  readonly op: "numeric";
  readonly equals?: number;
  readonly above?: number;
  readonly atLeast?: number;
  readonly below?: number;
  readonly atMost?: number;
}

/** Any value, or none. */
export interface ExistsCondition {
  readonly op: "exists";
  readonly present: boolean;
}

/** An address in a network: `10.0.0.0/8`. */
export interface CidrCondition {
  readonly op: "cidr";
  readonly value: string;
}

/** What may stand inside `anything-but`. */
export type PositiveCondition = ExactCondition | AffixCondition | TextCondition;

/** A value that none of `but` fits. */
export interface AnythingButCondition {
  readonly op: "anything-but";
  readonly but: readonly PositiveCondition[];
}

/** What one alternative of a path asks for: its operator and operand. Plain data, fit for JSON. */
export type LeafCondition =
  | PositiveCondition
  | NumericCondition
  | ExistsCondition
  | CidrCondition
  | AnythingButCondition;

function numericCondition({ min, minOpen, max, maxOpen }: NumericLeaf): NumericCondition {
  if (min === max) return { op: "numeric", equals: min };
  return {
    op: "numeric",
    ...(min !== -Infinity && { [minOpen ? "above" : "atLeast"]: min }),
    ...(max !== Infinity && { [maxOpen ? "below" : "atMost"]: max }),
  };
}

function positiveCondition(leaf: PositiveLeaf): PositiveCondition {
  switch (leaf.op) {
    case "exact":
      return { op: leaf.op, value: leaf.value };
    case "prefix":
    case "suffix":
      return { op: leaf.op, value: leaf.text, ...(leaf.ignoreCase && { ignoreCase: true }) };
    case "equals-ignore-case":
    case "wildcard":
      return { op: leaf.op, value: leaf.text };
  }
}

/** What a leaf asks for, as plain data: `{ op: "prefix", value: "abc" }`. */
export function conditionOf(leaf: Leaf): LeafCondition {
  switch (leaf.op) {
    case "numeric":
      return numericCondition(leaf);
    case "exists":
      return { op: leaf.op, present: leaf.present };
    case "cidr":
      return { op: leaf.op, value: leaf.text };
    case "anything-but":
      return { op: leaf.op, but: leaf.but.map(positiveCondition) };
    default:
      return positiveCondition(leaf);
  }
}
