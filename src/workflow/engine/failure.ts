import { MorningError } from "../../core/errors.ts";
import type { MorningErrorData } from "../../core/errors.ts";
import type { Failure } from "./program.ts";

/** An error as the journal keeps it. */
type Kept =
  | { readonly morning: MorningErrorData }
  | { readonly name: string; readonly message: string; readonly stack: string };

const textMax = 8 * 1024;

/** An error as text; what is thrown again after a restart is alike in name and message. */
export function encodeError(error: unknown): string {
  if (MorningError.is(error)) return JSON.stringify({ morning: error.toJSON() } satisfies Kept);
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const cut = (text: string): string => text.slice(0, textMax);
  return JSON.stringify({
    name: cut(name),
    message: cut(message),
    stack: cut(stack ?? ""),
  } satisfies Kept);
}

/** Reads what {@link encodeError} wrote. */
export function decodeError(text: string): Error {
  const kept = JSON.parse(text) as Kept;
  if ("morning" in kept) return MorningError.revive(kept.morning);
  const error = new Error(kept.message);
  error.name = kept.name;
  error.stack = kept.stack;
  return error;
}

/** What an error says, whatever was thrown. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** An error as plain data, for results. */
export function failureOf(error: unknown): Failure {
  const { name } = error instanceof Error ? error : new Error();
  const code = MorningError.is(error) ? { code: error.code } : {};
  return { name, message: messageOf(error), ...code };
}

/** Errors of a write that say nothing of what was written. */
const losses: ReadonlySet<string> = new Set([
  "MOR_WORKFLOW_FENCED",
  "MOR_ENGINE_UNAVAILABLE",
  "MOR_STOPPING",
  "MOR_TIMEOUT",
  "MOR_STATE_FULL",
  "MOR_STATE_IO",
  "MOR_STATE_BUSY",
  "MOR_STATE_CORRUPT",
  "MOR_STATE_UNKNOWN_OUTCOME",
]);

/** Whether a write failed by its store, not by what it wrote: what became of it is not known. */
export const isLoss = (error: unknown): boolean => MorningError.is(error) && losses.has(error.code);
