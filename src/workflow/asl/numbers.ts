import type { Json } from "../../core/json.ts";
import { fillExpressions, pathField } from "./dataflow.ts";
import { queryFailure, runtimeFailure } from "./failure.ts";
import { isExpression } from "./language/jsonata.ts";
import type { Frame } from "./run.ts";
import { own, textOf } from "./values.ts";
import { fitsRange } from "./validate/numbers.ts";

function typeOf(value: Json): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** What an expression of the wrong type is told. */
export function wrongType(source: string, field: string, wanted: string, value: Json): string {
  const expression = source.slice(2, -2).trim();
  return (
    `The JSONata expression '${expression}' specified for the field '${field}' returned an ` +
    `unexpected result type. Expected '${wanted}', but was '${typeOf(value)}' for value: ` +
    textOf(value)
  );
}

async function fromExpression(frame: Frame, text: string, field: string): Promise<number> {
  const value = await fillExpressions(frame, text, field);
  if (typeof value !== "number") {
    throw queryFailure(wrongType(text, field, "number", value), { location: field });
  }
  if (!fitsRange(field, value)) {
    throw queryFailure(`The field '${field}' has the value ${value}, which it cannot take.`, {
      location: field,
    });
  }
  return value;
}

function asText(value: Json): string {
  return typeof value === "string" ? value : textOf(value);
}

/** Numbers as text are numbers too: AWS reads the value that a path names as text. */
function numeric(value: Json, pattern: RegExp): number | undefined {
  const text = asText(value);
  const isScalar = typeof value === "string" || typeof value === "number";
  return isScalar && pattern.test(text) ? Number(text) : undefined;
}

const integer = /^[+-]?\d+$/;
const float = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function secondsFromPath(path: string, field: string, value: Json): number {
  const seconds = numeric(value, integer);
  if (seconds === undefined) {
    throw runtimeFailure(
      `The ${field} parameter cannot be parsed as a long value: ${path} == ${asText(value)}`,
    );
  }
  if (seconds < 0) {
    throw runtimeFailure(
      `The ${field} parameter references a negative value: ${path} == ${seconds}`,
    );
  }
  return seconds;
}

function countFromPath(path: string, field: string, value: Json): number {
  const isPercentage = field === "ToleratedFailurePercentagePath";
  const number = numeric(value, isPercentage ? float : integer);
  const name = field.slice(0, -"Path".length);
  if (number === undefined) {
    const kind = isPercentage ? "float" : "integer";
    throw runtimeFailure(
      `The ${field} field refers to value "${asText(value)}" which is not a valid ${kind}: ${path}`,
    );
  }
  if (isPercentage && (number < 0 || number > 100)) {
    throw runtimeFailure(`${name} must be between 0 and 100.`);
  }
  if (number < 0) throw runtimeFailure(`${name} cannot be negative.`);
  return number;
}

/** The number of a field, of its twin that is a path, or of an expression; none if not given. */
export async function numberField(
  frame: Frame,
  name: string,
  input: Json,
): Promise<number | undefined> {
  const { fields } = frame.state;
  const value = own(fields, name);
  if (typeof value === "number") return value;
  if (typeof value === "string" && frame.language === "JSONata" && isExpression(value)) {
    return fromExpression(frame, value, name);
  }
  const field = `${name}Path`;
  const path = own(fields, field);
  if (typeof path !== "string") return undefined;
  const found = pathField(frame, path, field, input);
  const isSeconds = name.endsWith("Seconds");
  return isSeconds ? secondsFromPath(path, field, found) : countFromPath(path, field, found);
}
