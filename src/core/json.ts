import { coreErrors } from "./errors.ts";

/** A JSON value. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** How deep a JSON document from outside may nest. */
export const jsonDepthMax = 64;

/** Keys that would reach an object's prototype if a careless merge followed. */
const forbiddenKeys: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Parses JSON from outside: depth bounded, prototype-polluting keys refused.
 * @throws MOR_INVALID naming what is wrong and where
 */
export function parseJson(text: string, subject: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (cause) {
    throw coreErrors.MOR_INVALID(`${subject} is not JSON: ${(cause as Error).message}`, { cause });
  }
  checkJson(value, subject);
  return value;
}

/**
 * Checks what another parser made of a document from outside, by the rules of {@link parseJson}.
 * @throws MOR_INVALID naming what is wrong and where
 */
export function checkJson(root: Json, subject: string): void {
  const pending: { value: Json; depth: number }[] = [{ value: root, depth: 1 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, depth } = next;
    if (typeof value !== "object" || value === null) continue;
    if (depth > jsonDepthMax) {
      throw coreErrors.MOR_INVALID(`${subject} nests deeper than ${jsonDepthMax} levels`);
    }
    if (!Array.isArray(value)) refuseForbiddenKeys(value, subject);
    for (const child of Object.values(value)) pending.push({ value: child, depth: depth + 1 });
  }
}

function refuseForbiddenKeys(value: object, subject: string): void {
  for (const key of Object.keys(value)) {
    if (forbiddenKeys.has(key)) {
      throw coreErrors.MOR_INVALID(`${subject} has the key ${key}, which is not allowed`);
    }
  }
}
