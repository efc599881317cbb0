import { expect, test } from "vitest";
import { seededRandom } from "../../../core/ids.ts";
import { MorningError } from "../../../core/errors.ts";
import { explain } from "./explain.ts";
import { drawFrom, randomEvent, randomPattern } from "./generator.test-support.ts";
import { oracleMatches } from "./oracle.test-support.ts";
import { parsePattern } from "./parse.ts";
import type { Pattern } from "./pattern.ts";
import { compileRules } from "./pattern-index.ts";

const soak = process.env["MORNING_SIZE"] === "soak";
const pairsGoal = soak ? 200_000 : 20_000;
const seed = Number(process.env["SEED"] ?? 20261122);
/** Few rules are examined one by one, many divide the tree. */
const ruleCounts = [3, 20, 100];
const eventsPerIndex = 10;

const draw = drawFrom(seededRandom(seed));

function validPattern(): { raw: Record<string, unknown>; pattern: Pattern } {
  for (;;) {
    const raw = randomPattern(draw);
    try {
      return { raw, pattern: parsePattern(raw) };
    } catch (error) {
      if (!MorningError.is(error, "MOR_EVENT_PATTERN_INVALID")) throw error;
      // Any other reason would be a generator that tests less than it says.
      expect(error.details["reason"]).toMatch(/multiple times|longer than|combinations/);
    }
  }
}

test(
  `index, explanation and naive oracle agree on ${pairsGoal} random pairs (SEED=${seed})`,
  { timeout: 600_000 },
  () => {
    console.log(`event patterns: SEED=${seed} replays this run`);
    let pairs = 0;
    let matched = 0;
    while (pairs < pairsGoal) {
      const rules = Array.from({ length: draw.of(ruleCounts) }, validPattern);
      const index = compileRules();
      for (const [at, { pattern }] of rules.entries()) index.add(String(at), pattern);
      const gone = draw.below(rules.length);
      index.remove(String(gone));
      for (let count = 0; count < eventsPerIndex; count++) {
        const event = randomEvent(draw);
        const found = index.match(event);
        expect(new Set(found).size).toBe(found.length);
        for (const [at, { raw, pattern }] of rules.entries()) {
          const expected = oracleMatches(raw, event);
          const agreed = {
            index: at === gone ? expected : found.includes(String(at)),
            explained: explain(pattern, event).matched,
          };
          if (agreed.index !== expected || agreed.explained !== expected) {
            const shown = JSON.stringify({ raw, event, expected, agreed });
            throw new Error(`SEED=${seed}: they differ on ${shown}`);
          }
          pairs++;
          if (expected) matched++;
        }
      }
      expect(index.undecided).toBe(0);
    }
    // A generator whose pairs never (or always) meet would prove nothing.
    expect(matched / pairs).toBeGreaterThan(0.05);
    expect(matched / pairs).toBeLessThan(0.6);
  },
);
