import type { AnswerOf } from "../../../api/client.ts";
import type { Health } from "../../../api/overview.ts";
import type { Locale } from "../../../i18n/messages.ts";
import { isolated } from "../../../i18n/foreign.ts";
import type { Say } from "../text.ts";
import { whenOf, type Days, type Unit } from "./words.ts";

/** A schedule, as the API gives it. */
export type Schedule = AnswerOf<"/schedules/{name}", "get">;

export type State = "onTime" | "running" | "paused" | "missed" | "failing";

export const healthOf: Readonly<Record<State, Health>> = {
  onTime: "ok",
  running: "ok",
  paused: "unknown",
  missed: "warning",
  failing: "failing",
};

/** A run missed so long ago no longer needs a look. */
const missedMs = 86_400_000;

/** How a schedule stands, the worst first. */
export function stateOf(schedule: Schedule, nowMs: number): State {
  const { deadLetters, paused, running, lastMissedAtMs } = schedule;
  if (deadLetters > 0) return "failing";
  if (paused) return "paused";
  if (lastMissedAtMs !== null && nowMs - lastMissedAtMs < missedMs) return "missed";
  return running > 0 ? "running" : "onTime";
}

/** The same in a word. */
export function stateText(t: Say, state: State): string {
  const words = {
    onTime: t("schedule.onTime"),
    running: t("schedule.running"),
    paused: t("schedule.paused"),
    missed: t("schedule.missedRuns"),
    failing: t("health.failing"),
  };
  return words[state];
}

/** 4 January 1970 was a Sunday. */
const sundayMs = 3 * 86_400_000;

function weekDays(days: readonly number[], locale: Locale): string {
  const name = new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" });
  const list = new Intl.ListFormat(locale, { type: "conjunction" });
  return list.format(days.map((day) => name.format(sundayMs + day * 86_400_000)));
}

function daysText(t: Say, locale: Locale, days: Days, times: string): string {
  const list = new Intl.ListFormat(locale, { type: "conjunction" });
  switch (days.kind) {
    case "all":
      return t("schedule.daily", { times });
    case "week":
      return days.days.join() === "1,2,3,4,5"
        ? t("schedule.workdays", { times })
        : t("schedule.weekly", { days: weekDays(days.days, locale), times });
    case "month":
      return t("schedule.monthly", { days: list.format(days.days.map(String)), times });
    case "monthEnd":
      return t("schedule.monthEnd", { times });
  }
}

function everyText(t: Say, value: number, unit: Unit): string {
  switch (unit) {
    case "seconds":
      return t("schedule.everySeconds", { count: value });
    case "minutes":
      return t("schedule.everyMinutes", { count: value });
    case "hours":
      return t("schedule.everyHours", { count: value });
    case "days":
      return t("schedule.everyDays", { count: value });
  }
}

/** When a schedule fires, in words: *every day at 02:00*; undefined for what is hard to say. */
export function whenText(t: Say, locale: Locale, text: string): string | undefined {
  const when = whenOf(text);
  switch (when?.kind) {
    case undefined:
      return undefined;
    case "every":
      return everyText(t, when.value, when.unit);
    case "hours":
      return t("schedule.hours", {
        count: when.value,
        minute: String(when.minute).padStart(2, "0"),
      });
    case "days": {
      const list = new Intl.ListFormat(locale, { type: "conjunction" });
      return daysText(t, locale, when.days, list.format(when.times));
    }
    case "once":
      return t("schedule.once", {
        at: new Intl.DateTimeFormat(locale, { ...atMinutes, timeZone: "UTC" }).format(
          Date.parse(`${when.local}Z`),
        ),
      });
  }
}

const atMinutes = { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" } as const;

/** With its zone's short name, so that an hour that comes twice in autumn is told apart. */
const zoned = {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
  timeZoneName: "short",
} as const;

/** A moment as date and time in a zone; in UTC where this browser does not know the zone. */
export function localTime(atMs: number, timezone: string, locale: Locale): string {
  try {
    return new Intl.DateTimeFormat(locale, { ...zoned, timeZone: timezone }).format(atMs);
  } catch {
    return new Intl.DateTimeFormat(locale, { ...zoned, timeZone: "UTC" }).format(atMs);
  }
}

/** What becomes of missed runs, in words. */
export function policyText(t: Say, missed: Schedule["missed"]): string {
  const words = {
    skip: t("schedule.policySkip"),
    once: t("schedule.policyOnce"),
    all: t("schedule.policyAll"),
  };
  return words[missed];
}

/** A name inside a sentence. */
export const nameIn = (name: string): string => isolated(name, 80);
