/**
 * Schedules: cron, rates and single times, in any time zone, with stated rules for daylight saving.
 * @module
 */
export type { ScheduleExpression, ScheduleOptions } from "./expression.ts";
export { schedule } from "./schedule.ts";
export type {
  MissedRuns,
  Schedule,
  ScheduleDeclaration,
  ScheduledRun,
  Trigger,
  TriggerOptions,
} from "./schedule.ts";
