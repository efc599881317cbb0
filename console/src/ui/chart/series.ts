import * as format from "../../i18n/format.ts";
import type { Locale, Translate } from "../../i18n/messages.ts";

/** What the values of a chart count. Percent takes shares of 1. */
export type Unit = "rate" | "ms" | "count" | "bytes" | "percent";

export type Tone = "1" | "2" | "3" | "4" | "failing" | "warning";

/** One line of a chart; a null is a gap. */
export interface Series {
  readonly key: string;
  /** Already made safe to show. */
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly tone: Tone;
  /** Filled down to nought. */
  readonly area?: boolean;
}

/** A moment that a chart points out: a deployment, an alert. */
export interface Marker {
  readonly atMs: number;
  /** Already made safe to show. */
  readonly label: string;
  readonly tone?: "failing" | "warning";
}

const dashes: Readonly<Record<Tone, readonly number[]>> = {
  "1": [],
  "2": [5, 3],
  "3": [8, 2, 2, 2],
  "4": [1, 3],
  failing: [2, 2],
  warning: [9, 3],
};

/** Lines differ by more than their colour; an area differs by being one. */
export const dashOf = ({ tone, area }: Pick<Series, "tone" | "area">): readonly number[] =>
  area === true ? [] : dashes[tone];

/** The variable of a tone's colour. */
export const colourOf = (tone: Tone): string =>
  tone === "failing" || tone === "warning" ? `--${tone}` : `--series-${tone}`;

/** A value in words of its unit, short. */
export function valueText(unit: Unit, value: number, locale: Locale, t: Translate): string {
  switch (unit) {
    case "rate":
      return t("rate", { rate: format.shortNumber(value) });
    case "ms":
      return format.duration(value, locale);
    case "bytes":
      return format.bytes(value);
    case "percent":
      return format.percent(value);
    case "count":
      return format.shortNumber(value);
  }
}

/** What a line does, for those who cannot see it. */
export interface Summary {
  readonly least: number;
  readonly most: number;
  readonly last: number;
}

/** The least, the most and the last of what a line knows; undefined if it knows nothing. */
export function summaryOf(values: readonly (number | null)[]): Summary | undefined {
  let summary: Summary | undefined;
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    const { least, most } = summary ?? { least: value, most: value };
    summary = { least: Math.min(least, value), most: Math.max(most, value), last: value };
  }
  return summary;
}

/** Points with a gap on either side: a line has no length there, so they are drawn as dots. */
export function lonePoints(values: readonly (number | null | undefined)[]): number[] {
  const isGap = (at: number): boolean => (values[at] ?? null) === null;
  return values.flatMap((_, at) => (!isGap(at) && isGap(at - 1) && isGap(at + 1) ? [at] : []));
}

/** From nought to a little above the most; below nought only for what goes there. */
export function heightRange(
  unit: Unit,
  least: number | null,
  most: number | null,
): [number, number] {
  const low = Math.min(0, (least ?? 0) * 1.1);
  const high = Math.max(0, (most ?? 0) * 1.1);
  const smallest = unit === "percent" ? 0.01 : 1;
  const top = unit === "percent" && (most ?? 0) <= 1 ? Math.min(1, high) : high;
  return [low, low < 0 ? top : Math.max(smallest, top)];
}

const minute = 60;
const day = 86_400;

/** The words below a chart: as fine as the step between them, in the reader's zone. */
export function timeLabels(
  atSeconds: readonly number[],
  step: number,
  locale: Locale,
  timeZone?: string,
): string[] {
  const zone = timeZone === undefined ? {} : { timeZone };
  const date = new Intl.DateTimeFormat(locale, { month: "short", day: "numeric", ...zone });
  const clock = new Intl.DateTimeFormat(locale, {
    hour: "2-digit",
    minute: "2-digit",
    ...(step < minute ? { second: "2-digit" } : {}),
    hourCycle: "h23",
    ...zone,
  });
  return atSeconds.map((at) => {
    if (step >= day) return date.format(at * 1000);
    const words = clock.format(at * 1000);
    // Midnight is the date.
    return step >= minute && words === "00:00" ? date.format(at * 1000) : words;
  });
}
