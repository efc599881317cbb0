import { createRequire } from "node:module";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { expect, test } from "vitest";
import { startRig } from "./rig.contract.ts";

const asyncapiSchema = createRequire(import.meta.url)("@asyncapi/specs/schemas/3.0.0.json") as {
  definitions: Record<string, unknown>;
};
// Ajv brings the meta-schema along and takes no second one.
delete asyncapiSchema.definitions["http://json-schema.org/draft-07/schema"];

function asyncapiProblems(document: unknown): unknown {
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
  addFormats.default(ajv);
  const check = ajv.compile(asyncapiSchema);
  return check(document) ? [] : check.errors;
}

test("the OpenAPI document is valid and has the platform's and the services' routes", async () => {
  const rig = await startRig();
  const { json } = await rig.call("GET", "/openapi.json");
  const document = json as { openapi: string; paths: Record<string, Record<string, unknown>> };
  const result = await new Validator().validate(structuredClone(document));
  expect(result).toMatchObject({ valid: true });
  expect(document.openapi).toBe("3.1.0");
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      "/api/v1/overview",
      "/svc/orders/orders/{id}",
      "/svc/stock/stock/{sku}",
    ]),
  );
  expect(document.paths["/svc/orders/orders"]?.["post"]).toMatchObject({
    requestBody: { required: true },
    responses: { "201": {}, default: {} },
  });
});

test("the OpenAPI document has one operation an id and declares every reference", async () => {
  const rig = await startRig();
  const { text } = await rig.call("GET", "/openapi.json");
  const ids = [...text.matchAll(/"operationId":"([^"]+)"/g)].map(([, id]) => id);
  expect(ids.length).toBeGreaterThan(15);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, reference] of text.matchAll(/"\$ref":"([^"]+)"/g)) {
    expect(reference).toMatch(/^#\/components\/schemas\/Problem$|^#\/\$defs\//);
  }
});

test("the AsyncAPI document is valid and has who sends and who receives", async () => {
  const rig = await startRig();
  const { json } = await rig.call("GET", "/asyncapi.json");
  expect(asyncapiProblems(json)).toEqual([]);
  expect(json).toMatchObject({
    asyncapi: "3.0.0",
    channels: { "queue.jobs": { address: "jobs" } },
    operations: { "orders.jobs": { action: "send" }, "worker.jobs": { action: "receive" } },
  });
  expect(asyncapiProblems({ ...(json as object), channels: 7 })).not.toEqual([]);
});
