import { describe, expect, test } from "vitest";
import { MorningError } from "../../../core/errors.ts";
import { parsePattern, type PatternLimits } from "./parse.ts";
import { matches } from "./pattern-index.ts";

function reason(pattern: unknown, limits?: PatternLimits): unknown {
  try {
    parsePattern(pattern, limits);
  } catch (error) {
    if (MorningError.is(error, "MOR_EVENT_PATTERN_INVALID")) return error.details["reason"];
    throw error;
  }
  return "accepted";
}

const leaf = (value: unknown): unknown => ({ a: [value] });

/** Asked of event-ruler 1.8.1 and, where they are in the recorded cases, of EventBridge. */
const refusals: [unknown, string][] = [
  [[], "Filter is not an object"],
  ["[1]", "Filter is not an object"],
  [null, "Filter is not an object"],
  ["{", "The text is not JSON"],
  [{}, "Empty objects are not allowed"],
  [{ a: {} }, "Empty objects are not allowed"],
  [{ a: [] }, "Empty arrays are not allowed"],
  [{ a: "x" }, '"a" must be an object or an array'],
  [leaf(["x"]), "Match value must be String, number, true, false, or null"],
  [leaf({}), "Match expression name not found"],
  [leaf({ foo: "x" }), "Unrecognized match type foo"],
  [leaf({ prefix: "x", suffix: "y" }), "Only one key allowed in match expression"],
  [leaf({ exists: 1 }), "exists match pattern must be either true or false."],
  [leaf({ suffix: 1 }), "suffix match pattern must be a string"],
  [leaf({ prefix: { foo: "x" } }), "Unsupported prefix pattern: foo"],
  [
    leaf({ prefix: { "equals-ignore-case": 1 } }),
    "equals-ignore-case match pattern must be a string",
  ],
  [leaf({ "equals-ignore-case": 1 }), "equals-ignore-case match pattern must be a string"],
  [leaf({ numeric: [] }), "Invalid member in numeric match: ]"],
  [leaf({ numeric: ["x", 1] }), "Unrecognized numeric range operator: x"],
  [leaf({ numeric: ["=", 1, "<", 2] }), "Too many elements in numeric expression"],
  [leaf({ numeric: ["<", 1, ">", 2] }), "Too many elements in numeric expression"],
  [leaf({ numeric: [">", 1, "<", 0] }), "Bottom must be less than top"],
  [leaf({ numeric: [">", "x"] }), "Value of > must be numeric"],
  [leaf({ numeric: ["=", "x"] }), "Value of equals must be numeric"],
  [leaf({ numeric: [">", 1, 2] }), "Bad value in numeric range: 2"],
  [leaf({ numeric: [">", 1, "<", 2, 3] }), "Too many terms in numeric range expression"],
  [leaf({ numeric: [">"] }), "Value of > must be numeric"],
  [
    leaf({ "anything-but": ["a", 1] }),
    "Inside anything but list, either all values are number or string, mixed type is not supported",
  ],
  [
    leaf({ "anything-but": [null] }),
    "Inside anything but list, start|null|boolean is not supported.",
  ],
  [
    leaf({ "anything-but": true }),
    "Value of anything-but must be an array or single string/number value.",
  ],
  [leaf({ "anything-but": { foo: "x" } }), "Unsupported anything-but pattern: foo"],
  [leaf({ "anything-but": { wildcard: "a**" } }), "Consecutive wildcard characters at pos 2"],
  [leaf({ wildcard: "é**" }), "Consecutive wildcard characters at pos 3"],
  [leaf({ wildcard: "a\\b" }), "Invalid escape character at pos 2"],
  [leaf({ wildcard: "a\\" }), "Invalid escape character at pos 2"],
  [leaf({ cidr: "10.0.0.5" }), "Malformed CIDR, one '/' required"],
  [leaf({ cidr: "10.0.0.5/x" }), "Malformed CIDR, mask bits must be an integer"],
  [leaf({ cidr: "10.0.0.5/-1" }), "Malformed CIDR, mask bits must not be negative"],
  [leaf({ cidr: "10.0.0.5/32" }), "IPv4 mask bits must be < 32"],
  [leaf({ cidr: "::1/128" }), "IPv6 mask bits must be < 128"],
  [leaf({ cidr: "300.0.0.5/8" }), "Invalid IP address: 300.0.0.5"],
  [{ $or: [{ a: [1] }] }, "Unrecognized match type a"],
  [{ $or: "x" }, '"$or" must be an object or an array'],
  [
    { $or: [{ b: { prefix: [1] } }, { c: [1] }] },
    "prefix is Ruler reserved fieldName which cannot be used inside $or.",
  ],
  [{ a: { b: [1] }, "a.b": [2] }, "Path `a.b` cannot be allowed multiple times"],
  [{ a: [1], $or: [{ a: [2] }, { b: [1] }] }, "Path `a` cannot be allowed multiple times"],
];

describe("a refused pattern gives EventBridge's reason", () => {
  test.each(refusals)("%j: %s", (pattern, expected) => {
    expect(reason(pattern)).toBe(expected);
  });
});

test("a key twice in one object of the text is refused, escapes and blanks notwithstanding", () => {
  expect(reason('{"a":["x"],"a":["y"]}')).toBe("Path `a` cannot be allowed multiple times");
  expect(reason('{"b":["x"],"\\u0062" : ["y"]}')).toBe("Path `b` cannot be allowed multiple times");
  expect(reason('{"c":[{"prefix":"x","prefix":"y"}]}')).toMatch(/prefix/);
  expect(reason('{"a":{"k":["\\"k\\":"]},"b":{"k":["}"]}}')).toBe("accepted");
});

test("the path of a refusal is in its details", () => {
  expect.assertions(1);
  try {
    parsePattern({ detail: { state: [{ prefix: 1 }] } });
  } catch (error) {
    expect((error as MorningError).details).toEqual({
      awsCode: "InvalidEventPatternException",
      awsMessage: "Event pattern is not valid. Reason: prefix match pattern must be a string",
      reason: "prefix match pattern must be a string",
      path: "detail.state",
    });
  }
});

test("a pattern of 2,048 characters is accepted, one more is refused, blanks do not count", () => {
  const fill = (length: number): unknown => ({ a: ["x".repeat(length - 10)] });
  expect(JSON.stringify(fill(2048))).toHaveLength(2048);
  expect(reason(fill(2048))).toBe("accepted");
  expect(reason(JSON.stringify(fill(2048), null, 100))).toBe("accepted");
  expect(reason(fill(2049))).toBe("The pattern is longer than 2048 characters");
  expect(reason(fill(2049), { lengthMax: 4096 })).toBe("accepted");
  expect(reason(" ".repeat(1e6))).toBe("The pattern is longer than 2048 characters");
});

test("$or lists may make 1,000 combinations and no more", () => {
  const or = (name: string, count: number): unknown =>
    Array.from({ length: count }, (_, at) => ({ [`${name}${at}`]: [1] }));
  const pattern = (last: number): unknown => ({
    x: { $or: or("a", 10) },
    y: { $or: or("b", 10) },
    z: { $or: or("c", last) },
  });
  expect(reason(pattern(10))).toBe("accepted");
  expect(reason(pattern(11))).toBe("The $or lists make more than 1000 rule combinations");
});

test("depth, alternatives and stars are bounded", () => {
  let deep: unknown = ["x"];
  for (let level = 0; level < 50_000; level++) deep = { a: deep };
  expect(reason(deep)).toBe("Deeper than 100 levels");
  const list = Array.from({ length: 100_000 }, (_, at) => at);
  expect(reason({ a: list })).toBe("More than 1000 values");
  expect(reason({ a: [{ "anything-but": list }] })).toBe("More than 1000 values");
  expect(reason({ a: [{ "anything-but": { prefix: list.map(String) } }] })).toBe(
    "More than 1000 values",
  );
  expect(reason(leaf({ wildcard: "*a".repeat(101) }))).toMatch(/^Rule is too complex/);
  expect(reason(leaf({ wildcard: "*a".repeat(100) }))).toBe("accepted");
});

test("a $or that cannot mean alternatives is an ordinary key", () => {
  const pattern = parsePattern({ $or: ["x"] });
  expect(matches(pattern, { $or: "x" })).toBe(true);
  expect(matches(pattern, {})).toBe(false);
});

test("changing the object that was parsed does not change the pattern", () => {
  const raw = { a: ["x"] };
  const pattern = parsePattern(raw);
  raw.a[0] = "y";
  expect(pattern.source).toEqual({ a: ["x"] });
  expect(matches(pattern, { a: "x" })).toBe(true);
});
