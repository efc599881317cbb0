import type { MorningError } from "../../core/errors.ts";

/** Makes the error for a field. */
export type Refuse = (field: string, reason: string) => MorningError;

/** A field of a cron expression. */
export interface FieldSpec {
  readonly field: string;
  readonly min: number;
  readonly max: number;
  /** The last value of `*`, where numbers go further than it (Unix: Sunday is 7 too). */
  readonly wildcardMax?: number;
  /** Names of the values from `min` on. */
  readonly names?: readonly string[];
}

/** Ascending, without duplicates. */
export const sorted = (values: Iterable<number>): readonly number[] =>
  [...new Set(values)].sort((a, b) => a - b);

/** One number or name of a field. */
export function parseValue(spec: FieldSpec, text: string, refuse: Refuse): number {
  const named = spec.names?.indexOf(text) ?? -1;
  if (named >= 0) return spec.min + named;
  const names = spec.names ? `, or a name such as ${spec.names[0]}` : "";
  const range = `${spec.min}-${spec.max}${names}`;
  if (!/^\d{1,4}$/.test(text)) throw refuse(spec.field, `"${text}" is not one of ${range}`);
  const value = Number(text);
  if (value < spec.min || value > spec.max) {
    throw refuse(spec.field, `${value} is not within ${range}`);
  }
  return value;
}

function parseBounds(
  spec: FieldSpec,
  range: string,
  stepped: boolean,
  refuse: Refuse,
): readonly [number, number] {
  const top = spec.wildcardMax ?? spec.max;
  if (range === "*") return [spec.min, top];
  const [fromText = "", toText, ...rest] = range.split("-");
  if (rest.length > 0) throw refuse(spec.field, `"${range}" has more than one "-"`);
  const from = parseValue(spec, fromText, refuse);
  if (toText === undefined) return [from, stepped ? Math.max(from, top) : from];
  const to = parseValue(spec, toText, refuse);
  if (to >= from) return [from, to];
  // FRI-SUN on Unix: a week that ends with Sunday, which is 7 there as well.
  if (to === 0 && spec.wildcardMax !== undefined) return [from, spec.max];
  throw refuse(spec.field, `range ${range} runs backwards: write it as a list of two ranges`);
}

function parseItem(spec: FieldSpec, item: string, refuse: Refuse): readonly number[] {
  const [range = "", stepText, ...rest] = item.split("/");
  if (rest.length > 0) throw refuse(spec.field, `"${item}" has more than one "/"`);
  const [from, to] = parseBounds(spec, range, stepText !== undefined, refuse);
  if (stepText === undefined) return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const step = /^\d{1,4}$/.test(stepText) ? Number(stepText) : 0;
  if (step < 1) throw refuse(spec.field, `step "${stepText}" is not a whole number of 1 or more`);
  const span = spec.max - spec.min;
  if (step > span) {
    throw refuse(spec.field, `step ${step} is longer than the field: it would never repeat`);
  }
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
}

/** A list of values, ranges and steps: the values that it names. */
export function parseList(spec: FieldSpec, text: string, refuse: Refuse): readonly number[] {
  return sorted(text.split(",").flatMap((item) => parseItem(spec, item, refuse)));
}
