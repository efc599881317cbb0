import { parseList, parseValue, sorted, type FieldSpec, type Refuse } from "./cron-lists.ts";

/** Days of the month that a cron expression names. */
export interface MonthDays {
  /** The field is `*` or `?`. */
  readonly any: boolean;
  readonly values: readonly number[];
  /** `nW`: the weekday (Monday to Friday) nearest to the day, within the month. */
  readonly nearest: readonly number[];
  /** `L`. */
  readonly last: boolean;
  /** `LW`: the last weekday (Monday to Friday) of the month. */
  readonly lastWeekday: boolean;
}

/** Days of the week that a cron expression names; Sunday is 0. */
export interface WeekDays {
  /** The field is `*` or `?`. */
  readonly any: boolean;
  readonly values: readonly number[];
  /** `nL`: the last such day of the month. */
  readonly last: readonly number[];
  /** `n#k`: the k-th such day of the month. */
  readonly nth: readonly { readonly day: number; readonly nth: number }[];
}

/** A parsed cron expression: plain data, every list sorted and without duplicates. */
export interface CronFields {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly monthDays: MonthDays;
  readonly months: readonly number[];
  readonly weekDays: WeekDays;
  /** Absent: every year. */
  readonly years?: readonly number[];
  /** Whether a day must be named by both day fields, or by either of them. */
  readonly days: "both" | "either";
}

/** Who numbers the week: `aws` 1 to 7 from Sunday, `unix` 0 to 7 from Sunday, which is 0 and 7. */
export type CronDialect = "aws" | "unix";

const weekDayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const monthNames = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");

const second: FieldSpec = { field: "second", min: 0, max: 59 };
const minute: FieldSpec = { field: "minute", min: 0, max: 59 };
const hour: FieldSpec = { field: "hour", min: 0, max: 23 };
const monthDay: FieldSpec = { field: "day-of-month", min: 1, max: 31 };
const month: FieldSpec = { field: "month", min: 1, max: 12, names: monthNames };
const year: FieldSpec = { field: "year", min: 1970, max: 2199 };
const weekDay: Readonly<Record<CronDialect, FieldSpec>> = {
  aws: { field: "day-of-week", min: 1, max: 7, names: weekDayNames },
  unix: { field: "day-of-week", min: 0, max: 7, wildcardMax: 6, names: weekDayNames },
};

const isAny = (text: string): boolean => text === "*" || text === "?";

/** AWS documents L, W and # for a field of their own only. */
function refuseListed(dialect: CronDialect, spec: FieldSpec, items: string[], refuse: Refuse) {
  if (dialect === "aws" && items.length > 1) {
    throw refuse(spec.field, "L, W and # stand alone in cron(...), not in a list");
  }
}

function parseMonthDays(text: string, dialect: CronDialect, refuse: Refuse): MonthDays {
  const items = text.split(",");
  const special = items.filter((item) => /^(L|LW|\d{1,2}W)$/.test(item));
  if (special.length > 0) refuseListed(dialect, monthDay, items, refuse);
  const plain = items.filter((item) => !special.includes(item));
  return {
    any: isAny(text),
    values: plain.length > 0 && text !== "?" ? parseList(monthDay, plain.join(","), refuse) : [],
    nearest: sorted(
      special
        .filter((item) => /^\d/.test(item))
        .map((item) => parseValue(monthDay, item.slice(0, -1), refuse)),
    ),
    last: special.includes("L"),
    lastWeekday: special.includes("LW"),
  };
}

function parseWeekDays(text: string, dialect: CronDialect, refuse: Refuse): WeekDays {
  const spec = weekDay[dialect];
  const day = (value: number): number => (dialect === "aws" ? value - 1 : value % 7);
  const items = text.split(",");
  const special = items.filter((item) => /^(.*[^A-Z]|SUN|MON|TUE|WED|THU|FRI|SAT|)L$|#/.test(item));
  if (special.length > 0) refuseListed(dialect, spec, items, refuse);
  if (dialect === "unix" && special.includes("L")) {
    throw refuse(spec.field, `"L" alone means Saturday on AWS only: write SAT, or 6L for the last`);
  }
  const plain = items.filter((item) => !special.includes(item));
  const values =
    plain.length > 0 && text !== "?" ? parseList(spec, plain.join(","), refuse).map(day) : [];
  return {
    any: isAny(text),
    values: sorted(special.includes("L") ? [...values, 6] : values),
    last: sorted(
      special
        .filter((item) => item !== "L" && !item.includes("#"))
        .map((item) => day(parseValue(spec, item.slice(0, -1), refuse))),
    ),
    nth: special
      .filter((item) => item.includes("#"))
      .map((item) => {
        const [dayText = "", nthText = ""] = item.split("#");
        if (!/^[1-5]$/.test(nthText)) {
          throw refuse(spec.field, `"${item}": after "#" comes a number from 1 to 5`);
        }
        return { day: day(parseValue(spec, dayText, refuse)), nth: Number(nthText) };
      }),
  };
}

function parseAws(texts: readonly string[], refuse: Refuse): CronFields {
  const [minutes = "", hours = "", dom = "", months = "", dow = "", years = ""] = texts;
  if ((dom === "?") === (dow === "?")) {
    throw refuse("day-of-week", `exactly one of day-of-month and day-of-week must be "?"`);
  }
  return {
    seconds: [0],
    minutes: parseList(minute, minutes, refuse),
    hours: parseList(hour, hours, refuse),
    monthDays: parseMonthDays(dom, "aws", refuse),
    months: parseList(month, months, refuse),
    weekDays: parseWeekDays(dow, "aws", refuse),
    ...(years === "*" ? {} : { years: parseList(year, years, refuse) }),
    days: "both",
  };
}

function parseUnix(texts: readonly string[], refuse: Refuse): CronFields {
  const [seconds = "", minutes = "", hours = "", dom = "", months = "", dow = ""] = texts;
  // Vixie cron: a field that begins with a star, */2 too, narrows the other instead of adding to
  // it.
  const starred = /^[*?]/.test(dom) || /^[*?]/.test(dow);
  return {
    seconds: parseList(second, seconds, refuse),
    minutes: parseList(minute, minutes, refuse),
    hours: parseList(hour, hours, refuse),
    monthDays: parseMonthDays(dom, "unix", refuse),
    months: parseList(month, months, refuse),
    weekDays: parseWeekDays(dow, "unix", refuse),
    days: starred ? "both" : "either",
  };
}

/** A cron text taken apart: who wrote it so, its fields as they stood, and what they mean. */
export interface ParsedCron {
  readonly dialect: CronDialect;
  /** In upper case: AWS six, Unix six with the seconds first. */
  readonly texts: readonly string[];
  readonly fields: CronFields;
}

/**
 * Parses a cron text. `cron(...)` is AWS's (minute hour day-of-month month day-of-week year);
 * without the wrapper it is Unix's: five fields (minute hour day-of-month month day-of-week), or
 * six with the second in front. Names and letters in any case.
 * @throws what `refuse` makes
 */
export function parseCron(text: string, refuse: Refuse): ParsedCron {
  const trimmed = text.trim().toUpperCase();
  const wrapped = /^CRON\((.*)\)$/.exec(trimmed)?.[1];
  const texts = (wrapped ?? trimmed).trim().split(/\s+/);
  if (wrapped !== undefined) {
    if (texts.length === 6) return { dialect: "aws", texts, fields: parseAws(texts, refuse) };
    throw refuse("cron", `cron(...) has six fields, minute to year, and here are ${texts.length}`);
  }
  const padded = texts.length === 5 ? ["0", ...texts] : texts;
  if (padded.length === 6) {
    return { dialect: "unix", texts: padded, fields: parseUnix(padded, refuse) };
  }
  throw refuse("cron", `five fields, or six with seconds first, and here are ${texts.length}`);
}
