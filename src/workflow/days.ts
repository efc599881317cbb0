import { coreErrors } from "../core/errors.ts";
import { isTimeZone, offsetAt } from "../messaging/schedule/zone.ts";
import { instantOf } from "./asset/partitions.ts";
import type { DaySpan } from "./engine/overview.ts";

const dayMs = 86_400_000;
/** A year and the weeks around it. */
const daysMax = 400;

/**
 * The days of a time zone that a span of time touches, each from its own midnight: where clocks
 * change, one has 23 or 25 hours. A day that a zone left out is none.
 * @param timezone an IANA name: `Europe/Berlin`
 * @throws MOR_INVALID where there is no such zone, or the span has more than 400 days
 */
export function daysBetween(timezone: string, fromMs: number, untilMs: number): readonly DaySpan[] {
  if (!isTimeZone(timezone)) {
    throw coreErrors.MOR_INVALID(`there is no time zone ${JSON.stringify(timezone.slice(0, 80))}`, {
      fix: "Name it as the IANA database does: Asia/Taipei.",
    });
  }
  if (untilMs - fromMs > daysMax * dayMs) {
    throw coreErrors.MOR_INVALID(`a calendar has at most ${daysMax} days`);
  }
  const days: DaySpan[] = [];
  let localMs = Math.floor((fromMs + offsetAt(timezone, fromMs)) / dayMs) * dayMs;
  for (let beginMs = instantOf(timezone, localMs); beginMs < untilMs;) {
    localMs += dayMs;
    const endMs = instantOf(timezone, localMs);
    const span = { fromMs: Math.max(beginMs, fromMs), untilMs: Math.min(endMs, untilMs) };
    if (span.fromMs < span.untilMs) days.push({ dayMs: beginMs, ...span });
    beginMs = endMs;
  }
  return days;
}
