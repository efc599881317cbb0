/** A point in time to the nanosecond. */
export interface Instant {
  /** Seconds since the epoch. */
  readonly seconds: number;
  readonly nanos: number;
}

const pattern =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2})?)$/;

function offsetSeconds(zone: string): number {
  if (zone === "Z") return 0;
  const digits = zone.slice(1).replace(":", "").padEnd(4, "0");
  const seconds = Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2)) * 60;
  return zone.startsWith("-") ? -seconds : seconds;
}

/** A day of a month that the calendar has, at a time of day: Date.UTC would wrap around. */
function isOnCalendar(fields: readonly number[], ms: number): boolean {
  const [year, month, day, hour, minute, second] = fields;
  const date = new Date(ms);
  return (
    date.getUTCFullYear() === year &&
    date.getUTCMonth() + 1 === month &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second
  );
}

/**
 * Reads an extended date-time with offset (ISO 8601, RFC 3339): T and Z or an offset are needed.
 * Undefined for anything else.
 */
export function instantOf(text: string): Instant | undefined {
  const found = pattern.exec(text);
  if (found === null) return undefined;
  const fields = found.slice(1, 7).map((one) => Number(one ?? "0"));
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = fields;
  const ms = new Date(0).setUTCFullYear(year, month - 1, day) + 0;
  const dayMs = ms + ((hour * 60 + minute) * 60 + second) * 1000;
  if (!isOnCalendar([year, month, day, hour, minute, second], dayMs)) return undefined;
  const nanos = Number((found[7] ?? "").padEnd(9, "0"));
  return { seconds: dayMs / 1000 - offsetSeconds(found[8] ?? "Z"), nanos };
}

/** Milliseconds since the epoch, rounded up: a wait never ends early. */
export function msOf({ seconds, nanos }: Instant): number {
  return seconds * 1000 + Math.ceil(nanos / 1_000_000);
}
