import { describe, expect, it } from "vitest";
import { MorningError } from "../../core/errors.ts";
import { parseExpression, precisionMsOf, type ScheduleOptions } from "./expression.ts";

function refusalOf(options: ScheduleOptions): MorningError {
  try {
    parseExpression(options, "schedule nightly");
  } catch (error) {
    if (MorningError.is(error, "MOR_SCHEDULE_EXPRESSION_INVALID")) return error;
    throw error;
  }
  throw new Error(`accepted: ${JSON.stringify(options)}`);
}

const cronOf = (cron: string) => {
  const expression = parseExpression({ cron });
  if (expression.kind !== "cron") throw new Error("not a cron");
  return expression;
};

describe("parseExpression", () => {
  it("tells AWS cron by its wrapper and Unix cron by its absence", () => {
    expect(cronOf("cron(0 9 ? * 2 *)")).toMatchObject({
      dialect: "aws",
      fields: { seconds: [0], minutes: [0], hours: [9], weekDays: { values: [1] } },
    });
    expect(cronOf("0 9 * * 2")).toMatchObject({
      dialect: "unix",
      fields: { seconds: [0], minutes: [0], hours: [9], weekDays: { values: [2] } },
    });
    expect(cronOf("*/20 0 9 * * 7")).toMatchObject({
      dialect: "unix",
      fields: { seconds: [0, 20, 40], minutes: [0], hours: [9], weekDays: { values: [0] } },
    });
  });

  it("reads lists, ranges, steps, names and the letters of days", () => {
    expect(cronOf("cron(5/20 8-18/5 L jan,MAR-may ? 2026-2028)").fields).toMatchObject({
      minutes: [5, 25, 45],
      hours: [8, 13, 18],
      monthDays: { any: false, values: [], last: true },
      months: [1, 3, 4, 5],
      years: [2026, 2027, 2028],
    });
    expect(cronOf("cron(0 0 ? * L *)").fields.weekDays.values).toEqual([6]);
    expect(cronOf("cron(0 0 ? * 6L *)").fields.weekDays.last).toEqual([5]);
    expect(cronOf("cron(0 0 ? * TUE#3 *)").fields.weekDays.nth).toEqual([{ day: 2, nth: 3 }]);
    expect(cronOf("cron(0 0 15W * ? *)").fields.monthDays.nearest).toEqual([15]);
    expect(cronOf("0 0 1,15W,LW * *").fields.monthDays).toMatchObject({
      values: [1],
      nearest: [15],
      lastWeekday: true,
    });
    expect(cronOf("0 0 * * FRI-SUN,2#1,wedl").fields.weekDays).toMatchObject({
      values: [0, 5, 6],
      last: [3],
      nth: [{ day: 2, nth: 1 }],
    });
  });

  it("is plain data that survives JSON", () => {
    const options = { cron: "cron(0 9 ? * MON-FRI *)", timezone: "Asia/Taipei", start: 0 };
    const expression = parseExpression(options);
    expect(JSON.parse(JSON.stringify(expression))).toEqual(expression);
  });

  it("reads rates and single times with and without their wrapper", () => {
    expect(parseExpression({ rate: "rate(1 minute)" })).toMatchObject({ everyMs: 60_000 });
    expect(parseExpression({ rate: "10 seconds" })).toMatchObject({ everyMs: 10_000 });
    expect(parseExpression({ rate: "2 days" })).toMatchObject({ everyMs: 172_800_000 });
    const atMs = Date.UTC(2026, 10, 22, 2);
    const timezone = "Asia/Taipei";
    expect(parseExpression({ at: "at(2026-11-22T10:00:00)", timezone })).toMatchObject({ atMs });
    expect(parseExpression({ at: "2026-11-22T10:00:00", timezone })).toMatchObject({ atMs });
  });

  it("reads start and end as milliseconds or ISO 8601", () => {
    const expression = parseExpression({
      rate: "1 hour",
      start: "2026-11-22T10:00:00+08:00",
      end: Date.UTC(2027, 0, 1),
    });
    expect(expression.startMs).toBe(Date.UTC(2026, 10, 22, 2));
    expect(expression.endMs).toBe(Date.UTC(2027, 0, 1));
  });

  const refused: readonly (readonly [string, ScheduleOptions, string, RegExp])[] = [
    ["nothing", {}, "expression", /exactly one/],
    ["two kinds", { cron: "* * * * *", rate: "1 day" }, "expression", /exactly one/],
    ["a minute of 61", { cron: "61 * * * *" }, "minute", /61 is not within 0-59/],
    ["an hour of 24", { cron: "0 24 * * *" }, "hour", /24 is not within 0-23/],
    ["day 0", { cron: "0 0 0 * *" }, "day-of-month", /0 is not within 1-31/],
    ["a month name of no month", { cron: "0 0 1 FOO *" }, "month", /"FOO" is not one of/],
    ["weekday 8", { cron: "0 0 * * 8" }, "day-of-week", /8 is not within 0-7/],
    ["weekday 0 on AWS", { cron: "cron(0 0 ? * 0 *)" }, "day-of-week", /0 is not within 1-7/],
    ["a sixth Monday", { cron: "0 0 * * 1#6" }, "day-of-week", /from 1 to 5/],
    ["a lone L on Unix", { cron: "0 0 * * L" }, "day-of-week", /write SAT/],
    ["L with an offset", { cron: "0 0 L-3 * *" }, "day-of-month", /"L" is not one of/],
    ["L in a list on AWS", { cron: "cron(0 0 1,L * ? *)" }, "day-of-month", /stand alone/],
    ["two # on AWS", { cron: "cron(0 0 ? * 2#1,2#3 *)" }, "day-of-week", /stand alone/],
    ["no ? on AWS", { cron: "cron(0 0 * * * *)" }, "day-of-week", /exactly one/],
    ["two ? on AWS", { cron: "cron(0 0 ? * ? *)" }, "day-of-week", /exactly one/],
    ["a year of 1969", { cron: "cron(0 0 * * ? 1969)" }, "year", /1969 is not within/],
    ["five fields in cron()", { cron: "cron(0 0 * * ?)" }, "cron", /six fields/],
    ["seven bare fields", { cron: "0 0 0 * * * *" }, "cron", /here are 7/],
    ["an empty cron", { cron: "" }, "cron", /here are 1/],
    ["a backward range", { cron: "0 22-2 * * *" }, "hour", /backwards/],
    ["a step of 0", { cron: "*/0 * * * *" }, "minute", /step "0"/],
    ["a step past the field", { cron: "*/90 * * * *" }, "minute", /step 90/],
    ["two slashes", { cron: "*/5/5 * * * *" }, "minute", /more than one "\/"/],
    ["two dashes", { cron: "1-2-3 * * * *" }, "minute", /more than one "-"/],
    ["an empty list item", { cron: "1,,2 * * * *" }, "minute", /"" is not one of/],
    ["a ? for minutes", { cron: "? * * * *" }, "minute", /"\?" is not one of/],
    ["300 characters", { cron: "0 0 1 1 1 ".repeat(30) }, "cron", /more than 256/],
    ["a rate of 0", { rate: "0 minutes" }, "rate", /1 or more/],
    ["a rate in weeks", { rate: "2 weeks" }, "rate", /not like/],
    ["a broken rate", { rate: "1.5 hours" }, "rate", /not like/],
    ["a rate of 11 years", { rate: "4015 days" }, "rate", /3650/],
    ["an instant for at", { at: "2026-11-22T10:00:00Z" }, "at", /local time/],
    ["30 February", { at: "2026-02-30T10:00:00" }, "at", /no date/],
    ["25 o'clock", { at: "2026-02-20T25:00:00" }, "at", /no date/],
    [
      "an at in the gap",
      { at: "2026-03-29T02:30:00", timezone: "Europe/Berlin" },
      "at",
      /does not exist in Europe\/Berlin/,
    ],
    ["at with a start", { at: "2026-11-22T10:00:00", start: 0 }, "start", /no meaning/],
    ["a zone of no place", { rate: "1 day", timezone: "Mars/Olympus" }, "timezone", /IANA/],
    ["a bare offset", { rate: "1 day", timezone: "+08:00" }, "timezone", /IANA/],
    ["an end before start", { rate: "1 day", start: 2, end: 1 }, "end", /before start/],
    ["a start without zone", { rate: "1 day", start: "2026-11-22" }, "start", /ISO 8601/],
    ["a start of 30 February", { rate: "1 day", start: "2026-02-30T00:00:00Z" }, "start", /ISO/],
    ["a negative jitter", { rate: "1 day", jitterMs: -1 }, "jitterMs", /whole number/],
    ["a jitter of two days", { rate: "1 day", jitterMs: 172_800_000 }, "jitterMs", /whole/],
  ];
  it.each(refused)("refuses %s and names field and reason", (_, options, field, reason) => {
    const error = refusalOf(options);
    expect(error.details.field).toBe(field);
    expect(error.details.reason).toMatch(reason);
    expect(error.message).toBe(`schedule nightly: ${field}: ${String(error.details.reason)}`);
  });
});

describe("precisionMsOf", () => {
  it.each([
    [{ cron: "* * * * *" }, 60_000],
    [{ cron: "0 * * * * *" }, 60_000],
    [{ cron: "30 * * * * *" }, 1_000],
    [{ rate: "120 seconds" }, 60_000],
    [{ rate: "90 seconds" }, 1_000],
    [{ at: "2026-11-22T10:00:00" }, 60_000],
    [{ at: "2026-11-22T10:00:01" }, 1_000],
  ])("of %j is %i ms", (options, precisionMs) => {
    expect(precisionMsOf(parseExpression(options))).toBe(precisionMs);
  });
});
