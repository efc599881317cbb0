import { expect, test } from "vitest";
import { z } from "zod";
import { schemaFields } from "./schema-fields.ts";

const fieldsOf = (schema: z.ZodType) => schemaFields(z.toJSONSchema(schema) as object);

test("fields are listed with what they must keep to, those of lists by their path", () => {
  const fields = fieldsOf(
    z.object({
      orderId: z.string().min(1).max(20).describe("Which order"),
      lines: z.array(z.object({ sku: z.string().regex(/^[A-Z]+$/), quantity: z.int().min(1) })),
      reason: z.enum(["late", "broken"]).nullable(),
      note: z.string().optional(),
    }),
  );
  expect(fields.map(({ path, type, required }) => [path, type, required])).toEqual([
    ["orderId", "string", true],
    ["lines", "object[]", true],
    ["lines[].sku", "string", true],
    ["lines[].quantity", "integer", true],
    ["reason", "string | null", true],
    ["note", "string", false],
  ]);
  expect(fields.map(({ rules }) => rules)).toEqual([
    ["length 1–20"],
    [],
    ["/^[A-Z]+$/"],
    ["≥ 1"],
    ['"late" | "broken"'],
    [],
  ]);
  expect(fields[0]?.description).toBe("Which order");
});

test("alternatives are named side by side", () => {
  const fields = fieldsOf(z.object({ by: z.union([z.string(), z.number()]), any: z.unknown() }));
  expect(fields.map(({ type }) => type)).toEqual(["string | number", "any"]);
});

test("a schema that refers to itself ends", () => {
  const schema = {
    type: "object",
    properties: { next: { $ref: "#" }, value: { type: "string" } },
  };
  const fields = schemaFields(schema);
  expect(fields.length).toBeGreaterThan(2);
  expect(fields.length).toBeLessThanOrEqual(300);
});
