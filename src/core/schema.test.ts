import { type } from "arktype";
import * as v from "valibot";
import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { MorningError } from "./errors.ts";
import { get, post } from "./http.ts";
import { toJsonSchema, validate } from "./schema.ts";
import type { InputOf, OutputOf, Schema } from "./schema.ts";

const inZod = z.object({ items: z.array(z.object({ sku: z.string(), price: z.number() })) });
const inValibot = v.object({ items: v.array(v.object({ sku: v.string(), price: v.number() })) });
const inArktype = type({ items: type({ sku: "string", price: "number" }).array() });

const libraries: readonly [string, Schema][] = [
  ["zod", inZod],
  ["valibot", inValibot],
  ["arktype", inArktype as unknown as Schema],
];

function rejectionOf(schema: Schema, value: unknown): MorningError {
  try {
    void validate(schema, value, "message of queue jobs");
  } catch (error) {
    if (MorningError.is(error, "MOR_INVALID")) return error;
  }
  throw new Error("it was not rejected");
}

test.each(libraries)("%s: a value that fits comes out", (_, schema) => {
  const value = { items: [{ sku: "a", price: 1 }] };
  expect(validate(schema, value, "it")).toEqual(value);
});

test.each(libraries)("%s: a rejection names subject, path and reason", (_, schema) => {
  const error = rejectionOf(schema, {
    items: [
      { sku: "a", price: 1 },
      { sku: "b", price: "x" },
    ],
  });
  expect(error.message).toMatch(/^message of queue jobs is not valid at items\[1\]\.price: .+/);
  const [rejection] = error.details["rejections"] as { path: string; reason: string }[];
  expect(rejection).toMatchObject({ path: "items[1].price" });
  expect(rejection?.reason).not.toBe("");
  expect(error.status).toBe(400);
});

test.each(libraries)(
  "%s: a value of another type altogether is rejected at the root",
  (_, schema) => {
    for (const value of [undefined, null, 7, "x", []]) {
      expect(rejectionOf(schema, value).message).toMatch(/^message of queue jobs is not valid/);
    }
  },
);

test("an error carries 20 rejections at most and counts the rest", () => {
  const value = { items: Array.from({ length: 50 }, () => ({ sku: 1, price: 1 })) };
  const error = rejectionOf(inZod, value);
  expect(error.details["rejections"]).toHaveLength(20);
  expect(error.message).toContain("(and 49 more)");
});

test("a schema that validates asynchronously is waited for", async () => {
  const even = z.number().refine(async (n) => n % 2 === 0, "is odd");
  const asynchronous: Schema<number, number> = {
    "~standard": { version: 1, vendor: "test", validate: async (n) => ({ value: n as number }) },
  };
  await expect(validate(asynchronous, 2, "it")).resolves.toBe(2);
  await expect(Promise.resolve().then(() => validate(even, 3, "it"))).rejects.toThrow("is odd");
});

test("input and output types follow transforms, defaults and coercion", () => {
  const page = z.object({
    limit: z.coerce.number().default(10),
    tag: z.string().transform(Boolean),
  });
  expectTypeOf<OutputOf<typeof page>>().toEqualTypeOf<{ limit: number; tag: boolean }>();
  expectTypeOf<InputOf<typeof inValibot>["items"][0]>().toEqualTypeOf<{
    sku: string;
    price: number;
  }>();
  expectTypeOf<OutputOf<typeof inArktype>["items"][0]>().toEqualTypeOf<{
    sku: string;
    price: number;
  }>();
  expect(validate(page, { tag: "x" }, "it")).toEqual({ limit: 10, tag: true });
});

test("handlers see validated types of every library", () => {
  post("/a", { body: inValibot }, ({ body }) => {
    expectTypeOf(body.items[0]!.price).toEqualTypeOf<number>();
  });
  post("/b", { body: inArktype }, ({ body }) => {
    expectTypeOf(body.items[0]!.sku).toEqualTypeOf<string>();
  });
  // @ts-expect-error the answer lacks its price
  get("/c", { answer: z.object({ price: z.number() }) }, () => ({ cost: 1 }));
  expect(get("/d", () => 1).options).toEqual({});
});

test("JSON Schema comes from those that speak it; others allow anything", () => {
  expect(toJsonSchema(inZod)).toMatchObject({ type: "object", required: ["items"] });
  expect(toJsonSchema(inArktype)).toMatchObject({ type: "object", required: ["items"] });
  expect(toJsonSchema(inValibot)).toEqual({});
});

test("what JSON Schema cannot express is said, not thrown", () => {
  const shown = toJsonSchema(z.object({ at: z.date(), name: z.string() }));
  expect(shown["description"]).toMatch(/^Not expressible/);
  expect(shown["properties"]).toEqual({ at: {}, name: { type: "string" } });
});
