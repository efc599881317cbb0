import type { Json } from "../../core/json.ts";

/** A JSON object. Keys are data: read them with {@link own}, so that no prototype answers. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** How deep values of an execution may nest: what walks them recurses. */
export const depthMax = 512;

/** Whether a value is an object, neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value of a key that the object itself has. */
export function own(value: unknown, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The object with one key set; a computed key makes an own property, `__proto__` too. */
export function withKey(value: JsonObject, key: string, set: Json): JsonObject {
  return { ...value, [key]: set };
}

/** Builds an object from entries; `__proto__` becomes a key like any other. */
export function objectOf(entries: Iterable<readonly [string, Json]>): JsonObject {
  return Object.fromEntries(entries) as JsonObject;
}

/** Whether `value` nests deeper than `levels`; looks no deeper than that. */
export function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels <= 0) return true;
  return Object.values(value).some((one) => isDeeper(one, levels - 1));
}

/** Parses JSON text. @throws SyntaxError, also when it nests too deep */
export function parseText(text: string): Json {
  const value = JSON.parse(text) as Json;
  if (isDeeper(value, depthMax)) throw new SyntaxError(`it nests deeper than ${depthMax} levels`);
  return value;
}

/** The compact JSON text of a value. */
export function textOf(value: Json): string {
  return JSON.stringify(value);
}

/** A value as text for people: texts as they are, nothing as nothing. */
export function shownText(value: Json | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : textOf(value);
}

/** UTF-8 bytes of a text. */
export function bytesOf(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

/** Whether two values are equal in depth; the order of keys does not count. */
export function sameValue(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    const other: readonly Json[] = b;
    return a.length === b.length && a.every((one, index) => sameValue(one, other[index] ?? null));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key] ?? null, b[key] ?? null));
}

/** A text that is the same for equal values: keys in order. */
export function canonicalText(value: Json): string {
  return JSON.stringify(value, (_, one: Json) =>
    isObject(one) ? objectOf(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one,
  );
}
