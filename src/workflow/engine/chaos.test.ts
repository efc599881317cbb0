import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Client } from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../core/ids.ts";
import { birth, check, Witness } from "./chaos.contract.ts";

const folder = mkdtempSync(join(tmpdir(), "morning-workflow-chaos-"));
const url = process.env["MORNING_TEST_POSTGRES_URL"];
const schema = `workflow-chaos-${process.pid}`;
const kills = process.env["MORNING_SIZE"] === "soak" ? 200 : 10;
const seed = Number(process.env["MORNING_SEED"] ?? process.pid);
const runs = 12 + kills * 2;

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  if (url === undefined) return;
  const client = new Client(url);
  await client.connect();
  await client.query(`drop schema if exists "${schema}" cascade`);
  await client.end();
});

/** Runs a process until it printed so many lines, and kills it; whether it came to its end. */
async function live(
  place: string,
  lines: number,
  witness: Witness,
  life: number,
): Promise<boolean> {
  const child = birth({ place, schema, runs, seed: life });
  let said = 0;
  let isDone = false;
  for await (const line of createInterface({ input: child.stdout })) {
    witness.hear(line);
    if (line === "all") isDone = true;
    if (++said === lines) child.kill("SIGKILL");
  }
  return isDone;
}

async function suffer(place: string, side: number): Promise<void> {
  process.stdout.write(`kill -9 of workflows: ${kills} kills, seed ${seed}\n`);
  const random = seededRandom(seed);
  const witness = new Witness();
  for (let round = 0; round < kills; round++) {
    const lines = 1 + Math.floor(random.next() * 60);
    // Two at once on one journal, where there may be two: one dies, the other takes over.
    const others = side === 2 ? [live(place, lines * 2, witness, round + 1000)] : [];
    await Promise.all([live(place, lines, witness, round), ...others]);
  }
  expect(await live(place, Infinity, witness, kills)).toBe(true);
  check(witness, runs);
}

describe("workflows survive kill -9", () => {
  const limit = { timeout: kills * 20_000 };
  it(`on sqlite (${kills} kills)`, limit, () => suffer(join(folder, "state.db"), 1));
  it.skipIf(url === undefined)(
    `on postgres, two processes at once (${kills} kills) [needs MORNING_TEST_POSTGRES_URL]`,
    limit,
    () => suffer(url ?? "", 2),
  );
});
