import { describe, expect, test } from "vitest";
import { whenOf } from "./words.ts";

const all = { kind: "all" };

describe("what a schedule's expression says", () => {
  test.each([
    ["15 minutes", { kind: "every", value: 15, unit: "minutes" }],
    ["rate(1 hour)", { kind: "every", value: 1, unit: "hours" }],
    ["*/10 * * * * *", { kind: "every", value: 10, unit: "seconds" }],
    ["* * * * *", { kind: "every", value: 1, unit: "minutes" }],
    ["cron(0/15 * * * ? *)", { kind: "every", value: 15, unit: "minutes" }],
    ["5 * * * *", { kind: "hours", value: 1, minute: 5 }],
    ["0 */6 * * *", { kind: "hours", value: 6, minute: 0 }],
    ["0 2 * * *", { kind: "days", days: all, times: ["02:00"] }],
    ["30 9,17 * * *", { kind: "days", days: all, times: ["09:30", "17:30"] }],
    ["0 2 * * 0-6", { kind: "days", days: all, times: ["02:00"] }],
    ["at(2026-11-22T10:00:00)", { kind: "once", local: "2026-11-22T10:00:00" }],
    ["2026-11-22T10:00:00", { kind: "once", local: "2026-11-22T10:00:00" }],
  ])("%s", (text, when) => expect(whenOf(text)).toEqual(when));
});

describe("days", () => {
  const daysOf = (text: string): unknown => {
    const when = whenOf(text);
    return when?.kind === "days" ? when.days : when;
  };

  test("AWS numbers the week from 1, Unix from 0, and Sunday is also 7", () => {
    expect(daysOf("cron(0 9 ? * 2-6 *)")).toEqual({ kind: "week", days: [1, 2, 3, 4, 5] });
    expect(daysOf("cron(0 9 ? * MON-FRI *)")).toEqual({ kind: "week", days: [1, 2, 3, 4, 5] });
    expect(daysOf("0 9 * * mon-fri")).toEqual({ kind: "week", days: [1, 2, 3, 4, 5] });
    expect(daysOf("0 9 * * 7,3")).toEqual({ kind: "week", days: [0, 3] });
  });

  test("of the month, and its end", () => {
    expect(daysOf("0 9 1,15 * *")).toEqual({ kind: "month", days: [1, 15] });
    expect(daysOf("cron(0 9 L * ? *)")).toEqual({ kind: "monthEnd" });
  });
});

test.each([
  "*/7 * * * *",
  "0 9 1 * 1",
  "0 9 * 6 *",
  "cron(0 9 ? * 2#1 *)",
  "*/15 9-17 * * *",
  "cron(0 9 * * ? 2027)",
  "0 9 15W * *",
  "nonsense",
  "",
])("%s is left to speak for itself", (text) => expect(whenOf(text)).toBeUndefined());
