import { type } from "arktype";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { textMatching } from "./pattern-sample.ts";
import { problemsOf } from "./problems.ts";
import { sampleOf } from "./sample.ts";
import type { Schema, SchemaPart } from "./schema.ts";

const bounds = fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 50 }));

const numbers: fc.Arbitrary<Schema> = fc.oneof(
  bounds.map(([low, span]): Schema => ({ type: "integer", minimum: low, maximum: low + span })),
  bounds.map(([low, span]): Schema => ({
    type: "number",
    exclusiveMinimum: low,
    exclusiveMaximum: low + span + 1,
  })),
  fc.integer({ min: 1, max: 9 }).map((of): Schema => ({ type: "integer", multipleOf: of })),
  bounds.map(([low]): Schema => ({ type: "number", exclusiveMinimum: low })),
);

const texts: fc.Arbitrary<Schema> = fc.oneof(
  fc
    .tuple(fc.nat(20), fc.nat(20))
    .map(([low, more]): Schema => ({ type: "string", minLength: low, maxLength: low + more })),
  fc
    .constantFrom("date-time", "date", "email", "uri", "uuid", "duration", "ipv4", "ipv6")
    .map((format): Schema => ({ type: "string", format })),
  fc
    .constantFrom("^ORD-\\d{4}$", "^[A-Z]{2,3}(?:-x)?$", "a|b", "^(?:foo|bar)\\.\\w+$", "[^a]{3}")
    .map((pattern): Schema => ({ type: "string", pattern })),
);

const chosen: fc.Arbitrary<Schema> = fc.oneof(
  fc
    .array(fc.jsonValue({ maxDepth: 1 }), { minLength: 1, maxLength: 4 })
    .map((values) => ({ enum: values })),
  fc.jsonValue({ maxDepth: 1 }).map((value) => ({ const: value })),
  fc.constant<Schema>({ type: "boolean" }),
  fc.constant<Schema>({ type: "null" }),
  fc.constant<Schema>({}),
);

const { schema: schemas } = fc.letrec<{ schema: Schema; node: Schema }>((tie) => ({
  schema: fc.oneof({ maxDepth: 4, withCrossShrink: true }, numbers, texts, chosen, tie("node")),
  node: fc.oneof(
    fc
      .tuple(fc.dictionary(fc.string(), tie("schema"), { maxKeys: 4 }), fc.boolean())
      .map(([properties, strict]): Schema => ({
        type: "object",
        properties,
        required: Object.keys(properties).filter((_, index) => index % 2 === 0),
        ...(strict ? { additionalProperties: false } : {}),
      })),
    fc.tuple(tie("schema"), fc.nat(3), fc.nat(3)).map(([items, low, more]): Schema => ({
      type: "array",
      items,
      minItems: low,
      maxItems: low + more,
    })),
    tie("schema").map((schema): Schema => ({ anyOf: [schema, { type: "null" }] })),
    fc.tuple(tie("schema"), tie("schema")).map(([one, other]): Schema => ({ anyOf: [one, other] })),
    tie("schema").map((schema): Schema => ({
      $defs: { Part: schema },
      allOf: [schema],
      title: "together",
    })),
  ),
}));

describe("a first value", () => {
  it("fits its schema", () => {
    fc.assert(
      fc.property(schemas, (schema) => {
        const value = sampleOf(schema);
        expect({ schema, value, problems: [...problemsOf(schema, value)] }).toEqual({
          schema,
          value,
          problems: [],
        });
      }),
      { numRuns: 500 },
    );
  });

  it("fits what zod and arktype emit, and zod takes it", () => {
    const order = z.object({
      id: z.uuid(),
      email: z.email(),
      url: z.url(),
      at: z.iso.datetime(),
      code: z.string().min(2).max(9).startsWith("ORD-"),
      price: z.number().positive(),
      status: z.enum(["new", "paid"]),
      kind: z.literal("order"),
      note: z.string().nullable(),
      pay: z.discriminatedUnion("by", [
        z.object({ by: z.literal("card"), number: z.string().regex(/^\d{16}$/) }),
        z.object({ by: z.literal("cash") }),
      ]),
      labels: z.record(z.string(), z.number()),
      lines: z.array(z.object({ quantity: z.int().min(1) })).min(2),
      pair: z.tuple([z.string(), z.number()]),
      both: z.object({ a: z.string() }).and(z.object({ b: z.number() })),
      currency: z.string().default("TWD"),
    });
    const value = sampleOf(z.toJSONSchema(order, { io: "input" }) as SchemaPart);
    expect(order.safeParse(value).error).toBe(undefined);
    expect(value).toMatchObject({ note: "note", currency: "TWD", price: 1 });
    const ark = type({
      id: "string.uuid",
      "note?": "string|null",
      n: "number.integer>=1",
      tags: "string[]>0",
    });
    const schema = ark.toJsonSchema() as SchemaPart;
    expect(problemsOf(schema, sampleOf(schema))).toEqual(new Map());
  });

  it("ends for a schema that goes round", () => {
    const tree = z.object({
      name: z.string(),
      get children() {
        return z.array(tree);
      },
    });
    const schema = z.toJSONSchema(tree) as SchemaPart;
    expect(problemsOf(schema, sampleOf(schema))).toEqual(new Map());
    expect(sampleOf({ $ref: "#" })).toBe(null);
    expect(
      sampleOf({ type: "object", properties: { a: { $ref: "#" } }, required: ["a"] }),
    ).toBeDefined();
  });

  it("differs from item to item where items must", () => {
    for (const items of [
      { type: "string" },
      { type: "integer" },
      { enum: [1, 2, 3] },
    ] as Schema[]) {
      const schema: Schema = { type: "array", items, minItems: 3, uniqueItems: true };
      expect([...problemsOf(schema, sampleOf(schema))]).toEqual([]);
    }
  });

  it("knows what it cannot match", () => {
    expect(textMatching("^ORD-\\d{4}$")).toBe("ORD-1111");
    expect(textMatching("^[^a-z]{2}[\\]x][$-&]$")).toBe("^^]$");
    expect(textMatching("^(?=b)a$")).toBe(undefined);
  });
});
