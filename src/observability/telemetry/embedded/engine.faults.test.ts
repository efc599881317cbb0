import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { seededRandom } from "../../../core/ids.ts";
import { openSqlite } from "../../../engines/sqlite/store.ts";
import { openDuck } from "./duck.ts";
import { openEngine } from "./engine.ts";
import { engineOptions, numbersIn } from "./rig.contract.ts";

const folder = mkdtempSync(join(tmpdir(), "morning-engine-kill-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const kills = process.env["MORNING_SIZE"] === "soak" ? 200 : 12;
const seed = Number(process.env["MORNING_SEED"] ?? process.pid);

/** Runs the child until it printed so many lines, kills it, and gives what it kept. */
async function killAfter(first: number, count: number): Promise<[from: number, size: number][]> {
  const script = fileURLToPath(new URL("engine.child.ts", import.meta.url));
  const args = ["--conditions=morning-source", script, folder, String(first)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const kept: [number, number][] = [];
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, from, size] = line.split(" ");
    if (word === "kept") kept.push([Number(from), Number(size)]);
    if (++lines === count) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  expect(child.signalCode).toBe("SIGKILL");
  return kept;
}

it(
  `kill -9 at any point loses nothing acknowledged and doubles nothing (${kills} kills)`,
  { timeout: kills * 10_000 },
  async () => {
    process.stdout.write(`kill -9 of the engine: ${kills} kills, seed ${seed}\n`);
    const random = seededRandom(seed);
    mkdirSync(folder, { recursive: true });
    const kept: [number, number][] = [];
    for (let round = 0; round < kills; round++) {
      kept.push(...(await killAfter(round * 1_000_000, 1 + Math.floor(random.next() * 400))));
    }
    const store = await openSqlite({ path: join(folder, "state.db"), clock: systemClock });
    const options = engineOptions(join(folder, "telemetry"), store, systemClock);
    const engine = await openEngine(options);
    const duck = await openDuck({
      temporary: join(folder, "spill"),
      memoryMb: 512,
      threads: 1,
    });
    const check = async (): Promise<void> => {
      const found = await numbersIn(engine, duck);
      const present = new Set(found);
      expect(found.length, "a record is there twice").toBe(present.size);
      const wanted = kept.flatMap(([from, size]) =>
        Array.from({ length: size }, (_, i) => from + i),
      );
      expect(wanted.filter((number) => !present.has(number))).toEqual([]);
    };
    await check();
    const sealed = engine.figures().segments;
    await engine.seal();
    await engine.maintain();
    await check();
    expect(kept.length).toBeGreaterThan(kills);
    expect(sealed).toBeGreaterThan(0);
    duck.close();
    await engine.close();
    await store.close();
  },
);
