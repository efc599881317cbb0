import type { NumericLeaf } from "./pattern.ts";
import type { Refuse } from "./refusal.ts";

const tooMany = "Too many elements in numeric expression";

function operand(operator: string, value: unknown, refuse: Refuse): number {
  if (typeof value === "number") return value;
  return refuse(`Value of ${operator === "=" ? "equals" : operator} must be numeric`);
}

const infinite: NumericLeaf = {
  op: "numeric",
  min: -Infinity,
  minOpen: true,
  max: Infinity,
  maxOpen: true,
};

/** The upper end that may follow `>` or `>=`. */
function upperEnd(lower: NumericLeaf, terms: readonly unknown[], refuse: Refuse): NumericLeaf {
  const [operator, value, ...rest] = terms;
  if (typeof operator !== "string")
    return refuse(`Bad value in numeric range: ${JSON.stringify(operator)}`);
  if (operator !== "<" && operator !== "<=") {
    return refuse(`Bad numeric range operator: ${operator}`);
  }
  const max = operand(operator, value, refuse);
  if (rest.length > 0) return refuse("Too many terms in numeric range expression");
  if (lower.min >= max) return refuse("Bottom must be less than top");
  return { ...lower, max, maxOpen: operator === "<" };
}

/** Parses `numeric`: one comparison of `= < <= > >=`, or a lower one followed by an upper one. */
export function parseNumeric(value: unknown, refuse: Refuse): NumericLeaf {
  if (!Array.isArray(value)) return refuse("Value of numeric must be an array.");
  const [operator, bound, ...rest] = value as readonly unknown[];
  if (typeof operator !== "string") {
    const shown = operator === undefined ? "]" : JSON.stringify(operator);
    return refuse(`Invalid member in numeric match: ${shown}`);
  }
  if (!["=", "<", "<=", ">", ">="].includes(operator)) {
    return refuse(`Unrecognized numeric range operator: ${operator}`);
  }
  const end = operand(operator, bound, refuse);
  if (operator === ">" || operator === ">=") {
    const lower = { ...infinite, min: end, minOpen: operator === ">" };
    return rest.length === 0 ? lower : upperEnd(lower, rest, refuse);
  }
  if (rest.length > 0) return refuse(tooMany);
  if (operator === "=")
    return { op: "numeric", min: end, minOpen: false, max: end, maxOpen: false };
  return { ...infinite, max: end, maxOpen: operator === "<" };
}
