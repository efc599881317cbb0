import type { Json } from "../../../core/json.ts";
import { invalid, PathInvalid, skipBlanks, take, takeMatch } from "./cursor.ts";
import type { Cursor } from "./cursor.ts";
import { functionNames } from "./intrinsics.ts";
import { pathAt } from "./path-parser.ts";
import type { Path } from "./path.ts";

/** An argument of an intrinsic function. */
export type Argument =
  | { readonly kind: "literal"; readonly value: Json; readonly template?: string }
  | { readonly kind: "path"; readonly path: Path }
  | { readonly kind: "call"; readonly call: Call };

/** A call: `States.Format('{}', $.a)`. */
export interface Call {
  readonly text: string;
  readonly name: string;
  readonly args: readonly Argument[];
}

/** A name in a path that is an argument ends at the next argument. */
const argumentNames = /[^\s.[(),]+/y;

/** How deep calls may nest: AWS's limit. */
const nestingMax = 10;
const lengthMax = 10_000;

/**
 * A text between apostrophes, and the same with its escapes: only in a template of `States.Format`
 * an escaped brace is another thing than a brace. A backslash before any other character stays.
 */
function text(cursor: Cursor): { readonly value: string; readonly template: string } {
  let value = "";
  let template = "";
  for (;;) {
    const char = cursor.text[cursor.at++];
    if (char === undefined) invalid(cursor, "the text is not closed");
    if (char === "'") return { value, template };
    const next = char === "\\" ? cursor.text[cursor.at] : undefined;
    if (next === undefined || !/['\\{}]/.test(next)) {
      value += char;
      template += char;
      continue;
    }
    cursor.at++;
    value += next;
    template += next === "'" ? next : `\\${next}`;
  }
}

const words: Readonly<Record<string, Json>> = { true: true, false: false, null: null };

function argument(cursor: Cursor, depth: number): Argument {
  if (take(cursor, "'")) return { kind: "literal", ...text(cursor) };
  if (cursor.text[cursor.at] === "$") return { kind: "path", path: pathAt(cursor) };
  if (cursor.text.startsWith("States.", cursor.at)) {
    return { kind: "call", call: callAt(cursor, depth + 1) };
  }
  const number = takeMatch(cursor, /[-+]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y);
  if (number !== undefined) return { kind: "literal", value: Number(number) };
  const word = takeMatch(cursor, /true|false|null/y);
  if (word !== undefined) return { kind: "literal", value: words[word] ?? null };
  return invalid(cursor, "an argument is missing");
}

function callAt(cursor: Cursor, depth: number): Call {
  const begin = cursor.at;
  if (depth > nestingMax) invalid(cursor, `functions nest at most ${nestingMax} deep`);
  const name = takeMatch(cursor, /States\.[A-Za-z0-9]+/y);
  if (name === undefined || !functionNames.has(name)) {
    return invalid(cursor, `there is no function ${name ?? cursor.text}`);
  }
  skipBlanks(cursor);
  if (!take(cursor, "(")) invalid(cursor, "a ( is missing");
  const args: Argument[] = [];
  skipBlanks(cursor);
  while (!take(cursor, ")")) {
    if (args.length > 0 && !take(cursor, ",")) invalid(cursor, "a , or ) is missing");
    skipBlanks(cursor);
    args.push(argument(cursor, depth));
    skipBlanks(cursor);
  }
  return { name, args, text: cursor.text.slice(begin, cursor.at) };
}

/** Whether a text is meant as a call of an intrinsic function. */
export function isCall(value: string): boolean {
  return value.startsWith("States.");
}

/** Parses a call. @throws PathInvalid */
export function parseCall(value: string): Call {
  if (value.length > lengthMax) {
    throw new PathInvalid(`a call has at most ${lengthMax} characters`);
  }
  const cursor: Cursor = { text: value, at: 0, names: argumentNames };
  const call = callAt(cursor, 1);
  skipBlanks(cursor);
  if (cursor.at < value.length) invalid(cursor, "nothing follows a call");
  return call;
}
