import { jsonDepthMax } from "../../core/json.ts";
import { decodeError } from "./failure.ts";
import { workflowErrors } from "./errors.ts";

/** Bytes of one value in the journal, about: characters of its JSON. */
export const valueMax: number = 1024 * 1024;

/** What of a value JSON would lose, and where; undefined when it loses nothing. */
function lossOf(root: unknown): string | undefined {
  const pending: { value: unknown; path: string; depth: number }[] = [
    { value: root, path: "", depth: 1 },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, path, depth } = next;
    const at = path === "" ? "the value" : path;
    if (value === null || ["string", "boolean", "undefined"].includes(typeof value)) continue;
    if (typeof value === "number") {
      if (!Number.isFinite(value)) return `${at} is ${value}`;
      continue;
    }
    if (typeof value !== "object") return `${at} is a ${typeof value}`;
    if (depth > jsonDepthMax)
      return `${at} nests deeper than ${jsonDepthMax} levels, or in a circle`;
    const form = Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null;
    if (!Array.isArray(value) && form !== Object.prototype && form !== null) {
      return `${at} is a ${form.constructor?.name ?? "class instance"}`;
    }
    for (const [key, child] of Object.entries(value)) {
      const below = Array.isArray(value) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
      pending.push({ value: child, path: below, depth: depth + 1 });
    }
  }
  return undefined;
}

/**
 * A value as the journal keeps it; empty for undefined.
 * @param subject what it is, for the message: `the result of step charge`
 * @throws MOR_WORKFLOW_VALUE naming what JSON would lose, MOR_WORKFLOW_VALUE_TOO_LARGE
 */
export function encodeValue(value: unknown, subject: string): string {
  if (value === undefined) return "";
  const loss = lossOf(value);
  if (loss !== undefined) {
    throw workflowErrors.MOR_WORKFLOW_VALUE(`${subject} cannot be kept: ${loss}`);
  }
  const text = JSON.stringify(value);
  if (text.length > valueMax) {
    throw workflowErrors.MOR_WORKFLOW_VALUE_TOO_LARGE(
      `${subject} has ${text.length} characters, and may have ${valueMax}`,
    );
  }
  return text;
}

/** Reads what {@link encodeValue} wrote. */
export function decodeValue(text: string): unknown {
  return text === "" ? undefined : (JSON.parse(text) as unknown);
}

/** What an ended entry or run has as its result. @throws what it failed with */
export function resultOf(entry: {
  readonly status: string;
  readonly value: string;
  readonly error: string | undefined;
}): string {
  if (entry.status === "failed") throw decodeError(entry.error ?? "{}");
  return entry.value;
}
