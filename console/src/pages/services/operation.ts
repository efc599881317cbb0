import { isRecord, type Schema, type SchemaPart } from "../../ui/form/schema.ts";

/** The platform's OpenAPI document, as far as these pages read it; nobody has checked it. */
export interface OpenApi {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components?: unknown;
}

/** A value in the path or after the question mark. */
export interface Parameter {
  readonly name: string;
  readonly place: "path" | "query";
  readonly required: boolean;
  readonly schema: SchemaPart;
}

/** What a route answers with one status. */
export interface Answer {
  /** `200`, or `default`. */
  readonly status: string;
  readonly description: string;
  readonly schema: SchemaPart | undefined;
}

/** A route as its document has it. */
export interface Operation {
  readonly method: string;
  /** `/svc/orders/orders/{id}` */
  readonly path: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly required: boolean; readonly schema: SchemaPart } | undefined;
  readonly answers: readonly Answer[];
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const partOf = (value: unknown): SchemaPart | undefined =>
  typeof value === "boolean" || isRecord(value) ? (value as SchemaPart) : undefined;

/** The schema of a body that is JSON or a problem. */
function schemaOf(content: unknown): SchemaPart | undefined {
  if (!isRecord(content)) return undefined;
  const [media] = Object.entries(content).filter(([type]) => /json/.test(type));
  return isRecord(media?.[1]) ? partOf(media[1]["schema"]) : undefined;
}

function parameterOf(value: unknown): Parameter[] {
  if (!isRecord(value)) return [];
  const { in: place, name, required, schema, description } = value;
  if (place !== "path" && place !== "query") return [];
  const part = partOf(schema) ?? true;
  const about = text(description) === "" || typeof part === "boolean" ? {} : { description };
  return [
    {
      name: text(name),
      place,
      required: required === true,
      schema: typeof part === "boolean" ? part : ({ ...about, ...part } as Schema),
    },
  ];
}

/** A route of a service in the document; undefined when it is not there. */
export function operationOf(
  { paths }: OpenApi,
  service: string,
  method: string,
  route: string,
): Operation | undefined {
  const path = `/svc/${service}${route === "/" ? "" : route}`;
  const found = paths?.[path]?.[method] ?? paths?.[`${path}/`]?.[method];
  if (!isRecord(found)) return undefined;
  const { parameters, requestBody, responses, description } = found;
  const body = isRecord(requestBody) ? schemaOf(requestBody["content"]) : undefined;
  return {
    method,
    path,
    description: text(description),
    parameters: Array.isArray(parameters) ? parameters.flatMap(parameterOf) : [],
    body:
      body === undefined
        ? undefined
        : { schema: body, required: isRecord(requestBody) && requestBody["required"] === true },
    answers: Object.entries(isRecord(responses) ? responses : {}).map(([status, answer]) => ({
      status,
      description: isRecord(answer) ? text(answer["description"]) : "",
      schema: isRecord(answer) ? schemaOf(answer["content"]) : undefined,
    })),
  };
}

/** What a route is called with: what the form holds. */
export interface Input {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/** Titles of the parts of the form. */
export type Titles = Readonly<Record<"path" | "query" | "body", string>>;

/** One schema over all that a route is called with; undefined for a route that takes nothing. */
export function inputSchema(
  { parameters, body }: Operation,
  components: unknown,
  titles: Titles,
): SchemaPart | undefined {
  const properties: Record<string, SchemaPart> = {};
  const required: string[] = [];
  for (const place of ["path", "query"] as const) {
    const own = parameters.filter((one) => one.place === place);
    if (own.length === 0) continue;
    properties[place] = {
      type: "object",
      title: titles[place],
      properties: Object.fromEntries(own.map(({ name, schema }) => [name, schema])),
      required: own.filter((one) => one.required).map(({ name }) => name),
      additionalProperties: false,
    };
    required.push(place);
  }
  if (body !== undefined) {
    const part = typeof body.schema === "boolean" ? {} : body.schema;
    properties["body"] = { ...part, title: titles.body };
    if (body.required) required.push("body");
  }
  if (Object.keys(properties).length === 0) return undefined;
  const schema: Schema = { type: "object", properties, required, additionalProperties: false };
  // References lead to the document's components, wherever the schema stands.
  return { ...schema, components } as Schema;
}

const written = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);

/** The address and the body of a call. */
export function requestOf(
  operation: Operation,
  { path = {}, query = {}, body }: Input,
): { readonly url: string; readonly body: string | undefined } {
  const place = operation.path.replace(/\{([^}]+)\}/g, (_, name: string) =>
    encodeURIComponent(path[name] === undefined ? "" : written(path[name])),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null) search.append(name, written(one));
    }
  }
  const asked = search.toString();
  return {
    url: asked === "" ? place : `${place}?${asked}`,
    body: operation.body === undefined || body === undefined ? undefined : JSON.stringify(body),
  };
}

/** A text as one word of a POSIX shell. */
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** The same call for a shell. */
export function curlOf(
  method: string,
  url: string,
  body: string | undefined,
  /** The key is taken from the environment, never written out. */
  needsKey: boolean,
): string {
  const lines = [
    `curl${method === "get" ? "" : ` -X ${method.toUpperCase()}`} ${quoted(url)}`,
    ...(needsKey ? [`-H "authorization: Bearer $MORNING_API_KEY"`] : []),
    ...(body === undefined
      ? []
      : [`-H 'content-type: application/json'`, `--data-raw ${quoted(body)}`]),
  ];
  return lines.join(" \\\n  ");
}
