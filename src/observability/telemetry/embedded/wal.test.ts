import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { seededRandom } from "../../../core/ids.ts";
import { openWal, recoverWal } from "./wal.ts";
import type { Wal } from "./wal.ts";

const root = mkdtempSync(join(tmpdir(), "morning-wal-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
const freshFolder = (): string => join(root, String(folders++));

const kills = process.env["MORNING_SIZE"] === "soak" ? 200 : 20;
const seed = Number(process.env["MORNING_SEED"] ?? process.pid);

const idOf = (batch: Uint8Array): number =>
  new DataView(batch.buffer, batch.byteOffset).getUint32(0, true);

function batchOf(id: number, size = 100): Uint8Array {
  const batch = new Uint8Array(size).fill(id % 256);
  new DataView(batch.buffer).setUint32(0, id, true);
  return batch;
}

async function recovered(folder: string, sealed = 0): Promise<number[]> {
  const ids: number[] = [];
  await recoverWal(folder, sealed, async (batch) => {
    const id = idOf(batch);
    ids.push(id);
    expect(batch.subarray(4).every((byte) => byte === id % 256)).toBe(true);
  });
  return ids;
}

async function opened(
  folder: string,
  more: { waitingBytesMax?: number; sealed?: number; seen?: number[] } = {},
): Promise<Wal> {
  return openWal({
    folder,
    clock: systemClock,
    sealed: more.sealed ?? 0,
    waitingBytesMax: more.waitingBytesMax ?? 2 ** 24,
    onCommit: (batches) => more.seen?.push(...batches.map(idOf)),
  });
}

describe("the write-ahead log", () => {
  it("gives back what it acknowledged, in order, over files and openings", async () => {
    const folder = freshFolder();
    const seen: number[] = [];
    const wal = await opened(folder, { seen });
    await Promise.all([1, 2, 3].map((id) => wal.append(batchOf(id))));
    expect(wal.figures().commits).toBe(1);
    const turns: string[] = [];
    const later = [
      wal.append(batchOf(4)).then(() => turns.push("4")),
      wal.rotate(() => turns.push(`rotated after ${seen.join()}`)),
      wal.append(batchOf(5)).then(() => turns.push("5")),
    ];
    expect((await Promise.all(later))[1]).toBe(1);
    expect(turns).toEqual(["4", "rotated after 1,2,3,4", "5"]);
    await wal.close();
    expect(await recovered(folder)).toEqual([1, 2, 3, 4, 5]);
    const again = await opened(folder);
    await again.append(batchOf(6));
    await again.close();
    expect(await recovered(folder, 1)).toEqual([5, 6]);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it("numbers new files beyond what is sealed, when all files are gone", async () => {
    const folder = freshFolder();
    const wal = await opened(folder, { sealed: 7 });
    await wal.append(batchOf(1));
    await wal.close();
    expect(await recovered(folder, 7)).toEqual([1]);
  });

  it("stops at a torn end, whatever it looks like, and goes on with the next file", async () => {
    const random = seededRandom(seed);
    for (const tear of ["cut", "zeros", "noise", "flip"] as const) {
      const folder = freshFolder();
      const wal = await opened(folder);
      for (let id = 1; id <= 4; id++) await wal.append(batchOf(id, 500));
      await wal.close();
      const path = join(folder, readdirSync(folder)[0] ?? "");
      if (tear === "cut")
        truncateSync(path, statSync(path).size - 1 - Math.floor(random.next() * 490));
      if (tear === "zeros") appendFileSync(path, new Uint8Array(5000));
      if (tear === "noise") appendFileSync(path, random.fill(new Uint8Array(5000)));
      if (tear === "flip") {
        const bytes = readFileSync(path);
        const at = bytes.length - 1 - Math.floor(random.next() * 480);
        bytes[at] = (bytes[at] ?? 0) ^ 16;
        writeFileSync(path, bytes);
      }
      const next = await opened(folder);
      await next.append(batchOf(9));
      await next.close();
      const lost = tear === "cut" || tear === "flip";
      expect(await recovered(folder), `${tear}, seed ${seed}`).toEqual(
        lost ? [1, 2, 3, 9] : [1, 2, 3, 4, 9],
      );
    }
  });

  it("bounds what waits, and says when to come again", async () => {
    const wal = await opened(freshFolder(), { waitingBytesMax: 1000 });
    const first = wal.append(batchOf(1, 900));
    await expect(wal.append(batchOf(2, 200))).rejects.toMatchObject({
      code: "MOR_TELEMETRY_BUSY",
      details: { retryAfterMs: expect.any(Number) },
    });
    await first;
    await wal.append(batchOf(3, 5000));
    await expect(wal.append(new Uint8Array())).rejects.toMatchObject({
      code: "MOR_TELEMETRY_BATCH",
    });
    await wal.close();
  });
});

/** Runs the child until it printed so many lines, and kills it. */
async function killAfter(folder: string, count: number): Promise<number[]> {
  const script = fileURLToPath(new URL("wal.child.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=morning-source", script, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const kept: number[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, id] = line.split(" ");
    if (word !== "kept") continue;
    kept.push(Number(id));
    if (kept.length === count) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  expect(child.signalCode).toBe("SIGKILL");
  return kept;
}

it(
  `no acknowledged batch is lost by kill -9 (${kills} kills)`,
  { timeout: kills * 5000 },
  async () => {
    process.stdout.write(`kill -9 of the log: ${kills} kills, seed ${seed}\n`);
    const random = seededRandom(seed);
    const folder = freshFolder();
    const ever: number[] = [];
    for (let round = 0; round < kills; round++) {
      ever.push(...(await killAfter(folder, 1 + Math.floor(random.next() ** 2 * 500))));
    }
    const present = new Set(await recovered(folder));
    expect(ever.length).toBeGreaterThan(kills - 1);
    expect(ever.filter((id) => !present.has(id))).toEqual([]);
  },
);

/** A file system of 4 MiB, where this process may mount one. */
function smallDisk(): string | undefined {
  const path = join(root, "small");
  mkdirSync(path);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", path], { stdio: "ignore" });
    return path;
  } catch {
    return undefined;
  }
}

/** The same where nothing may be mounted: a child whose files end at 4 MiB. */
async function limitedChild(folder: string): Promise<string[]> {
  const script = fileURLToPath(new URL("wal.child.ts", import.meta.url));
  const command = `ulimit -f 4096; trap '' XFSZ; exec "$0" --conditions=morning-source "$1" "$2" 1`;
  const child = spawn("bash", ["-c", command, process.execPath, script, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) lines.push(line);
  return lines;
}

describe("a full disk", () => {
  const disk = smallDisk();
  afterAll(() => {
    if (disk) execFileSync("umount", ["-l", disk]);
  });

  it("refuses by name, keeps what was acknowledged, and goes on when there is room", async () => {
    if (disk === undefined) {
      const folder = freshFolder();
      const lines = await limitedChild(folder);
      const kept = lines.filter((line) => line.startsWith("kept")).map((line) => +line.slice(5));
      expect(lines.at(-1)).toMatch(/lost \d+ MOR_TELEMETRY_FULL/);
      expect(await recovered(folder)).toEqual(kept);
      return;
    }
    const ballast = join(disk, "ballast");
    writeFileSync(ballast, new Uint8Array(2_000_000));
    const folder = join(disk, "wal");
    const wal = await opened(folder);
    const kept: number[] = [];
    const codes = new Set<string>();
    const append = async (id: number): Promise<unknown> =>
      wal.append(batchOf(id, 70_000)).then(
        () => kept.push(id),
        (error: unknown) => codes.add(String((error as { code?: unknown }).code)),
      );
    for (let id = 1; id <= 60; id++) await append(id);
    expect([...codes]).toEqual(["MOR_TELEMETRY_FULL"]);
    expect(kept.length).toBeGreaterThan(5);
    rmSync(ballast);
    for (let id = 61; id <= 70; id++) await append(id);
    expect(kept.at(-1)).toBe(70);
    await wal.close();
    expect(await recovered(folder)).toEqual(kept);
  });
});
