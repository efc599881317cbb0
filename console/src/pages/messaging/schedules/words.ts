/** When a schedule fires, as far as a short sentence can say it. */
export type When =
  | { readonly kind: "every"; readonly value: number; readonly unit: Unit }
  /** Every so many hours, at a minute. */
  | { readonly kind: "hours"; readonly value: number; readonly minute: number }
  /** At times of the day (`02:00`), on certain days. */
  | { readonly kind: "days"; readonly days: Days; readonly times: readonly string[] }
  /** Once, at a local time (`2026-11-22T10:00:00`). */
  | { readonly kind: "once"; readonly local: string };

export type Unit = "seconds" | "minutes" | "hours" | "days";

/** On which days; days of the week from Sunday, which is 0. */
export type Days =
  | { readonly kind: "all" }
  | { readonly kind: "week"; readonly days: readonly number[] }
  | { readonly kind: "month"; readonly days: readonly number[] }
  | { readonly kind: "monthEnd" };

/** More times of a day, or days of a month, are no short sentence. */
const listedMax = 6;
const weekNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const isAny = (field: string): boolean => field === "*" || field === "?";

/** How a field repeats from its first value on: `*` is 1, `*\/15` and `0/15` are 15. */
function stepOf(field: string, size: number): number | undefined {
  if (field === "*") return 1;
  const step = Number(/^(?:\*|0)\/(\d+)$/.exec(field)?.[1]);
  // 7 minutes do not go into an hour: such a field does not fire every 7 minutes.
  return step >= 1 && size % step === 0 ? step : undefined;
}

/** The numbers that a field lists, ranges written out; undefined where it says more than that. */
function listOf(field: string, names: readonly string[] = []): readonly number[] | undefined {
  const numbers: number[] = [];
  const read = (text: string): number =>
    names.includes(text) ? names.indexOf(text) : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  for (const item of field.split(",")) {
    const [first = "", last = first, ...rest] = item.split("-");
    const [low, high] = [read(first), read(last)];
    if (rest.length > 0 || !(low <= high) || high - low > 60) return undefined;
    for (let one = low; one <= high; one++) numbers.push(one);
  }
  return [...new Set(numbers)].toSorted((a, b) => a - b);
}

function weekOf(field: string, isAws: boolean): readonly number[] | undefined {
  // A number is 1 to 7 from Sunday on AWS, 0 to 7 elsewhere; a name is the same day on both.
  const named = field.replace(/[A-Z]{3}/g, (name) => {
    const day = weekNames.indexOf(name);
    return day < 0 ? name : String(isAws ? day + 1 : day);
  });
  const days = listOf(named)?.map((day) => (isAws ? day - 1 : day % 7));
  return days === undefined ? undefined : [...new Set(days)].toSorted((a, b) => a - b);
}

function daysOf(monthDay: string, weekDay: string, isAws: boolean): Days | undefined {
  if (isAny(monthDay) && isAny(weekDay)) return { kind: "all" };
  if (isAny(monthDay)) {
    const days = weekOf(weekDay, isAws);
    if (days === undefined) return undefined;
    return days.length === 7 ? { kind: "all" } : { kind: "week", days };
  }
  if (!isAny(weekDay)) return undefined;
  if (monthDay === "L") return { kind: "monthEnd" };
  const days = listOf(monthDay);
  return days === undefined || days.length > listedMax ? undefined : { kind: "month", days };
}

const two = (value: number): string => String(value).padStart(2, "0");

function timesOf(minutes: string, hours: string): readonly string[] | undefined {
  const [inHour, inDay] = [listOf(minutes), listOf(hours)];
  if (inHour === undefined || inDay === undefined) return undefined;
  const times = inDay.flatMap((hour) => inHour.map((minute) => `${two(hour)}:${two(minute)}`));
  return times.length > listedMax ? undefined : times;
}

/** The fields of a cron text, seconds first and year last; undefined if it has too few or many. */
function fieldsOf(text: string, isAws: boolean): readonly string[] | undefined {
  const fields = text.split(/\s+/);
  if (isAws) return fields.length === 6 ? ["0", ...fields] : undefined;
  if (fields.length === 5) return ["0", ...fields, "*"];
  return fields.length === 6 ? [...fields, "*"] : undefined;
}

function cronWords(text: string, isAws: boolean): When | undefined {
  const fields = fieldsOf(text, isAws);
  if (fields === undefined) return undefined;
  const [second = "", minute = "", hour = "", monthDay = "", month = "", weekDay = "", year = ""] =
    fields;
  if (!isAny(month) || !isAny(year)) return undefined;
  const days = daysOf(monthDay, weekDay, isAws);
  if (days === undefined) return undefined;
  const isDaily = days.kind === "all";
  if (second !== "0") {
    const step = stepOf(second, 60);
    const isOpen = minute === "*" && hour === "*" && isDaily;
    return step !== undefined && isOpen
      ? { kind: "every", value: step, unit: "seconds" }
      : undefined;
  }
  const minutes = stepOf(minute, 60);
  if (minutes !== undefined) {
    return hour === "*" && isDaily ? { kind: "every", value: minutes, unit: "minutes" } : undefined;
  }
  const hours = stepOf(hour, 24);
  if (hours !== undefined) {
    return /^\d+$/.test(minute) && isDaily
      ? { kind: "hours", value: hours, minute: Number(minute) }
      : undefined;
  }
  const times = timesOf(minute, hour);
  return times === undefined ? undefined : { kind: "days", days, times };
}

/**
 * What a schedule's expression says: cron of AWS or Unix, a rate, one time. Undefined for what
 * takes more than a short sentence; then the expression has to speak for itself.
 */
export function whenOf(text: string): When | undefined {
  const [, kind = "", inner = ""] = /^(rate|cron|at)\((.*)\)$/i.exec(text.trim()) ?? [];
  const bare = (inner === "" ? text : inner).trim();
  const rate = /^(\d{1,10})\s+(second|minute|hour|day)s?$/i.exec(bare);
  if (rate !== null) {
    return { kind: "every", value: Number(rate[1]), unit: `${rate[2]?.toLowerCase()}s` as Unit };
  }
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(bare)) return { kind: "once", local: bare };
  return cronWords(bare.toUpperCase(), kind.toLowerCase() === "cron");
}
