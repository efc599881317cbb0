/**
 * JSON as it is looked at. Nothing here recurses: a body may nest as deep as its sender likes.
 */

/** Deeper than this nobody reads by indentation. */
const levelsMax = 100;
const lengthMax = 4 * 1024 * 1024;

/** Deeper than this the highlighter, which recurses, is not asked. */
const levelsColoured = 200;

/** Why a text is shown as it came and not indented. */
export type AsItCame = "invalid" | "deep" | "large";

/** A text to show, and why it is not indented. */
export interface LaidOut {
  readonly text: string;
  readonly asItCame?: AsItCame;
}

/** Where the string that starts at `from` ends: behind its quotation mark, or the text. */
function stringEnd(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text[at - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return at + 1;
  }
  return text.length;
}

/** Where the next sign of the structure stands, outside of strings; -1 behind the last. */
function nextSign(text: string, from: number): number {
  const sign = /["{}[\],:]/g;
  sign.lastIndex = from;
  while (sign.test(text)) {
    const at = sign.lastIndex - 1;
    if (text[at] !== '"') return at;
    sign.lastIndex = stringEnd(text, at);
  }
  return -1;
}

/** How deep brackets nest; of any text. */
export function depthOf(text: string): number {
  let [depth, deepest] = [0, 0];
  for (let at = nextSign(text, 0); at !== -1; at = nextSign(text, at + 1)) {
    const sign = text[at];
    if (sign === "{" || sign === "[") deepest = Math.max(deepest, ++depth);
    else if (sign === "}" || sign === "]") depth = Math.max(0, depth - 1);
  }
  return deepest;
}

/** Whether a text may be highlighted as JSON. */
export const canColour = (text: string): boolean => depthOf(text) <= levelsColoured;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const isEmptied = /\s*[}\]]/y;

/** Whether nothing is between an opening sign and its closing one. */
function closesAt(text: string, from: number): boolean {
  isEmptied.lastIndex = from;
  return isEmptied.test(text);
}

/** The lines of JSON text; undefined where they would be too many, and the reason. */
function linesOf(text: string): string[] | AsItCame {
  const lines: string[] = [];
  let [line, from, depth, length] = ["", 0, 0, 0];
  const end = (): void => {
    lines.push(line);
    length += line.length + 1;
    line = "  ".repeat(depth);
  };
  for (let at = nextSign(text, 0); at !== -1; at = nextSign(text, from)) {
    const sign = text[at];
    line += text.slice(from, at).trim();
    from = at + 1;
    if (sign === "}" || sign === "]") {
      depth--;
      // The line of an empty one has not been ended.
      if (!line.endsWith(sign === "}" ? "{" : "[")) end();
      line += sign;
    } else {
      line += sign === ":" ? ": " : sign;
      if (sign === "{" || sign === "[") depth++;
      if (depth > levelsMax) return "deep";
      if (sign === "," || (sign !== ":" && !closesAt(text, from))) end();
    }
    if (length > lengthMax) return "large";
  }
  lines.push(line + text.slice(from).trim());
  return lines;
}

/**
 * JSON text, indented by two. It moves white space only: numbers keep their digits, names their
 * order, names that come twice stay.
 */
export function layOut(text: string): LaidOut {
  if (!isJson(text)) return { text, asItCame: "invalid" };
  const lines = linesOf(text);
  return typeof lines === "string" ? { text, asItCame: lines } : { text: lines.join("\n") };
}

interface Value {
  readonly value: unknown;
}

/** What is to be written of one value, the last first. */
function piecesOf(value: unknown): (string | Value)[] {
  if (typeof value === "bigint") return [String(value)];
  if (typeof value !== "object" || value === null) return [JSON.stringify(value) ?? "null"];
  const isArray = Array.isArray(value);
  const pieces: (string | Value)[] = [isArray ? "]" : "}"];
  const entries = Object.entries(value).reverse();
  entries.forEach(([name, inner], index) => {
    pieces.push({ value: inner });
    if (!isArray) pieces.push(`${JSON.stringify(name)}:`);
    if (index < entries.length - 1) pieces.push(",");
  });
  pieces.push(isArray ? "[" : "{");
  return pieces;
}

/** What `JSON.stringify` cannot write: what nests too deep for it, and large integers. */
function writtenOut(value: unknown): string {
  const waiting: (string | Value)[] = [{ value }];
  const written: string[] = [];
  let length = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === "string") {
      written.push(next);
      length += next.length;
    } else for (const piece of piecesOf(next.value)) waiting.push(piece);
    // A value that holds itself would be written for ever.
    if (length > lengthMax) break;
  }
  return written.join("");
}

/** A value as JSON text on one line; a string is taken for JSON text already. */
export function jsonText(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return writtenOut(value);
  }
}
