import { expect, it } from "vitest";
import { emptyStore, simulate } from "./simulation/world.ts";

const only = process.env["SEED"];
/** Programs in one run, and in one test: a failure names its seed. */
const seeds = process.env["MORNING_SIZE"] === "soak" ? 100_000 : 10_000;
const chunk = 1_000;

async function runSeed(seed: number, content: Uint8Array): Promise<number> {
  try {
    return await simulate(seed, content);
  } catch (cause) {
    throw new Error(`SEED=${seed} npx vitest run src/messaging/event/simulation.test.ts`, {
      cause,
    });
  }
}

const starts =
  only === undefined
    ? Array.from({ length: seeds / chunk }, (_, index) => index * chunk)
    : [Number(only)];

it.each(starts)(
  "an event reaches all that want it or nobody, under crashes and failing commits, from seed %i",
  { timeout: 300_000 },
  async (first) => {
    const content = await emptyStore();
    const count = only === undefined ? chunk : 1;
    let delivered = 0;
    for (let seed = first; seed < first + count; seed++) delivered += await runSeed(seed, content);
    expect(delivered).toBeGreaterThan(0);
  },
);
