import type { MorningError } from "../../../core/errors.ts";
import { eventPatternErrors } from "./errors.ts";

/** Makes the error for an invalid pattern, in EventBridge's words. */
export function invalidPattern(reason: string, path: readonly string[]): MorningError {
  const message = `Event pattern is not valid. Reason: ${reason}`;
  return eventPatternErrors.MOR_EVENT_PATTERN_INVALID(message, {
    details: {
      awsCode: "InvalidEventPatternException",
      awsMessage: message,
      reason,
      path: path.join("."),
    },
  });
}

/** Stops the parsing of a pattern: `refuse("Empty arrays are not allowed")`. */
export type Refuse = (reason: string) => never;
