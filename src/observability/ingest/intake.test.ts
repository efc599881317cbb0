import { describe, expect, it } from "vitest";
import { MorningError } from "../../core/errors.ts";
import { seededRandom } from "../../core/ids.ts";
import { simulatedClock } from "../../testing/clock.ts";
import type { SimulatedClock } from "../../testing/clock.ts";
import { decodeBatch } from "../signals/batch.ts";
import { dropCounter } from "./dropped.ts";
import { intake } from "./intake.ts";
import type { Intake, IntakeOptions, Submission } from "./intake.ts";
import type { Sheet } from "./sheet.ts";

const origin = { resource: {}, scopeName: "", scopeVersion: "", scopeAttributes: {} };

/** A submission of one log record with a body of so many bytes. */
function submission(bytes: number): Submission {
  return {
    source: "test",
    signal: "logs",
    decode(sheet: Sheet, nowNs: bigint) {
      sheet.records().log({
        origin,
        timeNs: nowNs,
        observedNs: nowNs,
        severity: 0,
        severityText: "",
        body: "x".repeat(bytes),
        eventName: "",
        traceId: "",
        spanId: "",
        attributes: {},
      });
      return { signal: "logs", accepted: 1, rejected: 0, problems: [] };
    },
  };
}

function open(
  clock: SimulatedClock,
  options: Pick<IntakeOptions, "writer"> & Partial<IntakeOptions>,
) {
  const dropped = dropCounter({ clock, redact: (text) => text });
  return { made: intake({ clock, dropped, ...options }), dropped };
}

/** Sends as a client does; resolves with how it ended and when. */
async function send(made: Intake, clock: SimulatedClock, client: string, bytes: number) {
  try {
    const grant = made.admit(client, bytes);
    grant.grow(bytes);
    await made.take(grant, submission(bytes));
    return { ended: "stored", atMs: clock.monotonic() };
  } catch (error) {
    return { ended: MorningError.is(error) ? error.code : "broken", atMs: clock.monotonic() };
  }
}

const settled = async (): Promise<void> => {
  for (let index = 0; index < 10; index++) await Promise.resolve();
};

/** A store that takes so many bytes in a second, one batch after the other. */
function slowStore(clock: SimulatedClock, bytesPerSecond: number) {
  let freeAtMs = 0;
  return {
    write(batch: Uint8Array): Promise<void> {
      freeAtMs = Math.max(freeAtMs, clock.monotonic()) + (batch.length / bytesPerSecond) * 1_000;
      return new Promise((resolve) => void clock.after(freeAtMs - clock.monotonic(), resolve));
    },
  };
}

describe("the intake", () => {
  it("makes one write of what comes while the store works", async () => {
    const clock = simulatedClock();
    const rows: number[] = [];
    const writer = {
      write(batch: Uint8Array) {
        rows.push(decodeBatch(batch).logs?.rows ?? 0);
        return new Promise<void>((resolve) => void clock.after(10, resolve));
      },
    };
    const { made } = open(clock, { writer });
    const sent = Array.from({ length: 100 }, () => send(made, clock, "a", 100));
    clock.advance(10);
    await settled();
    clock.advance(10);
    const ends = await Promise.all(sent);
    expect(ends.every(({ ended }) => ended === "stored")).toBe(true);
    expect(rows).toEqual([1, 99]);
    expect(made.figures()).toMatchObject({ heldBytes: 0, waitingRequests: 0 });
  });

  it("slows a client that sends ten times the capacity, and not the other", async () => {
    const clock = simulatedClock();
    const capacity = 1_000_000;
    const { made, dropped } = open(clock, {
      writer: slowStore(clock, capacity),
      limits: { budgetBytes: 4_000_000, batchBytes: 64_000 },
    });
    const random = seededRandom(7);
    const light: Promise<{ startMs: number; ended: string; atMs: number }>[] = [];
    const hog: Promise<{ ended: string }>[] = [];
    let heldMax = 0;
    for (let ms = 0; ms < 20_000; ms += 10) {
      // Ten times the capacity in requests of 20 kB; a tenth of it in requests of 2 kB.
      for (let index = 0; index < 5; index++) hog.push(send(made, clock, "hog", 20_000));
      if (random.next() < 0.5) {
        const startMs = clock.monotonic();
        light.push(send(made, clock, "light", 2_000).then((end) => ({ ...end, startMs })));
      }
      heldMax = Math.max(heldMax, made.figures().heldBytes);
      clock.advance(10);
      await settled();
    }
    for (let ms = 0; ms < 10_000; ms += 10) {
      clock.advance(10);
      await settled();
    }
    const lights = await Promise.all(light);
    const hogs = await Promise.all(hog);
    const waits = lights.map(({ startMs, atMs }) => atMs - startMs).sort((a, b) => a - b);
    const p99 = waits[Math.floor(waits.length * 0.99)] ?? 0;
    const refused = hogs.filter(({ ended }) => ended === "MOR_INGEST_BUSY").length;
    console.log(`light: p99 ${p99.toFixed(0)} ms of ${waits.length}; hog refused ${refused}`);
    expect(lights.every(({ ended }) => ended === "stored")).toBe(true);
    // Batches of 64 kB, four at once: a quarter of a second of work lies before everybody.
    expect(p99).toBeLessThan(600);
    expect(refused / hogs.length).toBeGreaterThan(0.8);
    expect(hogs.length - refused).toBeGreaterThan((0.7 * 20 * capacity) / 20_000);
    expect(heldMax).toBeLessThanOrEqual(4_000_000);
    expect(made.figures().heldBytes).toBe(0);
    expect(dropped.list()).toEqual([]);
  });

  it("says when to come again", async () => {
    const clock = simulatedClock();
    const { made } = open(clock, {
      writer: slowStore(clock, 100_000),
      limits: { budgetBytes: 1_000_000, batchBytes: 10_000, waitMsMax: 60_000 },
    });
    const sent = Array.from({ length: 24 }, () => send(made, clock, "a", 15_000));
    for (let ms = 0; ms < 2_000; ms += 10) {
      clock.advance(10);
      await settled();
    }
    const busy = ((): unknown => {
      try {
        return made.admit("a", 700_000);
      } catch (error) {
        return error;
      }
    })();
    const { retryAfterMs } = (busy as MorningError).details as { retryAfterMs: number };
    // Two seconds of four are done: what is left takes about two more.
    expect(retryAfterMs).toBeGreaterThan(1_000);
    expect(retryAfterMs).toBeLessThan(4_000);
    clock.advance(5_000);
    await settled();
    clock.advance(5_000);
    await settled();
    clock.advance(5_000);
    await Promise.all(sent);
  });

  it("refuses what waits too long, and counts nothing as lost that is told", async () => {
    const clock = simulatedClock();
    const writer = {
      write: () => new Promise<void>((resolve) => void clock.after(60_000, resolve)),
    };
    const { made } = open(clock, { writer, limits: { batchBytes: 100 } });
    const sent = Array.from({ length: 10 }, () => send(made, clock, "a", 1_000));
    clock.advance(6_000);
    await settled();
    clock.advance(60_000);
    const ends = (await Promise.all(sent)).map(({ ended }) => ended);
    expect(ends.filter((ended) => ended === "stored")).toHaveLength(4);
    expect(ends.filter((ended) => ended === "MOR_INGEST_BUSY")).toHaveLength(6);
  });

  it("offers a batch again while the store's buffer is full, then gives it back", async () => {
    const clock = simulatedClock();
    let full = true;
    let offers = 0;
    const spec = { status: 429, title: "", fix: "" };
    const writer = {
      async write() {
        offers++;
        const details = { retryAfterMs: 500 };
        if (full) throw new MorningError("MOR_TELEMETRY_BUSY", spec, "full", { details });
      },
    };
    const { made, dropped } = open(clock, { writer });
    const first = send(made, clock, "a", 10);
    for (let index = 0; index < 3; index++) {
      await settled();
      clock.advance(500);
    }
    full = false;
    await settled();
    clock.advance(500);
    expect(await first).toMatchObject({ ended: "stored" });
    expect(offers).toBe(4);
    full = true;
    const second = send(made, clock, "a", 10);
    for (let index = 0; index < 12; index++) {
      await settled();
      clock.advance(500);
    }
    expect(await second).toMatchObject({ ended: "MOR_INGEST_UNAVAILABLE" });
    expect(dropped.list()).toMatchObject([{ reason: "unavailable", count: 1 }]);
  });

  it("takes a request back as a whole when it cannot be read", async () => {
    const clock = simulatedClock();
    const batches: Uint8Array[] = [];
    const writer = { write: async (batch: Uint8Array) => void batches.push(batch) };
    const { made } = open(clock, { writer });
    const grant = made.admit("a", 10);
    const broken = made.take(grant, {
      ...submission(10),
      decode(sheet, nowNs) {
        submission(10).decode(sheet, nowNs);
        throw new RangeError("broken");
      },
    });
    await expect(broken).rejects.toThrow("broken");
    expect(await send(made, clock, "a", 10)).toMatchObject({ ended: "stored" });
    expect(batches.map((batch) => decodeBatch(batch).logs?.rows)).toEqual([1]);
    expect(decodeBatch(batches[0] ?? new Uint8Array()).origins?.rows).toBe(1);
  });

  it("does not fail who sent when somebody who listens fails", async () => {
    const clock = simulatedClock();
    const stored = (): never => {
      throw new RangeError("the tail broke");
    };
    const { made, dropped } = open(clock, { writer: { write: async () => undefined }, stored });
    expect(await send(made, clock, "a", 10)).toMatchObject({ ended: "stored" });
    expect(await send(made, clock, "a", 10)).toMatchObject({ ended: "stored" });
    expect(dropped.list()).toMatchObject([{ reason: "listener", count: 2 }]);
  });

  it("closes after what it has taken is written, and takes nothing more", async () => {
    const clock = simulatedClock();
    const writer = { write: () => new Promise<void>((resolve) => void clock.after(100, resolve)) };
    const { made } = open(clock, { writer });
    const sent = [send(made, clock, "a", 10), send(made, clock, "b", 10)];
    const closed = made.close();
    expect(await send(made, clock, "a", 10)).toMatchObject({ ended: "MOR_INGEST_UNAVAILABLE" });
    clock.advance(100);
    await settled();
    clock.advance(100);
    await closed;
    expect((await Promise.all(sent)).map(({ ended }) => ended)).toEqual(["stored", "stored"]);
  });
});
