import fc from "fast-check";
import { expect, test } from "vitest";
import {
  daily,
  hourly,
  lastOver,
  monthly,
  partitionSpan,
  partitionsBetween,
  parts,
} from "./partitions.ts";

const at = (text: string): number => Date.parse(text);

test("a day's partition is over at local midnight, also where that hour is not there", () => {
  const days = daily("2026-01-01", "Asia/Taipei");
  expect(lastOver(days, at("2026-03-01T15:59:59Z"))).toBe("2026-02-28");
  expect(lastOver(days, at("2026-03-01T16:00:00Z"))).toBe("2026-03-01");
  // Beirut sprang forward at midnight on 29 March 2026: the day began at 01:00 local time.
  const beirut = daily("2026-01-01", "Asia/Beirut");
  expect(partitionSpan(beirut, "2026-03-28")).toEqual({
    fromMs: at("2026-03-27T22:00:00Z"),
    untilMs: at("2026-03-28T22:00:00Z"),
  });
});

test("months and hours end where the next begin", () => {
  const months = monthly("2025-11", "Asia/Taipei");
  expect(partitionsBetween(months, at("2026-02-10T00:00:00Z"))).toEqual([
    "2025-11",
    "2025-12",
    "2026-01",
  ]);
  const hours = hourly("2026-01-01T00");
  expect(partitionsBetween(hours, at("2026-01-01T03:10:00Z"))).toEqual([
    "2026-01-01T00",
    "2026-01-01T01",
    "2026-01-01T02",
  ]);
});

test("nothing is over before the first one is", () => {
  expect(partitionsBetween(daily("2026-05-01"), at("2026-05-01T12:00:00Z"))).toEqual([]);
});

test.each([
  [daily("2026-01-01"), { from: "2026-02-30" }],
  [daily("2026-01-01"), { from: "2025-12-31" }],
  [daily("2026-01-01"), { until: "tomorrow" }],
  [parts("tw", "jp"), { from: "kr" }],
  [hourly("1990-01-01T00"), {}],
])("a range that is none is refused (%#)", (partitions, range) => {
  expect(() => partitionsBetween(partitions, at("2026-06-01T00:00:00Z"), range)).toThrow(
    /partition/,
  );
});

test.each([
  () => daily("2026-13-01"),
  () => daily("01.02.2026"),
  () => daily("2026-01-01", "Mars/Olympus"),
])("a declaration that cannot be is refused (%#)", (declare) => {
  expect(declare).toThrow(expect.objectContaining({ code: "MOR_DECLARATION" }) as Error);
});

test("named parts are a range by their order", () => {
  expect(partitionsBetween(parts("tw", "jp", "us"), 0, { from: "jp" })).toEqual(["jp", "us"]);
});

test("the last one that is over is over, and the next one is not", () => {
  const zones = fc.constantFrom("UTC", "Asia/Taipei", "America/New_York", "Australia/Lord_Howe");
  const instants = fc.integer({ min: at("2020-01-01T00:00:00Z"), max: at("2040-01-01T00:00:00Z") });
  fc.assert(
    fc.property(zones, instants, (zone, nowMs) => {
      const days = daily("2019-01-01", zone);
      const last = lastOver(days, nowMs) ?? "";
      expect(partitionSpan(days, last).untilMs).toBeLessThanOrEqual(nowMs);
      const next = partitionsBetween(days, nowMs, { from: last, until: "2041-01-01" })[1] ?? "";
      expect(partitionSpan(days, next).untilMs).toBeGreaterThan(nowMs);
    }),
  );
});
