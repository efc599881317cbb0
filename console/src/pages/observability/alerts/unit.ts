import * as format from "../../../i18n/format.ts";
import type { Locale } from "../../../i18n/messages.ts";
import type { Unit } from "../../../ui/chart/series.ts";
import type { Frame } from "./frame.ts";

/** How the values of a unit are drawn: in what the charts know, multiplied. */
export interface Drawn {
  readonly unit: Unit;
  readonly factor: number;
}

const known: Readonly<Record<string, Drawn>> = {
  ms: { unit: "ms", factor: 1 },
  s: { unit: "ms", factor: 1000 },
  us: { unit: "ms", factor: 0.001 },
  ns: { unit: "ms", factor: 1e-6 },
  bytes: { unit: "bytes", factor: 1 },
  By: { unit: "bytes", factor: 1 },
  percent: { unit: "percent", factor: 1 },
  "1/s": { unit: "rate", factor: 1 },
  "/s": { unit: "rate", factor: 1 },
};

/** What a unit of a panel is to a chart; those it does not know are counted. */
export const drawnOf = (unit: string): Drawn => known[unit] ?? { unit: "count", factor: 1 };

/** Units that panels are offered. */
export const unitNames: readonly string[] = ["", "ms", "s", "bytes", "percent", "1/s"];

/** What stands behind a number whose unit no chart knows: `GBP`. */
const suffixOf = (unit: string): string =>
  known[unit] !== undefined || unit === "" ? "" : ` ${unit.replaceAll(/[{}]/g, "")}`;

/** A value in words of its unit, short. */
export function valueWords(value: number, unit: string, locale: Locale): string {
  const { unit: drawn, factor } = drawnOf(unit);
  const scaled = value * factor;
  if (drawn === "ms") return format.duration(scaled, locale);
  if (drawn === "bytes") return format.bytes(scaled);
  if (drawn === "percent") return format.percent(scaled);
  if (drawn === "rate") return `${format.shortNumber(scaled)}/s`;
  return `${format.shortNumber(scaled)}${suffixOf(unit)}`;
}

/** A frame in what its unit is drawn in. */
export function scaled(frame: Frame, unit: string): Frame {
  const { factor } = drawnOf(unit);
  if (factor === 1) return frame;
  const lines = frame.lines.map(({ label, values }) => ({
    label,
    values: values.map((one) => (one === null ? null : one * factor)),
  }));
  return { ...frame, lines };
}
