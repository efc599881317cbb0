import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../../core/json.ts";
import { evaluateQuery, queries } from "./template.ts";

const chance = { random: () => 0.5, uuid: () => "an-id" };

function call(text: string, input: Json = {}): Json {
  const roots = { input, context: () => ({}), variable: () => undefined };
  return evaluateQuery(text, { roots, chance, queries: queries() });
}

const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
const list = fc.array(json, { maxLength: 12 });

describe("intrinsic functions hold for any value", () => {
  it("partitions lists into what makes them up again", () => {
    fc.assert(
      fc.property(list, fc.integer({ min: 1, max: 5 }), (items, size) => {
        const parts = call("States.ArrayPartition($.a, $.n)", { a: items, n: size }) as Json[][];
        expect(parts.flat(1)).toEqual(items);
        expect(parts.slice(0, -1).every((part) => part.length === size)).toBe(true);
      }),
    );
  });

  it("finds in a list what is in it, and keeps each value once", () => {
    fc.assert(
      fc.property(list, json, (items, value) => {
        const has = (a: readonly Json[], v: Json): Json =>
          call("States.ArrayContains($.a, $.v)", { a, v });
        expect(has([...items, value], value)).toBe(true);
        const once = call("States.ArrayUnique($.a)", { a: [...items, ...items] }) as Json[];
        expect(once).toEqual(call("States.ArrayUnique($.a)", { a: once }));
        expect(items.every((item) => has(once, item))).toBe(true);
        expect(once.length).toBeLessThanOrEqual(items.length);
      }),
    );
  });

  it("reads back the JSON that it writes, and decodes what it encodes", () => {
    fc.assert(
      fc.property(json, fc.string({ unit: "binary", maxLength: 200 }), (value, text) => {
        const again = call("States.StringToJson(States.JsonToString($))", value);
        expect(again).toEqual(JSON.parse(JSON.stringify(value)));
        const clean = new TextDecoder().decode(new TextEncoder().encode(text));
        expect(call("States.Base64Decode(States.Base64Encode($))", clean)).toBe(clean);
      }),
    );
  });

  it("splits at any of the characters and leaves no empty part", () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ maxLength: 3 }), (text, separators) => {
        const parts = call("States.StringSplit($.t, $.s)", { t: text, s: separators }) as string[];
        const kept = Array.from(text).filter((char) => !Array.from(separators).includes(char));
        expect(parts.join("")).toBe(kept.join(""));
        expect(parts).not.toContain("");
      }),
    );
  });

  it("adds numbers as Java rounds them, each by itself", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.integer(), (a, b) => {
        const bounded = b % 1_000_000;
        expect(call("States.MathAdd($.a, $.b)", { a, b: bounded })).toBe(
          Math.floor(a + 0.5) + bounded,
        );
      }),
    );
  });

  it("ranges from the first to the last step", () => {
    const range = (from: number, to: number, step: number): Json =>
      call(`States.ArrayRange(${from}, ${to}, ${step})`);
    expect(range(1, 9, 2)).toEqual([1, 3, 5, 7, 9]);
    expect(range(5, 1, -2)).toEqual([5, 3, 1]);
    expect(range(1, 0, 1)).toEqual([]);
    expect(() => range(1, 2000, 1)).toThrow("at most 1000");
    expect(() => range(1, 2, 0)).toThrow("must not be 0");
  });
});

describe("texts and templates of intrinsic functions", () => {
  it("prints values as AWS does", () => {
    const printed = (value: Json): Json => call("States.Format('<{}>', $)", value);
    expect(printed("a")).toBe("<a>");
    expect(printed(null)).toBe("<null>");
    expect(printed([1, "a", true])).toBe("<[1, a, true]>");
    expect(printed({ a: 1, b: [] })).toBe("<{a=1, b=[]}>");
  });

  it("takes escaped quotes, braces and backslashes for themselves", () => {
    expect(call("States.Format('it\\'s \\{\\} {}', 1)")).toBe("it's {} 1");
    expect(call("States.Array('\\{', '\\\\', 'a\\b')")).toEqual(["{", "\\", "a\\b"]);
    expect(call(`States.StringToJson('{"a":"say \\"x\\""}')`)).toEqual({ a: 'say "x"' });
    expect(call(`States.StringToJson('{\\"a\\":1}')`)).toEqual({ a: 1 });
  });

  it("says which function failed, and why", () => {
    expect(() => call("States.Format('{}', 1, 2)")).toThrow(
      "The function 'States.Format('{}', 1, 2)' had the following error: " +
        "it has 1 places {} for 2 arguments",
    );
    expect(() => call("States.ArrayGetItem($.a, 3)", { a: [1] })).toThrow("there is no item 3");
    expect(call("States.ArrayGetItem($.a, 0)", { a: [null] })).toBeNull();
    expect(() => call("States.Format('{}', $.b)", { a: 1 })).toThrow(
      "could not be found in the input '{\"a\":1}'",
    );
    expect(() => call("States.Hash('a', 'constructor')")).toThrow("there is no algorithm");
  });

  it("refuses calls that nest too deep or are no calls", () => {
    const nested = (depth: number): string =>
      "States.Array(".repeat(depth) + "1" + ")".repeat(depth);
    expect(call(nested(10))).toEqual([[[[[[[[[[1]]]]]]]]]]);
    expect(() => call(nested(11))).toThrow("at most 10 deep");
    for (const bad of ["States.Nope()", "States.Array(", "States.Array(1,)", "States.UUID() x"]) {
      expect(() => call(bad)).toThrow(/at character \d+ of States|there is no function/);
    }
  });

  it("draws from the given chance, and the same from the same seed", () => {
    expect(call("States.MathRandom(1, 11)")).toBe(6);
    expect(call("States.MathRandom(1, 1000, 7)")).toBe(call("States.MathRandom(1, 1000, 7)"));
    expect(call("States.UUID()")).toBe("an-id");
  });
});
