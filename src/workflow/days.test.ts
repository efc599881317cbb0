import { describe, expect, it, test } from "vitest";
import { daysBetween } from "./days.ts";
import { onBoth, open } from "./engine/rig.contract.ts";
import { Overview } from "./engine/overview.ts";

const hourMs = 3_600_000;
const at = (text: string): number => Date.parse(text);

/** When the days of a span begin, and how many hours they have. */
const shape = (zone: string, from: string, until: string) =>
  daysBetween(zone, at(from), at(until)).map(({ dayMs, fromMs, untilMs }) => {
    expect(fromMs).toBe(dayMs);
    return [new Date(dayMs).toISOString().slice(0, 16), (untilMs - fromMs) / hourMs];
  });

describe("days of a time zone", () => {
  test("have 23 and 25 hours where the clocks change", () => {
    expect(shape("Europe/Berlin", "2026-03-27T23:00Z", "2026-03-30T22:00Z")).toEqual([
      ["2026-03-27T23:00", 24],
      ["2026-03-28T23:00", 23],
      ["2026-03-29T22:00", 24],
    ]);
    expect(shape("Europe/Berlin", "2026-10-23T22:00Z", "2026-10-26T23:00Z")).toEqual([
      ["2026-10-23T22:00", 24],
      ["2026-10-24T22:00", 25],
      ["2026-10-25T23:00", 24],
    ]);
    const march = shape("America/New_York", "2026-03-01T05:00Z", "2026-04-01T04:00Z");
    expect(march).toHaveLength(31);
    expect(march.filter(([, hours]) => hours !== 24)).toEqual([["2026-03-08T05:00", 23]]);
    const november = shape("America/New_York", "2026-11-01T04:00Z", "2026-12-01T05:00Z");
    expect(november).toHaveLength(30);
    expect(november.filter(([, hours]) => hours !== 24)).toEqual([["2026-11-01T04:00", 25]]);
    const taipei = shape("Asia/Taipei", "2026-02-28T16:00Z", "2026-03-31T16:00Z");
    expect(taipei).toHaveLength(31);
    expect(taipei.every(([, hours]) => hours === 24)).toBe(true);
  });

  test("begin when the clocks jump where there is no midnight, and may be left out", () => {
    // Cairo goes from 23:59 to 01:00 on the last Friday of April.
    expect(shape("Africa/Cairo", "2026-04-22T22:00Z", "2026-04-24T21:00Z")).toEqual([
      ["2026-04-22T22:00", 24],
      ["2026-04-23T22:00", 23],
    ]);
    // Samoa had no 30 December 2011.
    expect(shape("Pacific/Apia", "2011-12-29T10:00Z", "2011-12-31T10:00Z")).toEqual([
      ["2011-12-29T10:00", 24],
      ["2011-12-30T10:00", 24],
    ]);
  });

  test("are cut where the span begins and ends, and are not too many", () => {
    const [first, last] = daysBetween(
      "Asia/Taipei",
      at("2026-03-01T12:00Z"),
      at("2026-03-01T18:00Z"),
    );
    expect(first).toEqual({
      dayMs: at("2026-02-28T16:00Z"),
      fromMs: at("2026-03-01T12:00Z"),
      untilMs: at("2026-03-01T16:00Z"),
    });
    expect(last?.untilMs).toBe(at("2026-03-01T18:00Z"));
    expect(daysBetween("UTC", 5, 5)).toEqual([]);
    expect(() => daysBetween("UTC", 0, 401 * 24 * hourMs)).toThrow(/400 days/);
    expect(() => daysBetween("Europe/Nowhere", 0, 1)).toThrow(/no time zone/);
  });
});

onBoth("calendars of runs", (place) => {
  it("count each run on the day that its zone says", async () => {
    const store = await place()();
    const engine = await open(store, []);
    // Half an hour before and after the midnights around Berlin's long day, 25 October 2026.
    const moments = ["24T21:30", "24T22:30", "25T22:30", "25T23:30"];
    for (const [number, moment] of moments.entries()) {
      const id = await engine.run("work", null, { id: `run-${number}` });
      const createdAt = at(`2026-10-${moment}Z`);
      const sql = `update workflow_run set created_at = ${createdAt} where id = '${id}'`;
      await store.write({ statements: [{ sql, params: [] }] });
    }
    const overview = new Overview(store);
    const counted = async (zone: string): Promise<unknown> =>
      (
        await overview.days(
          "work",
          daysBetween(zone, at("2026-10-20T00:00Z"), at("2026-10-30T00:00Z")),
        )
      ).map(({ dayMs, count }) => [new Date(dayMs).toISOString().slice(0, 16), count]);
    expect(await counted("Europe/Berlin")).toEqual([
      ["2026-10-23T22:00", 1],
      ["2026-10-24T22:00", 2],
      ["2026-10-25T23:00", 1],
    ]);
    expect(await counted("Asia/Taipei")).toEqual([
      ["2026-10-24T16:00", 2],
      ["2026-10-25T16:00", 2],
    ]);
    expect(await overview.days("work", [])).toEqual([]);
    await engine.close();
    await store.close();
  });
});
