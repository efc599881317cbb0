import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canColour, depthOf, jsonText, layOut } from "./json.ts";

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

describe("JSON as it is shown", () => {
  it("is indented as JSON.stringify does", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const expected = JSON.stringify(value, null, 2);
        expect(layOut(JSON.stringify(value))).toEqual({ text: expected });
        expect(layOut(expected)).toEqual({ text: expected });
      }),
    );
  });

  it("keeps digits, order and names that come twice", () => {
    const text = '{"b":12345678901234567890,"a":1.0,"b":-0,"e":[ ],"o":{\n}}';
    expect(layOut(text).text).toBe(
      '{\n  "b": 12345678901234567890,\n  "a": 1.0,\n  "b": -0,\n  "e": [],\n  "o": {}\n}',
    );
  });

  it("is left as it came when it is no JSON, too deep or too large", () => {
    expect(layOut("{oops")).toEqual({ text: "{oops", asItCame: "invalid" });
    expect(layOut(nested(101))).toEqual({ text: nested(101), asItCame: "deep" });
    expect(layOut(nested(100)).asItCame).toBe(undefined);
    const wide = `[${"1,".repeat(2_000_000)}1]`;
    expect(layOut(wide)).toEqual({ text: wide, asItCame: "large" });
  });

  it("stands a nesting of 100,000 in text and value", () => {
    const text = nested(100_000);
    expect(depthOf(text)).toBe(100_000);
    expect(canColour(text)).toBe(false);
    let value: unknown[] = [];
    for (let level = 1; level < 100_000; level++) value = [value];
    expect(jsonText(value)).toBe(text);
  });

  it("does not count brackets in strings", () => {
    expect(depthOf(String.raw`{"[[[\"[[\\":[1]}`)).toBe(2);
  });

  it("ends for a value that holds itself", () => {
    const value: Record<string, unknown> = { id: 1n };
    value["self"] = value;
    expect(jsonText(value).startsWith('{"id":1,"self":{"id":1,')).toBe(true);
  });

  it("writes an unset value as nothing, and text as it is", () => {
    expect(jsonText(undefined)).toBe("");
    expect(jsonText('{"a":1}')).toBe('{"a":1}');
  });
});
