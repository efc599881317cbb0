import { expect, it } from "vitest";
import { emptyJournal, simulate } from "./simulation.contract.ts";

const soak = process.env["MORNING_SIZE"] === "soak";
const only = process.env["SEED"];
const seeds = soak ? 1000 : 40;
/** Lives in one test: a failure names its seed, and a timeout says where it was. */
const chunk = 20;

async function life(seed: number, content: Uint8Array): ReturnType<typeof simulate> {
  try {
    return await simulate(seed, content);
  } catch (error) {
    throw new Error(`SEED=${seed} npx vitest run src/workflow/engine/simulation.test.ts`, {
      cause: error,
    });
  }
}

const starts =
  only === undefined
    ? Array.from({ length: seeds / chunk }, (_, index) => index * chunk)
    : [Number(only)];

it.each(starts)(
  "loses and changes nothing that was recorded, and ends every run, from seed %i",
  { timeout: 300_000 },
  async (first) => {
    const content = await emptyJournal();
    const sums = { runs: 0, deaths: 0, freezes: 0, seen: 0 };
    for (let seed = first; seed < first + (only === undefined ? chunk : 1); seed++) {
      const lived = await life(seed, content);
      for (const key of ["runs", "deaths", "freezes", "seen"] as const) sums[key] += lived[key];
    }
    process.stdout.write(`from seed ${first}: ${JSON.stringify(sums)}\n`);
    expect(sums.seen).toBeGreaterThan(0);
  },
);
