import { inject } from "../../core/context.ts";
import type { InternalMessage } from "../../core/capabilities/queueing.ts";
import { parseJson } from "../../core/json.ts";
import type { ScheduledRun } from "./schedule.ts";

/** The internal queue that a schedule fires into. */
export function queueOf(schedule: string): string {
  return `schedule.${schedule}`;
}

/** A run that nobody handled is kept this long, milliseconds. */
export const runRetentionMs = 86_400_000;

/** A run as the message that its queue carries. */
export function runMessage(run: ScheduledRun): InternalMessage {
  const attributes = run.manual ? { morning: JSON.stringify(inject()) } : {};
  return { body: JSON.stringify(run), attributes };
}

/**
 * The run in a message.
 * @param sentAtMs stands in for the time due where the engine could not write it
 */
export function runOf(body: string, schedule: string, sentAtMs: number): ScheduledRun {
  const found = parseJson(body, `run of schedule ${schedule}`) as Partial<ScheduledRun> & {
    readonly scheduledTime?: string;
  };
  const aws = Date.parse(found.scheduledTime ?? "");
  const scheduledAtMs = found.scheduledAtMs ?? (Number.isNaN(aws) ? sentAtMs : aws);
  return { schedule, scheduledAtMs, manual: found.manual ?? false };
}
