import type { Json } from "../../../core/json.ts";
import { objectOf } from "../values.ts";
import { IntrinsicInvalid, callIntrinsic } from "./intrinsics.ts";
import type { Chance } from "./intrinsics.ts";
import { isCall, parseCall } from "./intrinsic-parser.ts";
import type { Argument, Call } from "./intrinsic-parser.ts";
import { parsePath } from "./path-parser.ts";
import { readPath } from "./path-reader.ts";
import { PathMissing } from "./path.ts";
import type { Path, Roots } from "./path.ts";

/** What a text of a JSONPath state that is evaluated says: a path or a call. */
export type Query =
  | { readonly kind: "path"; readonly path: Path }
  | { readonly kind: "call"; readonly call: Call };

/** Parses each text once: definitions run many times over the same ones. */
export type Queries = (text: string) => Query;

/** Parses a path or call. @throws PathInvalid */
export function parseQuery(text: string): Query {
  return isCall(text)
    ? { kind: "call", call: parseCall(text) }
    : { kind: "path", path: parsePath(text) };
}

/** Remembers what was parsed; texts come from one definition, whose size is bounded. */
export function queries(): Queries {
  const known = new Map<string, Query>();
  return (text) => {
    const found = known.get(text) ?? parseQuery(text);
    known.set(text, found);
    return found;
  };
}

/** What queries are evaluated over. */
export interface Scene {
  readonly roots: Roots;
  readonly chance: Chance;
  readonly queries: Queries;
}

/** A query that gave nothing; the message is AWS's, `field` the one that holds it. */
export class QueryFailed extends Error {
  readonly kind: "path" | "function";
  constructor(kind: "path" | "function", message: string) {
    super(message);
    this.kind = kind;
  }
}

function argumentPath(path: Path, scene: Scene): Json {
  try {
    return readPath(path, scene.roots);
  } catch (error) {
    if (!(error instanceof PathMissing)) throw error;
    const input = JSON.stringify(scene.roots.input);
    throw new PathMissing(
      `The JsonPath argument for the field '${path.text}' could not be found in the input ` +
        `'${input}'`,
    );
  }
}

function argumentValue(argument: Argument, scene: Scene, isTemplate: boolean): Json {
  if (argument.kind === "call") return callValue(argument.call, scene);
  if (argument.kind === "path") return argumentPath(argument.path, scene);
  return isTemplate ? (argument.template ?? argument.value) : argument.value;
}

function callValue(call: Call, scene: Scene): Json {
  try {
    const args = call.args.map((argument, index) =>
      argumentValue(argument, scene, call.name === "States.Format" && index === 0),
    );
    return callIntrinsic(call.name, args, scene.chance);
  } catch (error) {
    if (error instanceof QueryFailed) throw error;
    if (!(error instanceof IntrinsicInvalid) && !(error instanceof PathMissing)) throw error;
    const what = `The function '${call.text}' had the following error: ${error.message}`;
    throw new QueryFailed(error instanceof IntrinsicInvalid ? "function" : "path", what);
  }
}

/** Evaluates a path or a call. @throws PathMissing, QueryFailed */
export function evaluateQuery(text: string, scene: Scene): Json {
  const query = scene.queries(text);
  if (query.kind === "call") return callValue(query.call, scene);
  return readPath(query.path, scene.roots);
}

/** Evaluates the query of a field. @throws QueryFailed naming the field */
export function evaluateField(text: string, field: string, scene: Scene): Json {
  try {
    return evaluateQuery(text, scene);
  } catch (error) {
    if (!(error instanceof PathMissing)) throw error;
    const input = JSON.stringify(scene.roots.input);
    const what =
      `The JSONPath '${text}' specified for the field '${field}' could not be found in the ` +
      `input '${input}'`;
    throw new QueryFailed("path", what);
  }
}

/** Fills a payload template: what stands behind a key that ends in `.$` is evaluated. */
export function fillTemplate(template: Json, scene: Scene): Json {
  if (Array.isArray(template)) {
    return (template as readonly Json[]).map((one) => fillTemplate(one, scene));
  }
  if (typeof template !== "object" || template === null) return template;
  return objectOf(
    Object.entries(template).map(([key, value]): [string, Json] =>
      key.endsWith(".$") && typeof value === "string"
        ? [key.slice(0, -2), evaluateField(value, key, scene)]
        : [key, fillTemplate(value as Json, scene)],
    ),
  );
}
