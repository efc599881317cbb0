import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  fold,
  foldedCharsMax,
  foldedChunks,
  isCut,
  keyOfPair,
  numberOf,
  numberTerm,
  pairPrefix,
  valueTerm,
} from "./terms.ts";

const seed = Math.floor(performance.now() * 1000) % 1_000_000_007;

describe(`terms (seed ${seed})`, () => {
  it("sorts numbers as numbers are", () => {
    const number = fc.double({ noNaN: true });
    fc.assert(
      fc.property(number, number, (a, b) => {
        const [left, right] = [numberTerm(a), numberTerm(b)];
        expect(Math.sign(left < right ? -1 : left > right ? 1 : 0)).toBe(
          a < b ? -1 : a > b ? 1 : 0,
        );
      }),
      { seed },
    );
    expect(numberTerm(-0)).toBe(numberTerm(0));
  });

  it("takes no key for another, nor a value for a part of one", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "=", ":", "1", "2", "\u0000", "鍵") });
    fc.assert(
      fc.property(text, text, text, (one, other, value) => {
        const pair = pairPrefix("a", one) + valueTerm(value);
        expect(keyOfPair(pair)).toEqual({ place: "a", key: one });
        expect(pair.startsWith(pairPrefix("a", other))).toBe(one === other);
      }),
      { seed },
    );
  });

  it("keeps long texts apart by their hash", () => {
    const long = "x".repeat(5000);
    expect(valueTerm(`${long}1`)).not.toBe(valueTerm(`${long}2`));
    expect(isCut(valueTerm(long))).toBe(true);
    expect(isCut(valueTerm("short"))).toBe(false);
    expect(Buffer.byteLength(pairPrefix("a", long) + valueTerm("長".repeat(9000)))).toBeLessThan(
      32_766,
    );
  });

  it("has every short run of a long text in one of its chunks", () => {
    const length = fc.integer({ min: 1, max: 40_000 });
    const part = fc.tuple(fc.nat(), fc.integer({ min: 1, max: foldedCharsMax }));
    fc.assert(
      fc.property(length, part, (chars, [at, size]) => {
        const text = Array.from({ length: chars }, (_, index) => (index % 997).toString(36)).join(
          "",
        );
        const start = at % text.length;
        const run = fold(text.slice(start, start + size));
        expect(foldedChunks(text).some((chunk) => chunk.includes(run))).toBe(true);
      }),
      { seed, numRuns: 40 },
    );
    expect(foldedChunks("")).toEqual([]);
  });

  it("reads numbers as filters do", () => {
    const texts = ["12", " 12 ", "1e3", "", " ", "x", "0x10", "NaN", "12a"];
    expect(texts.map(numberOf)).toEqual([
      12,
      12,
      1000,
      undefined,
      undefined,
      undefined,
      16,
      undefined,
      undefined,
    ]);
  });
});
