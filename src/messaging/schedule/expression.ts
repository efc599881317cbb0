import type { MorningError } from "../../core/errors.ts";
import { parseCron, type CronFields, type ParsedCron } from "./cron-fields.ts";
import type { Refuse } from "./cron-lists.ts";
import { scheduleErrors } from "./errors.ts";
import { isTimeZone, resolveLocal } from "./zone.ts";

/** An instant: milliseconds since the epoch, or ISO 8601 with `Z` or an offset. */
export type Instant = number | string;

/** When a schedule fires: exactly one of `cron`, `rate` and `at`. */
export interface ScheduleOptions {
  /**
   * `cron(minute hour day-of-month month day-of-week year)` as EventBridge Scheduler has it (days
   * of the week 1 to 7 from Sunday, one of the day fields `?`); or, without the wrapper, Unix cron
   * of five fields, or of six with the second in front (days of the week 0 to 7, Sunday is 0 and
   * 7). Both with lists, ranges, steps, names, `L`, `nW`, `LW`, `nL` and `n#k`.
   *
   * In Unix cron a day fires if either day field names it, unless one of them begins with `*`.
   */
  readonly cron?: string;
  /**
   * `5 minutes` or `rate(5 minutes)`: seconds (not on AWS), minutes, hours, or days of 24 hours.
   */
  readonly rate?: string;
  /** `2026-11-22T10:00:00` or `at(2026-11-22T10:00:00)`: once, at that time in the zone. */
  readonly at?: string;
  /** IANA time zone. Default: `UTC`. */
  readonly timezone?: string;
  /**
   * Nothing fires before it. A rate counts from it and fires at it; without it, from the epoch.
   * Not with `at`.
   */
  readonly start?: Instant;
  /** Nothing fires after it; what falls on it fires. Not with `at`. */
  readonly end?: Instant;
  /** Length of the window over which runs are spread, 0 to 86,400,000. Default: 0, no spread. */
  readonly jitterMs?: number;
}

interface Bounds {
  readonly timezone: string;
  readonly startMs?: number;
  readonly endMs?: number;
  readonly jitterMs: number;
}

/** Fires at local times. */
export interface CronExpression extends Bounds, ParsedCron {
  readonly kind: "cron";
  readonly fields: CronFields;
}

/** Fires at a fixed distance, whatever the clocks on the wall do. */
export interface RateExpression extends Bounds {
  readonly kind: "rate";
  readonly value: number;
  readonly unit: RateUnit;
  readonly everyMs: number;
}

/** Fires once. */
export interface AtExpression extends Bounds {
  readonly kind: "at";
  /** The local time, `yyyy-mm-ddThh:mm:ss`. */
  readonly local: string;
  readonly atMs: number;
}

/** A parsed schedule expression: plain data, so that it can be stored and compared. */
export type ScheduleExpression = CronExpression | RateExpression | AtExpression;

/** Units of a rate. A day is 24 hours. */
export type RateUnit = "seconds" | "minutes" | "hours" | "days";

const unitMs: Readonly<Record<RateUnit, number>> = {
  seconds: 1_000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
};

/** The longest text of an expression, EventBridge Scheduler's. */
const lengthMax = 256;
const rateMsMax = 3_650 * unitMs.days;
const jitterMsMax = unitMs.days;

const refusal =
  (resource: string): Refuse =>
  (field, reason): MorningError =>
    scheduleErrors.MOR_SCHEDULE_EXPRESSION_INVALID(`${resource}: ${field}: ${reason}`, {
      details: { field, reason },
    });

/** What `yyyy-mm-ddThh:mm:ss` would be in UTC; nothing if the calendar has no such date. */
function calendarMs(local: string): number | undefined {
  const ms = Date.parse(`${local}Z`);
  // Date.parse carries 30 February over into March.
  const exists = !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 19) === local;
  return exists ? ms : undefined;
}

const isoInstant = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;

function parseInstant(field: string, instant: Instant, refuse: Refuse): number {
  const date = isoInstant.exec(String(instant))?.[1];
  const isIso = date !== undefined && calendarMs(`${date}T00:00:00`) !== undefined;
  const ms = isIso ? Date.parse(String(instant)) : instant;
  if (Number.isInteger(ms) && Math.abs(Number(ms)) <= 8.64e15) return Number(ms);
  const shown = JSON.stringify(instant);
  throw refuse(field, `${shown} is neither epoch milliseconds nor ISO 8601 with Z or an offset`);
}

function parseRate(text: string, refuse: Refuse): Omit<RateExpression, keyof Bounds> {
  const bare = /^rate\((.*)\)$/i.exec(text.trim())?.[1] ?? text;
  const match = /^\s*(\d{1,10})\s+(second|minute|hour|day)s?\s*$/i.exec(bare);
  if (!match)
    throw refuse("rate", `"${text}" is not like "5 minutes" (seconds, minutes, hours, days)`);
  const value = Number(match[1]);
  const unit = `${match[2]?.toLowerCase()}s` as RateUnit;
  const everyMs = value * unitMs[unit];
  if (value < 1) throw refuse("rate", "the number must be 1 or more");
  if (everyMs > rateMsMax) throw refuse("rate", `${bare.trim()} is longer than 3650 days`);
  return { kind: "rate", value, unit, everyMs };
}

function parseAt(text: string, timezone: string, refuse: Refuse): Omit<AtExpression, keyof Bounds> {
  const local = /^at\((.*)\)$/i.exec(text.trim())?.[1]?.trim() ?? text.trim();
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(local)) {
    throw refuse("at", `"${text}" is not yyyy-mm-ddThh:mm:ss, a local time of the time zone`);
  }
  const localMs = calendarMs(local);
  if (localMs === undefined) throw refuse("at", `${local} is no date and time of the calendar`);
  const resolved = resolveLocal(timezone, localMs);
  if ("instantMs" in resolved) return { kind: "at", local, atMs: resolved.instantMs };
  throw refuse("at", `${local} does not exist in ${timezone}: the clocks jump over it`);
}

function parseBase(options: ScheduleOptions, refuse: Refuse): Bounds {
  const { timezone = "UTC", start, end, jitterMs = 0 } = options;
  if (!isTimeZone(timezone)) {
    throw refuse("timezone", `"${timezone}" is not an IANA time zone such as Asia/Taipei`);
  }
  if (!Number.isInteger(jitterMs) || jitterMs < 0 || jitterMs > jitterMsMax) {
    throw refuse("jitterMs", `${jitterMs} is not a whole number from 0 to ${jitterMsMax}`);
  }
  const startMs = start === undefined ? undefined : parseInstant("start", start, refuse);
  const endMs = end === undefined ? undefined : parseInstant("end", end, refuse);
  if (startMs !== undefined && endMs !== undefined && endMs < startMs) {
    throw refuse("end", "it lies before start, so that nothing would ever fire");
  }
  return {
    timezone,
    ...(startMs === undefined ? {} : { startMs }),
    ...(endMs === undefined ? {} : { endMs }),
    jitterMs,
  };
}

function refuseLong(field: string, text: string, refuse: Refuse): string {
  if (text.length <= lengthMax) return text;
  throw refuse(field, `${text.length} characters are more than ${lengthMax}`);
}

/**
 * Parses a schedule expression.
 *
 * Daylight saving, as EventBridge Scheduler has it: a cron time that the clocks jump over in spring
 * is skipped; one that comes twice in autumn fires once, the first time. That holds for every cron
 * expression: `*\/5 * * * *` pauses for the repeated hour. A rate runs through both. An `at` in a
 * gap is refused; one that comes twice fires the first time.
 *
 * @example parseExpression({ cron: "cron(0 9 ? * MON-FRI *)", timezone: "Asia/Taipei" })
 * @example parseExpression({ cron: "*\/10 * * * * *" }) // every ten seconds
 * @example parseExpression({ rate: "15 minutes", jitterMs: 60_000 })
 * @param resource what the message of an error names, such as `schedule nightly`
 * @throws MOR_SCHEDULE_EXPRESSION_INVALID with `details.field` and `details.reason`
 */
export function parseExpression(
  options: ScheduleOptions,
  resource: string = "schedule",
): ScheduleExpression {
  const refuse = refusal(resource);
  const { cron, rate, at } = options;
  if ([cron, rate, at].filter((it) => it !== undefined).length !== 1) {
    throw refuse("expression", "exactly one of cron, rate and at is needed");
  }
  const base = parseBase(options, refuse);
  if (cron !== undefined) {
    return { kind: "cron", ...parseCron(refuseLong("cron", cron, refuse), refuse), ...base };
  }
  if (rate !== undefined)
    return { ...parseRate(refuseLong("rate", rate, refuse), refuse), ...base };
  const bound = base.startMs !== undefined ? "start" : base.endMs !== undefined ? "end" : undefined;
  if (bound) throw refuse(bound, "it has no meaning with at, which fires once");
  return { ...parseAt(refuseLong("at", at ?? "", refuse), base.timezone, refuse), ...base };
}

/**
 * The precision that an expression asks of an engine, milliseconds: 1,000 if it names seconds, else
 * 60,000. An engine whose `precisionMs` is longer cannot run it.
 */
export function precisionMsOf(expression: ScheduleExpression): 1_000 | 60_000 {
  return isWholeMinutes(expression) ? 60_000 : 1_000;
}

function isWholeMinutes(expression: ScheduleExpression): boolean {
  if (expression.kind === "rate") return expression.everyMs % unitMs.minutes === 0;
  if (expression.kind === "at") return expression.local.endsWith(":00");
  return expression.fields.seconds.length === 1 && expression.fields.seconds[0] === 0;
}
