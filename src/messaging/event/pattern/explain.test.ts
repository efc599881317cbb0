import { expect, test } from "vitest";
import { explain } from "./explain.ts";
import { parsePattern } from "./parse.ts";

function sentence(pattern: unknown, event: unknown): string {
  return explain(parsePattern(pattern), event).sentence;
}

test("an explanation names each path that failed, what it holds and what is wanted", () => {
  const pattern = { source: ["shop"], detail: { total: [{ numeric: [">", 100, "<=", 200] }] } };
  expect(sentence(pattern, { source: "bank", detail: { total: 150 } })).toBe(
    'Not matched: source is "bank", but the pattern wants "shop".',
  );
  expect(sentence(pattern, { source: "shop" })).toBe(
    "Not matched: detail.total is absent, but the pattern wants a number > 100 and <= 200.",
  );
  expect(sentence(pattern, { source: "shop", detail: { total: 150 } })).toBe(
    "Matched: detail.total is 150, which is a number > 100 and <= 200; " +
      'source is "shop", which is "shop".',
  );
});

test("an explanation says leaf by leaf what matched, as plain data", () => {
  const pattern = parsePattern({ a: [{ prefix: "x" }, { exists: false }, "y"] });
  const { branches, matched } = explain(pattern, { a: ["y", 7] });
  expect(matched).toBe(true);
  expect(structuredClone(branches)).toEqual([
    {
      matched: true,
      paths: [
        {
          path: "a",
          matched: true,
          leaves: [
            {
              wants: 'a string that starts with "x"',
              condition: { op: "prefix", value: "x" },
              matched: false,
            },
            { wants: "no value", condition: { op: "exists", present: false }, matched: false },
            { wants: '"y"', condition: { op: "exact", value: "y" }, matched: true },
          ],
          found: ["y", 7],
          foundCount: 2,
          sentence: 'a is "y" and 7, which is a string that starts with "x", no value or "y"',
        },
      ],
    },
  ]);
});

test.each([
  ["x", { op: "exact", value: "x" }],
  ["10.0.0.1", { op: "exact", value: "10.0.0.1" }],
  [null, { op: "exact", value: null }],
  [{ prefix: "Ab" }, { op: "prefix", value: "Ab" }],
  [{ suffix: { "equals-ignore-case": "Ab" } }, { op: "suffix", value: "ab", ignoreCase: true }],
  [{ "equals-ignore-case": "Ab" }, { op: "equals-ignore-case", value: "ab" }],
  [{ wildcard: "a*b" }, { op: "wildcard", value: "a*b" }],
  [{ numeric: ["=", 5] }, { op: "numeric", equals: 5 }],
  [{ numeric: [">", 1] }, { op: "numeric", above: 1 }],
  [{ numeric: [">=", 1, "<", 2] }, { op: "numeric", atLeast: 1, below: 2 }],
  [{ numeric: ["<=", 2] }, { op: "numeric", atMost: 2 }],
  [{ exists: true }, { op: "exists", present: true }],
  [{ cidr: "10.0.0.0/8" }, { op: "cidr", value: "10.0.0.0/8" }],
  [{ "anything-but": 7 }, { op: "anything-but", but: [{ op: "exact", value: 7 }] }],
  [
    { "anything-but": { prefix: ["a", "b"] } },
    {
      op: "anything-but",
      but: [
        { op: "prefix", value: "a" },
        { op: "prefix", value: "b" },
      ],
    },
  ],
  [
    { "anything-but": { wildcard: "*a" } },
    { op: "anything-but", but: [{ op: "wildcard", value: "*a" }] },
  ],
])("what the leaf %j asks for is told as data", (leaf, condition) => {
  const explained = explain(parsePattern({ a: [leaf] }), {});
  const told = explained.branches[0]?.paths[0]?.leaves[0]?.condition;
  expect(JSON.parse(JSON.stringify(told))).toEqual(condition);
});

test("values in different elements of an array are named as the reason", () => {
  const explained = explain(parsePattern({ a: { b: [1], c: [2] } }), { a: [{ b: 1 }, { c: 2 }] });
  expect(explained.branches[0]?.reason).toBe("elements");
  expect(explained.sentence).toMatch(/^Not matched: every path holds, but in different elements/);
});

test("each alternative of $or is explained, and the one that matched is told", () => {
  const pattern = { $or: [{ a: ["x"] }, { b: [{ exists: false }] }] };
  expect(sentence(pattern, { a: "y", b: 1 })).toBe(
    'Not matched: a is "y", but the pattern wants "x"; or, in another alternative, ' +
      "b is 1, but the pattern wants no value.",
  );
  expect(sentence(pattern, { a: "y" })).toBe("Matched: b is absent, as the pattern allows.");
});

test("long values and long lists are cut in the sentence and the data", () => {
  const event = { a: Array.from({ length: 1000 }, () => "v".repeat(10_000)) };
  const explained = explain(parsePattern({ a: ["x"] }), event);
  expect(explained.sentence.length).toBeLessThan(4000);
  expect(explained.branches[0]?.paths[0]?.found).toHaveLength(10);
  expect(explained.branches[0]?.paths[0]?.foundCount).toBe(1000);
});
