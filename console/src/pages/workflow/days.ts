/** Days of the reader's zone: midnights, which daylight saving moves apart by 23 or 25 hours. */

const form = /^(\d{4})-(\d\d)-(\d\d)$/;
const two = (value: number): string => String(value).padStart(2, "0");

/** The midnight that a day begins with: `2026-11-26`; undefined for what is none. */
export function dayOf(text: string): number | undefined {
  const [, year = 0, month = 0, day = 0] = (form.exec(text) ?? []).map(Number);
  const date = new Date(year, month - 1, day);
  return year > 0 && dayText(date.getTime()) === text ? date.getTime() : undefined;
}

/** A day as an address has it. */
export function dayText(atMs: number): string {
  const date = new Date(atMs);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The midnight after a moment. */
export function nextDay(atMs: number): number {
  const date = new Date(atMs);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime();
}

/** The month that a text means, `2026-11`, or that of a moment. */
export function monthOf(text: string | undefined, nowMs: number): string {
  return text !== undefined && /^\d{4}-(0[1-9]|1[0-2])$/.test(text)
    ? text
    : dayText(nowMs).slice(0, 7);
}

/** Another month: so many later. */
export function monthAfter(month: string, count: number): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return dayText(new Date(year, number - 1 + count, 1).getTime()).slice(0, 7);
}

/** The first midnight of a month and the first after it. */
export function monthSpan(month: string): { readonly fromMs: number; readonly untilMs: number } {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return {
    fromMs: new Date(year, number - 1, 1).getTime(),
    untilMs: new Date(year, number, 1).getTime(),
  };
}

/**
 * The weeks of a month, from Monday: midnights of its days, undefined where days of other months
 * would stand.
 */
export function weeksOf(month: string): readonly (readonly (number | undefined)[])[] {
  const { fromMs, untilMs } = monthSpan(month);
  const cells: (number | undefined)[] = [];
  const before = (new Date(fromMs).getDay() + 6) % 7;
  for (let at = 0; at < before; at++) cells.push(undefined);
  for (let at = fromMs; at < untilMs; at = nextDay(at)) cells.push(at);
  while (cells.length % 7 !== 0) cells.push(undefined);
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7));
}
