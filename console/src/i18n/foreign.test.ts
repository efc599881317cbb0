import { describe, expect, it } from "vitest";
import { isolated, shown, typable } from "./foreign.ts";

describe("foreign text", () => {
  it("keeps letters of every script, emoji and markup as they are", () => {
    const text = "訂單 <b>קוד</b> طلب 👩‍👩‍👧 naïve";
    expect(shown(text)).toBe(text);
  });

  it("writes out what turns the direction", () => {
    expect(shown("invoice\u202Efdp.exe")).toBe("invoice‹U+202E›fdp.exe");
  });

  it("writes out control characters and lays lines end to end", () => {
    expect(shown("a\u0000b\nc\u001b[31m")).toBe("a‹U+0000›b c‹U+001B›[31m");
  });

  it("cannot break out of its isolation in a sentence", () => {
    const text = isolated("x\u2069\u202Ey");
    expect(text.split("\u2069")).toHaveLength(2);
    expect(text.startsWith("\u2068")).toBe(true);
  });

  it("is cut, and never through a character", () => {
    expect(shown("a".repeat(10_000))).toHaveLength(401);
    expect(shown(`a${"😀".repeat(10)}`, 4)).toBe("a😀…");
  });

  it("mends half pairs of surrogates", () => {
    expect(shown("\uD83D!")).toBe("\uFFFD!");
  });

  it("is typed to confirm only where people can type it", () => {
    expect(typable("a/b c.txt")).toBe("a/b c.txt");
    expect(typable("發票.pdf")).toBeUndefined();
    expect(typable("x\u202Ey")).toBeUndefined();
    expect(typable(" x")).toBeUndefined();
    expect(typable("a".repeat(61))).toBeUndefined();
  });
});
