/** Order statistics, and how figures are written. */

/** The value below which a share of them lies; NaN of none. */
export function quantile(list: readonly number[], share: number): number {
  const sorted = list.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** @see quantile */
export const median = (list: readonly number[]): number => quantile(list, 0.5);

/** Three digits, without an exponent; `-` where there is no figure. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return "-";
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value.toFixed(value >= 10 ? 1 : 2);
}

/** A row of a table. */
export const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
