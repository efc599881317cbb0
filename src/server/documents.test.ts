import { createRequire } from "node:module";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { expect, test } from "vitest";
import { z } from "zod";
import { config } from "../core/config.ts";
import { created, get, post } from "../core/http.ts";
import { app, service } from "../core/service.ts";
import { rigConfig } from "./rig.child.ts";
import { startRig } from "./rig.contract.ts";
import type { Rig } from "./rig.contract.ts";

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
  const { schemas } = (JSON.parse(text) as { components: { schemas: object } }).components;
  for (const [, reference = ""] of text.matchAll(/"\$ref":"([^"]+)"/g)) {
    expect(Object.keys(schemas)).toContain(reference.replace("#/components/schemas/", ""));
  }
});

interface Parameter {
  readonly name: string;
  readonly in: "query" | "path" | "header";
  readonly required?: boolean;
  readonly schema?: { readonly enum?: readonly string[]; readonly type?: string };
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: unknown }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { schema: object }>> }>
  >;
}

async function operationsOf(rig: Rig): Promise<Readonly<Record<string, Operation>>> {
  const { json } = await rig.call("GET", "/openapi.json");
  const { paths } = json as { paths: Record<string, Record<string, Operation>> };
  return Object.fromEntries(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation]),
    ),
  );
}

test("every route of the platform's own API says what it answers", async () => {
  const rig = await startRig();
  const silent = Object.entries(await operationsOf(rig)).filter(([name, { responses }]) => {
    if (!name.includes(" /api/v1/")) return false;
    const { default: _, "204": empty, ...answers } = responses;
    const [content] = Object.values(answers).flatMap((one) => Object.values(one.content ?? {}));
    return empty === undefined && Object.keys(content?.schema ?? {}).length === 0;
  });
  expect(silent.map(([name]) => name)).toEqual([]);
});

/** A query with a value for each parameter that a route cannot do without. */
function queryOf({ parameters = [] }: Operation): string {
  const needed = parameters.filter((one) => one.in === "query" && one.required === true);
  const values = needed.map(({ name, schema }): [string, string] => {
    const value = schema?.enum?.[0] ?? (schema?.type === "string" ? "service" : "1");
    return [name, value];
  });
  return new URLSearchParams(values).toString();
}

test("what the platform answers is what the document says, nothing more", async () => {
  const rig = await startRig({ config: rigConfig({ telemetry: "embedded" }) });
  await rig.call("POST", "/svc/orders/jobs", { body: { n: 1 } });
  await rig.call("POST", "/api/v1/keys", { body: { name: "", role: "x" } });
  const { json } = await rig.call("GET", "/openapi.json");
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
  addFormats.default(ajv);
  ajv.addSchema({ $id: "openapi", ...(json as object) });
  const operations = await operationsOf(rig);
  const checked: string[] = [];
  for (const [name, operation] of Object.entries(operations)) {
    const [method = "", path = ""] = name.split(" ");
    const isJson = operation.responses["200"]?.content?.["application/json"] !== undefined;
    if (method !== "get" || !path.startsWith("/api/v1/") || !isJson) continue;
    const query = {
      history: "?ids=platform,queue/jobs&metrics=requests,depth",
      find: "?id=x",
      blast: "?node=service/orders",
      diff: "?beforeFromMs=1&beforeToMs=2",
    };
    const known = ["queues", "services"].some((one) => path.startsWith(`/api/v1/${one}/`));
    // Of other collections the rig has nothing to name.
    if ((path.includes("{") && !known) || path.endsWith("/apm/business")) continue;
    const target = path.replace("{name}", path.includes("services") ? "orders" : "jobs");
    const last = path.split("/").at(-1) as keyof typeof query;
    const asked = query[last] ?? `?${queryOf(operation)}`;
    const answer = await rig.call("GET", `${target}${asked}`);
    const place = path.replaceAll("/", "~1").replaceAll(/[{}]/g, encodeURIComponent);
    const check = ajv.compile({
      $ref: `openapi#/paths/${place}/get/responses/200/content/application~1json/schema`,
    });
    expect([name, answer.status, check(answer.json), check.errors]).toEqual([
      name,
      200,
      true,
      null,
    ]);
    checked.push(path);
  }
  expect(checked).toEqual(
    expect.arrayContaining([
      "/api/v1/session",
      "/api/v1/sessions",
      "/api/v1/platform",
      "/api/v1/services",
      "/api/v1/services/{name}",
      "/api/v1/overview",
      "/api/v1/history",
      "/api/v1/find",
      "/api/v1/audit",
      "/api/v1/keys",
      "/api/v1/queues/{name}/messages",
    ]),
  );
});

const Booking = z.object({
  email: z.email().meta({ title: "E-mail", description: "Where the ticket goes." }),
  seat: z.enum(["window", "aisle"]).default("aisle").meta({ title: "Seat" }),
  at: z.iso.datetime().meta({ title: "Departure" }),
  bags: z.number().int().min(0).max(3).optional(),
});

test("forms can be made of the document: titles, formats, choices, defaults", async () => {
  const trips = service("trips", {
    open: true,
    routes: () => [
      post("/trips/:trip/bookings", { body: Booking, status: 201 }, () => created({})),
      get(
        "/trips/:trip",
        {
          params: z.object({
            trip: z
              .string()
              .regex(/^T[0-9]+$/)
              .meta({ title: "Trip" }),
          }),
          query: z.object({
            limit: z.coerce.number().int().min(1).max(9).default(5),
            sort: z.enum(["price", "time"]).describe("What comes first."),
          }),
        },
        () => ({}),
      ),
    ],
  });
  const rig = await startRig({ config: config({ app: app("travel", { services: [trips] }) }) });
  const operations = await operationsOf(rig);
  const body = operations["post /svc/trips/trips/{trip}/bookings"]?.requestBody;
  expect(body?.content["application/json"]?.schema).toMatchObject({
    required: ["email", "at"],
    properties: {
      email: { type: "string", format: "email", title: "E-mail" },
      seat: { type: "string", enum: ["window", "aisle"], default: "aisle", title: "Seat" },
      at: { type: "string", format: "date-time", title: "Departure" },
      bags: { type: "integer", minimum: 0, maximum: 3 },
    },
  });
  expect(operations["get /svc/trips/trips/{trip}"]?.parameters).toEqual([
    {
      name: "trip",
      in: "path",
      required: true,
      schema: { type: "string", title: "Trip", pattern: "^T[0-9]+$" },
    },
    {
      name: "limit",
      in: "query",
      required: false,
      schema: { type: "integer", minimum: 1, maximum: 9, default: 5 },
    },
    {
      name: "sort",
      in: "query",
      required: true,
      description: "What comes first.",
      schema: { type: "string", enum: ["price", "time"] },
    },
  ]);
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
