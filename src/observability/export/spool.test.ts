import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { simulatedClock } from "../../testing/clock.ts";
import { settle } from "../../testing/settle.ts";
import { readBatch } from "./read.ts";
import { batchOf, samples } from "./records.contract.ts";
import { openSpool, spoolLimits } from "./spool.ts";
import type { Spool, SpoolLimits, SpoolLoss, SpoolReader } from "./spool.ts";
import type { Counts } from "./spool-layout.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "morning-spool-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const made = samples(1);
const batch = (body: string): Uint8Array => batchOf({ logs: [made.log({ body })] });
const clock = simulatedClock();

const open = (limits: Partial<SpoolLimits> = {}): Promise<Spool> =>
  openSpool(folder, clock, { ...spoolLimits, ...limits });

const losses: { why: SpoolLoss; counts: Counts }[] = [];
const lost = (why: SpoolLoss, counts: Counts): void => void losses.push({ why, counts });
beforeEach(() => void losses.splice(0));

/** The bodies from a reader's place to the end; it goes on to the last if `advance`. */
async function bodies(reader: SpoolReader, advance = true): Promise<string[]> {
  const found: string[] = [];
  let at = reader.position();
  for (let entry = await reader.read(at); entry !== undefined; entry = await reader.read(at)) {
    found.push(...readBatch(entry.batch).logs.map(({ body }) => body));
    at = entry.next;
  }
  if (advance) reader.advance(at);
  return found;
}

const files = (suffix: string): string[] =>
  readdirSync(folder).filter((name) => name.endsWith(suffix));

describe("the disk buffer", () => {
  it("gives every reader everything, each at its own pace", async () => {
    const spool = await open();
    const [fast, slow] = [await spool.reader("fast", lost), await spool.reader("slow", lost)];
    await Promise.all([spool.append(batch("a")), spool.append(batch("b"))]);
    expect(await bodies(fast)).toEqual(["a", "b"]);
    await spool.append(batch("c"));
    expect(await bodies(fast)).toEqual(["c"]);
    expect(await bodies(slow)).toEqual(["a", "b", "c"]);
    expect(slow.waitingBytes()).toBe(0);
    await spool.close();
  });

  it("keeps places over a restart, and begins at the end for a new reader", async () => {
    const first = await open();
    const reader = await first.reader("old", lost);
    await first.append(batch("a"));
    await bodies(reader);
    await first.append(batch("b"));
    await first.close();
    const second = await open();
    const old = await second.reader("old", lost);
    const late = await second.reader("late", lost);
    await second.append(batch("c"));
    expect(await bodies(old)).toEqual(["b", "c"]);
    expect(await bodies(late)).toEqual(["c"]);
    await second.close();
  });

  it("cuts off an entry that was not written whole, and goes on behind it", async () => {
    const first = await open();
    const reader = await first.reader("r", lost);
    await first.append(batch("a"));
    await first.close();
    const [name = ""] = files(".spool");
    const whole = readFileSync(join(folder, name));
    for (const size of [1, 31, 33, 200]) {
      writeFileSync(join(folder, name), whole);
      appendFileSync(join(folder, name), Buffer.concat([whole.subarray(8)]).subarray(0, size));
      // From the file, not from memory: that is where the next start reads it.
      const spool = await open({ cacheBytesMax: 0 });
      const again = await spool.reader("r", lost);
      await spool.append(batch(`after ${size}`));
      expect(await bodies(again, false)).toEqual(["a", `after ${size}`]);
      await spool.close();
    }
    expect(reader.position()).toEqual({ segment: 1, offset: 8 });
  });

  it("goes on behind a damaged part, and says so", async () => {
    const first = await open({ segmentBytesMax: 1 });
    await first.reader("r", lost);
    for (const body of ["a", "b", "c"]) await first.append(batch(body));
    await first.close();
    const [, name = ""] = files(".spool");
    const bytes = readFileSync(join(folder, name));
    bytes[60] = (bytes[60] ?? 0) ^ 1;
    writeFileSync(join(folder, name), bytes);
    const spool = await open();
    expect(await bodies(await spool.reader("r", lost))).toEqual(["a", "c"]);
    expect(losses.map(({ why }) => why)).toEqual(["corrupt"]);
    await spool.close();
  });

  it("removes what all have read", async () => {
    const spool = await open({ segmentBytesMax: 1 });
    const reader = await spool.reader("r", lost);
    for (let index = 0; index < 10; index++) await spool.append(batch(`${index}`));
    expect(files(".spool")).toHaveLength(10);
    await bodies(reader);
    await spool.append(batch("last"));
    expect(files(".spool").length).toBeLessThanOrEqual(2);
    expect(await bodies(reader)).toEqual(["last"]);
    expect(losses).toEqual([]);
    await spool.close();
  });

  it("holds no more than its bound, and counts what a slow reader lost by that", async () => {
    const spool = await open({ segmentBytesMax: 2000, bytesMax: 6000, cacheBytesMax: 0 });
    const [slow, quick] = [await spool.reader("slow", lost), await spool.reader("quick", lost)];
    for (let index = 0; index < 40; index++) {
      await spool.append(batch(`${index}`));
      expect(spool.bytes()).toBeLessThan(6000 + 2000);
      await bodies(quick);
    }
    const kept = await bodies(slow);
    const lostLogs = losses.reduce((sum, { counts }) => sum + counts.logs, 0);
    expect(kept.length).toBeGreaterThan(0);
    expect(lostLogs + kept.length).toBe(40);
    expect(kept.at(-1)).toBe("39");
    expect(losses.every(({ why }) => why === "buffer-full")).toBe(true);
    await spool.close();
  });

  it("refuses what it cannot write fast enough, and takes more later", async () => {
    const one = batch("x");
    const spool = await open({ pendingBytesMax: one.length + 200 });
    const first = spool.append(one);
    expect(await spool.append(one)).toBe(false);
    expect(await first).toBe(true);
    expect(await spool.append(one)).toBe(true);
    await spool.close();
  });

  it("wakes who waits for more, and lets who gives up go", async () => {
    const spool = await open();
    const reader = await spool.reader("r", lost);
    const abort = new AbortController();
    let woken = 0;
    void reader.appended(new AbortController().signal).then(() => woken++);
    const given = reader.appended(abort.signal);
    await settle();
    expect(woken).toBe(0);
    abort.abort();
    await given;
    await spool.append(batch("a"));
    await settle();
    expect(woken).toBe(1);
    await spool.close();
  });

  it("forgets the places of readers that are gone", async () => {
    const first = await open();
    await first.reader("gone", lost);
    await first.close();
    const second = await open();
    await second.reader("here", lost);
    await second.forgetOthers();
    expect(files(".cursor")).toEqual(["here.cursor"]);
    await second.close();
  });

  it("names a folder that it cannot use", async () => {
    writeFileSync(join(folder, "file"), "");
    const opening = openSpool(join(folder, "file", "x"), clock);
    await expect(opening).rejects.toMatchObject({ code: "MOR_EXPORT_BUFFER" });
  });
});
