import { describe, expect, it } from "vitest";
import { marked, withSuggestion } from "./query.ts";

describe("the field of a query", () => {
  it("puts a suggestion in the place of what was typed of it", () => {
    const taken = withSuggestion("level:er AND x", { from: 6, to: 8 }, { label: "error" });
    expect(taken).toEqual({ text: "level:error AND x", cursor: 11 });
    const quoted = { label: "a b", insert: '"a b" ' };
    expect(withSuggestion("svc:", { from: 4, to: 4 }, quoted)).toEqual({
      text: 'svc:"a b" ',
      cursor: 10,
    });
    expect(withSuggestion("ab", { from: 90, to: 4 }, { label: "c" }).text).toBe("abc");
  });

  it("marks what is wrong, and what is missing at the end", () => {
    expect(marked("a AND OR b", { from: 6, to: 8 })).toEqual(["a AND ", "OR", " b "]);
    expect(marked("a AND", { from: 5, to: 5 })).toEqual(["a AND", " ", ""]);
    expect(marked("", { from: 9, to: 12 })).toEqual(["", " ", ""]);
  });
});
