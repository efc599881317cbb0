import { expect, test } from "vitest";
import { gridOf, type Part } from "./grid.ts";

const part = (partition: string, atMs: number | null = null): Part => ({
  partition,
  atMs,
  run: null,
  version: null,
  facts: {},
});

const text = (parts: readonly Part[]): readonly string[] =>
  gridOf(parts).map(({ label, cells }) =>
    [label, ...cells.map(({ short, isMade }) => (isMade ? `[${short}]` : short))].join(" "),
  );

test("hours stand in days, days in months, months in years, the newest row first", () => {
  expect(text([part("2026-11-27T00"), part("2026-11-26T23", 5), part("2026-11-26T22")])).toEqual([
    "2026-11-27 00",
    "2026-11-26 22 [23]",
  ]);
  expect(text([part("2026-11-01", 5), part("2026-10-31")])).toEqual(["2026-11 [01]", "2026-10 31"]);
  expect(text([part("2026-01"), part("2025-12", 5)])).toEqual(["2026 01", "2025 [12]"]);
});

test("named partitions stand in one row, as they were declared", () => {
  expect(text([part("tw", 5), part("jp")])).toEqual([" [tw] jp"]);
});
