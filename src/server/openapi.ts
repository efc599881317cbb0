import type { AnyRoute } from "../core/http.ts";
import type { JsonSchema, Schema } from "../core/schema.ts";
import { apiRoutes } from "./api/index.ts";
import { makeComponents } from "./components.ts";
import type { Components } from "./components.ts";
import { sessionCookie } from "./door/index.ts";
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

/** The parts of a query or path, each a parameter. */
function propertiesOf(whole: JsonSchema): {
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required: ReadonlySet<string>;
} {
  const properties = (whole["properties"] ?? {}) as Record<string, JsonSchema>;
  const required = (whole["required"] ?? []) as readonly string[];
  return { properties, required: new Set(required) };
}

function parameter(name: string, place: string, required: boolean, schema: JsonSchema): JsonSchema {
  const { description, ...rest } = schema;
  const described = description === undefined ? {} : { description };
  return { name, in: place, required, ...described, schema: rest };
}

function parametersOf(route: AnyRoute, id: string, components: Components): JsonSchema[] {
  const shown = (schema: Schema | undefined, hint: string): ReturnType<typeof propertiesOf> =>
    propertiesOf(schema === undefined ? {} : components.embed(schema, "input", `${id}-${hint}`));
  const inPath = shown(route.options.params, "path").properties;
  const query = shown(route.options.query, "query");
  const names = [...route.path.matchAll(/:([A-Za-z0-9_]+)/g)].map(([, name = ""]) => name);
  return [
    ...names.map((name) => parameter(name, "path", true, inPath[name] ?? { type: "string" })),
    ...Object.entries(query.properties).map(([name, schema]) =>
      parameter(name, "query", query.required.has(name), schema),
    ),
  ];
}

function successOf(route: AnyRoute, id: string, components: Components): JsonSchema {
  const { answer, answerType, status } = route.options;
  const description = "Done.";
  if (status === 204) return { description };
  if (answerType !== undefined) {
    return { description, content: { [answerType]: { schema: { type: "string" } } } };
  }
  const schema = answer === undefined ? {} : components.embed(answer, "output", `${id}-answer`);
  return { description, content: { "application/json": { schema } } };
}

const failure: JsonSchema = {
  description: "What went wrong, and what to do about it.",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
};

/** Unique within the document: `svc-orders-get-orders-by-id`. */
function operationId({ method, path }: AnyRoute, owner: string): string {
  const words = path.replaceAll(":", "by-").match(/[A-Za-z0-9_]+/g) ?? [];
  return [owner, method, ...words].join("-");
}

/** Whose routes they are, and who may call them. */
interface Owner {
  readonly prefix: string;
  readonly id: string;
  readonly tag: string;
  /** Whether a caller needs credentials of the platform. */
  readonly isKept: (route: AnyRoute) => boolean;
}

function operationOf(route: AnyRoute, owner: Owner, components: Components): JsonSchema {
  const { body, bodyTypes = {}, summary, role, status = 200 } = route.options;
  const { tag } = owner;
  const id = operationId(route, owner.id);
  const parameters = parametersOf(route, id, components);
  const others = Object.keys(bodyTypes).map((type) => [type, { schema: { type: "string" } }]);
  const json = (schema: JsonSchema): JsonSchema => ({
    "application/json": { schema },
    ...Object.fromEntries(others),
  });
  return {
    operationId: id,
    tags: [tag],
    ...(summary === undefined ? {} : { summary }),
    ...(role === undefined ? {} : { "x-morning-role": role }),
    ...(owner.isKept(route) ? { security: [{ key: [] }, { session: [] }] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: json(components.embed(body, "input", `${id}-body`)),
          },
        }),
    responses: { [status]: successOf(route, id, components), default: failure },
  };
}

/** The document of the platform's API and of every service's routes (OpenAPI 3.1). */
export function openapiDocument(parts: ServerParts, version: string): JsonSchema {
  const { platform } = parts;
  const paths: Record<string, Record<string, JsonSchema>> = {};
  const components = makeComponents();
  const add = (owner: Owner, routes: readonly AnyRoute[]): void => {
    for (const route of routes) {
      const path = owner.prefix + documentPath(route.path);
      (paths[path] ??= {})[route.method] = operationOf(route, owner, components);
    }
  };
  const isKept = (route: AnyRoute): boolean => route.options.role !== undefined;
  add({ prefix: "/api/v1", id: "platform", tag: "platform", isKept }, apiRoutes(parts));
  for (const service of platform.host.app.services) {
    const { name, open } = service;
    const owner = { prefix: `/svc/${name}`, id: `svc-${name}`, tag: name, isKept: () => !open };
    add(owner, routesOf(service, platform));
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
      schemas: { ...components.all(), Problem: problemSchema },
      securitySchemes: {
        key: { type: "http", scheme: "bearer" },
        session: { type: "apiKey", in: "cookie", name: sessionCookie },
      },
    },
  };
}
