import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { faultOf, inexactNumber } from "./fault.ts";

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe("faults of JSON text", () => {
  it("are named at their line and column", () => {
    const cases: [string, string, number, number][] = [
      ["", "end", 1, 1],
      ['{\n  "a": 1,\n}', "comma", 3, 1],
      ["[1,\n2,]", "comma", 2, 3],
      ['{"a" 1}', "colon", 1, 6],
      ["{a: 1}", "name", 1, 2],
      ["{'a': 1}", "name", 1, 2],
      ['{"a": }', "value", 1, 7],
      ['{"a": 1 "b": 2}', "inObject", 1, 9],
      ["[1 2]", "inArray", 1, 4],
      ["[1}", "inArray", 1, 3],
      ['{"a": 01}', "number", 1, 7],
      ["[+1]", "number", 1, 2],
      ["[NaN]", "word", 1, 2],
      ["[True]", "word", 1, 2],
      ['"a', "open", 1, 1],
      ['"a\nb"', "control", 1, 3],
      [String.raw`"\x"`, "escape", 1, 2],
      ["1 2", "rest", 1, 3],
      ["[[1]", "end", 1, 5],
      ['{"a"', "end", 1, 5],
      ['["😀" 1]', "inArray", 1, 6],
    ];
    for (const [text, kind, line, column] of cases) {
      const fault = faultOf(text);
      expect({ text, key: fault?.key, line: fault?.line, column: fault?.column }).toEqual({
        text,
        key: `viewer.fault.${kind}`,
        line,
        column,
      });
    }
  });

  it("are found exactly where JSON.parse refuses", () => {
    const signs = fc.constantFrom(
      ...Array.from('{}[],:"\\ \n01-.eu'),
      "true",
      "null",
      '"a"',
      '"a":',
      "12",
    );
    const texts = fc.array(signs, { maxLength: 12 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(texts, (text) => {
        expect({ text, whole: faultOf(text) === undefined }).toEqual({ text, whole: isJson(text) });
      }),
      { numRuns: 5000 },
    );
    fc.assert(fc.property(fc.json(), (text) => faultOf(text) === undefined));
  });

  it("are looked for without recursion, and in a mebibyte within a blink", () => {
    expect(faultOf("[".repeat(1_000_000))?.at).toBe(1_000_000);
    expect(faultOf(`"${"\\n".repeat(1_000_000)}`)?.key).toBe("viewer.fault.open");
  });
});

describe("numbers that a double does not hold", () => {
  it("are found outside of strings", () => {
    expect(inexactNumber('{"a":12345678901234567890,"b":1}')).toBe("12345678901234567890");
    expect(inexactNumber('["12345678901234567890",-0.10,1.50e3,1e400]')).toBe("1e400");
    expect(inexactNumber("[0.1,1e21,5e-324,9007199254740991,-0]")).toBe(undefined);
  });
});
