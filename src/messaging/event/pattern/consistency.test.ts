import { expect, test } from "vitest";
import { seededRandom } from "../../../core/ids.ts";
import { sameElements } from "./consistency.ts";
import { internPath, noFields, noPaths, readFields } from "./fields.ts";
import { drawFrom, randomEvent } from "./generator.test-support.ts";

const seed = Number(process.env["SEED"] ?? 42);
const draw = drawFrom(seededRandom(seed));
const paths = ["a", "a.a", "a.b", "a.b.c", "a.c", "b", "b.a", "b.b", "b.c", "c", "c.a", "c.b"];

test(`the quick and the thorough way decide alike (SEED=${seed})`, () => {
  const answers = new Map<string, number>();
  for (let count = 0; count < 20_000; count++) {
    const known = noPaths();
    const tests = paths
      .filter(() => draw.chance(0.25))
      .map((path) => ({
        pathId: internPath(known, path),
        test: (value: unknown) => value !== null,
        absent: draw.chance(0.15),
      }));
    const fields = noFields();
    readFields(fields, known, randomEvent(draw));
    const quick = sameElements(fields, tests, 1_000_000);
    expect(sameElements(fields, tests, 0)).toBe(quick);
    answers.set(quick, (answers.get(quick) ?? 0) + 1);
  }
  // Both answers must have come up often for the comparison to mean anything.
  expect(answers.get("consistent")).toBeGreaterThan(500);
  expect(answers.get("inconsistent")).toBeGreaterThan(500);
  expect(answers.get("undecided")).toBeUndefined();
});
