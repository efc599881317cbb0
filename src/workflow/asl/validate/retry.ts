import type { Json } from "../../../core/json.ts";
import type { Catcher, QueryLanguage, Retrier } from "../definition.ts";
import { PathInvalid } from "../language/cursor.ts";
import { parseReferencePath } from "../language/path-parser.ts";
import { isObject, own } from "../values.ts";
import type { JsonObject } from "../values.ts";
import type { Problems } from "./problems.ts";
import { checkExpressions, checkTemplate } from "./queries.ts";

function errorNames(value: Json, place: string, isLast: boolean, problems: Problems): string[] {
  const names = own(value, "ErrorEquals");
  const at = `${place}/ErrorEquals`;
  if (!Array.isArray(names) || names.length === 0) {
    problems.add(at, "is a list of at least one error");
    return [];
  }
  const texts = (names as readonly Json[]).filter((name) => typeof name === "string");
  if (texts.length < names.length) problems.add(at, "holds texts alone");
  if (texts.includes("States.ALL") && (texts.length > 1 || !isLast)) {
    problems.add(at, "States.ALL stands alone, and in the last entry");
  }
  return texts;
}

interface Bound {
  readonly from: number;
  readonly to: number;
  readonly isInteger: boolean;
}

function numberOf(
  value: Json,
  name: string,
  fallback: number,
  bound: Bound,
  place: string,
  problems: Problems,
): number {
  const number = own(value, name) ?? fallback;
  const { from, to, isInteger } = bound;
  const isNumber = typeof number === "number" && (!isInteger || Number.isInteger(number));
  if (isNumber && number >= from && number <= to) return number;
  const kind = isInteger ? "an integer" : "a number";
  problems.add(`${place}/${name}`, `is ${kind} from ${from} to ${to}`);
  return fallback;
}

const durationMax = 99_999_999;
const seconds: Bound = { from: 1, to: durationMax, isInteger: true };

function retrierOf(value: Json, place: string, isLast: boolean, problems: Problems): Retrier {
  const number = (name: string, fallback: number, bound: Bound): number =>
    numberOf(value, name, fallback, bound, place, problems);
  const hasDelayMax = own(value, "MaxDelaySeconds") !== undefined;
  const jitter = own(value, "JitterStrategy") ?? "NONE";
  if (jitter !== "NONE" && jitter !== "FULL") {
    problems.add(`${place}/JitterStrategy`, "is FULL or NONE");
  }
  return {
    errorEquals: errorNames(value, place, isLast, problems),
    intervalSeconds: number("IntervalSeconds", 1, seconds),
    attemptsMax: number("MaxAttempts", 3, { from: 0, to: durationMax, isInteger: true }),
    backoffRate: number("BackoffRate", 2, { from: 1, to: 1_000_000, isInteger: false }),
    ...(hasDelayMax ? { delaySecondsMax: number("MaxDelaySeconds", 1, seconds) } : {}),
    isJittered: jitter === "FULL",
  };
}

function entriesOf(fields: JsonObject, name: string, place: string, problems: Problems): Json[] {
  const entries = own(fields, name) ?? [];
  if (!Array.isArray(entries)) {
    problems.add(`${place}/${name}`, "is a list");
    return [];
  }
  (entries as readonly Json[]).forEach((entry, index) => {
    if (!isObject(entry)) problems.add(`${place}/${name}[${index}]`, "is an object");
  });
  return (entries as Json[]).filter((entry) => isObject(entry));
}

/** The retriers of a state. */
export function retryOf(fields: JsonObject, place: string, problems: Problems): Retrier[] {
  const entries = entriesOf(fields, "Retry", place, problems);
  return entries.map((entry, index) =>
    retrierOf(entry, `${place}/Retry[${index}]`, index === entries.length - 1, problems),
  );
}

function checkResultPath(entry: JsonObject, place: string, problems: Problems): void {
  const path = own(entry, "ResultPath");
  if (path === undefined || path === null) return;
  if (typeof path !== "string") return problems.add(`${place}/ResultPath`, "is a path, as text");
  try {
    parseReferencePath(path);
  } catch (error) {
    if (!(error instanceof PathInvalid)) throw error;
    problems.add(`${place}/ResultPath`, error.message);
  }
}

function catcherOf(
  entry: JsonObject,
  language: QueryLanguage,
  place: string,
  isLast: boolean,
  problems: Problems,
): Catcher {
  const next = own(entry, "Next");
  if (typeof next !== "string") problems.add(`${place}/Next`, "is the name of a state");
  if (language === "JSONata") checkExpressions(entry, place, problems);
  else {
    checkResultPath(entry, place, problems);
    checkTemplate(own(entry, "Assign") ?? null, `${place}/Assign`, problems);
  }
  return {
    errorEquals: errorNames(entry, place, isLast, problems),
    next: typeof next === "string" ? next : "",
    fields: entry,
  };
}

/** The catchers of a state. */
export function catchOf(
  fields: JsonObject,
  language: QueryLanguage,
  place: string,
  problems: Problems,
): Catcher[] {
  const entries = entriesOf(fields, "Catch", place, problems);
  return entries.flatMap((entry, index) => {
    const at = `${place}/Catch[${index}]`;
    return isObject(entry)
      ? [catcherOf(entry, language, at, index === entries.length - 1, problems)]
      : [];
  });
}
