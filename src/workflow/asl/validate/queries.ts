import type { Json } from "../../../core/json.ts";
import type { QueryLanguage } from "../definition.ts";
import { PathInvalid } from "../language/cursor.ts";
import {
  ExpressionFailed,
  expressionOf,
  isExpression,
  parseExpression,
} from "../language/jsonata.ts";
import { parsePath, parseReferencePath } from "../language/path-parser.ts";
import { parseQuery } from "../language/template.ts";
import { isObject } from "../values.ts";
import type { JsonObject } from "../values.ts";
import type { Problems } from "./problems.ts";

function refused(problems: Problems, place: string, check: () => unknown): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof PathInvalid) && !(error instanceof ExpressionFailed)) throw error;
    problems.add(place, error.message);
  }
}

/** Every expression within a value of a JSONata state. */
export function checkExpressions(value: Json, place: string, problems: Problems): void {
  if (typeof value === "string") {
    if (isExpression(value)) refused(problems, place, () => parseExpression(expressionOf(value)));
    return;
  }
  if (Array.isArray(value)) {
    (value as readonly Json[]).forEach((one, index) =>
      checkExpressions(one, `${place}[${index}]`, problems),
    );
  } else if (isObject(value)) {
    for (const [key, one] of Object.entries(value)) {
      checkExpressions(one, `${place}/${key}`, problems);
    }
  }
}

/** Every path and call behind a key that ends in `.$`. */
export function checkTemplate(value: Json, place: string, problems: Problems): void {
  if (Array.isArray(value)) {
    (value as readonly Json[]).forEach((one, index) =>
      checkTemplate(one, `${place}[${index}]`, problems),
    );
    return;
  }
  if (!isObject(value)) return;
  for (const [key, one] of Object.entries(value)) {
    const at = `${place}/${key}`;
    if (!key.endsWith(".$")) checkTemplate(one, at, problems);
    else if (typeof one !== "string")
      problems.add(at, "is a path or a call of a function, as text");
    else refused(problems, at, () => parseQuery(one));
  }
}

const paths = ["InputPath", "OutputPath", "ItemsPath"];
const queries = [
  "SecondsPath",
  "TimestampPath",
  "TimeoutSecondsPath",
  "HeartbeatSecondsPath",
  "MaxConcurrencyPath",
  "ToleratedFailureCountPath",
  "ToleratedFailurePercentagePath",
  "ErrorPath",
  "CausePath",
];
const templates = ["Parameters", "ItemSelector", "ResultSelector", "Assign", "Credentials"];

function checkPaths(fields: JsonObject, place: string, problems: Problems): void {
  for (const name of [...paths, ...queries, "ResultPath"]) {
    const value = fields[name];
    if (value === undefined) continue;
    const at = `${place}/${name}`;
    const isNullable = ["InputPath", "OutputPath", "ResultPath"].includes(name);
    if (value === null && isNullable) continue;
    if (typeof value !== "string") problems.add(at, "is a path, as text");
    else if (name === "ResultPath") refused(problems, at, () => parseReferencePath(value));
    else if (paths.includes(name)) refused(problems, at, () => parsePath(value));
    else refused(problems, at, () => parseQuery(value));
  }
}

/** Fields that hold machines or rules of their own: they are checked where those are. */
const nested = new Set(["Branches", "ItemProcessor", "Iterator", "Choices", "Catch", "Retry"]);

/** Paths, calls and expressions of a state. */
export function checkQueries(
  fields: JsonObject,
  language: QueryLanguage,
  place: string,
  problems: Problems,
): void {
  if (language === "JSONata") {
    for (const [key, value] of Object.entries(fields)) {
      const isConstant = key === "Type" || key === "Resource" || key === "Comment";
      if (!nested.has(key) && !isConstant) checkExpressions(value, `${place}/${key}`, problems);
    }
    return;
  }
  checkPaths(fields, place, problems);
  for (const name of templates) {
    const value = fields[name];
    if (value !== undefined) checkTemplate(value, `${place}/${name}`, problems);
  }
}
