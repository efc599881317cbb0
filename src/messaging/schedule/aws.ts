import { coreErrors, type MorningError } from "../../core/errors.ts";
import type { WeekDays } from "./cron-fields.ts";
import { precisionMsOf, type CronExpression, type ScheduleExpression } from "./expression.ts";

const unsupported = (resource: string, reason: string): MorningError =>
  coreErrors.MOR_UNSUPPORTED(`${resource}: EventBridge Scheduler ${reason}`, {
    fix: "Change the expression, split the schedule in two, or run it on the sqlite engine.",
    details: { driver: "eventbridge-scheduler", reason },
  });

/** AWS counts the days of the week from 1, Sunday. */
function weekDaysText(weekDays: WeekDays): string {
  const items = weekDays.values.map((day) => `${day + 1}`);
  for (const day of weekDays.last) items.push(`${day + 1}L`);
  for (const { day, nth } of weekDays.nth) items.push(`${day + 1}#${nth}`);
  return items.join(",");
}

function refuseListed(field: string, text: string, resource: string): void {
  if (text.includes(",") && /[LW#]/.test(text)) {
    throw unsupported(resource, `takes L, W and # in ${field} alone, not in the list ${text}`);
  }
}

function cronToAws(expression: CronExpression, resource: string): string {
  const { dialect, texts, fields } = expression;
  if (dialect === "aws") return `cron(${texts.join(" ")})`;
  const [, minute, hour, monthDay = "", month] = texts;
  const { monthDays, weekDays } = fields;
  const weekDay = weekDaysText(weekDays);
  if (!monthDays.any && !weekDays.any) {
    throw unsupported(resource, "takes a day of the month or of the week in one cron, not both");
  }
  refuseListed("day-of-month", monthDay, resource);
  refuseListed("day-of-week", weekDay, resource);
  const days = weekDays.any ? [monthDays.any ? "*" : monthDay, month, "?"] : ["?", month, weekDay];
  return `cron(${[minute, hour, ...days, "*"].join(" ")})`;
}

/**
 * The `ScheduleExpression` of EventBridge Scheduler. Time zone, start, end and jitter
 * (`FlexibleTimeWindow`) are arguments of their own there.
 * @param resource what the message of an error names, such as `schedule nightly`
 * @throws MOR_UNSUPPORTED for seconds, for Unix cron that names days both ways, and for lists with
 * L, W, #
 */
export function toAws(expression: ScheduleExpression, resource: string = "schedule"): string {
  if (precisionMsOf(expression) < 60_000) {
    throw unsupported(resource, "is precise to a minute: it takes no seconds");
  }
  if (expression.kind === "cron") return cronToAws(expression, resource);
  if (expression.kind === "at") return `at(${expression.local})`;
  const { value, unit, everyMs } = expression;
  return unit === "seconds" ? `rate(${everyMs / 60_000} minutes)` : `rate(${value} ${unit})`;
}
