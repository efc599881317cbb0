import type { CronFields } from "./cron-fields.ts";

const secondMs = 1_000;

/** The last year that is searched, that of EventBridge Scheduler: an end for what never fires. */
const yearMax = 2199;

const daysIn = (year: number, month: number): number =>
  new Date(Date.UTC(year, month, 0)).getUTCDate();

/** A day that exists, moved to the nearest of Monday to Friday without leaving the month. */
function nearestWeekday(day: number, weekDay: number, days: number): number {
  if (weekDay === 6) return day === 1 ? 3 : day - 1;
  if (weekDay === 0) return day === days ? day - 2 : day + 1;
  return day;
}

/** The days of a month on which a cron expression fires, ascending; `month` is 1 to 12. */
export function daysOf(fields: CronFields, year: number, month: number): readonly number[] {
  const { monthDays, weekDays } = fields;
  const days = daysIn(year, month);
  const firstWeekDay = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
  const weekDayOf = (day: number): number => (firstWeekDay + day - 1) % 7;
  const nearest = monthDays.nearest
    .filter((day) => day <= days)
    .map((day) => nearestWeekday(day, weekDayOf(day), days));
  if (monthDays.lastWeekday) nearest.push(nearestWeekday(days, weekDayOf(days), days));
  const byMonth = (day: number): boolean =>
    monthDays.any ||
    monthDays.values.includes(day) ||
    nearest.includes(day) ||
    (monthDays.last && day === days);
  const byWeek = (day: number): boolean => {
    const weekDay = weekDayOf(day);
    if (weekDays.any || weekDays.values.includes(weekDay)) return true;
    if (day > days - 7 && weekDays.last.includes(weekDay)) return true;
    return weekDays.nth.some((it) => it.day === weekDay && it.nth === Math.ceil(day / 7));
  };
  const fires = (day: number): boolean =>
    fields.days === "both" ? byMonth(day) && byWeek(day) : byMonth(day) || byWeek(day);
  return Array.from({ length: days }, (_, index) => index + 1).filter(fires);
}

/** The first time of day at or after `fromSecond`, seconds since midnight. */
function timeOfDay(fields: CronFields, fromSecond: number): number | undefined {
  const fromMinute = Math.floor(fromSecond / 60);
  const second = fields.seconds.find((it) => it >= fromSecond % 60);
  const start = second === undefined ? fromMinute + 1 : fromMinute;
  for (const hour of fields.hours) {
    if (hour * 60 + 59 < start) continue;
    const minute = fields.minutes.find((it) => hour * 60 + it >= start);
    if (minute === undefined) continue;
    const sameMinute = second !== undefined && hour * 60 + minute === fromMinute;
    return (hour * 60 + minute) * 60 + (sameMinute ? second : (fields.seconds[0] ?? 0));
  }
  return undefined;
}

/** Midnights of the days that match, from that of `fromMs` on, to the end of {@link yearMax}. */
function* midnights(fields: CronFields, fromMs: number): Generator<number> {
  // AWS's years begin with 1970: what lies before would only be a long walk.
  const from = new Date(Math.max(fromMs, 0));
  let month = from.getUTCMonth() + 1;
  let day = from.getUTCDate();
  for (let year = from.getUTCFullYear(); year <= yearMax; year++) {
    if (!fields.years || fields.years.includes(year)) {
      for (; month <= 12; month++) {
        const days = fields.months.includes(month) ? daysOf(fields, year, month) : [];
        for (const it of days) if (it >= day) yield Date.UTC(year, month - 1, it);
        day = 1;
      }
    }
    month = 1;
    day = 1;
  }
}

/**
 * The first local time at or after `fromMs` that a cron expression names; both are written as the
 * milliseconds that they would have in UTC. `undefined` if there is none in the
 * years 1970 to 2199.
 */
export function nextLocal(fields: CronFields, fromMs: number): number | undefined {
  const startMs = Math.ceil(fromMs / secondMs) * secondMs;
  for (const midnightMs of midnights(fields, startMs)) {
    const second = timeOfDay(fields, Math.max(0, startMs - midnightMs) / secondMs);
    if (second !== undefined) return midnightMs + second * secondMs;
  }
  return undefined;
}
