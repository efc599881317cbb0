import { describe, expect, it } from "vitest";
import {
  frameOfGrid,
  framed,
  linesMax,
  momentOf,
  momentsOf,
  seriesLabel,
  stepOf,
  telling,
  withSpan,
} from "./frame.ts";

const minute = 60_000;

describe("frames", () => {
  it("takes round steps that give at most 150 points", () => {
    for (const lengthMs of [1000, 5 * minute, 60 * minute, 24 * 60 * minute, 30 * 1440 * minute]) {
      const stepMs = stepOf({ fromMs: 7, toMs: 7 + lengthMs });
      expect(lengthMs / stepMs).toBeLessThanOrEqual(150);
    }
    expect(stepOf({ fromMs: 0, toMs: 5 * minute })).toBe(2000);
    expect(stepOf({ fromMs: 0, toMs: 60 * minute })).toBe(30_000);
  });

  it("has whole steps only: the last would end in a drop", () => {
    expect(momentsOf({ fromMs: 12, toMs: 49 }, 10)).toEqual([10, 20, 30]);
  });

  it("fills what is absent, puts the largest line first and counts those left out", () => {
    const samples = [
      { label: "small", atMs: 0, value: 1 },
      { label: "large", atMs: 10, value: 9 },
      { label: "elsewhere", atMs: 5, value: 100 },
    ];
    expect(framed(samples, [0, 10], 0)).toEqual({
      atMs: [0, 10],
      lines: [
        { label: "large", values: [0, 9] },
        { label: "small", values: [1, 0] },
      ],
      leftOut: 0,
    });
    expect(framed(samples, [0, 10], null).lines[0]?.values).toEqual([null, 9]);
    const many = Array.from({ length: linesMax + 3 }, (_, at) => ({
      label: String(at),
      atMs: 0,
      value: at,
    }));
    const frame = framed(many, [0], 0);
    expect([frame.lines.length, frame.leftOut]).toEqual([linesMax, 3]);
  });

  it("makes lines of rows that have times and numbers, named by their texts", () => {
    const columns = [
      { name: "minute", type: "TIMESTAMP" },
      { name: "service", type: "VARCHAR" },
      { name: "n", type: "BIGINT" },
    ];
    const rows = [
      ["2026-11-26 12:23:00", "orders", 3],
      ["2026-11-26 12:22:00", "orders", 5],
      ["2026-11-26 12:22:00", "users", 1],
    ] as const;
    const from = Date.UTC(2026, 10, 26, 12, 22);
    expect(frameOfGrid({ columns, rows })).toEqual({
      atMs: [from, from + minute],
      lines: [
        { label: "orders", values: [5, 3] },
        { label: "users", values: [1, null] },
      ],
      leftOut: 0,
    });
    expect(frameOfGrid({ columns: columns.slice(1), rows: [["orders", 3]] })).toBeUndefined();
    expect(frameOfGrid({ columns, rows: [] })).toBeUndefined();
  });

  it("reads times as the store writes them", () => {
    const noon = Date.UTC(2026, 10, 26, 12);
    expect(momentOf("2026-11-26 12:00:00")).toBe(noon);
    expect(momentOf("2026-11-26 12:00:00.123456789")).toBe(noon + 123);
    expect(momentOf("2026-11-26 12:00:00+00")).toBe(noon);
    expect(momentOf("2026-11-26 20:00:00+08:00")).toBe(noon);
    expect(momentOf("2026-11-26")).toBe(Date.UTC(2026, 10, 26));
    expect(momentOf("yesterday")).toBeUndefined();
    expect(momentOf(null)).toBeUndefined();
  });

  it("puts the span into a statement", () => {
    const span = { fromMs: 0, toMs: 5 * minute };
    expect(withSpan("time >= $from and time < $to and $fromage = $step", span)).toBe(
      "time >= timestamp '1970-01-01 00:00:00.000' " +
        "and time < timestamp '1970-01-01 00:05:00.000' and $fromage = interval 2 second",
    );
  });

  it("names series by the labels that tell them apart", () => {
    const series = [
      { __name__: "orders_total", job: "orders", country: "Spain" },
      { __name__: "orders_total", job: "orders", country: "France" },
    ];
    expect(telling(series).map(seriesLabel)).toEqual(["country=Spain", "country=France"]);
    expect(seriesLabel({})).toBe("");
    expect(seriesLabel({ __name__: "up" })).toBe("up");
  });
});
