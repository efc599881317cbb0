import { RE2JS } from "re2js";
import type { Json } from "../../../core/json.ts";
import { invalid, skipBlanks, take, takeMatch, takeQuoted } from "./cursor.ts";
import type { Cursor } from "./cursor.ts";
import { comparisons } from "./filter.ts";
import type { Filter, Operand, Path } from "./path.ts";

/** Reads a path at the cursor; handed in, since paths hold filters. */
type PathTaker = (cursor: Cursor) => Path;

/** How deep parentheses may nest. */
const nestingMax = 32;

/** Symbols first and longest first, so that `<=` is not read as `<`. */
const operators = ["=~", ...Object.keys(comparisons)];

function regex(cursor: Cursor): Operand {
  const source = takeMatch(cursor, /(?:[^/\\]|\\.)*/y) ?? "";
  if (!take(cursor, "/")) invalid(cursor, "the expression is not closed");
  const flags = takeMatch(cursor, /[a-z]*/y) ?? "";
  const bits = flags.includes("i") ? RE2JS.CASE_INSENSITIVE : 0;
  try {
    return { kind: "regex", regex: RE2JS.compile(source.replaceAll("\\/", "/"), bits) };
  } catch (error) {
    return invalid(cursor, `the expression is refused (${(error as Error).message})`);
  }
}

function list(cursor: Cursor, takePath: PathTaker): Operand {
  const values: Json[] = [];
  skipBlanks(cursor);
  while (!take(cursor, "]")) {
    const item = operand(cursor, takePath);
    if (item.kind !== "literal") invalid(cursor, "a list holds constants");
    else values.push(item.value);
    skipBlanks(cursor);
    take(cursor, ",");
    skipBlanks(cursor);
    if (cursor.at >= cursor.text.length) invalid(cursor, "the list is not closed");
  }
  return { kind: "literal", value: values };
}

const words: Readonly<Record<string, Json>> = { true: true, false: false, null: null };

function operand(cursor: Cursor, takePath: PathTaker): Operand {
  skipBlanks(cursor);
  const char = cursor.text[cursor.at] ?? "";
  if (char === "@" || char === "$") return { kind: "path", path: takePath(cursor) };
  if (char === "'" || char === '"') return { kind: "literal", value: takeQuoted(cursor) };
  if (take(cursor, "/")) return regex(cursor);
  if (take(cursor, "[")) return list(cursor, takePath);
  const number = takeMatch(cursor, /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y);
  if (number !== undefined) return { kind: "literal", value: Number(number) };
  const word = takeMatch(cursor, /true|false|null/y);
  if (word !== undefined) return { kind: "literal", value: words[word] ?? null };
  return invalid(cursor, "a path or a constant is missing");
}

function comparison(cursor: Cursor, takePath: PathTaker): Filter {
  const left = operand(cursor, takePath);
  skipBlanks(cursor);
  const operator = operators.find((one) => take(cursor, one));
  if (operator === undefined) return { kind: "exists", operand: left };
  const right = operand(cursor, takePath);
  if ((operator === "=~") !== (right.kind === "regex")) {
    invalid(cursor, "=~ stands before an expression between slashes");
  }
  return { kind: "compare", operator, left, right };
}

function unary(cursor: Cursor, takePath: PathTaker, depth: number): Filter {
  skipBlanks(cursor);
  if (depth > nestingMax) invalid(cursor, `a filter nests at most ${nestingMax} deep`);
  if (take(cursor, "!")) return { kind: "not", part: unary(cursor, takePath, depth + 1) };
  if (!take(cursor, "(")) return comparison(cursor, takePath);
  const inner = alternatives(cursor, takePath, depth + 1);
  skipBlanks(cursor);
  if (!take(cursor, ")")) invalid(cursor, "a ) is missing");
  return inner;
}

function chain(cursor: Cursor, kind: "or" | "and", token: string, part: () => Filter): Filter {
  const parts = [part()];
  for (skipBlanks(cursor); take(cursor, token); skipBlanks(cursor)) parts.push(part());
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind, parts };
}

function alternatives(cursor: Cursor, takePath: PathTaker, depth: number): Filter {
  const all = (): Filter => chain(cursor, "and", "&&", () => unary(cursor, takePath, depth));
  return chain(cursor, "or", "||", all);
}

/** Parses the filter at the cursor, up to its closing parenthesis. @throws PathInvalid */
export function parseFilter(cursor: Cursor, takePath: PathTaker): Filter {
  return alternatives(cursor, takePath, 0);
}
