import type { Json } from "../../../core/json.ts";
import type { ChoiceRule, QueryLanguage } from "../definition.ts";
import { operators } from "../language/choice.ts";
import { PathInvalid } from "../language/cursor.ts";
import { isExpression } from "../language/jsonata.ts";
import { parseQuery } from "../language/template.ts";
import { isObject, own } from "../values.ts";
import type { JsonObject } from "../values.ts";
import type { Problems } from "./problems.ts";
import { checkExpressions, checkTemplate } from "./queries.ts";

/** How deep And, Or and Not may nest. */
const nestingMax = 32;

const around = new Set(["Next", "Comment", "Assign", "Output", "Variable", "Condition"]);

function pathProblem(value: Json | undefined): string | undefined {
  if (typeof value !== "string") return "is a path, as text";
  try {
    parseQuery(value);
    return undefined;
  } catch (error) {
    if (!(error instanceof PathInvalid)) throw error;
    return error.message;
  }
}

const orders = /^(?:String|Numeric|Timestamp)(?:Equals|LessThan|GreaterThan)/;

function operandProblem(operator: string, value: Json): string | undefined {
  if (operator.endsWith("Path")) return pathProblem(value);
  if (/^Is|^Boolean/.test(operator)) return typeof value === "boolean" ? undefined : "is a boolean";
  const type = operator.startsWith("Numeric") ? "number" : "string";
  const isWrong = (orders.test(operator) || operator === "StringMatches") && typeof value !== type;
  return isWrong ? `is a ${type}` : undefined;
}

function checkComparison(rule: JsonObject, place: string, problems: Problems): void {
  const names = Object.keys(rule).filter((key) => !around.has(key));
  const [operator = "", ...more] = names;
  const value = own(rule, operator);
  if (names.length === 0 || more.length > 0 || value === undefined || !operators.has(operator)) {
    problems.add(place, `has exactly one operator, not ${names.join(", ") || "none"}`);
    return;
  }
  const variable = pathProblem(own(rule, "Variable"));
  if (variable !== undefined) problems.add(`${place}/Variable`, variable);
  const problem = operandProblem(operator, value);
  if (problem !== undefined) problems.add(`${place}/${operator}`, problem);
}

function checkTest(rule: Json, place: string, problems: Problems, depth: number): void {
  if (!isObject(rule)) return problems.add(place, "is an object");
  if (depth > nestingMax) return problems.add(place, `nests deeper than ${nestingMax}`);
  const not = own(rule, "Not");
  if (not !== undefined) return checkTest(not, `${place}/Not`, problems, depth + 1);
  for (const name of ["And", "Or"]) {
    const parts = own(rule, name);
    if (parts === undefined) continue;
    if (!Array.isArray(parts) || parts.length === 0) {
      return problems.add(`${place}/${name}`, "is a list of at least one rule");
    }
    return (parts as readonly Json[]).forEach((part, index) =>
      checkTest(part, `${place}/${name}[${index}]`, problems, depth + 1),
    );
  }
  return checkComparison(rule, place, problems);
}

function checkCondition(rule: JsonObject, place: string, problems: Problems): void {
  const condition = own(rule, "Condition");
  const isText = typeof condition === "string" && isExpression(condition);
  if (!isText && typeof condition !== "boolean") {
    problems.add(`${place}/Condition`, "is an expression {% ... %} or a boolean");
  }
  if (own(rule, "Variable") !== undefined) {
    problems.add(`${place}/Variable`, "is not allowed in a JSONata state");
  }
}

function ruleOf(
  value: Json,
  language: QueryLanguage,
  place: string,
  problems: Problems,
): ChoiceRule[] {
  const next = own(value, "Next");
  if (!isObject(value) || typeof next !== "string") {
    problems.add(place, "is an object with Next");
    return [];
  }
  if (language === "JSONata") {
    checkCondition(value, place, problems);
    checkExpressions(value, place, problems);
  } else {
    checkTest(value, place, problems, 0);
    checkTemplate(own(value, "Assign") ?? null, `${place}/Assign`, problems);
  }
  return [{ fields: value, next }];
}

/** The rules of a Choice. */
export function choicesOf(
  fields: JsonObject,
  language: QueryLanguage,
  place: string,
  problems: Problems,
): readonly ChoiceRule[] {
  const choices = own(fields, "Choices");
  if (!Array.isArray(choices) || choices.length === 0) {
    problems.add(`${place}/Choices`, "is a list of at least one rule");
    return [];
  }
  return (choices as readonly Json[]).flatMap((rule, index) =>
    ruleOf(rule, language, `${place}/Choices[${index}]`, problems),
  );
}
