import type { Json } from "../../core/json.ts";
import { contextOf } from "./context.ts";
import { queryFailure, runtimeFailure, StateFailure, tooLarge } from "./failure.ts";
import { bindingOf, ExpressionFailed, expressionOf, isExpression } from "./language/jsonata.ts";
import type { Bindings } from "./language/jsonata.ts";
import { readPath, writePath } from "./language/path-reader.ts";
import { PathMissing } from "./language/path.ts";
import { parseReferencePath } from "./language/path-parser.ts";
import { evaluateField, evaluateQuery, fillTemplate, QueryFailed } from "./language/template.ts";
import type { Scene } from "./language/template.ts";
import type { Done, Frame } from "./run.ts";
import { bytesOf, depthMax, isDeeper, isObject, objectOf, own, textOf } from "./values.ts";
import type { JsonObject } from "./values.ts";

/** UTF-8 bytes of an input, an output, a result: AWS's limit. */
export const payloadBytesMax = 262_144;

/** What a query of a frame may read beside variables and context. */
export interface Given {
  /** `$` of JSONPath. */
  readonly input?: Json;
  /** `$states.result` */
  readonly result?: Json;
  /** `$states.errorOutput` */
  readonly errorOutput?: Json;
}

/** The JSON text of a result. @throws StateFailure if it is larger than a payload may be */
export function checkedText(value: Json, subject: string): string {
  // What nests deeper than what walks it recurses has no size.
  if (isDeeper(value, depthMax)) throw tooLarge(subject);
  const text = textOf(value);
  if (bytesOf(text) > payloadBytesMax) throw tooLarge(subject);
  return text;
}

function sceneOf(frame: Frame, input: Json): Scene {
  const { run, strand } = frame;
  return {
    roots: {
      input,
      context: () => contextOf(frame),
      variable: (name) => strand.variables.get(name),
    },
    chance: run.host,
    queries: run.queries,
  };
}

/** What went wrong in a query, in the words of the States language. */
function asFailure(error: unknown): unknown {
  if (error instanceof PathMissing) return runtimeFailure(error.message);
  if (!(error instanceof QueryFailed)) return error;
  if (error.kind === "path") return runtimeFailure(error.message);
  return new StateFailure({ error: "States.IntrinsicFailure", cause: error.message, placed: true });
}

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asFailure(error);
  }
}

/** Applies InputPath or OutputPath, which cut a part out of `value`. */
function cut(frame: Frame, field: "InputPath" | "OutputPath", value: Json): Json {
  const path = own(frame.state.fields, field);
  if (path === undefined || path === "$") return value;
  if (path === null) return {};
  const text = typeof path === "string" ? path : "$";
  if (value === null && text.startsWith("$.")) {
    throw runtimeFailure("Unable to apply Path transformation to null or empty input.");
  }
  try {
    return evaluateQuery(text, sceneOf(frame, value));
  } catch (error) {
    if (!(error instanceof PathMissing)) throw asFailure(error);
    throw runtimeFailure(`Invalid path '${text}' : ${error.message}`);
  }
}

/** The state's input as its other fields see it. */
export function effectiveInput(frame: Frame): Json {
  return frame.language === "JSONata" ? frame.input : cut(frame, "InputPath", frame.input);
}

/** Reads a path that may name nothing: the Variable of a Choice. */
export function optionalPath(frame: Frame, input: Json, text: string): Json | undefined {
  const query = frame.run.queries(text);
  if (query.kind === "call") return pathField(frame, text, "Variable", input);
  try {
    return readPath(query.path, sceneOf(frame, input).roots);
  } catch (error) {
    if (error instanceof PathMissing) return undefined;
    throw error;
  }
}

/** Evaluates the path of a field: `SecondsPath`. */
export function pathField(frame: Frame, text: string, field: string, input: Json): Json {
  return guarded(() => evaluateField(text, field, sceneOf(frame, input)));
}

/** Reads the path of a field that cuts a part out of the input: `ItemsPath`. */
export function partOf(frame: Frame, text: string, input: Json): Json {
  try {
    return evaluateQuery(text, sceneOf(frame, input));
  } catch (error) {
    if (!(error instanceof PathMissing)) throw asFailure(error);
    throw runtimeFailure(`Invalid path '${text}' : ${error.message}`);
  }
}

function bindingsOf(frame: Frame, given: Given): Bindings {
  const states = Object.create(null) as Record<string, unknown>;
  states["input"] = bindingOf(frame.input);
  states["context"] = bindingOf(contextOf(frame));
  if (given.result !== undefined) states["result"] = bindingOf(given.result);
  if (given.errorOutput !== undefined) states["errorOutput"] = bindingOf(given.errorOutput);
  const bindings = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of frame.strand.variables.all()) bindings[name] = bindingOf(value);
  bindings["states"] = states;
  return bindings;
}

async function expression(
  frame: Frame,
  text: string,
  location: string,
  bindings: () => Bindings,
): Promise<Json> {
  const source = expressionOf(text);
  const about = `The JSONata expression '${source}' specified for the field '${location}'`;
  let value: Json | undefined;
  try {
    value = await frame.run.evaluator.evaluate(source, bindings());
  } catch (error) {
    if (!(error instanceof ExpressionFailed)) throw error;
    const what = `${about} threw an error during evaluation. ${error.code}: ${error.message}`;
    throw queryFailure(what, { location });
  }
  if (value === undefined) {
    throw queryFailure(`${about} returned nothing (undefined).`, { location });
  }
  return value;
}

async function filled(
  frame: Frame,
  value: Json,
  location: string,
  bindings: () => Bindings,
): Promise<Json> {
  if (typeof value === "string") {
    return isExpression(value) ? await expression(frame, value, location, bindings) : value;
  }
  if (Array.isArray(value)) {
    const items: Json[] = [];
    for (const [index, one] of (value as readonly Json[]).entries()) {
      items.push(await filled(frame, one, `${location}[${index}]`, bindings));
    }
    return items;
  }
  if (!isObject(value)) return value;
  const entries: [string, Json][] = [];
  for (const [key, one] of Object.entries(value)) {
    entries.push([key, await filled(frame, one, `${location}/${key}`, bindings)]);
  }
  return objectOf(entries);
}

/** Fills a value of a JSONata state: every expression in it is evaluated. */
export function fillExpressions(
  frame: Frame,
  value: Json,
  location: string,
  given: Given = {},
): Promise<Json> {
  let made: Bindings | undefined;
  return filled(frame, value, location, () => (made ??= bindingsOf(frame, given)));
}

/** Fills a template of either language; `location` is its field. */
export async function fill(
  frame: Frame,
  value: Json,
  location: string,
  given: Given = {},
): Promise<Json> {
  if (frame.language === "JSONata") return fillExpressions(frame, value, location, given);
  return guarded(() => fillTemplate(value, sceneOf(frame, given.input ?? null)));
}

async function assigned(
  frame: Frame,
  fields: JsonObject,
  given: Given,
  prefix = "",
): Promise<JsonObject> {
  const assign = own(fields, "Assign");
  if (assign === undefined) return {};
  const values = await fill(frame, assign, `${prefix}Assign`, given);
  return isObject(values) ? values : {};
}

/** Puts a result at ResultPath in the state's whole input. */
function placed(frame: Frame, fields: JsonObject, result: Json): Json {
  const path = own(fields, "ResultPath");
  if (path === undefined || path === "$") return result;
  if (path === null) return frame.input;
  const text = typeof path === "string" ? path : "$";
  try {
    return writePath(parseReferencePath(text), frame.input, result);
  } catch (error) {
    if (!(error instanceof PathMissing)) throw error;
    const input = textOf(frame.input);
    throw new StateFailure({
      error: "States.ResultPathMatchFailure",
      cause: `Unable to apply ReferencePath ${text} to input ${input}`,
      placed: true,
    });
  }
}

/** Hands a state's result on: ResultSelector, Assign, ResultPath and OutputPath, or Output. */
export async function finish(
  frame: Frame,
  result: Json,
  kind: "result" | "input",
  fields: JsonObject = frame.state.fields,
  prefix = "",
): Promise<Pick<Done, "output" | "assign">> {
  if (frame.language === "JSONata") {
    const given: Given = kind === "result" ? { result } : {};
    const output = own(fields, "Output");
    return {
      assign: await assigned(frame, fields, given, prefix),
      output:
        output === undefined
          ? result
          : await fillExpressions(frame, output, `${prefix}Output`, given),
    };
  }
  const selector = own(fields, "ResultSelector");
  const selected =
    selector === undefined
      ? result
      : await fill(frame, selector, "ResultSelector", { input: result });
  const assign = await assigned(frame, fields, { input: selected }, prefix);
  const whole = kind === "result" ? placed(frame, frame.state.fields, selected) : selected;
  return { assign, output: cut(frame, "OutputPath", whole) };
}

/** Hands an error on to the state that a catcher names. */
export async function finishCaught(
  frame: Frame,
  fields: JsonObject,
  errorOutput: Json,
  prefix: string,
): Promise<Pick<Done, "output" | "assign">> {
  if (frame.language === "JSONata") {
    const given: Given = { errorOutput };
    const output = own(fields, "Output");
    return {
      assign: await assigned(frame, fields, given, prefix),
      output:
        output === undefined
          ? errorOutput
          : await fillExpressions(frame, output, `${prefix}Output`, given),
    };
  }
  return {
    assign: await assigned(frame, fields, { input: errorOutput }, prefix),
    output: placed(frame, fields, errorOutput),
  };
}
