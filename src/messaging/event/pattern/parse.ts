import { duplicateKey } from "./duplicate-keys.ts";
import { isObject, parseLeaf } from "./leaf-parse.ts";
import type { Branch, Constraint, Leaf, Pattern } from "./pattern.ts";
import { invalidPattern } from "./refusal.ts";

/** Limits on a pattern; the defaults are EventBridge's where it states one. */
export interface PatternLimits {
  /** Characters of the pattern as JSON text without blanks. Default 2,048. */
  readonly lengthMax?: number;
  /** Levels of nested objects. Default 100. */
  readonly depthMax?: number;
  /** Elements of all lists together, those inside operators included. Default 1,000. */
  readonly alternativesMax?: number;
  /** Rule combinations: the product of the lengths of all `$or` lists. Default 1,000. */
  readonly combinationsMax?: number;
  /** Stars in one wildcard. Default 100. */
  readonly wildcardStarsMax?: number;
}

const defaults: Required<PatternLimits> = {
  lengthMax: 2048,
  depthMax: 100,
  alternativesMax: 1000,
  combinationsMax: 1000,
  wildcardStarsMax: 100,
};

/** Names that mean operators, now or later, and so cannot be keys inside `$or` (event-ruler). */
const reservedInOr: ReadonlySet<string> = new Set(
  (
    "exactly equals-ignore-case prefix suffix anything-but exists wildcard numeric cidr " +
    "= < <= > >= regex not-wildcard not-equals-ignore-case date-after date-on-or-after " +
    "date-before date-on-or-before in-date-range ip-address-in-range ip-address-not-in-range"
  ).split(" "),
);

interface Parsing {
  readonly limits: Required<PatternLimits>;
  readonly path: string[];
  alternatives: number;
  combinations: number;
}

function refuse(parsing: Parsing, reason: string): never {
  throw invalidPattern(reason, parsing.path);
}

/**
 * Whether the value of a key `$or` means alternatives. Anything else under that name is an
 * ordinary key, as in EventBridge, whose patterns had such keys before they had `$or`.
 */
function isOr(key: string, value: unknown): value is readonly Record<string, unknown>[] {
  if (key !== "$or" || !Array.isArray(value) || value.length < 2) return false;
  return value.every((item: unknown) => {
    if (!isObject(item)) return false;
    const keys = Object.keys(item);
    return keys.length > 0 && !keys.some((name) => reservedInOr.has(name));
  });
}

/** Elements of a list and of the lists within it. */
function countAlternatives(values: readonly unknown[]): number {
  let count = values.length;
  for (const value of values) {
    const operand: unknown = isObject(value) ? Object.values(value)[0] : undefined;
    if (Array.isArray(operand)) count += operand.length;
    else if (isObject(operand)) {
      const inner: unknown = Object.values(operand)[0];
      if (Array.isArray(inner)) count += inner.length;
    }
  }
  return count;
}

function parseList(parsing: Parsing, values: readonly unknown[]): readonly Leaf[] {
  if (values.length === 0) refuse(parsing, "Empty arrays are not allowed");
  parsing.alternatives += countAlternatives(values);
  if (parsing.alternatives > parsing.limits.alternativesMax) {
    refuse(parsing, `More than ${parsing.limits.alternativesMax} values`);
  }
  const rules = {
    refuse: (reason: string): never => refuse(parsing, reason),
    starsMax: parsing.limits.wildcardStarsMax,
  };
  return values.map((value) => parseLeaf(value, rules));
}

/** Every branch of `left` joined with every branch of `right`. */
function join(parsing: Parsing, left: readonly Branch[], right: readonly Branch[]): Branch[] {
  return left.flatMap((one) =>
    right.map((other) => {
      const twice = other.find(({ path }) => one.some((constraint) => constraint.path === path));
      if (twice !== undefined) {
        refuse(parsing, `Path \`${twice.path}\` cannot be allowed multiple times`);
      }
      return [...one, ...other];
    }),
  );
}

function parseOr(parsing: Parsing, items: readonly Record<string, unknown>[]): readonly Branch[] {
  parsing.combinations *= items.length;
  if (parsing.combinations > parsing.limits.combinationsMax) {
    const most = parsing.limits.combinationsMax;
    refuse(parsing, `The $or lists make more than ${most} rule combinations`);
  }
  return items.flatMap((item) => parseObject(parsing, item, true));
}

function parseField(parsing: Parsing, value: unknown, insideOr: boolean): readonly Branch[] {
  const key = parsing.path.at(-1) ?? "";
  if (insideOr && reservedInOr.has(key)) {
    refuse(parsing, `${key} is Ruler reserved fieldName which cannot be used inside $or.`);
  }
  if (Array.isArray(value)) {
    const leaves = parseList(parsing, value);
    const constraint: Constraint = { path: parsing.path.join("."), leaves };
    return [[constraint]];
  }
  if (isObject(value)) return parseObject(parsing, value, insideOr);
  return refuse(parsing, `"${key}" must be an object or an array`);
}

function parseObject(
  parsing: Parsing,
  object: Record<string, unknown>,
  insideOr: boolean,
): readonly Branch[] {
  const { limits, path } = parsing;
  if (path.length >= limits.depthMax) refuse(parsing, `Deeper than ${limits.depthMax} levels`);
  const entries = Object.entries(object);
  if (entries.length === 0) refuse(parsing, "Empty objects are not allowed");
  let branches: readonly Branch[] = [[]];
  for (const [key, value] of entries) {
    if (isOr(key, value)) {
      branches = join(parsing, branches, parseOr(parsing, value));
      continue;
    }
    path.push(key);
    branches = join(parsing, branches, parseField(parsing, value, insideOr));
    path.pop();
  }
  return branches;
}

function byPath(one: Constraint, other: Constraint): number {
  return one.path < other.path ? -1 : 1;
}

function parseText(text: string, limits: Required<PatternLimits>): unknown {
  // Blanks do not count, yet a text of blanks alone must not cost: hence the factor.
  if (text.length > limits.lengthMax * 16) throw tooLong(limits);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalidPattern("The text is not JSON", []);
  }
  const twice = duplicateKey(text);
  if (twice === undefined) return json;
  throw invalidPattern(`Path \`${twice}\` cannot be allowed multiple times`, [twice]);
}

function tooLong(limits: Required<PatternLimits>): Error {
  return invalidPattern(`The pattern is longer than ${limits.lengthMax} characters`, []);
}

/**
 * Validates an event pattern as EventBridge does (eb-create-pattern-operators, and recorded
 * answers of the service) and prepares it for {@link compileRules} and {@link explain}.
 *
 * Stricter than EventBridge in one thing: a path given twice (`a.b` beside `a: { b }`, or again
 * within `$or`), and a key given twice in text, are refused; EventBridge keeps one in silence.
 *
 * @param json the pattern: a JSON object, or JSON text
 * @param limits overrides of the limits
 * @throws MOR_EVENT_PATTERN_INVALID; its details hold `awsCode` (InvalidEventPatternException),
 *   `awsMessage` (Event pattern is not valid. Reason: ...), `reason` and `path`
 * @example
 * const pattern = parsePattern({ source: ["shop"], detail: { total: [{ numeric: [">", 100] }] } });
 */
export function parsePattern(json: unknown, limits: PatternLimits = {}): Pattern {
  const all = { ...defaults, ...limits };
  const source = typeof json === "string" ? parseText(json, all) : json;
  if (!isObject(source)) throw invalidPattern("Filter is not an object", []);
  const parsing: Parsing = { limits: all, path: [], alternatives: 0, combinations: 1 };
  const branches = parseObject(parsing, source, false).map((branch) => branch.toSorted(byPath));
  const text = JSON.stringify(source);
  if (text.length > all.lengthMax) throw tooLong(all);
  return { source: JSON.parse(text) as Record<string, unknown>, branches };
}
