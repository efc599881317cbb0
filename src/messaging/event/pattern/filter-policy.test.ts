import { expect, test } from "vitest";
import { MorningError } from "../../../core/errors.ts";
import { filterPolicy, type FilterScope, type MessageAttribute } from "./filter-policy.ts";

function text(value: string): MessageAttribute {
  return { type: "String", value };
}

function accepts(policy: unknown, attributes: Record<string, MessageAttribute>): boolean {
  return filterPolicy(policy).accepts({ attributes });
}

function refusal(policy: unknown, scope?: FilterScope): unknown {
  try {
    filterPolicy(policy, scope);
  } catch (error) {
    if (MorningError.is(error, "MOR_EVENT_FILTER_POLICY_INVALID")) return error.details["reason"];
    throw error;
  }
  return "accepted";
}

test("attributes pass when every key of the policy is satisfied", () => {
  const policy = { store: ["london", { prefix: "par" }], price: [{ numeric: [">=", 100] }] };
  const price = { type: "Number", value: "100.50" };
  expect(accepts(policy, { store: text("paris"), price })).toBe(true);
  expect(accepts(policy, { store: text("paris"), price: { type: "Number", value: "99" } })).toBe(
    false,
  );
  expect(accepts(policy, { store: text("paris") })).toBe(false);
});

test("a String attribute that looks like a number is none", () => {
  expect(accepts({ price: [{ numeric: ["=", 5] }] }, { price: text("5") })).toBe(false);
  expect(accepts({ price: ["5"] }, { price: text("5") })).toBe(true);
  expect(accepts({ price: ["5"] }, { price: { type: "Number", value: "5" } })).toBe(false);
});

test("any element of a String.Array may satisfy a policy; other text is not compared", () => {
  const list = (value: string): Record<string, MessageAttribute> => ({
    tags: { type: "String.Array", value },
  });
  expect(accepts({ tags: ["b"] }, list('["a","b"]'))).toBe(true);
  expect(accepts({ tags: [{ "anything-but": ["a"] }] }, list('["a","b"]'))).toBe(true);
  expect(accepts({ tags: [{ "anything-but": ["a", "b"] }] }, list('["a","b"]'))).toBe(false);
  expect(accepts({ tags: [{ numeric: [">", 2] }] }, list('[1,3,null,true,"x"]'))).toBe(true);
  expect(accepts({ tags: [{ exists: true }] }, list("a,b"))).toBe(false);
});

test("binary attributes are not compared", () => {
  const binary = { photo: { type: "Binary", value: "eA==" } };
  expect(accepts({ photo: ["eA=="] }, binary)).toBe(false);
});

test("exists and $or work on attributes, and a custom type label changes nothing", () => {
  expect(accepts({ vip: [{ exists: false }] }, {})).toBe(true);
  expect(accepts({ vip: [{ exists: false }] }, { vip: text("yes") })).toBe(false);
  const either = { $or: [{ a: ["x"] }, { b: [{ numeric: ["=", 1] }] }] };
  expect(accepts(either, { b: { type: "Number.int", value: "1" } })).toBe(true);
  expect(accepts(either, { a: { type: "String.label", value: "x" } })).toBe(true);
  expect(accepts(either, { a: text("y") })).toBe(false);
});

test("a policy on the body sees nested keys; a body that is no JSON object never passes", () => {
  const policy = filterPolicy({ order: { total: [{ numeric: [">", 10] }] } }, "MessageBody");
  expect(policy.accepts({ body: '{"order":{"total":11}}' })).toBe(true);
  expect(policy.accepts({ body: '{"order":[{"total":1},{"total":12}]}' })).toBe(true);
  expect(policy.accepts({ body: '{"order":{"total":9}}' })).toBe(false);
  const absent = filterPolicy({ vip: [{ exists: false }] }, "MessageBody");
  for (const body of ["plain text", "[1]", "7", ""]) expect(absent.accepts({ body })).toBe(false);
  expect(absent.accepts({})).toBe(false);
  expect(absent.accepts({ body: "{}" })).toBe(true);
});

test("the limits of SNS hold", () => {
  const keys = (count: number): Record<string, unknown> =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, ["x"]]));
  expect(refusal(keys(5))).toBe("accepted");
  expect(refusal(keys(6))).toBe("more than 5 keys");
  expect(refusal({ top: keys(6) }, "MessageBody")).toBe("accepted");
  expect(refusal({ top: keys(2) })).toBe("a policy on attributes cannot be nested");
  const values = (count: number): string[] => Array.from({ length: count }, (_, at) => `v${at}`);
  expect(refusal({ a: values(10), b: values(15) })).toBe("accepted");
  expect(refusal({ a: values(10), b: values(16) })).toBe(
    "the values make more than 150 combinations",
  );
  expect(refusal({ a: [{ numeric: ["<", 1e9 + 1] }] })).toBe(
    "numbers must be between -1e9 and 1e9",
  );
  expect(refusal({ a: [0.123456] })).toBe("numbers have at most 5 decimals");
  expect(refusal({ a: [0.12345] })).toBe("accepted");
  expect(refusal({ a: ["x".repeat(256 * 1024)] })).toMatch(/longer than|larger than/);
});

test("a policy that is no pattern is refused with the reason", () => {
  expect(refusal({ a: [] })).toBe("Empty arrays are not allowed");
  expect(refusal("{")).toBe("The text is not JSON");
  expect(refusal({ a: [{ prefix: 1 }] })).toBe("prefix match pattern must be a string");
});
