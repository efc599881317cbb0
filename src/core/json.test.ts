import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonDepthMax, parseJson } from "./json.ts";

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

test("reads whatever JSON.stringify writes", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 10 }), (text) => {
      fc.pre(!/"(__proto__|constructor|prototype)"/.test(text));
      expect(parseJson(text, "it")).toEqual(JSON.parse(text));
    }),
  );
});

test.each(["", "{", "[1,]", "NaN", "'a'", '{"a":1}x', "\u0000"])(
  "refuses %j with its reason",
  (text) => {
    expect(() => parseJson(text, "the body")).toThrow(/the body is not JSON: /);
  },
);

test("refuses depth past the limit, and a million levels without a stack overflow", () => {
  expect(parseJson(nested(jsonDepthMax), "it")).toBeDefined();
  expect(() => parseJson(nested(jsonDepthMax + 1), "it")).toThrow("nests deeper than 64 levels");
  expect(() => parseJson(nested(500_000), "it")).toThrow(/nests deeper|not JSON/);
  const objects = '{"a":'.repeat(200_000) + "1" + "}".repeat(200_000);
  expect(() => parseJson(objects, "it")).toThrow(/nests deeper|not JSON/);
});

test.each(["__proto__", "constructor", "prototype"])("refuses the key %s at any depth", (key) => {
  for (const text of [`{"${key}":1}`, `[{"a":{"${key}":{}}}]`, `{"\\u005f_proto__":1}`]) {
    expect(() => parseJson(text, "it")).toThrow(/which is not allowed/);
  }
  expect(parseJson(`"${key}"`, "it")).toBe(key);
});
