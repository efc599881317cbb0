import type { Json } from "../../../core/json.ts";
import { isObject, own, sameValue } from "../values.ts";
import type { JsonObject } from "../values.ts";
import { instantOf } from "./timestamp.ts";
import type { Instant } from "./timestamp.ts";

/** Reads what a path of a rule names; undefined where nothing is. */
export type Reader = (path: string) => Json | undefined;

type Comparison = (difference: number) => boolean;
type Order = (a: Json, b: Json) => number | undefined;

const byString: Order = (a, b) => {
  if (typeof a !== "string" || typeof b !== "string") return undefined;
  return a < b ? -1 : a > b ? 1 : 0;
};

const byNumber: Order = (a, b) =>
  typeof a === "number" && typeof b === "number" ? a - b : undefined;

const byTime: Order = (a, b) => {
  const [first, second] = [timeOf(a), timeOf(b)];
  if (first === undefined || second === undefined) return undefined;
  return first.seconds - second.seconds || first.nanos - second.nanos;
};

function timeOf(value: Json): Instant | undefined {
  return typeof value === "string" ? instantOf(value) : undefined;
}

const orders: Readonly<Record<string, Order>> = {
  String: byString,
  Numeric: byNumber,
  Timestamp: byTime,
};
const comparisons: Readonly<Record<string, Comparison>> = {
  Equals: (difference) => difference === 0,
  LessThan: (difference) => difference < 0,
  GreaterThan: (difference) => difference > 0,
  LessThanEquals: (difference) => difference <= 0,
  GreaterThanEquals: (difference) => difference >= 0,
};

/** Whether a value is what an operator compares it with; a value of another type never is. */
type Test = (value: Json, operand: Json) => boolean;

function orderedTests(): [string, Test][] {
  return Object.entries(orders).flatMap(([type, order]) =>
    Object.entries(comparisons).map(([name, holds]): [string, Test] => [
      `${type}${name}`,
      (value, operand) => {
        const difference = order(value, operand);
        return difference !== undefined && holds(difference);
      },
    ]),
  );
}

/** The parts of a pattern between its stars, escapes resolved. */
function patternParts(pattern: string): string[] {
  const parts = [""];
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? "";
    if (char === "*") parts.push("");
    else if (char === "\\" && /[*\\]/.test(pattern[at + 1] ?? "")) {
      parts[parts.length - 1] += pattern[++at] ?? "";
    } else parts[parts.length - 1] += char;
  }
  return parts;
}

/** Matches greedily from the left, which is linear in text and pattern. */
function matchesPattern(text: string, pattern: string): boolean {
  const parts = patternParts(pattern);
  const [first = "", ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (text.length < first.length + last.length) return false;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, from);
    if (found === -1) return false;
    from = found + part.length;
  }
  return from <= text.length - last.length;
}

const types: readonly [string, (value: Json) => boolean][] = [
  ["IsNull", (value) => value === null],
  ["IsNumeric", (value) => typeof value === "number"],
  ["IsString", (value) => typeof value === "string"],
  ["IsBoolean", (value) => typeof value === "boolean"],
  ["IsTimestamp", (value) => timeOf(value) !== undefined],
];

const tests: ReadonlyMap<string, Test> = new Map<string, Test>([
  ...orderedTests(),
  ["BooleanEquals", (a, b) => typeof a === "boolean" && sameValue(a, b)],
  [
    "StringMatches",
    (a, b) => typeof a === "string" && typeof b === "string" && matchesPattern(a, b),
  ],
  ...types.map(([name, is]): [string, Test] => [name, (value, wanted) => is(value) === wanted]),
]);

const withPath = [...tests.keys()].filter((name) => !/^Is|^StringMatches$/.test(name));

/** The names of all operators that compare a Variable. */
export const operators: ReadonlySet<string> = new Set([
  ...tests.keys(),
  ...withPath.map((name) => `${name}Path`),
  "IsPresent",
]);

/** A Variable or a ...Path operand that names nothing; IsPresent alone may ask for it. */
export class VariableMissing extends Error {
  readonly path: string;
  constructor(path: string) {
    super(`the path ${path} names nothing`);
    this.path = path;
  }
}

function needed(read: Reader, path: Json | undefined): Json {
  const text = typeof path === "string" ? path : "";
  const value = read(text);
  if (value === undefined) throw new VariableMissing(text);
  return value;
}

function comparison(rule: JsonObject, read: Reader): boolean {
  const operator = Object.keys(rule).find((key) => operators.has(key)) ?? "";
  const operand = own(rule, operator) ?? null;
  const variable = own(rule, "Variable");
  if (operator === "IsPresent") {
    const isThere = typeof variable === "string" && read(variable) !== undefined;
    return isThere === operand;
  }
  const value = needed(read, variable);
  const test = tests.get(operator);
  if (test !== undefined) return test(value, operand);
  return tests.get(operator.slice(0, -"Path".length))?.(value, needed(read, operand)) ?? false;
}

/** Whether a rule of a JSONPath Choice holds. @throws VariableMissing */
export function holds(rule: Json, read: Reader): boolean {
  if (!isObject(rule)) return false;
  const [not, and, or] = ["Not", "And", "Or"].map((name) => own(rule, name));
  if (not !== undefined) return !holds(not, read);
  if (Array.isArray(and)) return (and as readonly Json[]).every((part) => holds(part, read));
  if (Array.isArray(or)) return (or as readonly Json[]).some((part) => holds(part, read));
  return comparison(rule, read);
}
