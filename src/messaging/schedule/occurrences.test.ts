import { describe, expect, it } from "vitest";
import { parseExpression, type ScheduleOptions } from "./expression.ts";
import { between, jitterOffsetMs, lastBetween, missedRuns, nextAfter } from "./occurrences.ts";

const ms = (iso: string): number => Date.parse(iso);
const iso = (instantMs: number): string => new Date(instantMs).toISOString().replace(".000", "");

/** The runs of a window, as text. */
function runsOf(options: ScheduleOptions, from: string, to: string): readonly string[] {
  return between(parseExpression(options), ms(from), ms(to), 1_000).map(iso);
}

interface Row {
  readonly why: string;
  readonly cron: string;
  readonly timezone: string;
  readonly from: string;
  readonly to: string;
  readonly runs: readonly string[];
}

const daylight: readonly Row[] = [
  {
    why: "Taipei knows no daylight saving",
    cron: "30 2 * * *",
    timezone: "Asia/Taipei",
    from: "2026-03-27T20:00:00Z",
    to: "2026-03-30T20:00:00Z",
    runs: ["2026-03-28T18:30:00Z", "2026-03-29T18:30:00Z", "2026-03-30T18:30:00Z"],
  },
  {
    why: "Berlin in spring skips 02:30",
    cron: "30 2 * * *",
    timezone: "Europe/Berlin",
    from: "2026-03-28T00:00:00Z",
    to: "2026-03-31T00:00:00Z",
    runs: ["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"],
  },
  {
    why: "Berlin in spring goes from 01:30 to 03:00",
    cron: "*/30 1-3 * * *",
    timezone: "Europe/Berlin",
    from: "2026-03-29T00:00:00Z",
    to: "2026-03-29T02:00:00Z",
    runs: ["2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"],
  },
  {
    why: "Berlin in autumn fires 02:30 once, the first time",
    cron: "30 2 * * *",
    timezone: "Europe/Berlin",
    from: "2026-10-24T12:00:00Z",
    to: "2026-10-26T12:00:00Z",
    runs: ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
  },
  {
    why: "Berlin in autumn pauses for the repeated hour",
    cron: "*/30 * * * *",
    timezone: "Europe/Berlin",
    from: "2026-10-24T23:59:00Z",
    to: "2026-10-25T02:00:00Z",
    runs: ["2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z"],
  },
  {
    why: "Berlin in autumn, asked within the second pass, does not repeat",
    cron: "*/15 * * * *",
    timezone: "Europe/Berlin",
    from: "2026-10-25T01:05:00Z",
    to: "2026-10-25T02:15:00Z",
    runs: ["2026-10-25T02:00:00Z", "2026-10-25T02:15:00Z"],
  },
  {
    why: "New York in spring skips 02:00",
    cron: "0 2 * * *",
    timezone: "America/New_York",
    from: "2026-03-07T00:00:00Z",
    to: "2026-03-10T00:00:00Z",
    runs: ["2026-03-07T07:00:00Z", "2026-03-09T06:00:00Z"],
  },
  {
    why: "New York in autumn fires 01:30 once",
    cron: "cron(30 1 * * ? *)",
    timezone: "America/New_York",
    from: "2026-10-31T12:00:00Z",
    to: "2026-11-02T12:00:00Z",
    runs: ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"],
  },
  {
    why: "Lord Howe in spring skips only 02:00 to 02:30",
    cron: "0,15,30,45 2 * * *",
    timezone: "Australia/Lord_Howe",
    from: "2026-10-03T12:00:00Z",
    to: "2026-10-04T12:00:00Z",
    runs: ["2026-10-03T15:30:00Z", "2026-10-03T15:45:00Z"],
  },
  {
    why: "Lord Howe in autumn repeats only 01:30 to 02:00",
    cron: "0,15,30,45 1,2 * * *",
    timezone: "Australia/Lord_Howe",
    from: "2026-04-04T12:00:00Z",
    to: "2026-04-05T00:00:00Z",
    runs: [
      "2026-04-04T14:00:00Z",
      "2026-04-04T14:15:00Z",
      "2026-04-04T14:30:00Z",
      "2026-04-04T14:45:00Z",
      "2026-04-04T15:30:00Z",
      "2026-04-04T15:45:00Z",
      "2026-04-04T16:00:00Z",
      "2026-04-04T16:15:00Z",
    ],
  },
  {
    why: "Apia had no 30 December 2011",
    cron: "0 12 * * *",
    timezone: "Pacific/Apia",
    from: "2011-12-29T00:00:00Z",
    to: "2012-01-01T00:00:00Z",
    runs: ["2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z", "2011-12-31T22:00:00Z"],
  },
];

describe("daylight saving", () => {
  it.each(daylight)("$why", ({ cron, timezone, from, to, runs }) => {
    expect(runsOf({ cron, timezone }, from, to)).toEqual(runs);
  });

  it("leaves a rate alone in spring and autumn", () => {
    const options = { rate: "1 day", timezone: "Europe/Berlin", start: "2026-03-28T09:00:00Z" };
    const runs = runsOf(options, "2026-03-28T00:00:00Z", "2026-10-27T00:00:00Z");
    expect(new Set(runs.map((run) => run.slice(11)))).toEqual(new Set(["09:00:00Z"]));
    expect(runs).toHaveLength(213);
  });

  it("takes the first of two times for at", () => {
    const options = { at: "2026-10-25T02:30:00", timezone: "Europe/Berlin" };
    const runs = runsOf(options, "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z");
    expect(runs).toEqual(["2026-10-25T00:30:00Z"]);
  });

  it("crosses a gap and a repeated hour second by second without a long walk", () => {
    const every = parseExpression({ cron: "* * 2 * * *", timezone: "Europe/Berlin" });
    expect(iso(nextAfter(every, ms("2026-03-28T01:59:59Z")) ?? 0)).toBe("2026-03-30T00:00:00Z");
    expect(iso(nextAfter(every, ms("2026-10-25T00:59:59Z")) ?? 0)).toBe("2026-10-26T01:00:00Z");
  });
});

const calendar: readonly (readonly [string, string, string, readonly string[]])[] = [
  ["29 February in leap years", "cron(0 0 29 2 ? *)", "2097-01-01", ["2104-02-29", "2108-02-29"]],
  [
    "1 or 29 February, a Monday",
    "0 0 */28 2 MON",
    "2027-03-01",
    ["2038-02-01", "2044-02-01", "2044-02-29", "2049-02-01"],
  ],
  ["31st of months that have one", "0 0 31 * *", "2026-01-31", ["2026-03-31", "2026-05-31"]],
  ["last day", "cron(0 0 L * ? *)", "2028-01-31", ["2028-02-29", "2028-03-31", "2028-04-30"]],
  ["last weekday", "cron(0 0 LW * ? *)", "2026-01-01", ["2026-01-30", "2026-02-27", "2026-03-31"]],
  ["1W when the 1st is Saturday", "cron(0 0 1W * ? *)", "2026-07-31", ["2026-08-03"]],
  ["15W when the 15th is Sunday", "cron(0 0 15W * ? *)", "2026-02-01", ["2026-02-16"]],
  ["15W when the 15th is Saturday", "cron(0 0 15W * ? *)", "2026-08-01", ["2026-08-14"]],
  ["31W when the 31st is Sunday", "cron(0 0 31W * ? *)", "2026-05-01", ["2026-05-29"]],
  ["31W skips months of 30 days", "cron(0 0 31W * ? *)", "2026-05-30", ["2026-07-31"]],
  ["third Tuesday", "cron(0 0 ? * 3#3 *)", "2026-11-01", ["2026-11-17", "2026-12-15"]],
  [
    "fifth Monday only where there is one",
    "0 0 * * 1#5",
    "2026-01-01",
    ["2026-03-30", "2026-06-29"],
  ],
  ["last Friday", "cron(0 0 ? * 6L *)", "2026-11-01", ["2026-11-27", "2026-12-25"]],
  [
    "Friday or 13th on Unix",
    "0 0 13 * FRI",
    "2026-11-01",
    ["2026-11-06", "2026-11-13", "2026-11-20"],
  ],
  [
    "a starred step that narrows Monday",
    "0 0 */6 * MON",
    "2026-11-01",
    ["2026-12-07", "2027-01-25"],
  ],
  ["over the end of the year", "0 0 1 1 *", "2026-11-22", ["2027-01-01", "2028-01-01"]],
  ["years of a list", "cron(0 0 1 1 ? 2030,2035)", "2026-01-01", ["2030-01-01", "2035-01-01"]],
];

describe("calendar", () => {
  it.each(calendar)("%s: %s", (_, cron, from, days) => {
    const expression = parseExpression({ cron });
    const runs = between(expression, ms(`${from}T00:00:00Z`), ms("2199-12-31"), days.length);
    expect(runs.map(iso)).toEqual(days.map((day) => `${day}T00:00:00Z`));
  });

  it("carries seconds, minutes and hours over midnight and the year", () => {
    const runs = runsOf({ cron: "30 59 23 * * *" }, "2026-12-30T23:59:30Z", "2027-01-02T00:00:00Z");
    expect(runs).toEqual(["2026-12-31T23:59:30Z", "2027-01-01T23:59:30Z"]);
  });
});

describe("nextAfter", () => {
  it.each(["0 0 31 2 *", "cron(0 0 30 2 ? *)", "cron(0 0 ? 2 2#5 2027)", "cron(0 0 1 1 ? 1970)"])(
    "says of %s in bounded time that it never fires",
    (cron) => {
      expect(nextAfter(parseExpression({ cron }), ms("2026-01-01"))).toBeUndefined();
    },
  );

  it("is strictly after the instant, fractions of a second included", () => {
    const every = parseExpression({ cron: "* * * * * *" });
    expect(nextAfter(every, 1_000)).toBe(2_000);
    expect(nextAfter(every, 1_001)).toBe(2_000);
    expect(nextAfter(every, 1_999)).toBe(2_000);
  });

  it("bears the ends of time", () => {
    const daily = parseExpression({ cron: "0 0 * * *", timezone: "Asia/Taipei" });
    expect(nextAfter(daily, -8.64e15)).toBe(ms("1969-12-31T16:00:00Z"));
    expect(nextAfter(daily, 8.64e15)).toBeUndefined();
    expect(nextAfter(daily, ms("2199-12-31T00:00:00Z"))).toBeUndefined();
  });

  it("fires at start and at end, not before or after", () => {
    const bounds = { start: "2026-11-22T10:00:00Z", end: "2026-11-22T12:00:00Z" };
    const expected = ["2026-11-22T10:00:00Z", "2026-11-22T11:00:00Z", "2026-11-22T12:00:00Z"];
    const window = ["2026-11-21T00:00:00Z", "2026-11-23T00:00:00Z"] as const;
    expect(runsOf({ cron: "0 * * * *", ...bounds }, ...window)).toEqual(expected);
    expect(runsOf({ rate: "1 hour", ...bounds }, ...window)).toEqual(expected);
  });

  it("counts a rate from its start, without one from the epoch", () => {
    const window = ["2026-11-22T10:00:00Z", "2026-11-22T10:20:00Z"] as const;
    const start = "2026-11-22T09:57:30Z";
    expect(runsOf({ rate: "10 minutes", start }, ...window)).toEqual([
      "2026-11-22T10:07:30Z",
      "2026-11-22T10:17:30Z",
    ]);
    expect(runsOf({ rate: "10 minutes" }, ...window)).toEqual([
      "2026-11-22T10:10:00Z",
      "2026-11-22T10:20:00Z",
    ]);
  });

  it("fires an at once", () => {
    const once = parseExpression({ at: "2026-11-22T10:00:00" });
    expect(nextAfter(once, once.kind === "at" ? once.atMs - 1 : 0)).toBe(
      ms("2026-11-22T10:00:00Z"),
    );
    expect(nextAfter(once, ms("2026-11-22T10:00:00Z"))).toBeUndefined();
  });
});

describe("between", () => {
  it("refuses a limit that is none", () => {
    const daily = parseExpression({ rate: "1 day" });
    for (const limit of [0, -1, 1.5, 100_001, Number.NaN]) {
      const ask = () => between(daily, 0, 1, limit);
      expect(ask).toThrow(expect.objectContaining({ code: "MOR_INVALID" }));
    }
  });
});

describe("missedRuns", () => {
  const hourly = parseExpression({ cron: "0 * * * *" });
  const lastMs = ms("2026-11-22T10:00:00Z");
  const nowMs = ms("2026-11-22T14:30:00Z");
  const missed = (policy: "skip" | "once" | "all", limit: number) => {
    const { runs, more } = missedRuns(hourly, lastMs, nowMs, policy, limit);
    return { runs: runs.map((run) => iso(run).slice(11, 16)), more };
  };

  it("makes up for none, the latest or all", () => {
    expect(missed("skip", 10)).toEqual({ runs: [], more: false });
    expect(missed("once", 10)).toEqual({ runs: ["14:00"], more: false });
    const all = ["11:00", "12:00", "13:00", "14:00"];
    expect(missed("all", 10)).toEqual({ runs: all, more: false });
    expect(missed("all", 4)).toEqual({ runs: all, more: false });
  });

  it("says when the limit leaves some for the next call", () => {
    expect(missed("all", 3)).toEqual({ runs: ["11:00", "12:00", "13:00"], more: true });
  });

  it("makes up for nothing when nothing was missed", () => {
    const at = ms("2026-11-22T10:59:59Z");
    for (const policy of ["skip", "once", "all"] as const) {
      expect(missedRuns(hourly, lastMs, at, policy, 5)).toEqual({ runs: [], more: false });
    }
  });

  it("finds the latest of millions of missed seconds without walking them", () => {
    const every = parseExpression({ cron: "* * * * * *", timezone: "Europe/Berlin" });
    const toMs = ms("2026-10-25T01:10:00.500Z");
    // In the repeated hour: the last run was the last second of its first pass.
    expect(iso(lastBetween(every, ms("2020-01-01"), toMs) ?? 0)).toBe("2026-10-25T00:59:59Z");
  });
});

describe("jitterOffsetMs", () => {
  const spread = parseExpression({ rate: "1 hour", jitterMs: 60_000 });

  it("agrees with itself for ever", () => {
    const scheduledMs = ms("2026-11-22T10:00:00Z");
    expect(jitterOffsetMs(spread, "nightly", scheduledMs)).toBe(
      jitterOffsetMs(spread, "nightly", scheduledMs),
    );
    // Recorded: a change of the hash would move every schedule of those who upgrade.
    expect(jitterOffsetMs(spread, "nightly", 1_795_341_600_000)).toBe(10_532);
  });

  it("is nothing without a window", () => {
    expect(jitterOffsetMs(parseExpression({ rate: "1 hour" }), "nightly", 0)).toBe(0);
  });

  it("spreads schedules and instants evenly over the window", () => {
    const offsets = Array.from({ length: 4_000 }, (_, index) =>
      jitterOffsetMs(spread, `schedule-${index % 40}`, Math.floor(index / 40) * 3_600_000),
    );
    expect(Math.min(...offsets)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...offsets)).toBeLessThanOrEqual(60_000);
    const tenths = Array.from({ length: 10 }, (_, tenth) => {
      const inside = offsets.filter((it) => Math.floor(it / 6_000.1) === tenth);
      return inside.length;
    });
    for (const count of tenths) expect(Math.abs(count - 400)).toBeLessThan(100);
  });
});
