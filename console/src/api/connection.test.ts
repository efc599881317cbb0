import { describe, expect, it } from "vitest";
import type { PageClock } from "../clock.ts";
import { backoffMs, watch, type Connection, type LineEvents, type Watch } from "./connection.ts";

interface Timer {
  atMs: number;
  readonly periodMs?: number;
  readonly run: () => void;
}

interface HandClock extends PageClock {
  advance(byMs: number): void;
}

function handClock(): HandClock {
  let nowMs = 1000;
  const timers = new Set<Timer>();
  const add = (timer: Timer): (() => void) => {
    timers.add(timer);
    return () => timers.delete(timer);
  };
  return {
    nowMs: () => nowMs,
    after: (delayMs, run) => add({ atMs: nowMs + delayMs, run }),
    every: (periodMs, run) => add({ atMs: nowMs + periodMs, periodMs, run }),
    advance(byMs) {
      const endMs = nowMs + byMs;
      for (;;) {
        const next = [...timers].sort((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined || next.atMs > endMs) break;
        nowMs = next.atMs;
        if (next.periodMs === undefined) timers.delete(next);
        else next.atMs += next.periodMs;
        next.run();
      }
      nowMs = endMs;
    },
  };
}

interface Bench {
  readonly clock: HandClock;
  readonly lines: { readonly events: LineEvents; closed: boolean }[];
  readonly said: Connection[];
  readonly got: string[];
  readonly line: Watch;
}

function bench(): Bench {
  const clock = handClock();
  const lines: Bench["lines"] = [];
  const said: Connection[] = [];
  const got: string[] = [];
  const line = watch({
    clock,
    random: () => 0,
    open(events) {
      const opened = { events, closed: false };
      lines.push(opened);
      return () => {
        opened.closed = true;
      };
    },
    onData: (text) => got.push(text),
    onConnection: (connection) => said.push(connection),
  });
  return { clock, lines, said, got, line };
}

describe("the line to the server", () => {
  it("is live from the first data on", () => {
    const { lines, said, got } = bench();
    expect(said.at(-1)?.phase).toBe("connecting");
    lines[0]!.events.data("one", "tick");
    expect(said.at(-1)).toEqual({ phase: "live", failures: 0, heardAtMs: 1000 });
    expect(got).toEqual(["one"]);
  });

  it("is lost within 3 s of silence, closes the dead line, keeps the time of the last word", () => {
    const { clock, lines, said } = bench();
    lines[0]!.events.data("one", "tick");
    clock.advance(3000);
    expect(said.find(({ phase }) => phase === "lost")?.heardAtMs).toBe(1000);
    expect(lines[0]!.closed).toBe(true);
  });

  it("is lost within 3 s when the server never answers at all", () => {
    const { clock, said } = bench();
    clock.advance(3000);
    expect(said.some(({ phase }) => phase === "lost")).toBe(true);
  });

  it("stays live while data comes each second", () => {
    const { clock, lines, said } = bench();
    for (let second = 0; second < 60; second++) {
      lines[0]!.events.data("again", "tick");
      clock.advance(1000);
    }
    expect(lines).toHaveLength(1);
    expect(said.every(({ phase }) => phase !== "lost")).toBe(true);
  });

  it("tries again after 0.5, 1, 2, 4, 8 and then every 15 s", () => {
    const { clock, lines } = bench();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      lines.at(-1)!.events.failed();
      const before = clock.nowMs();
      const count = lines.length;
      while (lines.length === count) clock.advance(100);
      waits.push(clock.nowMs() - before);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
  });

  it("starts the back-off anew once data has come", () => {
    const { clock, lines, said } = bench();
    lines[0]!.events.failed();
    clock.advance(500);
    lines[1]!.events.failed();
    clock.advance(1000);
    lines[2]!.events.data("back", "tick");
    lines[2]!.events.failed();
    expect(said.at(-1)).toMatchObject({ phase: "lost", failures: 1, retryAtMs: 3000 });
  });

  it("says lost until data comes, not when a socket opens", () => {
    const { clock, lines, said } = bench();
    lines[0]!.events.failed();
    clock.advance(600);
    expect(lines).toHaveLength(2);
    expect(said.at(-1)?.phase).toBe("lost");
  });

  it("tries at once when asked to, and only while lost", () => {
    const { lines, line } = bench();
    line.retry();
    expect(lines).toHaveLength(1);
    lines[0]!.events.failed();
    line.retry();
    expect(lines).toHaveLength(2);
  });

  it("hears nothing more from a line that it has closed", () => {
    const { clock, lines, got } = bench();
    lines[0]!.events.failed();
    lines[0]!.events.data("late", "tick");
    lines[0]!.events.failed();
    clock.advance(500);
    expect(got).toEqual([]);
    expect(lines).toHaveLength(2);
  });

  it("does nothing more once stopped", () => {
    const { clock, lines, line } = bench();
    lines[0]!.events.failed();
    line.stop();
    clock.advance(60_000);
    expect(lines).toHaveLength(1);
  });

  it("takes at most a quarter off a wait", () => {
    expect(backoffMs(1, 0.999)).toBeGreaterThanOrEqual(375);
    expect(backoffMs(40, 0.999)).toBeGreaterThanOrEqual(11_250);
    expect(backoffMs(40, 0)).toBe(15_000);
  });
});
