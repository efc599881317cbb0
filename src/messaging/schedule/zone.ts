/**
 * Time zones over `Intl`: offset of an instant, and instant of a local time.
 * A local time is written as the milliseconds that it would have in UTC (`Date.UTC(...)`).
 */

const hourMs = 3_600_000;

/** More zones than the IANA database names: spellings differ in case, so the memo needs an end. */
const formatsMax = 1_000;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  if (formats.size >= formatsMax) formats.clear();
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  formats.set(zone, format);
  return format;
}

/** Whether `zone` is an IANA time zone that this machine knows; bare offsets (`+08:00`) are not. */
export function isTimeZone(zone: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(zone)) return false;
  try {
    formatOf(zone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Local time minus UTC at an instant, milliseconds. */
export function offsetAt(zone: string, instantMs: number): number {
  const match = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(formatOf(zone).format(instantMs));
  if (!match) return 0;
  const [, sign, hours, minutes, seconds = "0"] = match;
  const offsetMs = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
  return sign === "-" ? -offsetMs : offsetMs;
}

/**
 * The first instant in (`fromMs`, `toMs`] whose offset is not that of `fromMs`; one change assumed.
 */
function transition(zone: string, fromMs: number, toMs: number): number {
  const before = offsetAt(zone, fromMs);
  let low = fromMs;
  let high = toMs;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

/** What a local time stands for: an instant, or nothing because the clock jumped over it. */
export type Resolved =
  | { readonly instantMs: number }
  /** The first local time after the gap. */
  | { readonly gapEndLocalMs: number };

/**
 * The instant of a local time: of two, the first. The probes lie around every instant that a zone
 * (offsets from -12 h to +14 h) could give it.
 */
export function resolveLocal(zone: string, localMs: number): Resolved {
  const earliestMs = localMs - 15 * hourMs;
  const latestMs = localMs + 13 * hourMs;
  const before = offsetAt(zone, earliestMs);
  const after = offsetAt(zone, latestMs);
  if (before === after) return { instantMs: localMs - before };
  const candidates = [localMs - before, localMs - after].sort((a, b) => a - b);
  const found = candidates.find((ms) => ms + offsetAt(zone, ms) === localMs);
  if (found !== undefined) return { instantMs: found };
  return { gapEndLocalMs: transition(zone, earliestMs, latestMs) + after };
}

/**
 * The earliest local time that has not yet passed after `instantMs`. In the second pass of a
 * repeated hour this is its end: all of its local times were there in the first pass.
 */
export function localAfter(zone: string, instantMs: number): number {
  const localMs = instantMs + offsetAt(zone, instantMs);
  const first = resolveLocal(zone, localMs);
  if (!("instantMs" in first) || first.instantMs >= instantMs) return localMs + 1;
  const changeMs = transition(zone, first.instantMs, instantMs);
  return changeMs + offsetAt(zone, changeMs - 1);
}
