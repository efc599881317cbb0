import { promqlErrors } from "./errors.ts";

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

const durationForm = /^(?:\d+(?:ms|[smhdwy]))+$/;

/** `1h30m` as milliseconds; undefined for what is no duration. */
export function durationMs(text: string): number | undefined {
  if (!durationForm.test(text)) return undefined;
  let sum = 0;
  for (const [, many = "", unit = ""] of text.matchAll(/(\d+)(ms|[smhdwy])/g)) {
    sum += Number(many) * (unitMs[unit] ?? 0);
  }
  return sum;
}

/** The value of a number or duration as an expression: durations are seconds. */
export function numberOf(text: string): number {
  const lower = text.toLowerCase().replaceAll("_", "").replace(/^\+/, "");
  if (lower === "inf") return Number.POSITIVE_INFINITY;
  if (lower === "-inf") return Number.NEGATIVE_INFINITY;
  if (lower === "nan" || lower === "-nan") return Number.NaN;
  const sign = lower.startsWith("-") ? -1 : 1;
  const digits = sign < 0 ? lower.slice(1) : lower;
  const ms = durationMs(digits);
  const value = ms === undefined ? Number(digits) : ms / 1000;
  if (Number.isNaN(value)) throw promqlErrors.MOR_PROMQL_INVALID(`bad number ${text}`);
  return sign * value;
}

const escapes: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

/** The text of a string literal, with Go's escapes. */
export function stringOf(literal: string): string {
  const quote = literal[0] ?? "";
  if (literal.length < 2 || literal.at(-1) !== quote) {
    throw promqlErrors.MOR_PROMQL_INVALID("a string has no end");
  }
  const inner = literal.slice(1, -1);
  if (quote === "`") return inner;
  return inner.replaceAll(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/gsu,
    (all: string, x?: string, u?: string, long?: string, octal?: string, single?: string) => {
      const hex = x ?? u ?? long;
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      const known = escapes[single ?? ""];
      if (known === undefined) throw promqlErrors.MOR_PROMQL_INVALID(`unknown escape ${all}`);
      return known;
    },
  );
}

/** A double as Prometheus writes it: plain digits, `NaN`, `+Inf`, `-Inf`. */
export function formatValue(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  const text = Object.is(value, -0) ? "-0" : String(value);
  const parts = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (parts === null) return text;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = parts;
  const shift = Number(exponent);
  const digits = whole + fraction;
  if (shift < 0) return `${sign}0.${"0".repeat(-shift - 1)}${digits}`;
  return sign + digits.padEnd(shift + 1, "0");
}
