import { describe, expect, it } from "vitest";
import { coreErrors } from "../../core/errors.ts";
import { seededRandom } from "../../core/ids.ts";
import { simulatedClock } from "../../testing/clock.ts";
import type { StatementCount } from "./apm-postgres.ts";
import { readSlowlog } from "./apm-valkey.ts";
import { keepCommands, keepStatements } from "./slow-kept.ts";
import { startPolling } from "./slow-polling.ts";

const minute = 60_000;
const startMs = Date.UTC(2026, 0, 1);

function count(key: string, calls: number, totalMs: number): StatementCount {
  return {
    key,
    database: "shop",
    statement: key,
    calls,
    totalMs,
    maxMs: 9,
    rows: 2 * calls,
    blocksHit: 0,
    blocksRead: calls,
    blocksTemporary: 0,
  };
}

describe("statements from look to look", () => {
  it("are told of a while, with their share of all that was done in it", () => {
    const kept = keepStatements();
    kept.take(startMs, [count("a", 100, 1000)]);
    expect(kept.read(0, startMs + 1)).toMatchObject({ fromMs: null, statements: [] });
    expect(kept.readAll()).toMatchObject({
      statements: [{ statement: "a", calls: 100, share: 1 }],
    });
    kept.take(startMs + minute, [count("a", 110, 1100), count("b", 5, 300)]);
    kept.take(startMs + 2 * minute, [count("a", 111, 1200), count("b", 5, 300)]);
    expect(kept.read(startMs, startMs + 2 * minute)).toEqual({
      fromMs: startMs,
      toMs: startMs + 2 * minute,
      totalMs: 500,
      statements: [
        expect.objectContaining({ statement: "b", calls: 5, totalMs: 300, share: 0.6 }),
        expect.objectContaining({ statement: "a", calls: 11, rows: 22, averageMs: 200 / 11 }),
      ],
    });
    const last = kept.read(startMs + minute, startMs + 2 * minute);
    expect(last.statements).toMatchObject([{ statement: "a", calls: 1, totalMs: 100, share: 1 }]);
  });

  it("lose nothing as minutes become ten of them, and are bounded", () => {
    const kept = keepStatements();
    const minutes = 3 * 24 * 60;
    for (let at = 0; at <= minutes; at++) {
      // 300 statements a look: more than a window has room for.
      const many = Array.from({ length: at < 5 ? 300 : 1 }, (_, key) =>
        count(`s${key}`, at + 1, (at + 1) * (300 - key)),
      );
      kept.take(startMs + at * minute, many);
    }
    const endMs = startMs + minutes * minute;
    const hour = kept.read(endMs - 60 * minute, endMs);
    expect(hour.statements).toMatchObject([{ statement: "s0", calls: 60, totalMs: 18_000 }]);
    const all = kept.read(0, endMs);
    expect(endMs - (all.fromMs ?? 0)).toBeGreaterThanOrEqual(24 * 60 * minute);
    expect(endMs - (all.fromMs ?? 0)).toBeLessThan(26 * 60 * minute);
    expect(all.statements[0]?.calls).toBe((endMs - (all.fromMs ?? 0)) / minute);
    expect(all.statements.length).toBeLessThanOrEqual(200);
  });
});

describe("slow commands", () => {
  const command = (id: number, durationMs: number, name = "GET a:?") => ({
    id,
    atMs: startMs + id * 1000,
    durationMs,
    command: name,
    client: "",
  });

  it("are told by what they are, with a p95 out of single calls", () => {
    const kept = keepCommands();
    kept.take(Array.from({ length: 100 }, (_, id) => command(id, id + 1)));
    kept.take([command(100, 5000, "KEYS ?")]);
    const { statements, totalMs } = kept.read(0, startMs + 1e9);
    expect(totalMs).toBe(10_050);
    expect(statements).toMatchObject([
      { statement: "GET a:?", calls: 100, p95Ms: 95, maxMs: 100, lastAtMs: startMs + 99_000 },
      { statement: "KEYS ?", calls: 1, share: 5000 / 10_050 },
    ]);
    expect(kept.read(startMs + 100_000, startMs + 1e9).statements).toHaveLength(1);
    kept.take(Array.from({ length: 6000 }, (_, id) => command(1000 + id, 1)));
    expect(kept.readAll().statements).toMatchObject([{ calls: 5000 }]);
  });

  it("that may not be read say what mends it", async () => {
    const saying = (message: string) => () => Promise.reject(new Error(message));
    await expect(readSlowlog(saying("NOPERM no permissions"))).rejects.toMatchObject({
      code: "MOR_UNSUPPORTED",
      fix: expect.stringContaining("slowlog") as unknown,
    });
    await expect(readSlowlog(saying("Connection is closed."))).rejects.toThrow(/closed/);
  });
});

describe("looking over and over", () => {
  it("backs off while it fails, never below its interval, and tells a problem once", async () => {
    const clock = simulatedClock(startMs);
    const told: string[] = [];
    const looks: number[] = [];
    let broken = true;
    const polling = startPolling({
      clock,
      random: seededRandom(7),
      everyMs: 1000,
      async work() {
        looks.push(clock.now());
        await Promise.resolve();
        if (broken) throw coreErrors.MOR_UNSUPPORTED("no extension", { fix: "Create it." });
      },
      failed: ({ message }) => told.push(message),
    });
    const settle = () => new Promise<void>((resolve) => void setImmediate(resolve));
    await settle();
    expect(polling.state()).toMatchObject({ failures: 1, readAtMs: null });
    for (let at = 0; at < 3600; at++) {
      clock.advance(1000);
      await settle();
    }
    const waits = looks.slice(1).map((ms, at) => ms - (looks[at] ?? 0));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(1000);
    expect(looks.length).toBeLessThan(60);
    expect(Math.max(...waits)).toBeLessThanOrEqual(901_000 + 1000);
    expect(told).toEqual(["no extension"]);
    expect(polling.state().problem).toEqual({
      code: "MOR_UNSUPPORTED",
      message: "no extension",
      fix: "Create it.",
      sinceMs: startMs,
    });
    broken = false;
    clock.advance(902_000);
    await settle();
    expect(polling.state()).toMatchObject({ failures: 0, problem: null });
    await polling.stop();
    expect(polling.state().nextAtMs).toBeNull();
    expect(clock.nextInMs()).toBeUndefined();
  });
});
