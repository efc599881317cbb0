import { regexOf } from "../regex.ts";

const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const second = 1_000_000_000n;

/** Nanoseconds of the digits behind a decimal point. */
const fraction = (digits = ""): bigint => BigInt(digits.slice(0, 9).padEnd(9, "0"));

/** Seconds that a zone is ahead of UTC; undefined if it is not known. */
function offsetOf(zone: string): number | undefined {
  if (zone === "" || zone === "Z" || zone === "UTC" || zone === "GMT") return 0;
  const found = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone);
  if (found === null) return undefined;
  const [, sign, hours, minutes = "0"] = found;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}

function instant(
  date: readonly number[],
  digits: string | undefined,
  zone: string,
): bigint | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, secondOf = 0] = date;
  const offset = offsetOf(zone);
  if (offset === undefined || month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  if (hour > 23 || minute > 59 || secondOf > 60) return undefined;
  const atMs = Date.UTC(year, month - 1, day, hour, minute, secondOf);
  return BigInt(atMs / 1000 - offset) * second + fraction(digits);
}

const iso = regexOf(
  "",
  String.raw`^(\d{4})[-/.](\d{2})[-/.](\d{2})[T ](\d{2}):(\d{2}):(\d{2})`,
  String.raw`(?:[.,](\d{1,9}))? ?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$`,
);
const common = /^(\d{1,2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-]\d{4})$/;
const apache =
  /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))? (\d{4})$/;
const epoch = /^(\d{9,19})(?:\.(\d{1,9}))?$/;

/** Nanoseconds of an epoch in seconds, milliseconds, microseconds or nanoseconds, by its size. */
function fromEpoch(whole: string, digits: string | undefined): bigint {
  const value = BigInt(whole);
  if (whole.length <= 11) return value * second + fraction(digits);
  if (whole.length <= 14) return value * 1_000_000n + fraction(digits) / 1000n;
  return whole.length <= 17 ? value * 1000n : value;
}

/**
 * A time as a log writes it, in nanoseconds since 1970; undefined if it is none. ISO 8601 and its
 * kin, the Common Log Format, Apache's error log, and epochs in any unit. Without a zone it is UTC.
 */
export function timeOf(value: string | number): bigint | undefined {
  const text = typeof value === "number" ? epochText(value) : value.trim();
  const numbers = epoch.exec(text);
  if (numbers !== null) return fromEpoch(numbers[1] as string, numbers[2]);
  const plain = iso.exec(text);
  if (plain !== null) return instant(plain.slice(1, 7).map(Number), plain[7], plain[8] ?? "");
  const [, day, name, year, ...rest] = common.exec(text) ?? [];
  if (year !== undefined) {
    const clock = rest.slice(0, 3).map(Number);
    const date = [Number(year), months.indexOf(name as string) + 1, Number(day), ...clock];
    return instant(date, "", rest[3] ?? "");
  }
  const [, month, of, hour, minute, seconds, digits, apacheYear] = apache.exec(text) ?? [];
  if (apacheYear === undefined) return undefined;
  const date = [Number(apacheYear), months.indexOf(month as string) + 1];
  return instant([...date, ...[of, hour, minute, seconds].map(Number)], digits, "");
}

function epochText(value: number): string {
  if (!Number.isFinite(value) || value < 0) return "";
  return Number.isInteger(value) ? BigInt(value).toString() : value.toFixed(6);
}
