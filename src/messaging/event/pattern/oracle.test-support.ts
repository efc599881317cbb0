import { BlockList, isIP } from "node:net";

/**
 * A naive matcher to compare the index with: it reads the raw pattern, shares no code with the
 * engine, and tries every choice of elements. Written from the AWS documentation and event-ruler's.
 */

type Json = unknown;

interface OracleField {
  readonly path: string;
  readonly value: Json;
  /** The element chosen of each array on the way, by the number of the array. */
  readonly elements: ReadonlyMap<number, number>;
}

function isPlainObject(value: Json): value is Record<string, Json> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fieldsOf(event: Json): OracleField[] {
  const fields: OracleField[] = [];
  let arrays = 0;
  const visit = (value: Json, keys: string[], elements: ReadonlyMap<number, number>): void => {
    if (Array.isArray(value)) {
      const array = arrays++;
      for (const [at, element] of value.entries()) {
        const structured = typeof element === "object" && element !== null;
        visit(element, keys, structured ? new Map([...elements, [array, at]]) : elements);
      }
    } else if (isPlainObject(value)) {
      for (const key of Object.keys(value)) visit(value[key], [...keys, key], elements);
    } else fields.push({ path: keys.join("."), value, elements });
  };
  if (isPlainObject(event)) visit(event, [], new Map());
  return fields;
}

/** Patterns without `$or`, as path and list. */
function expand(pattern: Record<string, Json>, keys: string[]): [string, Json[]][][] {
  let rules: [string, Json[]][][] = [[]];
  for (const [key, value] of Object.entries(pattern)) {
    let alternatives: [string, Json[]][][];
    if (key === "$or" && Array.isArray(value)) {
      alternatives = value.flatMap((item) => expand(item as Record<string, Json>, keys));
    } else if (Array.isArray(value)) alternatives = [[[[...keys, key].join("."), value]]];
    else alternatives = expand(value as Record<string, Json>, [...keys, key]);
    rules = rules.flatMap((rule) => alternatives.map((more) => [...rule, ...more]));
  }
  return rules;
}

function wildcardRegExp(text: string): RegExp {
  const source = text.replace(/\\\\|\\\*|\*|[^]/gu, (token) => {
    if (token === "*") return "[^]*";
    const plain = token.length === 2 && token.startsWith("\\") ? token.slice(1) : token;
    return plain.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  });
  return new RegExp(`^${source}$`, "u");
}

function family(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 4 ? "ipv4" : "ipv6";
}

function inNetwork(cidr: string, value: string): boolean {
  const [host = "", mask = ""] = cidr.split("/");
  if (isIP(value) === 0 || family(value) !== family(host)) return false;
  const list = new BlockList();
  list.addSubnet(host, Number(mask), family(host));
  return list.check(value, family(value));
}

function sameAddress(one: string, other: string): boolean {
  if (isIP(one) === 0 || isIP(one) !== isIP(other)) return false;
  const list = new BlockList();
  list.addAddress(one, family(one));
  return list.check(other, family(other));
}

const comparisons: Record<string, (value: number, bound: number) => boolean> = {
  "=": (value, bound) => value === bound,
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
};

function numericHolds(terms: Json[], value: Json): boolean {
  if (typeof value !== "number") return false;
  for (let at = 0; at < terms.length; at += 2) {
    if (!comparisons[String(terms[at])]?.(value, Number(terms[at + 1]))) return false;
  }
  return true;
}

function affix(op: string, operand: Json, value: string): boolean {
  if (isPlainObject(operand)) {
    return affix(op, String(operand["equals-ignore-case"]).toLowerCase(), value.toLowerCase());
  }
  const text = String(operand);
  if (text.length > value.length) return false;
  return op === "prefix"
    ? value.slice(0, text.length) === text
    : value.slice(value.length - text.length) === text;
}

function operatorHolds(op: string, operand: Json, value: Json): boolean {
  if (op === "exists") return operand === true;
  if (op === "numeric") return numericHolds(operand as Json[], value);
  if (op === "anything-but") {
    if (isPlainObject(operand)) {
      const [[inner, excluded] = ["", ""]] = Object.entries(operand);
      const list = Array.isArray(excluded) ? excluded : [excluded];
      return list.every((item) => !operatorHolds(inner, item, value));
    }
    return (Array.isArray(operand) ? operand : [operand]).every((item) => item !== value);
  }
  if (typeof value !== "string") return false;
  if (op === "prefix" || op === "suffix") return affix(op, operand, value);
  if (op === "equals-ignore-case") return value.toLowerCase() === String(operand).toLowerCase();
  if (op === "wildcard") return wildcardRegExp(String(operand)).test(value);
  if (op === "cidr") return inNetwork(String(operand), value);
  throw new Error(`the oracle does not know ${op}`);
}

function itemHolds(item: Json, value: Json): boolean {
  if (isPlainObject(item)) {
    const [[op, operand] = ["", ""]] = Object.entries(item);
    return operatorHolds(op, operand, value);
  }
  if (item === value) return true;
  return typeof item === "string" && typeof value === "string" && sameAddress(item, value);
}

function absenceAllowed(list: Json[]): boolean {
  return list.some((item) => isPlainObject(item) && item["exists"] === false);
}

function ruleMatches(
  rule: readonly [string, Json[]][],
  fields: readonly OracleField[],
  elements: ReadonlyMap<number, number>,
): boolean {
  const [first, ...rest] = rule;
  if (first === undefined) return true;
  const [path, list] = first;
  const reachable = fields.filter(
    (field) =>
      field.path === path &&
      [...field.elements].every(([array, at]) => (elements.get(array) ?? at) === at),
  );
  if (reachable.length === 0) return absenceAllowed(list) && ruleMatches(rest, fields, elements);
  return reachable.some(
    (field) =>
      list.some((item) => itemHolds(item, field.value)) &&
      ruleMatches(rest, fields, new Map([...elements, ...field.elements])),
  );
}

/** Whether a valid raw pattern matches an event. */
export function oracleMatches(pattern: Record<string, Json>, event: Json): boolean {
  const fields = fieldsOf(event);
  return expand(pattern, []).some((rule) => {
    const sorted = rule.toSorted(([one], [other]) => (one < other ? -1 : 1));
    return ruleMatches(sorted, fields, new Map());
  });
}
