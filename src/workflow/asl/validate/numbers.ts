import type { Json } from "../../../core/json.ts";
import type { QueryLanguage } from "../definition.ts";
import { isExpression } from "../language/jsonata.ts";
import { own } from "../values.ts";
import type { JsonObject } from "../values.ts";
import type { Problems } from "./problems.ts";

interface Range {
  readonly from: number;
  readonly to: number;
  readonly isFraction?: boolean;
}

/** Fields that are numbers, with their ranges; each has a twin that is a path. */
const ranges: Readonly<Record<string, Range>> = {
  Seconds: { from: 0, to: 99_999_999 },
  TimeoutSeconds: { from: 1, to: 99_999_999 },
  HeartbeatSeconds: { from: 1, to: 99_999_999 },
  MaxConcurrency: { from: 0, to: 100_000_000 },
  ToleratedFailureCount: { from: 0, to: 100_000_000 },
  ToleratedFailurePercentage: { from: 0, to: 100, isFraction: true },
};

/** Whether a number is one that the field takes. */
export function fitsRange(name: string, value: number): boolean {
  const range = ranges[name];
  if (range === undefined) return true;
  const isWhole = Number.isInteger(value) || range.isFraction === true;
  return isWhole && value >= range.from && value <= range.to;
}

function numberProblem(name: string, value: Json, language: QueryLanguage): string | undefined {
  const range = ranges[name];
  if (range === undefined) return undefined;
  if (typeof value === "number" && fitsRange(name, value)) return undefined;
  const isText = language === "JSONata" && typeof value === "string" && isExpression(value);
  const kind = range.isFraction === true ? "a number" : "an integer";
  return isText ? undefined : `is ${kind} from ${range.from} to ${range.to}`;
}

/** Numbers of a state, and that none is given twice. */
export function checkNumbers(
  fields: JsonObject,
  language: QueryLanguage,
  place: string,
  problems: Problems,
): void {
  for (const name of Object.keys(ranges)) {
    const value = own(fields, name);
    if (value === undefined) continue;
    const problem = numberProblem(name, value, language);
    if (problem !== undefined) problems.add(`${place}/${name}`, problem);
    if (own(fields, `${name}Path`) !== undefined) {
      problems.add(`${place}/${name}Path`, `stands beside ${name}: one of them is enough`);
    }
  }
}
