import { expect, it } from "vitest";
import { emptyStore, simulate } from "./simulation/world.ts";

const soak = process.env["MORNING_SIZE"] === "soak";
const only = process.env["SEED"];
/** Programs in one run. */
const seeds = soak ? 100_000 : 10_000;
/** Programs in one test: a failure names its seed, and a timeout says where it was. */
const chunk = 1000;

async function runSeed(seed: number, content: Uint8Array): Promise<number> {
  try {
    return (await simulate(seed, content)).received;
  } catch (error) {
    throw new Error(`SEED=${seed} npx vitest run src/messaging/queue/simulation.test.ts`, {
      cause: error,
    });
  }
}

const starts =
  only === undefined
    ? Array.from({ length: seeds / chunk }, (_, index) => index * chunk)
    : [Number(only)];

it.each(starts)(
  "keeps every guarantee under crashes, failing and late commits, from seed %i",
  { timeout: 300_000 },
  async (first) => {
    const content = await emptyStore();
    const count = only === undefined ? chunk : 1;
    let received = 0;
    for (let seed = first; seed < first + count; seed++) received += await runSeed(seed, content);
    expect(received).toBeGreaterThan(0);
  },
);
