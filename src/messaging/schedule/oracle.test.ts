import { Cron } from "croner";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../core/ids.ts";
import { parseExpression } from "./expression.ts";
import { between, lastBetween, nextAfter } from "./occurrences.ts";

/*
 * Random cron expressions against an oracle that shares no code with the product: every field is
 * made together with its own predicate, and the oracle walks UTC minute by minute, asks Intl for
 * the local time and fires where the predicates hold, unless that local time was there before.
 *
 * SEED=n replays a run; MORNING_SIZE=soak makes it a long one.
 */

const seed = Number(process.env.SEED ?? Math.floor(Date.now() / 1_000));
const isSoak = process.env.MORNING_SIZE === "soak";
const cases = isSoak ? 10_000 : 300;
const minuteMs = 60_000;
const dayMs = 86_400_000;

interface Local {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekDay: number;
  readonly hour: number;
  readonly minute: number;
}
type Predicate = (local: Local) => boolean;
interface Part {
  readonly text: string;
  readonly fires: Predicate;
}

const random = seededRandom(seed);
const below = (count: number): number => Math.floor(random.next() * count);
const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
const chance = (share: number): boolean => random.next() < share;
const inclusive = (min: number, max: number): number => min + below(max - min + 1);

const dayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const monthNames = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
const casing = (text: string): string => (chance(0.5) ? text : text.toLowerCase());

/** One item of a numeric field, and the values that it means. */
function item(min: number, max: number, name: (value: number) => string) {
  const from = inclusive(min, max);
  const to = inclusive(from, max);
  const step = inclusive(1, max - min);
  const forms = [
    { text: name(from), means: (it: number) => it === from },
    { text: `${name(from)}-${name(to)}`, means: (it: number) => it >= from && it <= to },
    { text: `*/${step}`, means: (it: number) => (it - min) % step === 0 },
    {
      text: `${name(from)}/${step}`,
      means: (it: number) => it >= from && (it - from) % step === 0,
    },
    {
      text: `${name(from)}-${name(to)}/${step}`,
      means: (it: number) => it >= from && it <= to && (it - from) % step === 0,
    },
  ];
  return pick(forms);
}

function numeric(
  min: number,
  max: number,
  value: (local: Local) => number,
  name: (value: number) => string = String,
): Part {
  if (chance(0.35)) return { text: "*", fires: () => true };
  const items = Array.from({ length: inclusive(1, 3) }, () => item(min, max, name));
  return {
    text: items.map((it) => it.text).join(","),
    fires: (local) => items.some((it) => it.means(value(local))),
  };
}

const daysIn = (local: Local): number =>
  new Date(Date.UTC(local.year, local.month, 0)).getUTCDate();
const weekDayAt = (local: Local, day: number): number =>
  new Date(Date.UTC(local.year, local.month - 1, day)).getUTCDay();
const isWork = (weekDay: number): boolean => weekDay >= 1 && weekDay <= 5;

/** By search outward from the day, the earlier one first on a tie that cannot happen. */
function nearestWork(local: Local, day: number): number | undefined {
  if (day > daysIn(local)) return undefined;
  for (const distance of [0, 1, 2]) {
    for (const candidate of [day - distance, day + distance]) {
      const inMonth = candidate >= 1 && candidate <= daysIn(local);
      if (inMonth && isWork(weekDayAt(local, candidate))) return candidate;
    }
  }
  return undefined;
}

function monthDayPart(): Part {
  const kind = below(6);
  const day = inclusive(1, 31);
  if (kind === 0) return { text: "L", fires: (it) => it.day === daysIn(it) };
  if (kind === 1) return { text: "LW", fires: (it) => it.day === nearestWork(it, daysIn(it)) };
  if (kind === 2) return { text: `${day}W`, fires: (it) => it.day === nearestWork(it, day) };
  return numeric(1, 31, (it) => it.day);
}

function weekDayPart(dialect: "aws" | "unix"): Part {
  const base = dialect === "aws" ? 1 : 0;
  const kind = below(6);
  const weekDay = below(7);
  const name = chance(0.5) ? String(weekDay + base) : casing(dayNames[weekDay] ?? "");
  const nth = inclusive(1, 5);
  const isLast = (it: Local): boolean => it.weekDay === weekDay && it.day + 7 > daysIn(it);
  if (kind === 0) return { text: `${name}L`, fires: isLast };
  if (kind === 1) {
    const fires: Predicate = (it) => it.weekDay === weekDay && Math.ceil(it.day / 7) === nth;
    return { text: `${name}#${nth}`, fires };
  }
  const named = (value: number): string =>
    chance(0.5) ? String(value) : casing(dayNames[value - base] ?? "");
  return numeric(base, 6 + base, (it) => it.weekDay + base, named);
}

const timePart = () =>
  [numeric(0, 59, (it) => it.minute), numeric(0, 23, (it) => it.hour)] as const;
const monthPart = (): Part =>
  numeric(
    1,
    12,
    (it) => it.month,
    (value) => (chance(0.5) ? String(value) : casing(monthNames[value - 1] ?? "")),
  );

/** Years: steps count from 1970, the first year of the field. */
function yearPart(): Part {
  const from = inclusive(2018, 2030);
  const to = from + below(6);
  const step = inclusive(2, 5);
  return pick<Part>([
    { text: "*", fires: () => true },
    { text: `${from},${to}`, fires: ({ year }) => year === from || year === to },
    { text: `${from}-${to}`, fires: ({ year }) => year >= from && year <= to },
    { text: `*/${step}`, fires: ({ year }) => (year - 1970) % step === 0 },
    { text: `${from}/${step}`, fires: ({ year }) => year >= from && (year - from) % step === 0 },
  ]);
}

function awsCron(): Part {
  const [minute, hour] = timePart();
  const byMonth = chance(0.5);
  const day = byMonth ? monthDayPart() : weekDayPart("aws");
  const [month, year] = [monthPart(), yearPart()];
  const days = byMonth ? [day.text, month.text, "?"] : ["?", month.text, day.text];
  const parts = [minute, hour, day, month, year];
  return {
    text: `cron(${[minute.text, hour.text, ...days, year.text].join(" ")})`,
    fires: (it) => parts.every((part) => part.fires(it)),
  };
}

function unixCron(): Part {
  const [minute, hour] = timePart();
  const [monthDay, month, weekDay] = [monthDayPart(), monthPart(), weekDayPart("unix")];
  const starred = monthDay.text.startsWith("*") || weekDay.text.startsWith("*");
  return {
    text: [minute, hour, monthDay, month, weekDay].map((it) => it.text).join(" "),
    fires: (it) => {
      const [inMonth, inWeek] = [monthDay.fires(it), weekDay.fires(it)];
      const day = starred ? inMonth && inWeek : inMonth || inWeek;
      return day && month.fires(it) && minute.fires(it) && hour.fires(it);
    },
  };
}

/** Local times of a zone by Intl alone. */
function reader(timeZone: string): (instantMs: number) => Local {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  });
  return (instantMs) => {
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0] = format
      .format(instantMs)
      .split(/[^0-9]+/)
      .map(Number);
    const weekDay = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
    return { year, month, day, weekDay, hour, minute };
  };
}

/**
 * Every run in (fromMs, toMs], by walking; it begins four hours early to know what was there
 * before.
 */
function walk(fires: Predicate, timeZone: string, fromMs: number, toMs: number): readonly number[] {
  const read = reader(timeZone);
  const seen = new Set<string>();
  const runs: number[] = [];
  const earlyMs = Math.ceil((fromMs - 4 * 60 * minuteMs) / minuteMs) * minuteMs;
  for (let instantMs = earlyMs; instantMs <= toMs; instantMs += minuteMs) {
    const local = read(instantMs);
    const key = `${local.month}-${local.day} ${local.hour}:${local.minute}`;
    if (!seen.has(key) && instantMs > fromMs && fires(local)) runs.push(instantMs);
    seen.add(key);
  }
  return runs;
}

const zones = [
  "UTC",
  "Asia/Taipei",
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "America/St_Johns",
  "Africa/Casablanca",
];

/** Days around which the offset of some of the zones changes, and ends of months and years. */
const turns = [
  "2026-03-29", "2026-10-25", "2027-03-28", "2026-03-08", "2026-11-01", "2026-04-05", "2026-10-04",
  "2026-02-15", "2026-03-22", "2028-02-29", "2026-12-31", "2027-02-28",
]; // prettier-ignore

function windowStart(): number {
  if (chance(0.6)) return Date.parse(pick(turns)) - below(dayMs) - 12 * 60 * minuteMs;
  return Date.UTC(2020, 0, 1) + below(12 * 365) * dayMs + below(dayMs);
}

describe(`cron against a minute-by-minute oracle, SEED=${seed}`, () => {
  it(
    `fires at the same minutes for ${cases} random expressions`,
    () => {
      let runs = 0;
      for (let index = 0; index < cases; index++) {
        const part = chance(0.5) ? awsCron() : unixCron();
        const timezone = pick(zones);
        const fromMs = windowStart();
        const toMs = fromMs + 2 * dayMs;
        const expected = walk(part.fires, timezone, fromMs, toMs);
        const expression = parseExpression({ cron: part.text, timezone });
        const label = `SEED=${seed} case ${index}: ${part.text} in ${timezone} from ${fromMs}`;
        const found = between(expression, fromMs, toMs, 10_000);
        const last = lastBetween(expression, fromMs, toMs);
        expect({ label, found, last }).toEqual({ label, found: expected, last: expected.at(-1) });
        // Asked from anywhere, the second pass of a repeated hour included.
        for (let askMs = fromMs; askMs < toMs; askMs += 29 * minuteMs) {
          const next = nextAfter(expression, askMs);
          const inside = next !== undefined && next <= toMs ? next : undefined;
          const wanted = expected.find((run) => run > askMs);
          expect({ label, askMs, inside }).toEqual({ label, askMs, inside: wanted });
        }
        runs += expected.length;
      }
      // An oracle that never fires would agree with anything.
      expect(runs).toBeGreaterThan(cases);
    },
    isSoak ? 1_800_000 : 60_000,
  );

  it(`fires on the same days of twelve years for ${cases} random expressions`, () => {
    const noon = { hour: 12, minute: 0 };
    let runs = 0;
    for (let index = 0; index < cases; index++) {
      const [month, byMonth] = [monthPart(), chance(0.5)];
      const day = byMonth ? monthDayPart() : weekDayPart("aws");
      const days = byMonth ? `${day.text} ${month.text} ?` : `? ${month.text} ${day.text}`;
      const expected: number[] = [];
      for (let ms = Date.UTC(2020, 0, 1, 12); ms < Date.UTC(2032, 0, 1); ms += dayMs) {
        const date = new Date(ms);
        const local: Local = {
          year: date.getUTCFullYear(),
          month: date.getUTCMonth() + 1,
          day: date.getUTCDate(),
          weekDay: date.getUTCDay(),
          ...noon,
        };
        if (day.fires(local) && month.fires(local)) expected.push(ms);
      }
      const expression = parseExpression({ cron: `cron(0 12 ${days} *)` });
      const found = between(expression, Date.UTC(2020, 0, 1), Date.UTC(2032, 0, 1) - 1, 10_000);
      const label = `SEED=${seed} case ${index}: ${days}`;
      expect({ label, found }).toEqual({ label, found: expected });
      runs += expected.length;
    }
    expect(runs).toBeGreaterThan(cases);
  }, 600_000);

  it(`agrees with croner in UTC for ${cases} random Unix expressions`, () => {
    let runs = 0;
    for (let index = 0; index < cases; index++) {
      const { text } = unixCron();
      const [, , monthDay = "", , weekDay = ""] = text.split(" ");
      // Croner takes only a bare star as starred, lets n/k of weekdays run on to Sunday as 7, and
      // reads SUN-SUN as the whole week.
      if (monthDay.startsWith("*/") || weekDay.startsWith("*/")) continue;
      if (/(^|,)\w+\/|(sun|0)-sun/i.test(weekDay)) continue;
      const fromMs = windowStart();
      // Croner writes the last Friday FRI#L; without sloppyRanges it refuses 5/15.
      const theirs = text.replace(/(\w)L$/i, "$1#L");
      const expected = new Cron(theirs, { timezone: "UTC", paused: true, sloppyRanges: true })
        .nextRuns(10, new Date(fromMs))
        .map((date) => date.getTime());
      const found = between(parseExpression({ cron: text }), fromMs, Date.UTC(2199, 0, 1), 10);
      const label = `SEED=${seed} case ${index}: ${text} from ${fromMs}`;
      expect({ label, found }).toEqual({ label, found: expected });
      runs += expected.length;
    }
    expect(runs).toBeGreaterThan(cases / 4);
  }, 600_000);
});
