import { MorningError } from "../../../core/errors.ts";
import { eventPatternErrors } from "./errors.ts";
import { isObject } from "./leaf-parse.ts";
import { parsePattern } from "./parse.ts";
import type { Leaf, Pattern } from "./pattern.ts";
import { compileRules } from "./pattern-index.ts";

/** What a filter policy of an SNS subscription looks at. */
export type FilterScope = "MessageAttributes" | "MessageBody";

/** An attribute of a message, as SNS has them. `Binary` ones are not compared. */
export interface MessageAttribute {
  /** `String`, `String.Array`, `Number` or `Binary`. */
  readonly type: string;
  /** A JSON array as text for `String.Array`, a decimal number as text for `Number`. */
  readonly value: string;
}

/** What a policy is asked about. */
export interface FilteredMessage {
  readonly attributes?: Readonly<Record<string, MessageAttribute>>;
  /** The body; only a JSON object can pass a policy on the body. */
  readonly body?: string;
}

/** A compiled filter policy. */
export interface FilterPolicy {
  readonly scope: FilterScope;
  readonly pattern: Pattern;
  /** Whether a message is delivered to the subscription. */
  accepts(message: FilteredMessage): boolean;
}

const bytesMax = 256 * 1024;
const keysMax = 5;
const combinationsMax = 150;
const numberMax = 1e9;

function invalid(reason: string, cause?: unknown): MorningError {
  const message = `Invalid parameter: FilterPolicy: ${reason}`;
  return eventPatternErrors.MOR_EVENT_FILTER_POLICY_INVALID(message, {
    cause,
    details: { awsCode: "InvalidParameter", awsMessage: message, reason },
  });
}

function parsed(json: unknown): Pattern {
  try {
    // The limits of EventBridge do not hold here; those of SNS are checked below.
    return parsePattern(json, { lengthMax: bytesMax, combinationsMax });
  } catch (error) {
    if (!MorningError.is(error, "MOR_EVENT_PATTERN_INVALID")) throw error;
    throw invalid(String(error.details["reason"]), error);
  }
}

function leafNumbers(leaf: Leaf): number[] {
  if (leaf.op === "numeric") return [leaf.min, leaf.max].filter(Number.isFinite);
  if (leaf.op === "exact") return typeof leaf.value === "number" ? [leaf.value] : [];
  return leaf.op === "anything-but" ? leaf.but.flatMap(leafNumbers) : [];
}

function checkNumber(value: number): void {
  if (Math.abs(value) > numberMax) throw invalid("numbers must be between -1e9 and 1e9");
  if (Number(value.toFixed(5)) !== value) throw invalid("numbers have at most 5 decimals");
}

/** Values that multiply: an `anything-but` list counts each of its values. */
function valueCount(leaves: readonly Leaf[]): number {
  return leaves.reduce((sum, leaf) => sum + (leaf.op === "anything-but" ? leaf.but.length : 1), 0);
}

function keyNames(policy: Record<string, unknown>): string[] {
  return Object.entries(policy).flatMap(([key, value]) => {
    if (key !== "$or" || !Array.isArray(value)) return [key];
    return value.flatMap((item: unknown) => (isObject(item) ? keyNames(item) : []));
  });
}

function hasNesting(policy: Record<string, unknown>): boolean {
  return Object.entries(policy).some(([key, value]) => {
    if (key !== "$or" || !Array.isArray(value)) return !Array.isArray(value);
    return value.some((item: unknown) => isObject(item) && hasNesting(item));
  });
}

function checkLimits(pattern: Pattern, scope: FilterScope): void {
  const { source, branches } = pattern;
  if (Buffer.byteLength(JSON.stringify(source)) > bytesMax) throw invalid("larger than 256 KB");
  if (scope === "MessageAttributes" && hasNesting(source)) {
    throw invalid("a policy on attributes cannot be nested");
  }
  if (new Set(keyNames(source)).size > keysMax) throw invalid(`more than ${keysMax} keys`);
  const combinations = branches.reduce(
    (sum, branch) => sum + branch.reduce((product, { leaves }) => product * valueCount(leaves), 1),
    0,
  );
  if (combinations > combinationsMax) {
    throw invalid(`the values make more than ${combinationsMax} combinations`);
  }
  for (const { leaves } of branches.flat()) leaves.flatMap(leafNumbers).forEach(checkNumber);
}

function jsonOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function attributeValue({ type, value }: MessageAttribute): unknown {
  const [kind] = type.split(".");
  if (type === "String.Array") {
    const list = jsonOf(value);
    return Array.isArray(list) ? list : undefined;
  }
  if (kind === "Number") {
    const number = Number(value);
    return value.trim() === "" || !Number.isFinite(number) ? undefined : number;
  }
  return kind === "String" ? value : undefined;
}

/** The attributes as an event; what is not compared is `undefined` and counts as absent. */
function attributesEvent({ attributes = {} }: FilteredMessage): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]) => [name, attributeValue(attribute)]),
  );
}

/**
 * Compiles the filter policy of an SNS subscription (sns-subscription-filter-policies): the
 * operators of event patterns, over the attributes of a message or over its body.
 *
 * Limits: 5 keys (on the body the top-level ones), 150 combinations of values, numbers between
 * -1e9 and 1e9 with at most 5 decimals, 256 KB; no nesting on attributes.
 * @param json the policy: a JSON object, or JSON text
 * @throws MOR_EVENT_FILTER_POLICY_INVALID; its details hold `awsCode`, `awsMessage` and `reason`
 * @example
 * const policy = filterPolicy({ store: ["london"] }, "MessageAttributes");
 * policy.accepts({ attributes: { store: { type: "String", value: "london" } } }); // true
 */
export function filterPolicy(
  json: unknown,
  scope: FilterScope = "MessageAttributes",
): FilterPolicy {
  const pattern = parsed(json);
  checkLimits(pattern, scope);
  const index = compileRules();
  index.add("policy", pattern);
  return {
    scope,
    pattern,
    accepts(message) {
      if (scope === "MessageAttributes") return index.match(attributesEvent(message)).length > 0;
      const body = jsonOf(message.body);
      return isObject(body) && index.match(body).length > 0;
    },
  };
}
