import { expect, test } from "vitest";
import { parsePattern } from "./parse.ts";
import { compileRules, matches, type PatternIndex } from "./pattern-index.ts";
import { matchesWildcard, parseWildcard } from "./wildcard.ts";

function answer(pattern: unknown, event: unknown): boolean {
  return matches(parsePattern(pattern), event);
}

function indexOf(patterns: Record<string, unknown>): PatternIndex {
  const index = compileRules();
  for (const [id, raw] of Object.entries(patterns)) index.add(id, parsePattern(raw));
  return index;
}

test("a rule can be replaced and removed, and the index counts what it holds", () => {
  const index = indexOf({ one: { a: ["x"] }, two: { a: ["x", "y"] } });
  expect(index.match({ a: "x" }).toSorted()).toEqual(["one", "two"]);
  index.add("one", parsePattern({ a: ["z"] }));
  expect(index.match({ a: "x" })).toEqual(["two"]);
  expect(index.match({ a: "z" })).toEqual(["one"]);
  expect(index.remove("two")).toBe(true);
  expect(index.remove("two")).toBe(false);
  expect(index.has("two")).toBe(false);
  expect(index.size).toBe(1);
  expect(index.match({ a: "x" })).toEqual([]);
});

test("rules that come and go by the thousands leave the answers right", () => {
  const index = compileRules();
  for (let number = 0; number < 3000; number++) {
    index.add(`rule-${number}`, parsePattern({ [`key-${number % 97}`]: [number] }));
    if (number >= 100) expect(index.remove(`rule-${number - 100}`)).toBe(true);
  }
  expect(index.size).toBe(100);
  const found = index.match({ "key-0": 2910, "key-1": 2911 });
  expect(found.toSorted()).toEqual(["rule-2910", "rule-2911"]);
  expect(index.match({ "key-0": 97 })).toEqual([]);
});

test("a rule with several matching alternatives is reported once", () => {
  const rule = { $or: [{ a: ["x"] }, { b: [{ prefix: "y" }, { suffix: "y" }] }] };
  expect(indexOf({ rule }).match({ a: "x", b: ["y", "yy"] })).toEqual(["rule"]);
});

test("fields of one constraint set come from one element of an array", () => {
  const pattern = { items: { sku: ["a"], quantity: [{ numeric: [">", 1] }] } };
  const items = [
    { sku: "a", quantity: 1 },
    { sku: "b", quantity: 2 },
  ];
  expect(answer(pattern, { items })).toBe(false);
  expect(answer(pattern, { items: [...items, { sku: "a", quantity: 5 }] })).toBe(true);
});

test("elements are told apart at every level, the higher number on either side", () => {
  const pattern = { a: { b: { x: [1], y: [1] }, z: [1] } };
  const apart = {
    a: [
      { b: [{ x: 1 }], z: 1 },
      { b: [{ q: 0 }, { y: 1 }], z: 1 },
    ],
  };
  expect(answer(pattern, apart)).toBe(false);
  expect(answer(pattern, { a: [{ b: [{ x: 1 }, { y: 1 }], z: 1 }] })).toBe(false);
  expect(answer(pattern, { a: [{ z: 1 }, { b: [{ x: 0 }, { x: 1, y: 1 }], z: 1 }] })).toBe(true);
});

test("keys that would pollute a prototype are ordinary keys, in patterns and events", () => {
  const pattern = JSON.parse('{"__proto__":{"admin":[true]},"constructor":["x"]}') as unknown;
  expect(answer(pattern, JSON.parse('{"__proto__":{"admin":true},"constructor":"x"}'))).toBe(true);
  expect(answer(pattern, {})).toBe(false);
  expect(answer({ toString: [{ exists: true }] }, {})).toBe(false);
  expect(answer({ admin: [{ exists: false }] }, JSON.parse('{"__proto__":{"admin":1}}'))).toBe(
    true,
  );
  expect(Object.hasOwn(Object.prototype, "admin")).toBe(false);
});

test("what stands on a prototype is no part of an event", () => {
  const event: unknown = Object.create({ a: "x" });
  expect(answer({ a: ["x"] }, event)).toBe(false);
});

test("an event that is no object matches nothing that asks for a value", () => {
  for (const event of [null, undefined, 1, "x", true, [{ a: "x" }]]) {
    expect(answer({ a: ["x"] }, event)).toBe(false);
  }
});

test("an IP address equals its other spellings", () => {
  expect(answer({ ip: ["2001:db8::1"] }, { ip: "2001:0DB8:0:0:0:0:0:1" })).toBe(true);
  expect(answer({ ip: [{ cidr: "10.1.2.3/8" }] }, { ip: "10.0.0.1" })).toBe(true);
  expect(answer({ ip: [{ cidr: "10.0.0.0/8" }] }, { ip: "11.0.0.1" })).toBe(false);
});

/** Stands in for a text and counts what is read of it; native search counts at its worst. */
function countingText(text: string): { text: string; reads: () => number } {
  let reads = 0;
  const counted = {
    length: text.length,
    startsWith: (part: string) => text.startsWith(part),
    endsWith: (part: string) => text.endsWith(part),
    charCodeAt(index: number) {
      reads++;
      return text.charCodeAt(index);
    },
    indexOf(part: string, from: number) {
      const found = text.indexOf(part, from);
      reads += ((found < 0 ? text.length : found) - from + 1) * part.length;
      return found;
    },
  };
  return { text: counted as unknown as string, reads: () => reads };
}

test("a wildcard built to explode costs a number of reads linear in the text", () => {
  for (const wildcard of [
    `${"*a".repeat(100)}*b`,
    `*${"a".repeat(1500)}b*c`,
    "*a*aa*aaa*aaaa*b*",
  ]) {
    const parts = parseWildcard(wildcard, 200);
    if ("reason" in parts) throw new Error(parts.reason);
    for (const length of [1000, 10_000, 100_000]) {
      const counted = countingText(`${"a".repeat(length)}c`);
      expect(matchesWildcard(counted.text, parts)).toBe(false);
      // Each of the literals may be searched natively up to a product of 65,536.
      expect(counted.reads()).toBeLessThan(4 * length + 65_536 * 2);
    }
  }
});

test("linear search and the engine's own give the same answer", () => {
  const needle = "abacabad".repeat(20);
  for (const tail of ["", "x"]) {
    const text = `${"abacaba".repeat(2000)}${needle}${tail}`;
    expect(matchesWildcard(text, ["", needle, ""])).toBe(true);
    expect(matchesWildcard(text, ["", `${needle}y`, ""])).toBe(false);
    expect(matchesWildcard(text, ["", needle])).toBe(tail === "");
  }
});

test("elements chosen by many constraints are sought without trying every combination", () => {
  const pattern = Object.fromEntries(
    Array.from({ length: 12 }, (_, at) => [`k${at}`, { x: [1], y: [at === 11 ? 9 : 1] }]),
  );
  const elements = Array.from({ length: 30 }, () => ({ x: 1, y: 1 }));
  const event = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`k${at}`, elements]));
  const index = indexOf({ rule: pattern, loose: { k11: { x: [1], y: [1] } } });
  expect(index.match(event)).toEqual(["loose"]);
  const last = { ...event, k11: [...elements, { x: 1, y: 9 }] };
  expect(index.match(last).toSorted()).toEqual(["loose", "rule"]);
  expect(index.undecided).toBe(0);
});

test("an array of 10,000 elements is searched in linear time, so that no limit is met", () => {
  const items = Array.from({ length: 10_000 }, (_, at) => ({
    category: at % 2 === 0 ? "toys" : "garden",
    parts: [{ size: at % 2 }, { size: 7, colour: "red" }],
  }));
  const rule = { items: { category: ["toys"], parts: { size: [1], colour: ["red"] } } };
  const index = indexOf({ rule });
  expect(index.match({ items })).toEqual([]);
  items.push({ category: "toys", parts: [{ size: 1, colour: "red" }] });
  expect(index.match({ items })).toEqual(["rule"]);
  items.push({ category: "garden", parts: [{ size: 1, colour: "red" }] });
  expect(
    indexOf({ rule: { items: { ...rule.items, category: ["paper"] } } }).match({ items }),
  ).toEqual([]);
  expect(index.undecided).toBe(0);
});

test("a choice made hard on purpose ends at the limit of steps and is counted", () => {
  // One path is spelt in four ways, each with an array of its own: 24 names are to be covered by
  // four elements of at most five names, and only trying all of them would tell that none do.
  const names = Array.from({ length: 24 }, (_, at) => `p${String(at).padStart(2, "0")}`);
  const elements = (shift: number): unknown[] =>
    Array.from({ length: 30 }, (_, seed) =>
      Object.fromEntries([0, 5, 11, 14, 19].map((at) => [names[(at * seed + shift) % 24], 1])),
    );
  const event = {
    "a.b.c": elements(0),
    "a.b": { c: elements(1) },
    a: { "b.c": elements(2), b: { c: elements(3) } },
  };
  const pattern = { a: { b: { c: Object.fromEntries(names.map((name) => [name, [1]])) } } };
  const index = indexOf({ hard: pattern, easy: { a: { b: { c: { p00: [1] } } } } });
  expect(index.match(event)).toEqual(["easy"]);
  expect(index.undecided).toBe(1);
});

test("arrays nested beyond reason are cut off and counted, without overflowing the stack", () => {
  const event = JSON.parse(
    `{"a":${"[".repeat(100_000)}"x"${"]".repeat(100_000)},"b":"y"}`,
  ) as unknown;
  const index = indexOf({ deep: { a: ["x"] }, flat: { b: ["y"] } });
  expect(index.match(event)).toEqual(["flat"]);
  expect(index.undecided).toBe(1);
});

test("unknown keys of events do not fill the memory of the index", () => {
  const index = indexOf({ rule: { a: ["x"] } });
  for (let number = 0; number < 5000; number++) index.match({ [`k${number}`]: 1, a: "x" });
  index.add("later", parsePattern({ k17: [1], k4999: [1] }));
  expect(index.match({ k17: 1, k4999: 1 })).toEqual(["later"]);
});

test("a thousand equal rules and a thousand equal wildcards are answered", () => {
  const index = compileRules();
  for (let number = 0; number < 1000; number++) {
    index.add(`same-${number}`, parsePattern({ a: ["x"], b: [{ prefix: "y" }] }));
    index.add(`wild-${number}`, parsePattern({ c: [{ wildcard: "*aa*aaa*" }] }));
  }
  expect(index.match({ a: "x", b: "yes" })).toHaveLength(1000);
  expect(index.match({ c: "aaaaa" })).toHaveLength(1000);
  expect(index.match({ c: "a".repeat(4) })).toHaveLength(0);
});
