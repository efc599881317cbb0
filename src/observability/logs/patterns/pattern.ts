import { createHash } from "node:crypto";
import { wordForm } from "./partition.ts";
import { isWildcard, lineCharsMax, wildcard } from "./tokens.ts";

/** Lines that mask to the same tokens, and the pattern that they are. */
export interface Shape {
  readonly tokens: readonly string[];
  lines: number;
  pattern: Pattern;
}

/** A template in the making. */
export interface Pattern {
  readonly id: string;
  tokens: readonly string[];
  /** The template place by place, as shapes of its most common length have it. */
  wide: readonly string[];
  template: string;
  version: number;
  lines: number;
  /** Shapes kept of it. */
  shapes: number;
  example: string;
  firstLine: number;
  /** Line at which it was last seen. */
  seen: number;
}

/** The id of a pattern that began with this masked line: the same on every machine. */
export function patternId(key: string): string {
  return createHash("sha1").update(key).digest("hex").slice(0, 16);
}

/** Whether a masked line fits: words of the sentence never stand where values do. */
export function matchesTemplate(wide: readonly string[], tokens: readonly string[]): boolean {
  for (let at = 0; at < wide.length; at++) {
    const token = wide[at] as string;
    const other = tokens[at] as string;
    if (token === other) continue;
    if (!isWildcard(token)) return false;
    if (!isWildcard(other) && wordForm(other) <= 0) return false;
  }
  return true;
}

/** What of a masked line is no value for sure. */
export function skeletonKey(tokens: readonly string[]): string {
  let text = `${tokens.length}`;
  for (const token of tokens) {
    text += isWildcard(token) || wordForm(token) > 0.1 ? "\u0000" : token;
  }
  return text;
}

const spaces = /\s+/g;

/**
 * What stands in `line` for the wildcards of a template, in order; empty where the line does not
 * fit. Linear in the line: every constant part is looked for once, from left to right.
 */
export function valuesOf(template: string, line: string): readonly string[] {
  const text = line.slice(0, lineCharsMax).replaceAll(spaces, " ").trim();
  const [first = "", ...parts] = template.split(wildcard);
  if (!text.startsWith(first)) return [];
  const values: string[] = [];
  let at = first.length;
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1;
    const found = last ? text.length - part.length : text.indexOf(part, at);
    if (found < at || (last && !text.endsWith(part))) return [];
    const end = part === "" && !last ? at : found;
    values.push(text.slice(at, end));
    at = end + part.length;
  }
  return values;
}
