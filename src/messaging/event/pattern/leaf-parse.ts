import { parseAddress, parseNetwork } from "./address.ts";
import { parseNumeric } from "./numeric-parse.ts";
import type { AffixLeaf, Leaf, PositiveLeaf } from "./pattern.ts";
import { fold } from "./pattern.ts";
import type { Refuse } from "./refusal.ts";
import { parseWildcard } from "./wildcard.ts";

/** What leaves are parsed with. */
export interface LeafRules {
  readonly refuse: Refuse;
  /** Most stars that one wildcard may hold. */
  readonly starsMax: number;
}

/** Whether a value is a JSON object (no array, not null). */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const oneKeyOnly = "Only one key allowed in match expression";

function onlyEntry(
  value: Record<string, unknown>,
  refuse: Refuse,
  none: string,
): [string, unknown] {
  const [entry, second] = Object.entries(value);
  if (entry === undefined) return refuse(none);
  return second === undefined ? entry : refuse(oneKeyOnly);
}

function exactLeaf(value: string): PositiveLeaf {
  const address = parseAddress(value);
  return address === undefined ? { op: "exact", value } : { op: "exact", value, address };
}

function parseAffix(op: "prefix" | "suffix", value: unknown, rules: LeafRules): AffixLeaf {
  const { refuse } = rules;
  if (typeof value === "string") return { op, text: value, ignoreCase: false };
  if (!isObject(value)) return refuse(`${op} match pattern must be a string`);
  const capital = op === "prefix" ? "Prefix" : "Suffix";
  const [name, text] = onlyEntry(value, refuse, `${capital} expression name not found`);
  if (name !== "equals-ignore-case") return refuse(`Unsupported ${op} pattern: ${name}`);
  if (typeof text === "string") return { op, text: fold(text), ignoreCase: true };
  return refuse("equals-ignore-case match pattern must be a string");
}

function wildcardLeaf(text: string, { refuse, starsMax }: LeafRules): PositiveLeaf {
  const parts = parseWildcard(text, starsMax);
  return "reason" in parts ? refuse(parts.reason) : { op: "wildcard", text, parts };
}

const butNotSupported: Record<string, string> = {
  prefix: "prefix/suffix match pattern must be a string",
  suffix: "prefix/suffix match pattern must be a string",
  wildcard: "wildcard match pattern must be a string",
  "equals-ignore-case":
    "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
};

function parseButText(op: string, value: unknown, rules: LeafRules): PositiveLeaf {
  const { refuse } = rules;
  if (typeof value !== "string") return refuse(butNotSupported[op] ?? oneKeyOnly);
  if (op === "wildcard") return wildcardLeaf(value, rules);
  if (op === "equals-ignore-case") return { op, text: fold(value) };
  if (value === "") return refuse("Null prefix/suffix not allowed");
  return { op: op === "prefix" ? "prefix" : "suffix", text: value, ignoreCase: false };
}

const butNeedsValue = "Value of anything-but must be an array or single string/number value.";
const butMixed =
  "Inside anything but list, either all values are number or string, mixed type is not supported";

function parseButList(values: readonly unknown[], { refuse }: LeafRules): readonly PositiveLeaf[] {
  const [first] = values;
  const leaves = values.map((value): PositiveLeaf => {
    if (typeof value === "string") return { op: "exact", value };
    if (typeof value === "number") return { op: "exact", value };
    return refuse("Inside anything but list, start|null|boolean is not supported.");
  });
  if (values.length === 0 || values.some((value) => typeof value !== typeof first)) {
    return refuse(butMixed);
  }
  return leaves;
}

function parseAnythingBut(value: unknown, rules: LeafRules): Leaf {
  const { refuse } = rules;
  if (!isObject(value)) {
    const single = typeof value === "string" || typeof value === "number";
    if (!single && !Array.isArray(value)) return refuse(butNeedsValue);
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return { op: "anything-but", but: parseButList(values, rules) };
  }
  const [op, excluded] = onlyEntry(value, refuse, "Anything-But expression name not found");
  if (!Object.hasOwn(butNotSupported, op)) return refuse(`Unsupported anything-but pattern: ${op}`);
  if (Array.isArray(excluded)) {
    if (excluded.length === 0) return refuse("Empty arrays are not allowed");
    return { op: "anything-but", but: excluded.map((item) => parseButText(op, item, rules)) };
  }
  if (typeof excluded !== "string" && typeof excluded !== "number") return refuse(butNeedsValue);
  return { op: "anything-but", but: [parseButText(op, excluded, rules)] };
}

function parseCidr(value: unknown, { refuse }: LeafRules): Leaf {
  // The word "prefix" is EventBridge's own, recorded.
  if (typeof value !== "string") return refuse("prefix match pattern must be a string");
  const network = parseNetwork(value);
  return "reason" in network ? refuse(network.reason) : { op: "cidr", text: value, network };
}

function parseOperator(name: string, value: unknown, rules: LeafRules): Leaf {
  const { refuse } = rules;
  const mustBeString = (word: string): never => refuse(`${word} match pattern must be a string`);
  switch (name) {
    case "exactly":
      return typeof value === "string" ? { op: "exact", value } : mustBeString("exact");
    case "prefix":
    case "suffix":
      return parseAffix(name, value, rules);
    case "equals-ignore-case":
      return typeof value === "string" ? { op: name, text: fold(value) } : mustBeString(name);
    case "wildcard":
      return typeof value === "string" ? wildcardLeaf(value, rules) : mustBeString(name);
    case "numeric":
      return parseNumeric(value, refuse);
    case "exists":
      if (typeof value === "boolean") return { op: name, present: value };
      return refuse("exists match pattern must be either true or false.");
    case "cidr":
      return parseCidr(value, rules);
    case "anything-but":
      return parseAnythingBut(value, rules);
    default:
      return refuse(`Unrecognized match type ${name}`);
  }
}

/** Parses one element of a pattern's list. */
export function parseLeaf(value: unknown, rules: LeafRules): Leaf {
  if (isObject(value)) {
    // EventBridge reads the first operator before it sees that there is a second.
    const [first, second] = Object.entries(value);
    if (first === undefined) return rules.refuse("Match expression name not found");
    const leaf = parseOperator(first[0], first[1], rules);
    return second === undefined ? leaf : rules.refuse(oneKeyOnly);
  }
  if (typeof value === "string") return exactLeaf(value);
  if (value === null || typeof value === "boolean") return { op: "exact", value };
  if (typeof value === "number" && Number.isFinite(value)) return { op: "exact", value };
  return rules.refuse("Match value must be String, number, true, false, or null");
}
