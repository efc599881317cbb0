import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { seededRandom } from "../../core/ids.ts";

const folder = mkdtempSync(join(tmpdir(), "morning-machine-kill-"));
const kills = process.env["MORNING_SIZE"] === "soak" ? 100 : 6;
const seed = Number(process.env["MORNING_SEED"] ?? process.pid);
const runs = 8;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Witness {
  /** Ends by run: all that processes saw, each with its history. */
  readonly ends: Map<string, Set<string>>;
  readonly done: string[];
}

/** Runs a process until it printed so many lines, and kills it; whether it came to its end. */
async function live(lines: number, witness: Witness, life: number): Promise<boolean> {
  const script = fileURLToPath(new URL("kill.child.ts", import.meta.url));
  const path = join(folder, "state.db");
  const args = ["--conditions=morning-source", script, path, String(runs), String(seed + life)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let said = 0;
  let isDone = false;
  for await (const line of createInterface({ input: child.stdout })) {
    const [word = "", run = "", ...rest] = line.split(" ");
    if (word === "did") witness.done.push(`${run} ${rest.join(" ")}`);
    if (word === "end") {
      const seen = witness.ends.get(run) ?? new Set();
      witness.ends.set(run, seen.add(rest.join(" ")));
    }
    if (line === "all") isDone = true;
    if (++said === lines) child.kill("SIGKILL");
  }
  return isDone;
}

it(`state machines survive kill -9 (${kills} kills)`, { timeout: kills * 20_000 }, async () => {
  process.stdout.write(`kill -9 of state machines: ${kills} kills, seed ${seed}\n`);
  const random = seededRandom(seed);
  const witness: Witness = { ends: new Map(), done: [] };
  for (let round = 0; round < kills; round++) {
    await live(1 + Math.floor(random.next() * 20), witness, round);
  }
  expect(await live(Infinity, witness, kills)).toBe(true);
  expect(witness.ends.size).toBe(runs);
  for (const [run, seen] of witness.ends) {
    // Whoever asked, before or after a kill, was told the same result and the same history.
    expect([...seen]).toHaveLength(1);
    const [result = "", types = ""] = [...seen][0]?.split(" ") ?? [];
    expect([run, JSON.parse(result)]).toEqual([run, [42, 24]]);
    const events = types.split(",");
    expect(events.filter((type) => type === "MapIterationSucceeded")).toHaveLength(6);
    expect(events.filter((type) => type === "WaitStateExited")).toHaveLength(1);
    expect(events.filter((type) => type === "TaskSucceeded")).toHaveLength(7);
    expect(witness.done.filter((line) => line.startsWith(`${run} `)).length).toBeGreaterThan(6);
  }
  // Only what was under way when a process died is done again: three of a run at most.
  expect(witness.done.length - 7 * runs).toBeLessThanOrEqual(kills * runs * 3);
});
