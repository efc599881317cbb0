import { builtInFields } from "../../signals/filter.ts";
import type { BuiltInField, Filter } from "../../signals/filter.ts";
import type { Signal } from "../../signals/records.ts";

/** Characters of a query at most. */
export const queryCharsMax = 4096;
/** Parentheses and negations inside each other at most. */
export const queryDepthMax = 32;
/** Terms of a query at most. */
export const queryTermsMax = 256;
/** Characters of a regular expression at most. */
export const regexCharsMax = 512;

/** The words that join terms. */
export const keywords: readonly string[] = ["AND", "OR", "NOT"];

const fieldName = /^[\p{L}_@][\p{L}\p{N}_.\-/@$]*$/u;

/** Whether a name needs no quotes as a field. */
export function isFieldName(name: string): boolean {
  return fieldName.test(name) && !name.endsWith("-") && !keywords.includes(name);
}

/** The built-in field of that name; undefined for an attribute. */
export function builtIn(signal: Signal, field: string): BuiltInField | undefined {
  return builtInFields[signal].find(({ name }) => name === field);
}

const durations: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const sizes: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};
const quantity = /^(-?(?:\d+(?:\.\d+)?|\.\d+))([a-zµ]{1,3})$/iu;

/**
 * A number as it is written: `500`, `-1.5`, `1e3`; with a unit a duration in milliseconds
 * (`250ms`, `1.5s`, `2m`, `1h`, `1d`) or a size in bytes (`10kb`, `5MiB`). Undefined for all else.
 */
export function numberOf(text: string): number | undefined {
  if (/^-?(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return Number(text);
  const found = quantity.exec(text);
  if (found === null) return undefined;
  const [, digits = "", unit = ""] = found;
  const factor = durations[unit] ?? sizes[unit.toLowerCase()];
  if (factor === undefined) return undefined;
  return Number((Number(digits) * factor).toPrecision(15));
}

/**
 * The number that a bare value is where it stands for equality: only if its text is the number's.
 */
export function exactNumber(text: string): number | undefined {
  const number = Number(text);
  return text !== "" && Number.isFinite(number) && String(number) === text ? number : undefined;
}

const levelNames: Readonly<Record<string, string>> = {
  warning: "warn",
  err: "error",
  information: "info",
  notice: "info",
  critical: "fatal",
  crit: "fatal",
  panic: "fatal",
  emerg: "fatal",
  alert: "fatal",
};

/** A value of an enum as the field knows it; undefined if it has no such value. */
export function enumValue(field: BuiltInField, text: string): string | undefined {
  const low = text.toLowerCase();
  const name = field.name === "level" ? (levelNames[low] ?? low) : low;
  return field.values?.includes(name) === true ? name : undefined;
}

/** The value that a typing error most likely meant; undefined if none is near. */
export function nearest(text: string, values: readonly string[]): string | undefined {
  const low = text.toLowerCase();
  const near = values.map((value) => ({ value, steps: stepsBetween(low, value) }));
  near.sort((one, other) => one.steps - other.steps);
  const [best] = near;
  return best !== undefined && best.steps <= Math.max(1, low.length / 2) ? best.value : undefined;
}

/** Edits that make one word the other (Levenshtein). */
function stepsBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let at = 1; at <= one.length; at++) {
    const next = [at];
    for (let to = 1; to <= other.length; to++) {
      const same = one[at - 1] === other[to - 1] ? 0 : 1;
      const [left = 0, above = 0, corner = 0] = [next[to - 1], row[to], row[to - 1]];
      next.push(Math.min(left + 1, above + 1, corner + same));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

/** Joins filters: nested ones of the same kind become one, one alone stays itself. */
export function joined(op: "and" | "or", filters: readonly Filter[]): Filter {
  const flat = filters.flatMap((filter) => (filter.op === op ? filter.of : [filter]));
  return flat.length === 1 ? (flat[0] as Filter) : { op, of: flat };
}
