// Holds what we did against what AWS was recorded to do. What the recordings replaced by a mask is
// known by its form, never by the case.
import type { Json } from "../../src/core/json.ts";

/** Words that stand for a time, a role, a name, an ARN or a random number. */
const maskedWords = new RegExp(
  [
    "^(?:timestamp|date|datetime|start-time|entered-time|map_run_arn|RandomNumberGenerated)$",
    "_role_arn$",
    "^(?:lambda_)?function_(?:\\d+_)?name\\w*$",
    // An output that was replaced as a whole is named after its place.
    "EventDetails\\.\\w+$",
  ].join("|"),
);

/** `<uuid:1>` within a text. */
const mask = /<[\w:.-]+>/;

const isObject = (value: unknown): value is Record<string, Json> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** A payload: recordings hold objects parsed and other values as text, we hold text alone. */
export function payload(value: Json): Json {
  return typeof value === "string" ? (parsed(value) ?? value) : value;
}

function matchesText(expected: string, actual: Json, key: string): boolean {
  if (expected === actual || expected === key || maskedWords.test(expected)) return true;
  if (typeof actual !== "string") {
    const value = parsed(expected);
    return value !== undefined && typeof value !== "string" && matches(value, actual);
  }
  const [wanted, got] = [parsed(expected), parsed(actual)];
  if (typeof wanted === "object" && wanted !== null && got !== undefined) {
    return matches(wanted, got);
  }
  if (!mask.test(expected)) return false;
  const parts = expected.split(mask).map((part) => RegExp.escape(part));
  return new RegExp(`^${parts.join("[^]*?")}$`).test(actual);
}

/** Fields of the context object that AWS added after the oldest recordings. */
const younger = new Set(["RedriveCount"]);

function matchesObject(expected: Record<string, Json>, actual: Json): boolean {
  if (!isObject(actual)) return false;
  const extra = Object.keys(actual).filter((key) => !Object.hasOwn(expected, key));
  if (extra.some((key) => !younger.has(key))) return false;
  return Object.entries(expected).every(
    ([key, value]) => Object.hasOwn(actual, key) && matches(value, actual[key] ?? null, key),
  );
}

/** Whether `actual` is what was recorded, as far as the recording tells. */
export function matches(expected: Json, actual: Json, key = ""): boolean {
  if (typeof expected === "string") return matchesText(expected, actual, key);
  if (typeof actual === "string" && typeof expected === "object" && expected !== null) {
    const value = parsed(actual);
    return typeof value === "object" && matches(expected, value);
  }
  if (Array.isArray(expected)) {
    const list: readonly Json[] = expected;
    if (!Array.isArray(actual) || actual.length !== list.length) return false;
    return list.every((one, index) =>
      matches(one, (actual as readonly Json[])[index] ?? null, key),
    );
  }
  if (isObject(expected)) return matchesObject(expected, actual);
  return expected === actual;
}

interface TypedEvent {
  readonly type: string;
  readonly id: unknown;
}

/**
 * Recordings with branches have the branches' events sorted, without ids, and lack some ends of
 * Parallel states; how many events there were is the id of the last one.
 */
function sameSorted(expected: readonly TypedEvent[], actual: readonly { type: string }[]): boolean {
  if (expected.at(-1)?.id !== actual.length) return false;
  const left = actual.map(({ type }) => type);
  for (const { type } of expected) {
    const at = left.indexOf(type);
    if (at === -1) return false;
    left.splice(at, 1);
  }
  return left.every((type) => type.startsWith("ParallelState"));
}

/** Whether the types of events are those that were recorded, in order. */
export function sameTypes(
  expected: readonly TypedEvent[],
  actual: readonly { readonly type: string }[],
): boolean {
  if (expected.some(({ id }) => typeof id !== "number")) return sameSorted(expected, actual);
  const sameLength = expected.length === actual.length;
  return sameLength && expected.every(({ type }, index) => type === actual[index]?.type);
}
