import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { simulateExecution } from "../../src/workflow/asl/index.ts";
import type { Json } from "../../src/core/json.ts";
import { dataFile } from "../data.ts";
import { isWhole, judge, type Recorded, type Verdict } from "./recorded.ts";

/** Shares that must stand; both stand at 1 when this is written. */
const endsMin = 0.95;
const typesMin = 0.8;

function told(what: string, verdicts: readonly Verdict[], passed: readonly Verdict[]): number {
  const share = passed.length / verdicts.length;
  console.log(`${what}: ${passed.length} of ${verdicts.length} (${(share * 100).toFixed(1)} %)`);
  return share;
}

it("ends recorded executions as AWS ended them, through the same events", async () => {
  const path = dataFile("step-functions/executions.json");
  if (path === undefined) return;
  const all = JSON.parse(readFileSync(path, "utf8")) as readonly Recorded[];
  const whole = all.filter(isWhole);
  const verdicts: Verdict[] = [];
  for (const recorded of whole) verdicts.push(await judge(recorded));
  const withEvents = verdicts.filter(({ types }) => types !== undefined);
  const ends = told(
    "ends",
    verdicts,
    verdicts.filter(({ end }) => end),
  );
  const types = told(
    "types of events",
    withEvents,
    withEvents.filter((one) => one.types),
  );
  console.log(`read before their end, and left out: ${all.length - whole.length}`);
  for (const { name, why } of verdicts.filter((one) => !one.end || one.types === false)) {
    console.log(`  ${name}: ${why.slice(0, 500)}`);
  }
  expect(ends).toBeGreaterThanOrEqual(endsMin);
  expect(types).toBeGreaterThanOrEqual(typesMin);
});

interface RecordedChoice {
  readonly id: string;
  readonly definition: Record<string, Json>;
  readonly input: { readonly Variable?: Json; readonly Value?: Json };
  readonly output: Json;
}

/** A time stamp that was masked and is compared as one cannot be replayed. */
function isMasked({ definition, input }: RecordedChoice): boolean {
  return input.Variable === "date" && JSON.stringify(definition).includes('"Timestamp');
}

it("takes the recorded way at every choice whose input survived the masking", async () => {
  const path = dataFile("step-functions/choice.json");
  if (path === undefined) return;
  const all = JSON.parse(readFileSync(path, "utf8")) as readonly RecordedChoice[];
  const comparable = all.filter((one) => !isMasked(one));
  const failing: string[] = [];
  for (const { id, definition, input, output } of comparable) {
    const result = await simulateExecution({ definition, input: JSON.stringify(input) });
    if (result.output !== JSON.stringify(output)) failing.push(`${id}: ${result.output}`);
  }
  console.log(`choices: ${comparable.length - failing.length} of ${comparable.length}`);
  console.log(`masked, and left out: ${all.length - comparable.length}`);
  expect(comparable.length).toBeGreaterThan(200);
  expect(failing).toEqual([]);
});
