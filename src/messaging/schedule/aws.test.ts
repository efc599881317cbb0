import { describe, expect, it } from "vitest";
import { toAws } from "./aws.ts";
import { parseExpression, type ScheduleOptions } from "./expression.ts";
import { between } from "./occurrences.ts";

const written: readonly (readonly [ScheduleOptions, string])[] = [
  [{ cron: "cron(0  9 ? * mon-fri *)" }, "cron(0 9 ? * MON-FRI *)"],
  [{ cron: "cron(0 0 LW * ? 2026)" }, "cron(0 0 LW * ? 2026)"],
  [{ cron: "* * * * *" }, "cron(* * * * ? *)"],
  [{ cron: "*/15 8-18 * JAN *" }, "cron(*/15 8-18 * JAN ? *)"],
  [{ cron: "0 0 1,15 * *" }, "cron(0 0 1,15 * ? *)"],
  [{ cron: "0 12 * * 0" }, "cron(0 12 ? * 1 *)"],
  [{ cron: "0 12 * * 7" }, "cron(0 12 ? * 1 *)"],
  [{ cron: "0 12 * * MON-FRI" }, "cron(0 12 ? * 2,3,4,5,6 *)"],
  [{ cron: "0 12 * * 5L" }, "cron(0 12 ? * 6L *)"],
  [{ cron: "0 12 * * 2#3" }, "cron(0 12 ? * 3#3 *)"],
  [{ cron: "0 12 15W * ?" }, "cron(0 12 15W * ? *)"],
  [{ cron: "0 30 4 * * *" }, "cron(30 4 * * ? *)"],
  [{ rate: "1 minute" }, "rate(1 minutes)"],
  [{ rate: "300 seconds" }, "rate(5 minutes)"],
  [{ rate: "2 days" }, "rate(2 days)"],
  [{ at: "2026-11-22T10:00:00", timezone: "Asia/Taipei" }, "at(2026-11-22T10:00:00)"],
];

describe("toAws", () => {
  it.each(written)("writes %j as %s", (options, text) => {
    expect(toAws(parseExpression(options))).toBe(text);
  });

  it.each(written)("writes %j so that reading it back fires at the same times", (options, text) => {
    const kind = text.slice(0, text.indexOf("("));
    const back = parseExpression({ timezone: options.timezone ?? "UTC", [kind]: text });
    const fromMs = Date.UTC(2026, 8, 1);
    const toMs = Date.UTC(2028, 0, 1);
    const expected = between(parseExpression(options), fromMs, toMs, 300);
    expect(expected).not.toEqual([]);
    expect(between(back, fromMs, toMs, 300)).toEqual(expected);
  });

  it.each([
    [{ cron: "*/10 * * * * *" }, /no seconds/],
    [{ rate: "10 seconds" }, /no seconds/],
    [{ at: "2026-11-22T10:00:30" }, /no seconds/],
    [{ cron: "0 0 13 * FRI" }, /not both/],
    [{ cron: "0 0 */2 * FRI" }, /not both/],
    [{ cron: "0 0 1,LW * *" }, /day-of-month alone/],
    [{ cron: "0 0 * * 1#1,1#3" }, /day-of-week alone/],
  ])("refuses %j", (options, reason) => {
    const write = () => toAws(parseExpression(options), "schedule nightly");
    expect(write).toThrow(expect.objectContaining({ code: "MOR_UNSUPPORTED" }));
    expect(write).toThrow(reason);
    expect(write).toThrow(/^schedule nightly: /);
  });
});
