import { useMemo } from "react";
import { oneOf, useView, whole, type Parameters } from "./view.ts";

/** Time ranges that end now, and their lengths in milliseconds. */
export const rangeMs = {
  "5m": 300_000,
  "15m": 900_000,
  "1h": 3_600_000,
  "6h": 21_600_000,
  "24h": 86_400_000,
} as const;
export type RangeName = keyof typeof rangeMs;
export const rangeNames = Object.keys(rangeMs) as readonly RangeName[];

interface RangeView {
  readonly range: RangeName;
  readonly from: number;
  readonly to: number;
}

const parameters: Parameters<RangeView> = { range: oneOf(rangeNames), from: whole, to: whole };

/** The parameters that every page of the console shares. */
export const rangeParameters = ["range", "from", "to"] as const;

/** What span of time the console shows: one that ends now, or one between two moments. */
export type Range =
  | { readonly name: RangeName }
  | { readonly fromMs: number; readonly toMs: number };

/** The span where the URL says nothing: what the live history keeps second by second. */
const usual: Range = { name: "5m" };

/** The global range, out of the URL, and how to change it. */
export function useRange(): readonly [Range, (range: Range) => void] {
  const [{ range, from, to }, set] = useView(parameters);
  const value = useMemo<Range>(() => {
    if (from !== undefined && to !== undefined && from < to) return { fromMs: from, toMs: to };
    return range === undefined ? usual : { name: range };
  }, [range, from, to]);
  return [
    value,
    (next) =>
      "name" in next
        ? set({ range: next.name, from: undefined, to: undefined })
        : set({ range: undefined, from: next.fromMs, to: next.toMs }),
  ];
}

/** The moments that a range lies between. */
export function spanOf(range: Range, nowMs: number): { readonly fromMs: number; toMs: number } {
  if (!("name" in range)) return range;
  return { fromMs: nowMs - rangeMs[range.name], toMs: nowMs };
}
