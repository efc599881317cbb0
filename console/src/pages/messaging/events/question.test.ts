import { expect, test } from "vitest";
import { questionOf } from "./question.ts";

test("an envelope is asked about as it stands", () => {
  const envelope = { "detail-type": "order.paid", source: "shop.orders", detail: { pence: 1 } };
  expect(questionOf(JSON.stringify(envelope))).toEqual({ event: envelope });
});

test("a type and its data are enough; no data is an empty object", () => {
  expect(questionOf(`{"type":"order.paid","data":{"pence":1}}`)).toEqual({
    type: "order.paid",
    data: { pence: 1 },
  });
  expect(questionOf(`{"type":"order.paid"}`)).toEqual({ type: "order.paid", data: {} });
});

test("a CloudEvent becomes the envelope that it would travel in", () => {
  const cloud = {
    specversion: "1.0",
    id: "1",
    type: "order.paid",
    source: "urn:x",
    data: { a: 1 },
  };
  expect(questionOf(JSON.stringify(cloud))).toEqual({
    event: {
      version: "0",
      "detail-type": "order.paid",
      source: "urn:x",
      detail: { a: 1 },
      resources: [],
    },
  });
});

test("what is no JSON and what is no event are told apart", () => {
  expect(questionOf(`{"type":`)).toBe("json");
  expect(questionOf("")).toBe("json");
  expect(questionOf("[]")).toBe("shape");
  expect(questionOf(`{"data":{}}`)).toBe("shape");
});
