import { failureOf } from "./failure.ts";
import type { Entry, FailedAttempt } from "./rows.ts";

/** Attempts that an entry keeps: the last ones. */
const keptMax = 10;
const messageMax = 500;
const nameMax = 100;

/** An entry with one more attempt that failed, the one that its number tells. */
export function withFailed(
  entry: Entry,
  error: unknown,
  startedAtMs: number,
  endedAtMs: number,
): Entry {
  const { name, message, code } = failureOf(error);
  const failed: FailedAttempt = {
    attempt: entry.attempt,
    startedAtMs,
    endedAtMs,
    error: {
      name: name.slice(0, nameMax),
      message: message.slice(0, messageMax),
      ...(code === undefined ? {} : { code }),
    },
  };
  return { ...entry, failures: [...entry.failures, failed].slice(-keptMax) };
}
