import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { problemsOf } from "../../ui/form/problems.ts";
import { sampleOf } from "../../ui/form/sample.ts";
import { curlOf, inputSchema, operationOf, requestOf, type OpenApi } from "./operation.ts";

const document: OpenApi = {
  paths: {
    "/svc/shop/orders/{id}/lines": {
      post: {
        parameters: [
          { name: "id", in: "path", required: true, schema: { type: "string" } },
          { name: "dry", in: "query", description: "Only say", schema: { type: "boolean" } },
          { name: "x", in: "header", schema: { type: "string" } },
        ],
        requestBody: {
          required: true,
          content: { "application/json": { schema: { $ref: "#/components/schemas/Line" } } },
        },
        responses: {
          "201": { description: "Done.", content: { "application/json": { schema: {} } } },
          default: { description: "Wrong." },
        },
      },
    },
    "/svc/shop/ping": { get: {} },
  },
  components: {
    schemas: {
      Line: {
        type: "object",
        properties: { sku: { type: "string" } },
        required: ["sku"],
        additionalProperties: false,
      },
    },
  },
};
const titles = { path: "Path", query: "Query", body: "Body" };
const found = operationOf(document, "shop", "post", "/orders/{id}/lines");
const ping = operationOf(document, "shop", "get", "/ping");
if (found === undefined || ping === undefined) throw new Error("the routes are not read");

describe("a route out of the OpenAPI document", () => {
  it("has its parameters, body and answers", () => {
    expect(found.parameters).toEqual([
      { name: "id", place: "path", required: true, schema: { type: "string" } },
      {
        name: "dry",
        place: "query",
        required: false,
        schema: { type: "boolean", description: "Only say" },
      },
    ]);
    expect(found.body?.required).toBe(true);
    expect(found.answers.map(({ status, schema }) => [status, schema])).toEqual([
      ["201", {}],
      ["default", undefined],
    ]);
  });

  it("is absent when the document does not have it, or is none", () => {
    expect(operationOf(document, "shop", "get", "/nothing")).toBeUndefined();
    expect(operationOf({}, "shop", "get", "/ping")).toBeUndefined();
  });

  it("becomes one schema whose references hold", () => {
    const schema = inputSchema(found, document.components, titles);
    if (schema === undefined) throw new Error("there is no schema");
    expect(problemsOf(schema, sampleOf(schema)).size).toBe(0);
    expect([...problemsOf(schema, { path: { id: "1" }, query: {}, body: {} }).keys()]).toEqual([
      "/body/sku",
    ]);
    expect(inputSchema(ping, document.components, titles)).toBeUndefined();
  });
});

describe("a call", () => {
  it("puts values into the path, the query and the body", () => {
    const input = {
      path: { id: "a/b ü" },
      query: { dry: true, none: undefined },
      body: { sku: "1" },
    };
    expect(requestOf(found, input)).toEqual({
      url: "/svc/shop/orders/a%2Fb%20%C3%BC/lines?dry=true",
      body: '{"sku":"1"}',
    });
  });

  it("repeats a parameter that is a list", () => {
    expect(requestOf(ping, { query: { tag: ["a", "b&c"] } }).url).toBe(
      "/svc/shop/ping?tag=a&tag=b%26c",
    );
  });

  it("is a shell's command whatever it sends", () => {
    const body = `{"name":"it's $HOME \`id\` \\"x\\""}`;
    const command = curlOf("post", "http://localhost/svc/x?a='b'", body, true);
    const words = execFileSync("sh", ["-c", command.replace(/^curl/, "printf '%s\\n'")], {
      encoding: "utf8",
      env: { MORNING_API_KEY: "secret" },
    });
    expect(words.trimEnd().split("\n")).toEqual([
      "-X",
      "POST",
      "http://localhost/svc/x?a='b'",
      "-H",
      "authorization: Bearer secret",
      "-H",
      "content-type: application/json",
      "--data-raw",
      body,
    ]);
  });
});
