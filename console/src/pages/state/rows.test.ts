import { describe, expect, it } from "vitest";
import { keyOf, keyParameter, keyText, lookUpFields, typedTexts, whereOf } from "./rows.ts";

const table = {
  key: ["hall", "seat"],
  indexes: [{ name: "byPaid", fields: [{ name: "paid", type: "boolean" as const }] }],
  row: {
    type: "object",
    properties: { hall: { type: "string" }, seat: { type: "integer" }, paid: { type: "boolean" } },
  },
};

describe("a look-up", () => {
  it("takes the fields of the key, or of an index, with the types of the row's schema", () => {
    expect(lookUpFields(table, undefined)).toEqual([
      { name: "hall", type: "text" },
      { name: "seat", type: "number" },
    ]);
    expect(lookUpFields(table, "byPaid")).toEqual([{ name: "paid", type: "boolean" }]);
    expect(lookUpFields({ ...table, row: {} }, undefined).map(({ type }) => type)).toEqual([
      "text",
      "text",
    ]);
  });

  it("has exact values of the leading fields, and the next to bound", () => {
    const fields = lookUpFields(table, undefined);
    expect(whereOf({ fields, typed: [] })).toEqual({ where: {}, next: fields[0] });
    expect(whereOf({ fields, typed: ["a"] })).toEqual({ where: { hall: "a" }, next: fields[1] });
    expect(whereOf({ fields, typed: ["", "7"] })).toEqual({ where: {}, next: fields[0] });
    expect(whereOf({ fields, typed: ["a", "-7"] })).toEqual({
      where: { hall: "a", seat: -7 },
      next: undefined,
    });
  });

  it("says which text is no value of its field", () => {
    const fields = lookUpFields(table, undefined);
    expect(whereOf({ fields, typed: ["a", "seven"] })).toEqual({ wrong: fields[1] });
    const byPaid = lookUpFields(table, "byPaid");
    expect(whereOf({ fields: byPaid, typed: ["yes"] })).toEqual({ wrong: byPaid[0] });
    expect(whereOf({ fields: byPaid, typed: ["false"] })).toMatchObject({ where: { paid: false } });
  });

  it("is read from the URL as a list of texts", () => {
    expect(typedTexts(["a", 1])).toEqual(["a", "1"]);
    expect(typedTexts([])).toBeUndefined();
    expect(typedTexts("a")).toBeUndefined();
  });
});

describe("the key of a row", () => {
  it("is its value, or its fields where there are several", () => {
    expect(keyOf(["id"], { id: 'a"b', other: 1 })).toBe('"a\\"b"');
    expect(keyOf(table.key, { seat: 1, hall: "x", paid: true })).toBe('{"hall":"x","seat":1}');
  });

  it("is read from the URL as text or as what the text says", () => {
    expect(keyParameter('"a"')).toBe('"a"');
    expect(keyParameter({ hall: "x", seat: 1 })).toBe('{"hall":"x","seat":1}');
    expect(keyParameter(7)).toBe("7");
    expect(keyParameter(undefined)).toBeUndefined();
  });

  it("reads as people write it", () => {
    expect(keyText('"a"')).toBe("a");
    expect(keyText('{"hall":"x","seat":1}')).toBe("x / 1");
    expect(keyText("no json")).toBe("no json");
  });
});
