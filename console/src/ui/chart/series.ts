import * as format from "../../i18n/format.ts";
import type { Locale, Translate } from "../../i18n/messages.ts";
import type { Hue } from "./hues.ts";

/** What the values of a chart count. Percent takes shares of 1. */
export type Unit = "rate" | "ms" | "count" | "bytes" | "percent";

type HueNumber = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** A colour of a line: four that charts share, those of states, and the hues of names. */
export type Tone = "1" | "2" | "3" | "4" | "failing" | "warning" | `hue-${HueNumber}`;

/** One line of a chart; a null is a gap. */
export interface Series {
  readonly key: string;
  /** Already made safe to show. */
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly tone: Tone;
  /** Filled down to nought. */
  readonly area?: boolean;
  /** Drawn as bars; those of a stacked chart stand one on the other. */
  readonly bars?: boolean;
  /** Dashed, whatever its tone: the ninth and later of many names. */
  readonly dashed?: boolean;
}

/** How the line of a name is drawn, by the hue that the name has everywhere. */
export const lineOfHue = ({ number, hollow }: Hue): Pick<Series, "tone" | "dashed"> => ({
  tone: `hue-${number as HueNumber}`,
  dashed: hollow,
});

/** Values that mean something: above an objective, below a floor. Open at a side left out. */
export interface Threshold {
  readonly from?: number;
  readonly to?: number;
  /** Already made safe to show. */
  readonly label: string;
  readonly tone: "failing" | "warning";
}

/** A moment that a chart points out: a deployment, an alert. */
export interface Marker {
  readonly atMs: number;
  /** Already made safe to show. */
  readonly label: string;
  readonly tone?: "failing" | "warning";
}

const dashes: Readonly<Partial<Record<Tone, readonly number[]>>> = {
  "1": [],
  "2": [5, 3],
  "3": [8, 2, 2, 2],
  "4": [1, 3],
  failing: [2, 2],
  warning: [9, 3],
};

/** Lines differ by more than their colour; an area differs by being one. */
export function dashOf({
  tone,
  area,
  bars,
  dashed,
}: Pick<Series, "tone" | "area" | "bars" | "dashed">): readonly number[] {
  if (area === true || bars === true) return [];
  return dashed === true ? [4, 3] : (dashes[tone] ?? []);
}

/** The variable of a tone's colour. */
export const colourOf = (tone: Tone): string =>
  /^[1-4]$/.test(tone) ? `--series-${tone}` : `--${tone}`;

/**
 * The values of series that stand one on the other: each with all before it under it. A moment of
 * which none knows anything stays a gap.
 */
export function stackedValues(series: readonly Pick<Series, "values">[]): (number | null)[][] {
  const length = series.reduce((most, { values }) => Math.max(most, values.length), 0);
  const known = Array.from({ length }, (_, at) =>
    series.some(({ values }) => (values[at] ?? null) !== null),
  );
  const sums = new Float64Array(length);
  return series.map(({ values }) =>
    known.map((isKnown, at) => {
      sums[at] = (sums[at] ?? 0) + (values[at] ?? 0);
      return isKnown ? (sums[at] ?? 0) : null;
    }),
  );
}

/** Values on a scale of powers, where nought and what is below it has no place. */
export const aboveNought = (values: readonly (number | null)[]): (number | null)[] =>
  values.map((value) => (value !== null && value > 0 ? value : null));

/** The least and the most that a chart has to reach so that its thresholds are seen. */
export function reachOf(
  thresholds: readonly Threshold[],
  least: number | null,
  most: number | null,
): readonly [number | null, number | null] {
  const edges = thresholds.flatMap(({ from, to }) => [from, to]).filter((one) => one !== undefined);
  if (edges.length === 0) return [least, most];
  return [Math.min(least ?? Infinity, ...edges), Math.max(most ?? -Infinity, ...edges)];
}

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
