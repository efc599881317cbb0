import { workflowErrors } from "./errors.ts";
import { encodeError } from "./failure.ts";
import { opened, stopAt } from "./rows.ts";
import type { Ending, Entry } from "./rows.ts";

/** Why a run stops that was cancelled. */
export const cancelled = (run: string): Error =>
  workflowErrors.MOR_WORKFLOW_CANCELLED(`run ${run} was cancelled`);

/** Why a run stops whose time is over. */
export const timedOut = (run: string): Error =>
  workflowErrors.MOR_WORKFLOW_TIMEOUT(`run ${run} took longer than it may`);

/**
 * What a run records when it stops.
 * @param value what its saga has to know of it
 */
export function stopped(error: Error, value: string, atMs: number): Entry {
  const entry = opened(stopAt, "stop", "stop", atMs);
  return { ...entry, value, status: "failed", error: encodeError(error), endedAtMs: atMs };
}

/** Why an attempt ends that its program did not wait for. */
export const programEnded: Error = new Error("the run's program has ended");

/** Why an attempt ends whose run another process has, or nobody. */
export const leftBehind: Error = new Error("the run is no longer in this process");

/** The end of a run by an error that its program did not see. */
export const failed = (error: Error): Ending => ({ status: "failed", error: encodeError(error) });
