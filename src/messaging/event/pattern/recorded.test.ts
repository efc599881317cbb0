import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { MorningError } from "../../../core/errors.ts";
import { explain } from "./explain.ts";
import { oracleMatches } from "./oracle.test-support.ts";
import { parsePattern } from "./parse.ts";
import { matches } from "./pattern-index.ts";

interface RecordedCase {
  readonly id: string;
  readonly expected: "match" | "nomatch" | "exception";
  readonly event: unknown;
  readonly pattern: Record<string, unknown>;
  readonly error?: { readonly code: string; readonly message: string };
}

const repository = fileURLToPath(new URL("../../../../", import.meta.url));
const folder = process.env["MORNING_DATA"] ?? join(repository, "../shared/data");
const file = join(folder, "event-patterns/cases.json");

/** Recorded from real EventBridge; see the README beside the data. */
const cases: readonly RecordedCase[] = existsSync(file)
  ? (JSON.parse(readFileSync(file, "utf8")) as RecordedCase[])
  : [];

function refusal(pattern: unknown): MorningError {
  try {
    parsePattern(pattern);
  } catch (error) {
    if (MorningError.is(error)) return error;
    throw error;
  }
  throw new Error("the pattern was accepted");
}

function answers({ pattern, event, expected, error }: RecordedCase): void {
  if (expected === "exception") {
    for (const form of [pattern, JSON.stringify(pattern)]) {
      const refused = refusal(form);
      expect(refused.code).toBe("MOR_EVENT_PATTERN_INVALID");
      expect(refused.status).toBe(400);
      expect(refused.details["awsCode"]).toBe(error?.code);
      expect(refused.details["awsMessage"]).toBe(error?.message);
    }
    return;
  }
  const wanted = expected === "match";
  expect(matches(parsePattern(pattern), event)).toBe(wanted);
  expect(matches(parsePattern(JSON.stringify(pattern)), event)).toBe(wanted);
  expect(explain(parsePattern(pattern), event).matched).toBe(wanted);
  expect(oracleMatches(pattern, event)).toBe(wanted);
}

test("the recorded cases hold all three kinds of answers, where the data is at hand", () => {
  if (cases.length === 0) {
    console.log(`event patterns: no data at ${file}`);
    return;
  }
  expect(cases.length).toBeGreaterThanOrEqual(83);
  const kinds = new Set(cases.map(({ expected }) => expected));
  expect([...kinds].toSorted()).toEqual(["exception", "match", "nomatch"]);
});

test.each(cases)("EventBridge's recorded answer to $id is ours: $expected", answers);
