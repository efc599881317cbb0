import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { makeIds, seededRandom } from "../../../core/ids.ts";
import type { Store } from "../../../core/store.ts";
import { openInline } from "../../../engines/sqlite/inline.ts";
import { simulatedClock } from "../../../testing/clock.ts";
import { openDuck } from "./duck.ts";
import type { Duck } from "./duck.ts";
import { openEngine } from "./engine.ts";
import { batchOf, engineOptions, lineOf, memoryBlobs, numbersIn } from "./rig.contract.ts";

const root = mkdtempSync(join(tmpdir(), "morning-engine-"));
let folders = 0;
const freshFolder = (): string => join(root, String(folders++));
let duck: Duck;
beforeAll(async () => {
  duck = await openDuck({ temporary: join(root, "spill"), memoryMb: 512, threads: 1 });
});
afterAll(() => {
  duck.close();
  rmSync(root, { recursive: true, force: true });
});

const openStore = (): Store => openInline({ clock: systemClock });
const dayNs = 86_400_000_000_000n;
const startMs = Date.UTC(2026, 0, 1);
const startNs = BigInt(startMs) * 1_000_000n;
const lines = (from: number, to: number, service?: string): Uint8Array =>
  batchOf(
    Array.from({ length: to - from }, (_, i) =>
      lineOf(from + i, startNs + BigInt(from + i) * 1_000_000n, service),
    ),
  );
const upTo = (to: number, from = 0): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

describe("the embedded engine", () => {
  it("ends full generations while another is sealed, and loses none", async () => {
    const [folder, store, clock] = [freshFolder(), openStore(), simulatedClock(startMs)];
    const limits = { sealRows: 500 };
    const engine = await openEngine(engineOptions(folder, store, clock, { limits }));
    // Written faster than sealed: without an end of its own, one generation would take the rest.
    for (let at = 0; at < 60; at++) await engine.write(lines(at * 100, at * 100 + 100));
    await engine.seal();
    expect(await numbersIn(engine, duck)).toEqual(upTo(6000));
    const { segments, fresh } = engine.view();
    expect(fresh).toEqual([]);
    for (const { rows } of segments) expect(rows).toBeLessThanOrEqual(1500);
    await engine.close();
    await store.close();
  });

  it("shows what it acknowledged, fresh, sealed and after a restart", async () => {
    const [folder, store, clock] = [freshFolder(), openStore(), simulatedClock(startMs)];
    const engine = await openEngine(engineOptions(folder, store, clock));
    await engine.write(lines(0, 10));
    expect(await numbersIn(engine, duck)).toEqual(upTo(10));
    await Promise.all([engine.write(lines(10, 20)), engine.write(lines(20, 30))]);
    const before = engine.view();
    expect(before.fresh).toHaveLength(1);
    await engine.seal();
    expect(await numbersIn(engine, duck)).toEqual(upTo(30));
    expect(engine.view()).toMatchObject({ fresh: [], segments: [{ signal: "logs", rows: 30 }] });
    // A reader that began before the seal still has its files.
    expect(readdirSync(join(folder, "fresh"))).toHaveLength(1);
    before.release();
    await engine.write(lines(30, 40));
    await engine.close();
    const again = await openEngine(engineOptions(folder, store, clock));
    expect(await numbersIn(again, duck)).toEqual(upTo(40));
    expect(again.figures()).toMatchObject({
      records: { logs: 40 },
      segments: 1,
      unsealedSinceMs: startMs,
      oldestMs: { logs: startMs },
    });
    await again.close();
  });

  it("makes files by age and seals by age, without a call", async () => {
    const clock = simulatedClock(startMs);
    const engine = await openEngine(engineOptions(freshFolder(), openStore(), clock));
    await engine.write(lines(0, 5));
    expect(engine.view().fresh).toHaveLength(0);
    clock.advance(1000);
    await engine.flush();
    expect(engine.view().fresh).toHaveLength(1);
    expect(engine.figures().unsealedSinceMs).toBe(startMs);
    clock.advance(59_000);
    await engine.maintain();
    expect(engine.view()).toMatchObject({ fresh: [], segments: [{ rows: 5 }] });
    expect(engine.figures()).toMatchObject({ unsealedSinceMs: null });
    await engine.close();
  });

  it("knows of each segment what is surely not in it", async () => {
    const clock = simulatedClock(startMs);
    const engine = await openEngine(engineOptions(freshFolder(), openStore(), clock));
    await engine.write(lines(0, 50));
    await engine.seal();
    const [segment] = engine.view().segments;
    if (segment === undefined) throw new Error("nothing was sealed");
    const index = await engine.index(segment);
    expect(index.mayHaveTrace((7).toString(16).padStart(32, "0"))).toBe(true);
    expect(index.mayHaveTrace("f".repeat(32))).toBe(false);
    expect(index.mayHaveValue("order.id", "order-49")).toBe(true);
    expect(index.mayHaveValue("order.id", "order-51")).toBe(false);
    await engine.close();
  });

  it("refuses a batch that is not laid out as batches are", async () => {
    const clock = simulatedClock(startMs);
    const engine = await openEngine(engineOptions(freshFolder(), openStore(), clock));
    const wrong = { code: "MOR_TELEMETRY_BATCH" };
    await expect(engine.write(new Uint8Array([9, 9]))).rejects.toMatchObject(wrong);
    const whole = lines(0, 3);
    const text = Buffer.from(whole).indexOf("order-1");
    const broken = Uint8Array.from(whole);
    broken[text] = 0xff;
    await expect(engine.write(broken)).rejects.toMatchObject(wrong);
    const longer = Uint8Array.from(whole);
    longer[text - 4] = 200;
    await expect(engine.write(longer)).rejects.toMatchObject(wrong);
    await expect(engine.write(whole.subarray(0, 100))).rejects.toMatchObject(wrong);
    expect(await numbersIn(engine, duck)).toEqual([]);
    await engine.write(whole);
    expect(await numbersIn(engine, duck)).toEqual([0, 1, 2]);
    await engine.close();
  });
});

describe("blob storage", () => {
  it("brings back everything that was sealed when the disk is lost", async () => {
    const [folder, store, clock] = [freshFolder(), openStore(), simulatedClock(startMs)];
    const blobs = memoryBlobs();
    const engine = await openEngine(engineOptions(folder, store, clock, { blobs }));
    await engine.write(lines(0, 100));
    await engine.seal();
    await engine.write(lines(100, 200));
    await engine.close();
    rmSync(folder, { recursive: true });
    const elsewhere = await openEngine(engineOptions(freshFolder(), store, clock, { blobs }));
    expect(await numbersIn(elsewhere, duck)).toEqual(upTo(200));
    blobs.kept.clear();
    const third = freshFolder();
    await elsewhere.close();
    const empty = await openEngine(engineOptions(third, store, clock, { blobs }));
    await expect(numbersIn(empty, duck)).rejects.toMatchObject({
      code: "MOR_TELEMETRY_SEGMENT_MISSING",
    });
    await empty.close();
  });

  it("may be away: nothing is lost or seen twice, sealing goes on when it is back", async () => {
    const [folder, store, clock] = [freshFolder(), openStore(), simulatedClock(startMs)];
    const blobs = memoryBlobs();
    const engine = await openEngine(engineOptions(folder, store, clock, { blobs }));
    await engine.write(lines(0, 10));
    blobs.away = true;
    await expect(engine.seal()).rejects.toThrow("away");
    await engine.write(lines(10, 20));
    await expect(engine.seal()).rejects.toThrow("away");
    expect(await numbersIn(engine, duck)).toEqual(upTo(20));
    blobs.away = false;
    await engine.seal();
    expect(await numbersIn(engine, duck)).toEqual(upTo(20));
    expect(engine.view().fresh).toEqual([]);
    await engine.close();
  });

  it("is swept of what seals left that did not commit, once that is old", async () => {
    const [folder, store, clock] = [freshFolder(), openStore(), simulatedClock(startMs)];
    const blobs = memoryBlobs();
    const engine = await openEngine(engineOptions(folder, store, clock, { blobs }));
    await engine.write(lines(0, 10));
    await engine.seal();
    const listed = [...blobs.kept.keys()];
    const orphan = `logs/${makeIds(clock, seededRandom(1)).uuid()}/data.parquet`;
    await blobs.put(orphan, Uint8Array.of(1));
    await blobs.put("logs/readme/of-others.txt", Uint8Array.of(1));
    await engine.maintain();
    expect(blobs.kept.has(orphan)).toBe(true);
    clock.advance(8 * 86_400_000);
    await engine.maintain();
    expect([...blobs.kept.keys()]).toEqual([...listed, "logs/readme/of-others.txt"]);
    expect(await numbersIn(engine, duck)).toEqual(upTo(10));
    await engine.close();
  });

  it("holds what the cache lets go, and readers keep what they read", async () => {
    const clock = simulatedClock(startMs);
    const blobs = memoryBlobs();
    const folder = freshFolder();
    const limits = { cacheBytesMax: 1 };
    const engine = await openEngine(engineOptions(folder, openStore(), clock, { blobs, limits }));
    await engine.write(lines(0, 10));
    await engine.seal();
    const view = engine.view();
    await engine.maintain();
    expect(readdirSync(join(folder, "segments", "logs"))).toHaveLength(1);
    view.release();
    await engine.maintain();
    expect(await numbersIn(engine, duck)).toEqual(upTo(10));
    await engine.close();
  });
});

describe("one writer", () => {
  it("refuses a second one, and fences the first when its lease has run out", async () => {
    const [store, clock] = [openStore(), simulatedClock(startMs)];
    const blobs = memoryBlobs();
    let fenced = 0;
    const first = await openEngine(
      engineOptions(freshFolder(), store, clock, { blobs, onFenced: () => fenced++ }),
    );
    await first.write(lines(0, 10));
    await expect(
      openEngine(engineOptions(freshFolder(), store, clock, { blobs })),
    ).rejects.toMatchObject({ code: "MOR_TELEMETRY_OWNED", details: { retryAfterMs: 30_000 } });
    // The first stands still (a long pause) while the clock of the second goes on.
    const later = simulatedClock(startMs + 31_000);
    const second = await openEngine(engineOptions(freshFolder(), store, later, { blobs }));
    await second.write(lines(10, 20));
    await second.seal();
    await expect(first.seal()).rejects.toMatchObject({ code: "MOR_TELEMETRY_FENCED" });
    await expect(first.write(lines(20, 30))).rejects.toMatchObject({
      code: "MOR_TELEMETRY_FENCED",
    });
    expect(fenced).toBe(1);
    expect(await numbersIn(second, duck)).toEqual(upTo(20, 10));
    await first.close();
    await second.close();
  });
});

describe("maintenance", () => {
  it("merges small segments with the same records, and drops them by retention", async () => {
    const clock = simulatedClock(startMs);
    const folder = freshFolder();
    const limits = { merge: { rowsMax: 1000, fanIn: 4 } };
    let days = 14;
    const retention = () => ({
      days: { logs: days, spans: 7, points: 7, errors: 7 },
      services: { catalog: { logs: 2 } },
    });
    const engine = await openEngine(
      engineOptions(folder, openStore(), clock, { limits, retention }),
    );
    for (let part = 0; part < 9; part++) {
      const service = part % 2 === 0 ? "orders" : "catalog";
      await engine.write(lines(part * 10, part * 10 + 10, service));
      await engine.seal();
    }
    await engine.maintain();
    expect(await numbersIn(engine, duck)).toEqual(upTo(90));
    const view = engine.view();
    view.release();
    const merged = view.segments;
    expect(merged.map(({ rows, level }) => [rows, level])).toEqual([
      [10, 0],
      [40, 1],
      [40, 1],
    ]);
    await vi.waitFor(() => {
      expect(readdirSync(join(folder, "segments", "logs"))).toHaveLength(3);
    });
    const [, one] = merged;
    if (one === undefined) throw new Error("nothing was merged");
    const index = await engine.index(one);
    expect(index.mayHaveValue("order.id", "order-51")).toBe(true);
    expect(index.mayHaveValue("order.id", "order-3")).toBe(false);
    const counts = await duck.rows(
      `select service, sum(lines)::integer as n from '${one.files.counts}' group by all order by 1`,
    );
    expect(counts).toEqual([
      { service: "catalog", n: 20 },
      { service: "orders", n: 20 },
    ]);
    clock.advance(Number((3n * dayNs) / 1_000_000n));
    await engine.maintain();
    const left = upTo(90).filter((number) => Math.floor(number / 10) % 2 === 0);
    expect(await numbersIn(engine, duck)).toEqual(left);
    days = 2;
    await engine.maintain();
    expect(await numbersIn(engine, duck)).toEqual([]);
    await engine.close();
  });
});
