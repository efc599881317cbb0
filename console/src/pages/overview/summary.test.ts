import { expect, it } from "vitest";
import { fieldsOf } from "./summary.ts";

it("reads the fields of an object", () => {
  expect(fieldsOf('{"orderId":"5","quantity":3,"lines":[1,2],"gift":null}')).toEqual([
    ["orderId", "5"],
    ["quantity", "3"],
    ["lines", "[1,2]"],
    ["gift", "null"],
  ]);
});

it("reads what stands whole before a cut", () => {
  expect(fieldsOf('{"a":"x, \\"y","b":{"c":1,"d":2},"e":"cut he…')).toEqual([
    ["a", 'x, "y'],
    ["b", '{"c":1,"d":2}'],
  ]);
});

it("leaves all else alone", () => {
  for (const text of ["", "[1]", "3", "plain text", '{"only":"cut', "{}", "}{,", '"\\']) {
    expect([text, fieldsOf(text)]).toEqual([text, undefined]);
  }
});
