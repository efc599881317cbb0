import { describe, expect, it } from "vitest";
import { heldLines, makeLogFeed, stillLines } from "./feed.ts";
import { makeHeights } from "./heights.ts";
import { fieldsOf, levelOf, piecesOf, summaryOf, type LogLine } from "./line.ts";

const line = (at: number): LogLine => ({
  id: `${at}`,
  atMs: at,
  severity: 9,
  service: "orders",
  body: `line ${at}`,
  fields: {},
});
const lines = (from: number, to: number): LogLine[] =>
  Array.from({ length: to - from }, (_, at) => line(from + at));

describe("a feed of lines", () => {
  function feedOf(linesMax: number) {
    const frames: (() => void)[] = [];
    const feed = makeLogFeed(linesMax, (run) => frames.push(run));
    return { feed, frame: () => frames.splice(0).forEach((run) => run()) };
  }

  it("keeps the last of them by numbers that go on", () => {
    const { feed } = feedOf(10);
    feed.push(lines(0, 7));
    feed.push(lines(7, 15));
    expect([feed.first, feed.end]).toEqual([5, 15]);
    expect([feed.at(4), feed.at(5)?.body, feed.at(14)?.body]).toEqual([
      undefined,
      "line 5",
      "line 14",
    ]);
    feed.push(lines(15, 1015));
    expect([feed.first, feed.end, feed.at(1014)?.body]).toEqual([1005, 1015, "line 1014"]);
    feed.clear();
    expect([feed.first, feed.end, feed.at(1014)]).toEqual([1015, 1015, undefined]);
  });

  it("tells once a frame, and holds still what was held", () => {
    const { feed, frame } = feedOf(10);
    let told = 0;
    const end = feed.subscribe(() => told++);
    for (let at = 0; at < 8; at++) feed.push([line(at)]);
    frame();
    expect(told).toBe(1);
    const held = heldLines(feed);
    feed.push(lines(8, 40));
    frame();
    expect([told, held.first, held.end, held.at(0)?.body]).toEqual([2, 0, 8, "line 0"]);
    end();
    feed.push([line(0)]);
    frame();
    expect(told).toBe(2);
    expect(stillLines([line(1)], 5).at(5)?.id).toBe("1");
  });
});

describe("heights of rows", () => {
  it("are as if every row were summed up, whatever is set", () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    let state = seed;
    const random = (most: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * most);
    };
    const heights = makeHeights(20);
    const all = Array.from({ length: 200 }, () => 20);
    for (let round = 0; round < 500; round++) {
      const [number, height] = [random(200), 20 + random(5) * 10];
      const change = height - (all[number] ?? 0);
      expect({ seed, round, change: heights.set(number, height) }).toEqual({ seed, round, change });
      all[number] = height;
      const [first, to] = [random(100), 100 + random(100)];
      const sum = all.slice(first, to).reduce((total, one) => total + one, 0);
      expect({ seed, round, sum: heights.between(first, to) }).toEqual({ seed, round, sum });
      const inside = sum + random(all[to] ?? 0);
      expect({ seed, round, at: heights.at(first, 200, inside) }).toEqual({ seed, round, at: to });
    }
    heights.clear();
    expect(heights.isAlike()).toBe(true);
    expect(heights.between(0, 200)).toBe(4000);
    expect(heights.at(10, 20, 1e9)).toBe(19);
  });
});

describe("heights of a feed that goes on", () => {
  it("are remembered for rows that are there, and forgotten for those that are gone", () => {
    const heights = makeHeights(20);
    for (let number = 0; number < 6000; number++) heights.set(number, 30);
    heights.forget(100);
    expect(heights.of(50)).toBe(30);
    heights.forget(5000);
    expect([heights.of(4999), heights.of(5000)]).toEqual([20, 30]);
    expect(heights.between(5000, 6000)).toBe(30_000);
    expect(heights.at(5000, 6000, 45)).toBe(5001);
  });
});

describe("a log line", () => {
  it("has the level of its number", () => {
    expect([0, 1, 4, 5, 9, 13, 17, 21, 24, 25, Number.NaN].map(levelOf)).toEqual(
      "– TRACE TRACE DEBUG INFO WARN ERROR FATAL FATAL – –".split(" "),
    );
  });

  it("has its fields by paths, and says them where it has no body", () => {
    const fields = { http: { status: 500, path: "/orders" }, tags: ["a", "b"], none: null, e: {} };
    expect(fieldsOf(fields, 100)).toEqual([
      ["http.status", "500"],
      ["http.path", "/orders"],
      ["tags", '["a","b"]'],
      ["none", "null"],
      ["e", "{}"],
    ]);
    expect(fieldsOf(fields, 2).length).toBe(2);
    expect(summaryOf({ ...line(1), body: " ", fields })).toContain("http.status=500");
  });

  it("is taken apart at the words that were looked for", () => {
    const said = (text: string, ...words: string[]): string =>
      piecesOf(text, words)
        .map((piece) => (piece.isMatch ? `[${piece.text}]` : piece.text))
        .join("");
    expect(said("Card refused: card expired", "card", "")).toBe("[Card] refused: [card] expired");
    expect(said("timeouts", "timeout", "meouts")).toBe("[timeout][s]");
    expect(said("訂單失敗", "失敗")).toBe("訂單[失敗]");
    expect(said("İstanbul stan", "stan")).toBe("İstanbul stan");
    expect(piecesOf("whole", [])).toEqual([{ text: "whole", isMatch: false }]);
  });
});
