import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import { coreErrors } from "./errors.ts";

/**
 * Any schema that speaks Standard Schema (standardschema.dev): zod, valibot, arktype and others.
 */
export type Schema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output>;

/** The value that a schema hands out after validation. */
export type OutputOf<S> = S extends StandardSchemaV1<unknown, infer Output> ? Output : never;

/** The value that a schema takes before validation. */
export type InputOf<S> = S extends StandardSchemaV1<infer Input, unknown> ? Input : never;

/** One reason why a value was rejected. */
export interface Rejection {
  /** Where, as `items[3].price`; empty for the value itself. */
  readonly path: string;
  readonly reason: string;
}

/** Rejections that one error carries at most. */
const rejectionsMax = 20;

function pathText(path: StandardSchemaV1.Issue["path"]): string {
  let text = "";
  for (const segment of path ?? []) {
    const key = typeof segment === "object" ? segment.key : segment;
    if (typeof key === "number") text += `[${key}]`;
    else text += text === "" ? String(key) : `.${String(key)}`;
  }
  return text;
}

function settle<Output>(result: StandardSchemaV1.Result<Output>, subject: string): Output {
  if (result.issues === undefined) return result.value;
  const rejections: Rejection[] = result.issues
    .slice(0, rejectionsMax)
    .map((issue) => ({ path: pathText(issue.path), reason: issue.message }));
  const [first] = rejections;
  const at = first === undefined || first.path === "" ? "" : ` at ${first.path}`;
  const more = result.issues.length > 1 ? ` (and ${result.issues.length - 1} more)` : "";
  throw coreErrors.MOR_INVALID(
    `${subject} is not valid${at}: ${first?.reason ?? "rejected"}${more}`,
    {
      details: { rejections },
    },
  );
}

/**
 * Validates a value at a boundary; returns a promise only if the schema does.
 * @param subject what is validated, for the message: `message of queue welcome-email`
 * @throws MOR_INVALID with `details.rejections`: the path and the reason of each
 */
export function validate<Input, Output>(
  schema: Schema<Input, Output>,
  value: unknown,
  subject: string,
): Output | Promise<Output> {
  const result = schema["~standard"].validate(value);
  return result instanceof Promise
    ? result.then((settled) => settle(settled, subject))
    : settle(result, subject);
}

/** A JSON Schema document (draft 2020-12) as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The JSON Schema of a declared schema, by its Standard JSON Schema face; `{}` (anything) where it
 * has none. Where it has one that cannot express all of it (a date, a transform's output), that
 * part allows anything, and the description says what is in the way.
 * @param side `input`: what a caller may send; `output`: what a handler sees
 */
export function toJsonSchema(schema: Schema, side: "input" | "output" = "input"): JsonSchema {
  const standard = schema["~standard"] as Partial<StandardJSONSchemaV1.Props>;
  const convert = standard.jsonSchema?.[side];
  if (convert === undefined) return {};
  try {
    return convert({ target: "draft-2020-12" });
  } catch (error) {
    const description = `Not expressible in JSON Schema: ${(error as Error).message}`;
    return { ...expressible(convert), description };
  }
}

/** What of a schema can be expressed, where its library tells: zod does. */
function expressible(convert: StandardJSONSchemaV1.Converter["input"]): JsonSchema {
  try {
    return convert({ target: "draft-2020-12", libraryOptions: { unrepresentable: "any" } });
  } catch {
    return {};
  }
}
