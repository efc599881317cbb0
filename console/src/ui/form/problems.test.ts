import { describe, expect, it } from "vitest";
import { z } from "zod";
import { problemsOf } from "./problems.ts";
import type { SchemaPart } from "./schema.ts";

const order = z.object({
  id: z.uuid(),
  email: z.email(),
  at: z.iso.datetime({ offset: true }),
  status: z.enum(["new", "paid"]),
  note: z.string().max(5).nullable().optional(),
  lines: z.array(z.object({ sku: z.string().regex(/^SKU-\d+$/), quantity: z.int().min(1) })).min(1),
});
const schema = z.toJSONSchema(order, { io: "input" }) as SchemaPart;

const keys = (value: unknown, of: SchemaPart = schema): Record<string, string> =>
  Object.fromEntries([...problemsOf(of, value)].map(([path, { key }]) => [path, key]));

const good = {
  id: "3f2a8c1e-5b7d-4e60-9a41-0c6d2e8f7b15",
  email: "a@example.com",
  at: "2026-02-28T23:59:59.5+08:00",
  status: "new",
  lines: [{ sku: "SKU-1", quantity: 1 }],
};

describe("problems of a value", () => {
  it("are none for what fits", () => {
    expect(keys(good)).toEqual({});
    expect(keys({ ...good, note: null })).toEqual({});
  });

  it("stand at their place, as JSON Pointers", () => {
    const bad = {
      id: "x",
      email: "nobody",
      at: "2026-02-30T10:00:00Z",
      status: "gone",
      note: "too long",
      lines: [{ sku: "1", quantity: 0.5 }, { sku: "SKU-2" }],
    };
    expect(keys(bad)).toEqual({
      "/id": "form.problem.format",
      "/email": "form.problem.format",
      "/at": "form.problem.format",
      "/status": "form.problem.choice",
      "/note": "form.problem.long",
      "/lines/0/sku": "form.problem.pattern",
      "/lines/0/quantity": "form.problem.integer",
      "/lines/1/quantity": "form.problem.required",
    });
    expect(keys({ "a/b~c": 1 }, { properties: { "a/b~c": false } })).toEqual({
      "/a~1b~0c": "form.problem.unexpected",
    });
  });

  it("follow references, also those that go round", () => {
    const tree = z.object({
      name: z.string(),
      get children() {
        return z.array(tree);
      },
    });
    const of = z.toJSONSchema(tree) as SchemaPart;
    expect(keys({ name: "a", children: [{ name: 1, children: [] }] }, of)).toEqual({
      "/children/0/name": "form.problem.string",
    });
    expect(keys(1, { $ref: "#" })).toEqual({});
    expect(keys(1, { $ref: "#/%" })).toEqual({});
  });

  it("say of an option that may be null what is wrong with the option", () => {
    const of: SchemaPart = { anyOf: [{ type: "string", minLength: 2 }, { type: "null" }] };
    expect(keys("a", of)).toEqual({ "": "form.problem.short" });
    expect(keys("a", { oneOf: [{ type: "number" }, { type: "null" }, { const: 1 }] })).toEqual({
      "": "form.problem.none",
    });
    expect(keys(1, { oneOf: [{ type: "number" }, { const: 1 }] })).toEqual({
      "": "form.problem.several",
    });
  });

  it("count characters, not halves of pairs, and bear doubles", () => {
    expect(keys("😀", { type: "string", maxLength: 1 })).toEqual({});
    expect(keys(0.3, { type: "number", multipleOf: 0.1 })).toEqual({});
    expect(keys(0.35, { type: "number", multipleOf: 0.1 })).toEqual({
      "": "form.problem.multiple",
    });
    expect(keys(1e300, { type: "integer" })).toEqual({});
  });

  it("stand a value that nests 100,000 deep and a pattern that is none", () => {
    let value: unknown = [];
    for (let level = 0; level < 100_000; level++) value = [value];
    expect(keys(value, { type: "array", items: { $ref: "#" } })).toEqual({});
    expect(keys("a", { type: "string", pattern: "(" })).toEqual({});
  });
});
