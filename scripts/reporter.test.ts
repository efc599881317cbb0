import { describe, expect, it } from "vitest";
import { reportOf, type Skipped, type Tally } from "./reporter.ts";

const run: Tally = { passed: 7, failed: 0, skipped: [], noData: [] };
const absent = (name: string): Skipped => ({
  suites: ["queue", "sqs on moto [needs MORNING_TEST_AWS_URL]"],
  name,
});
const lenient = { engines: false, data: false };
const strict = { engines: true, data: true };
const gap = { engine: "moto", driver: "sqs", case: "redrives", evidence: "answers with a page" };

describe("the test report", () => {
  it("closes with one plain line", () => {
    expect(reportOf(run, [], lenient).lines).toEqual(["7 passed, 0 failed, 0 skipped"]);
  });

  it("names a suite that was skipped and what it needs, once", () => {
    const { lines } = reportOf(
      { ...run, skipped: [absent("sends"), absent("waits")] },
      [],
      lenient,
    );
    expect(lines).toEqual([
      "Skipped: sqs on moto: needs MORNING_TEST_AWS_URL (2 tests)",
      "7 passed, 0 failed, 2 skipped",
    ]);
  });

  it("counts a gap of an emulator apart from skips", () => {
    const { lines, unexplained } = reportOf(
      { ...run, skipped: [absent("redrives")] },
      [gap],
      strict,
    );
    expect(lines.slice(1)).toEqual(["Engine gaps: 1", "7 passed, 0 failed, 0 skipped"]);
    expect(unexplained).toBe(0);
  });

  it("fails under CI on a skip that no gap explains", () => {
    const skipped = [absent("redrives"), absent("sends")];
    const { lines, unexplained } = reportOf({ ...run, skipped }, [gap], strict);
    expect(unexplained).toBe(1);
    expect(lines.at(-1)).toBe("7 passed, 1 failed, 0 skipped");
  });

  it("fails under CI on a gap of another driver or engine, and on one that nothing needs", () => {
    const others = [
      { ...gap, engine: "ministack" },
      { ...gap, driver: "sns" },
    ];
    const { unexplained } = reportOf({ ...run, skipped: [absent("redrives")] }, others, strict);
    expect(unexplained).toBe(3);
  });

  it("reports data that is not there once, which counts only where data was promised", () => {
    const noData = ["orders.csv", "orders.csv"];
    expect(reportOf({ ...run, noData }, [], lenient)).toMatchObject({
      lines: [
        "No data: orders.csv",
        "No data: 1 (set MORNING_DATA)",
        "7 passed, 0 failed, 0 skipped",
      ],
      unexplained: 0,
    });
    expect(reportOf({ ...run, noData }, [], strict).unexplained).toBe(1);
    expect(reportOf({ ...run, noData }, [], { ...strict, data: false }).unexplained).toBe(0);
  });
});
