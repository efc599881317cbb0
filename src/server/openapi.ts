import type { AnyRoute } from "../core/http.ts";
import { toJsonSchema } from "../core/schema.ts";
import type { JsonSchema, Schema } from "../core/schema.ts";
import { apiRoutes } from "./api/index.ts";
import { documentPath, routesOf } from "./declared.ts";
import type { ServerParts } from "./parts.ts";

const problemSchema: JsonSchema = {
  type: "object",
  description: "Problem details (RFC 9457).",
  required: ["type", "title", "status", "detail", "code", "fix"],
  properties: {
    type: { type: "string", format: "uri" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    code: { type: "string", pattern: "^MOR_" },
    fix: { type: "string" },
    traceId: { type: "string" },
    details: { type: "object", additionalProperties: true },
  },
};

/** A schema within a document: the dialect is the document's. */
function embedded(schema: Schema, side: "input" | "output"): JsonSchema {
  const { $schema: _, ...rest } = toJsonSchema(schema, side);
  return rest;
}

function propertiesOf(schema: Schema | undefined): {
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required: ReadonlySet<string>;
} {
  const whole = schema === undefined ? {} : embedded(schema, "input");
  const properties = (whole["properties"] ?? {}) as Record<string, JsonSchema>;
  const required = (whole["required"] ?? []) as readonly string[];
  return { properties, required: new Set(required) };
}

function parametersOf(route: AnyRoute): JsonSchema[] {
  const inPath = propertiesOf(route.options.params).properties;
  const query = propertiesOf(route.options.query);
  const names = [...route.path.matchAll(/:([A-Za-z0-9_]+)/g)].map(([, name = ""]) => name);
  return [
    ...names.map((name) => ({
      name,
      in: "path",
      required: true,
      schema: inPath[name] ?? { type: "string" },
    })),
    ...Object.entries(query.properties).map(([name, schema]) => ({
      name,
      in: "query",
      required: query.required.has(name),
      schema,
    })),
  ];
}

function operationOf(route: AnyRoute, tag: string): JsonSchema {
  const { body, answer, summary, role } = route.options;
  const status = String(route.options.status ?? 200);
  const schema = answer === undefined ? {} : embedded(answer, "output");
  const parameters = parametersOf(route);
  const id = `${tag}-${route.method}-${route.path.replace(/[^A-Za-z0-9]+/g, "-")}`;
  return {
    operationId: id.replace(/-+$/, ""),
    tags: [tag],
    ...(summary === undefined ? {} : { summary }),
    ...(role === undefined ? {} : { "x-morning-role": role }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { "application/json": { schema: embedded(body, "input") } },
          },
        }),
    responses: {
      [status]: { description: "Done.", content: { "application/json": { schema } } },
      default: {
        description: "What went wrong, and what to do about it.",
        content: {
          "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
        },
      },
    },
  };
}

/** The document of the platform's API and of every service's routes (OpenAPI 3.1). */
export function openapiDocument(parts: ServerParts, version: string): JsonSchema {
  const { platform } = parts;
  const paths: Record<string, Record<string, JsonSchema>> = {};
  const add = (prefix: string, tag: string, routes: readonly AnyRoute[]): void => {
    for (const route of routes) {
      const path = prefix + documentPath(route.path);
      (paths[path] ??= {})[route.method] = operationOf(route, tag);
    }
  };
  add("/api/v1", "platform", apiRoutes(parts));
  for (const service of platform.host.app.services) {
    add(`/svc/${service.name}`, service.name, routesOf(service, platform));
  }
  const { app } = platform.host;
  return {
    openapi: "3.1.0",
    info: { title: app.name, version, description: app.description },
    tags: [
      { name: "platform" },
      ...app.services.map(({ name, description }) => ({ name, description })),
    ],
    paths,
    components: {
      schemas: { Problem: problemSchema },
      securitySchemes: { key: { type: "http", scheme: "bearer" } },
    },
  };
}
