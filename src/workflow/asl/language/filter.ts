import type { Json } from "../../../core/json.ts";
import { isObject, sameValue } from "../values.ts";
import type { Filter, Operand, Path } from "./path.ts";

/** Reads a path within a filter; undefined where nothing is. */
export type PathReader = (path: Path) => Json | undefined;

function ordered(a: Json | undefined, b: Json | undefined): number | undefined {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  return undefined;
}

const listed = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : [];
const includes = (list: readonly Json[], value: Json | undefined): boolean =>
  value !== undefined && list.some((one) => sameValue(one, value));

function sizeOf(value: Json | undefined): number | undefined {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : undefined;
}

function contains(value: Json | undefined, part: Json | undefined): boolean {
  if (typeof value === "string" && typeof part === "string") return value.includes(part);
  return includes(listed(value), part);
}

type Comparison = (a: Json | undefined, b: Json | undefined) => boolean;

const order =
  (holds: (difference: number) => boolean): Comparison =>
  (a, b) => {
    const difference = ordered(a, b);
    return difference !== undefined && holds(difference);
  };
const equal: Comparison = (a, b) => a !== undefined && b !== undefined && sameValue(a, b);

/** The operators of Jayway's JsonPath; values of different types are never in order. */
export const comparisons: Readonly<Record<string, Comparison>> = {
  "==": equal,
  "!=": (a, b) => !equal(a, b),
  "<=": order((difference) => difference <= 0),
  ">=": order((difference) => difference >= 0),
  "<": order((difference) => difference < 0),
  ">": order((difference) => difference > 0),
  in: (a, b) => includes(listed(b), a),
  nin: (a, b) => !includes(listed(b), a),
  contains,
  size: (a, b) => sizeOf(a) !== undefined && sizeOf(a) === b,
  empty: (a, b) => sizeOf(a) !== undefined && (sizeOf(a) === 0) === b,
  subsetof: (a, b) => Array.isArray(a) && listed(a).every((one) => includes(listed(b), one)),
  anyof: (a, b) => listed(a).some((one) => includes(listed(b), one)),
  noneof: (a, b) => !listed(a).some((one) => includes(listed(b), one)),
};

function valueOf(operand: Operand, read: PathReader): Json | undefined {
  if (operand.kind === "path") return read(operand.path);
  return operand.kind === "literal" ? operand.value : undefined;
}

function compares(filter: Filter & { readonly kind: "compare" }, read: PathReader): boolean {
  const left = valueOf(filter.left, read);
  if (filter.right.kind === "regex") {
    return typeof left === "string" && filter.right.regex.matches(left);
  }
  return comparisons[filter.operator]?.(left, valueOf(filter.right, read)) ?? false;
}

/** Whether an item passes the filter. */
export function passes(filter: Filter, read: PathReader): boolean {
  switch (filter.kind) {
    case "or":
      return filter.parts.some((part) => passes(part, read));
    case "and":
      return filter.parts.every((part) => passes(part, read));
    case "not":
      return !passes(filter.part, read);
    case "exists":
      return valueOf(filter.operand, read) !== undefined;
    case "compare":
      return compares(filter, read);
  }
}
