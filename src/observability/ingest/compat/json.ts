import type { Attributes, AttributeValue } from "../../signals/records.ts";
import { attributesMax } from "../../signals/rows.ts";
import { ingestErrors } from "../errors.ts";

/** An object of foreign JSON: nothing is known of its values. */
export type Loose = Readonly<Record<string, unknown>>;

/** Levels of nested values that are kept; what lies deeper is named `...`. */
const depthMax = 8;
/** Elements of one array or object within a value. */
const elementsMax = 1_000;
/** Characters of one text. */
const textMax = 64 * 1024;

const fatal = new TextDecoder("utf-8", { fatal: true });

/** Bytes as text. @throws MOR_INGEST_MALFORMED where they are no UTF-8 */
export function utf8Text(bytes: Uint8Array): string {
  try {
    return fatal.decode(bytes);
  } catch (cause) {
    const details = { reason: "utf8", field: "" };
    throw ingestErrors.MOR_INGEST_MALFORMED("the body is not UTF-8", { cause, details });
  }
}

/** Reads JSON. @throws MOR_INGEST_MALFORMED */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const told = cause instanceof Error ? cause.message.slice(0, 200) : "";
    const details = { reason: "json", field: what };
    throw ingestErrors.MOR_INGEST_MALFORMED(`${what} is not JSON: ${told}`, { cause, details });
  }
}

/** A value as an object, if it is one. */
export function objectOf(value: unknown): Loose | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? (value as Loose) : undefined;
}

/** A value as a list; empty if it is none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** A scalar as text, cut to `max` characters; empty for anything else. */
export function textOf(value: unknown, max: number = textMax): string {
  if (typeof value === "string") return value.length > max ? value.slice(0, max) : value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

/** A finite number, from a number or the text of one. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value !== "number" && (typeof value !== "string" || value.trim() === "")) {
    return undefined;
  }
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** A foreign value as that of an attribute: bounded in depth, width and length. */
export function valueOf(value: unknown, depth: number = depthMax): AttributeValue {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "string") return textOf(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value !== "object") return textOf(value);
  if (depth === 0) return "...";
  if (Array.isArray(value)) {
    return value.slice(0, elementsMax).map((one: unknown) => valueOf(one, depth - 1));
  }
  const made: Record<string, AttributeValue> = {};
  let count = 0;
  for (const [key, one] of Object.entries(value)) {
    if (++count > elementsMax) break;
    put(made, key, valueOf(one, depth - 1));
  }
  return made;
}

/** Sets a key that may be called `__proto__`. */
function put<T>(into: Record<string, T>, key: string, value: T): void {
  if (key !== "__proto__") into[key] = value;
}

/** Attributes of a record under construction. */
export class AttributeList {
  private readonly made: Record<string, AttributeValue> = {};
  private count = 0;
  /** Pairs that the limit left out. */
  leftOut = 0;

  /** Adds one, unless there is no value; the first of a key stays. */
  add(key: string, value: AttributeValue | undefined): void {
    if (value === undefined || value === null || value === "" || Object.hasOwn(this.made, key)) {
      return;
    }
    if (this.count >= attributesMax) this.leftOut++;
    else {
      put(this.made, key.slice(0, 1_000), value);
      this.count++;
    }
  }

  /** Adds every entry of a foreign object, each under `prefix` and its name. */
  addAll(value: unknown, prefix = ""): void {
    const object = objectOf(value);
    if (object === undefined) return;
    for (const [key, one] of Object.entries(object)) {
      if (one !== null && one !== undefined) this.add(prefix + key, valueOf(one));
    }
  }

  /** What was added. */
  get attributes(): Attributes {
    return this.made;
  }
}

/** Whether a text is an id of `size` bytes in hex that is not all zeros. */
export function isId(text: string, size: 8 | 16): boolean {
  return text.length === size * 2 && /^[0-9a-f]+$/i.test(text) && !/^0+$/.test(text);
}

/** The id in lower case; empty where it is none. */
export function idOf(value: unknown, size: 8 | 16): string {
  return typeof value === "string" && isId(value, size) ? value.toLowerCase() : "";
}

/** Latest instant that a column holds: 2262. */
const nsMax = 0x7fff_ffff_ffff_ffffn;

/** Nanoseconds of an instant in seconds with a fraction; undefined where it is none. */
export function secondsNs(value: unknown): bigint | undefined {
  const seconds = numberOf(value);
  if (seconds === undefined || seconds < 0 || seconds > Number(nsMax) / 1e9) return undefined;
  const whole = Math.floor(seconds);
  // A double holds microseconds of today, not nanoseconds.
  const micros = Math.round((seconds - whole) * 1e6);
  return BigInt(whole) * 1_000_000_000n + BigInt(micros) * 1_000n;
}

/** A number of nanoseconds that a column holds. */
export function fitsNs(ns: bigint): boolean {
  return ns >= 0n && ns <= nsMax;
}
