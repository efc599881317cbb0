import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Schema } from "./schema.ts";
import { numberFrom, shapeOf, textFrom, valueFrom, withName } from "./shape.ts";

describe("what a form draws", () => {
  it("follows from the schema", () => {
    const cases: [Schema, string, boolean][] = [
      [{ type: "string" }, "text", false],
      [{ type: ["string", "null"] }, "text", true],
      [{ anyOf: [{ type: "integer" }, { type: "null" }] }, "number", true],
      [{ enum: ["a", 1] }, "choice", false],
      [{ anyOf: [{ const: "a" }, { const: "b" }, { type: "null" }] }, "choice", true],
      [{ anyOf: [{ type: "string", format: "uuid" }, { const: "0" }] }, "text", false],
      [{ anyOf: [{ type: "string" }, { type: "number" }] }, "json", false],
      [{ const: 1 }, "fixed", false],
      [{ type: "array", items: { type: "string" } }, "list", false],
      [{ type: "array", prefixItems: [{ type: "string" }] }, "json", false],
      [{ type: "object", additionalProperties: { type: "number" } }, "json", false],
      [{ type: "object", properties: { a: {} } }, "object", false],
      [
        { allOf: [{ type: "object", properties: { a: {} } }, { properties: { b: {} } }] },
        "object",
        false,
      ],
      [{}, "json", false],
    ];
    for (const [schema, kind, nullable] of cases) {
      const shape = shapeOf(schema, schema, undefined, 0);
      expect({ schema, kind: shape.kind, nullable: shape.nullable }).toEqual({
        schema,
        kind,
        nullable,
      });
    }
  });

  it("is JSON for what is there and does not fit", () => {
    const schema: Schema = { type: "array", items: { type: "string" } };
    expect(shapeOf(schema, schema, "no list", 0).kind).toBe("json");
    expect(
      shapeOf(
        schema,
        schema,
        Array.from({ length: 101 }, () => ""),
        0,
      ).kind,
    ).toBe("json");
    expect(shapeOf({ type: "object", properties: { a: {} } }, { $ref: "#" }, {}, 7).kind).toBe(
      "json",
    );
  });
});

describe("values between form and JSON", () => {
  it("are the same on the way back", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(valueFrom(textFrom(value))).toEqual({ value: JSON.parse(JSON.stringify(value)) });
      }),
    );
    expect(valueFrom("{")).toBe(undefined);
  });

  it("keep the other names and their order when one is set", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer()), fc.string(), (value, name) => {
        const set = withName(value, name, "new");
        expect(Object.hasOwn(set, name) && set[name]).toBe("new");
        expect(withName(set, name, undefined)).toEqual(withName(value, name, undefined));
        if (Object.hasOwn(value, name)) expect(withName(set, name, value[name])).toEqual(value);
      }),
    );
    expect(textFrom(withName({ b: 1, a: 2 }, "b", 3))).toBe('{\n  "b": 3,\n  "a": 2\n}');
  });

  it("keep what is typed until it is a number", () => {
    expect(["1.", "-.5", "1e3", "-", "", "0x1", "1e999"].map(numberFrom)).toEqual([
      1,
      -0.5,
      1000,
      "-",
      "",
      "0x1",
      "1e999",
    ]);
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(numberFrom(String(value))).toBe(Number(String(value)));
      }),
    );
  });
});
