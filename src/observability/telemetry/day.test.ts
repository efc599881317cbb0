import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const isSoak = process.env["MORNING_SIZE"] === "soak";
const minutes = isSoak ? 24 * 60 : 24;
const every = isSoak ? 30 : 3;
const seed = Number(process.env["MORNING_SEED"] ?? process.pid);

/** From the second quarter of a run to its second half, MiB: the first quarter warms up. */
const grownMax = isSoak ? { heapMib: 8, rssMib: 64 } : { heapMib: 16, rssMib: 128 };

/** What the process said of itself. */
interface Figures {
  readonly minute: number;
  readonly rssMib: number;
  readonly heapMib: number;
  readonly logs: number;
  readonly spans: number;
  readonly segments: number;
}

async function live(folder: string): Promise<Figures[]> {
  const script = fileURLToPath(new URL("day.child.ts", import.meta.url));
  const args = ["--expose-gc", "--conditions=morning-source", script, folder];
  const times = [String(minutes), String(every), String(seed)];
  const child = spawn(process.execPath, [...args, ...times], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const found: Figures[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (isSoak) process.stdout.write(`${line}\n`);
    found.push(JSON.parse(line) as Figures);
  }
  return found;
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

it(
  `${minutes} minutes of telemetry on a simulated clock leave the memory flat`,
  { timeout: minutes * 5000 },
  async () => {
    process.stdout.write(`telemetry by a simulated clock: ${minutes} minutes, seed ${seed}\n`);
    const folder = mkdtempSync(join(tmpdir(), "morning-day-"));
    try {
      const figures = await live(folder);
      expect(figures).toHaveLength(minutes / every);
      const half = figures.length / 2;
      const [early, late] = [figures.slice(half / 2, half), figures.slice(half)];
      for (const kind of ["heapMib", "rssMib"] as const) {
        const grown = median(late.map((one) => one[kind])) - median(early.map((one) => one[kind]));
        expect(grown, `${kind} ${figures.map((one) => one[kind]).join(" ")}`).toBeLessThan(
          grownMax[kind],
        );
      }
      // All that came in and, in a day, retention: an hour and what is not yet merged away.
      const { logs, segments } = figures.at(-1) as Figures;
      if (!isSoak) expect(logs).toBe(minutes * 450);
      else expect(logs).toBeLessThan(3 * 60 * 450);
      expect(segments).toBeLessThan(300);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
