// Says at the end of a test run what did not run and why, and closes with one plain line. Under
// MORNING_CI=1 a skip that conformance/engine-gaps.json does not explain fails the run, and so does
// a gap that no test needs any more.
import { writeFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule, TestRunEndReason, TestSuite } from "vitest/node";
import { engineGaps, type EngineGap } from "../conformance/gaps.ts";

/** What the report is made of; the rest of it is plain counting. */
export interface Skipped {
  /** The suites around the test, outermost first. */
  readonly suites: readonly string[];
  readonly name: string;
  /** What the test itself said when it skipped. */
  readonly note?: string | undefined;
}

/** The outcome of one run. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly Skipped[];
  readonly noData: readonly string[];
}

/** The lines to print and whether they fail a run under MORNING_CI=1. */
export interface Report {
  readonly lines: readonly string[];
  readonly unexplained: number;
}

const needs = /^(.*) \[needs ([^\]]+)\]$/;

/** A gap belongs to a skipped test of its name in a suite that begins with `DRIVER on ENGINE`. */
function explains(gap: EngineGap, { suites, name }: Skipped): boolean {
  const suite = `${gap.driver} on ${gap.engine}`;
  const within = suites.some((title) => title === suite || title.startsWith(`${suite} `));
  return gap.case === name && within;
}

/** The suite or test whose name says what it needs, and that need. */
function reasonOf({ suites, name, note }: Skipped): { suite: string; reason: string } {
  const titles = [...suites, name];
  for (const title of titles) {
    const [, suite, need] = needs.exec(title) ?? [];
    if (suite !== undefined) return { suite, reason: `needs ${need}` };
  }
  return { suite: titles.join(" > "), reason: note ?? "no reason given" };
}

function skipLines(skipped: readonly Skipped[]): string[] {
  const counts = new Map<string, number>();
  for (const one of skipped) {
    const { suite, reason } = reasonOf(one);
    const line = `Skipped: ${suite}: ${reason}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(([line, count]) => (count === 1 ? line : `${line} (${count} tests)`));
}

/** What a run is held to. */
export interface Strictness {
  /** All engines run: every skip needs a gap to explain it, and every gap a skip. */
  readonly engines: boolean;
  /** The data sets are there: a test that found none looked in the wrong place. */
  readonly data: boolean;
}

/** The report of a run: what did not run and what of it is not explained. */
export function reportOf(tally: Tally, gaps: readonly EngineGap[], strict: Strictness): Report {
  const gapOf = (one: Skipped): EngineGap | undefined => gaps.find((gap) => explains(gap, one));
  const known = tally.skipped.flatMap((one) => gapOf(one) ?? []);
  const skipped = tally.skipped.filter((one) => gapOf(one) === undefined);
  const unneeded = strict.engines ? gaps.filter((gap) => !known.includes(gap)) : [];
  const noData = [...new Set(tally.noData)].sort();
  const unread = strict.data ? noData.length : 0;
  const unexplained = (strict.engines ? skipped.length + unneeded.length : 0) + unread;
  const lines = [
    ...skipLines(skipped),
    ...known.map((gap) => `Engine gap: ${gap.driver} on ${gap.engine}: ${gap.case}`),
    ...unneeded.map((gap) => `Gap not needed: ${gap.driver} on ${gap.engine}: ${gap.case}`),
    ...noData.map((what) => `No data: ${what}`),
  ];
  if (noData.length > 0) lines.push(`No data: ${noData.length} (set MORNING_DATA)`);
  if (known.length > 0) lines.push(`Engine gaps: ${known.length}`);
  if (unexplained > 0) lines.push(`Failed: ${unexplained} unexplained under MORNING_CI=1`);
  const failed = tally.failed + unexplained;
  const counted = strict.engines ? 0 : skipped.length;
  lines.push(`${tally.passed} passed, ${failed} failed, ${counted} skipped`);
  return { lines, unexplained };
}

function suitesOf(test: TestCase): string[] {
  const titles: string[] = [];
  let parent: TestSuite | TestModule = test.parent;
  while (parent.type === "suite") {
    titles.unshift(parent.name);
    parent = parent.parent;
  }
  return titles;
}

function tallyOf(modules: readonly TestModule[], noData: readonly string[], errors: number): Tally {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const inState = (state: string): TestCase[] =>
    tests.filter((test) => test.result().state === state);
  const skipped = inState("skipped").map((test) => {
    const result = test.result();
    const note = result.state === "skipped" ? result.note : undefined;
    return { suites: suitesOf(test), name: test.name, note };
  });
  // A file that does not load or a hook that fails has errors and no failed test.
  const broken = modules.filter((module) => module.state() === "failed").length;
  const failed = inState("failed").length;
  const passed = inState("passed").length;
  return { passed, failed: Math.max(failed, broken) + errors, skipped, noData };
}

/** The reporter that vitest.config.ts adds to the default one. */
export function skipReporter(): Reporter {
  const noData: string[] = [];
  let filtered = false;
  return {
    onInit(vitest) {
      filtered = vitest.config.testNamePattern !== undefined;
    },
    onUserConsoleLog(log) {
      for (const [, what] of log.content.matchAll(/^no data: (.+)$/gm)) noData.push(what ?? "");
    },
    onTestRunEnd(modules, errors, reason: TestRunEndReason) {
      if (filtered || reason === "interrupted") return;
      const engines = process.env["MORNING_CI"] === "1";
      const strict = { engines, data: engines && process.env["MORNING_DATA"] !== undefined };
      const tally = tallyOf(modules, noData, errors.length);
      const report = reportOf(tally, engineGaps(), strict);
      if (report.unexplained > 0) process.exitCode = 1;
      const summary = process.env["MORNING_TEST_SUMMARY"];
      if (summary !== undefined) writeFileSync(summary, `${report.lines.at(-1)}\n`);
      // After the default reporter's own closing lines.
      process.once("exit", () => process.stdout.write(`\n${report.lines.join("\n")}\n`));
    },
  };
}
