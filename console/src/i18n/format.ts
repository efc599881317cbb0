import { dateFormat, numberFormat } from "./intl.ts";
import type { Locale } from "./messages.ts";

const units = [
  ["T", 1e12],
  ["G", 1e9],
  ["M", 1e6],
  ["k", 1e3],
] as const;

/** Three digits that matter, no trailing noughts after the point. */
function threeDigits(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}

/** Short for tables: 12.4 k, 3.1 M; beyond 999 T as 1.2e21. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 999.5e12) return value.toExponential(1).replace("e+", "e");
  for (const [unit, factor] of units) {
    // 999,950 rounds to 1 M, not to 1,000 k.
    if (size >= factor * 0.9995) return `${threeDigits(value / factor)} ${unit}`;
  }
  return size > 0 && size < 0.005 ? "< 0.01" : threeDigits(value);
}

/** Whole counts under 10,000 in full, shorter above: what a total wants. */
export function count(value: number, locale: Locale): string {
  return Math.abs(value) < 100_000
    ? numberFormat(locale, { maximumFractionDigits: 0 }).format(value)
    : shortNumber(value);
}

/** Exact, for what is shown when pointed at. */
export function exactNumber(value: number, locale: Locale, fractionDigits = 6): string {
  return numberFormat(locale, { maximumFractionDigits: fractionDigits }).format(value);
}

/** An amount of money; small ones with the digits that matter. */
export function money(amount: number, currency: string, locale: Locale): string {
  const isSmall = amount > 0 && amount < 0.1;
  const digits = isSmall ? { maximumSignificantDigits: 3 } : {};
  return numberFormat(locale, { style: "currency", currency, ...digits }).format(amount);
}

const times: Readonly<Record<Locale, Readonly<Record<"s" | "min" | "h" | "d", string>>>> = {
  en: { s: "s", min: "min", h: "h", d: "d" },
  "zh-TW": { s: "秒", min: "分鐘", h: "小時", d: "天" },
};

/**
 * 820 µs, 3.1 ms, 4.2 s, 3 min, 2 h 5 min, 4 d 2 h; the units above ms in the reader's language.
 */
export function duration(ms: number, locale: Locale): string {
  const unit = times[locale];
  const size = Math.max(0, ms);
  if (size > 0 && size < 1) return `${threeDigits(size * 1000)} µs`;
  if (size < 999.5) return `${threeDigits(size)} ms`;
  if (size < 59_950) return `${threeDigits(size / 1000)} ${unit.s}`;
  const minutes = Math.round(size / 60_000);
  if (minutes < 60) return `${minutes} ${unit.min}`;
  const hours = Math.floor(minutes / 60);
  const [days, rest] = [Math.floor(hours / 24), hours % 24];
  if (days === 0) return joined(`${hours} ${unit.h}`, minutes % 60, unit.min);
  return joined(`${shortNumber(days)} ${unit.d}`, rest, unit.h);
}

/** A duration on a scale: 1 min 20 s, where `duration` would round to minutes. */
export function mark(ms: number, locale: Locale): string {
  const unit = times[locale];
  const seconds = Math.round(ms / 1000);
  if (seconds < 60 || seconds % 60 === 0 || seconds >= 3600) return duration(ms, locale);
  return joined(`${Math.floor(seconds / 60)} ${unit.min}`, seconds % 60, unit.s);
}

function joined(large: string, small: number, unit: string): string {
  return small === 0 ? large : `${large} ${small} ${unit}`;
}

/** Whole seconds and above: an age that ticks should not flicker. */
export function age(ms: number, locale: Locale): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return seconds < 1 ? `0 ${times[locale].s}` : duration(seconds * 1000, locale);
}

/** A share of 1 as a percentage: 0.05% is not 0%. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.1) return "< 0.1%";
  return `${threeDigits(Math.min(100, Math.max(0, value)))}%`;
}

const timesMax = 8.64e15;

/** The time of the day in the reader's zone, to the second. */
export function timeOfDay(atMs: number, locale: Locale): string {
  if (!(Math.abs(atMs) <= timesMax)) return "–";
  const options = {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  } as const;
  return dateFormat(locale, options).format(atMs);
}

/** The whole time in UTC, for what is shown when pointed at. */
export function exactTime(atMs: number): string {
  return Math.abs(atMs) <= timesMax ? new Date(atMs).toISOString() : "–";
}

/** Date and time in the reader's zone, to the second. */
export function dateTime(atMs: number, locale: Locale): string {
  if (!(Math.abs(atMs) <= timesMax)) return "–";
  return dateFormat(locale, {
    dateStyle: "medium",
    timeStyle: "medium",
    hourCycle: "h23",
  }).format(atMs);
}

/** Date and time in the reader's zone, and in UTC: for what is shown when pointed at. */
export function bothTimes(atMs: number, locale: Locale): string {
  return `${dateTime(atMs, locale)} · ${exactTime(atMs)}`;
}

/** 820 B, 12.4 kB, 3.1 MB: powers of 1000. */
export function bytes(size: number): string {
  return size < 1000 ? `${Math.round(size)} B` : `${shortNumber(size)}B`;
}
