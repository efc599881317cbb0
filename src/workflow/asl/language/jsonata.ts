import jsonata from "jsonata";
import type { Json } from "../../../core/json.ts";
import { depthMax, objectOf } from "../values.ts";
import { jsonataFunctions, listMax, textMax, withoutPrototypes } from "./jsonata-functions.ts";
import type { Chance } from "./intrinsics.ts";
import { LinearRegex } from "./jsonata-regex.ts";

/** Steps of evaluation, and calls within calls, that one expression may take. */
export const stepsMax = 500_000;
export const callsMax = 2_000;

/**
 * Terms that `^(...)` evaluates to compare: two a comparison. The library's sort takes memory by
 * the square of its list, and cannot be replaced: 6,000 items take some 70 MB, which then go.
 */
const sortTermsMax = 150_000;

/** Steps after which the process may do something else. */
const breathSteps = 20_000;

/** Characters of one expression. */
const expressionMax = 65_536;

/** An expression that cannot be parsed, or that failed, returned nothing, or did not end. */
export class ExpressionFailed extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Whether a text is an expression: blanks around the braces make it a constant. */
export function isExpression(text: string): boolean {
  return text.startsWith("{%") && text.endsWith("%}") && text.length >= 4;
}

/** What stands between the braces. */
export function expressionOf(text: string): string {
  return text.slice(2, -2).trim();
}

/** What the library's hooks are told of a step. */
interface Step {
  readonly type?: string;
  readonly value?: unknown;
  /** It is what a sort compares by. */
  readonly isSortTerm?: boolean;
}

/** Marks what sorts compare by, wherever it stands in the tree. */
function markSortTerms(tree: unknown, isSortTerm = false): void {
  if (typeof tree !== "object" || tree === null) return;
  if (isSortTerm) Object.assign(tree, { isSortTerm });
  const { type, terms } = tree as { readonly type?: unknown; readonly terms?: unknown };
  for (const child of Object.values(tree)) markSortTerms(child);
  if (type !== "sort" || !Array.isArray(terms)) return;
  for (const { expression } of terms as { readonly expression?: unknown }[]) {
    markSortTerms(expression, true);
  }
}

interface Budget {
  sortTerms: number;
  steps: number;
  depth: number;
}

function inherits(input: unknown, key: string): boolean {
  if (Array.isArray(input)) return input.some((one) => inherits(one, key));
  if (typeof input !== "object" || input === null) return false;
  return !Object.hasOwn(input, key) && key in input;
}

/** Objects that an expression makes have a prototype: its members are no data. */
function enter(budget: Budget, step: Step, input: unknown): void {
  if (++budget.steps > stepsMax) {
    throw new ExpressionFailed("StepsExceeded", `The expression takes more than ${stepsMax} steps`);
  }
  if (step.isSortTerm === true && ++budget.sortTerms > sortTermsMax) {
    throw new ExpressionFailed("SizeExceeded", "The expression sorts too much: use $sort");
  }
  if (++budget.depth > callsMax) {
    throw new ExpressionFailed(
      "NestingExceeded",
      `The expression nests deeper than ${callsMax} calls`,
    );
  }
  if (step.type === "name" && typeof step.value === "string" && inherits(input, step.value)) {
    throw new ExpressionFailed("FieldInherited", `The object has no field ${step.value}`);
  }
}

function leave(budget: Budget, result: unknown): void {
  budget.depth--;
  const isLongText = typeof result === "string" && result.length > textMax;
  if (isLongText || (Array.isArray(result) && result.length > listMax)) {
    throw new ExpressionFailed(
      "SizeExceeded",
      `The expression builds more than ${textMax} characters or ${listMax} items`,
    );
  }
}

/** Copies what the library returned to plain JSON: its lists carry hidden properties. */
function plain(value: unknown, depth = 0): Json {
  if (depth > depthMax) throw new ExpressionFailed("NestingExceeded", "The result nests too deep");
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((one) => plain(one ?? null, depth + 1));
  const isData = typeof value === "object" && !("_jsonata_lambda" in value);
  if (!isData || "_jsonata_function" in value) {
    throw new ExpressionFailed("ResultInvalid", "The result is a function, not JSON");
  }
  return objectOf(
    Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .map(([key, one]) => [key, plain(one, depth + 1)]),
  );
}

function failureOf(error: unknown): ExpressionFailed {
  if (error instanceof ExpressionFailed) return error;
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (error instanceof RangeError) {
    return new ExpressionFailed(
      "NestingExceeded",
      "The expression nests too deep or builds too much",
    );
  }
  return new ExpressionFailed(
    typeof code === "string" ? code : "EvaluationFailed",
    typeof message === "string" ? message : "The expression failed",
  );
}

/** Parses an expression. @throws ExpressionFailed */
export function parseExpression(text: string): jsonata.Expression {
  if (text.length > expressionMax) {
    throw new ExpressionFailed(
      "SizeExceeded",
      `An expression has at most ${expressionMax} characters`,
    );
  }
  try {
    // The declaration asks for an instance of RegExp; the library constructs what it is given.
    const parsed = jsonata(text, { RegexEngine: LinearRegex as unknown as RegExp });
    markSortTerms(parsed.ast());
    return parsed;
  } catch (error) {
    throw failureOf(error);
  }
}

/** Data that expressions read: `$states` and the variables, by name. */
export type Bindings = Readonly<Record<string, unknown>>;

/** Makes data readable by expressions. */
export function bindingOf(value: Json): unknown {
  return withoutPrototypes(value);
}

/** Evaluates expressions of one execution, one at a time. */
export interface Evaluator {
  /** Resolves with undefined if the expression returns nothing. @throws ExpressionFailed */
  evaluate(expression: string, bindings: Bindings): Promise<Json | undefined>;
}

/** What an evaluation takes from its execution. */
interface Surroundings {
  readonly chance: Chance;
  readonly nowMs: () => number;
  readonly breathe: () => Promise<void>;
}

/** A parsed expression with all that it may call, lent to one evaluation at a time. */
interface Prepared {
  readonly expression: jsonata.Expression;
  readonly budget: Budget;
  lentTo: Surroundings | undefined;
}

/**
 * Parses an expression, and binds what it calls to whoever it is lent to.
 * @throws ExpressionFailed
 */
function prepare(text: string): Prepared {
  const expression = parseExpression(text);
  const budget: Budget = { steps: 0, depth: 0, sortTerms: 0 };
  const prepared: Prepared = { expression, budget, lentTo: undefined };
  const around = (): Surroundings => {
    if (prepared.lentTo !== undefined) return prepared.lentTo;
    throw new ExpressionFailed("EvaluationFailed", "The expression is not being evaluated");
  };
  const chance: Chance = {
    random: () => around().chance.random(),
    uuid: () => around().chance.uuid(),
  };
  const assign = (name: string | symbol, value: unknown): void =>
    expression.assign(name as string, value);
  assign(Symbol.for("jsonata.__evaluate_entry"), (step: Step, input: unknown) => {
    enter(budget, step, input);
    return budget.steps % breathSteps === 0 ? around().breathe() : undefined;
  });
  assign(
    Symbol.for("jsonata.__evaluate_exit"),
    (_step: Step, _input: unknown, _frame: unknown, result: unknown) => leave(budget, result),
  );
  assign("eval", undefined);
  const functions = jsonataFunctions(chance, () => around().nowMs());
  for (const [name, { run, signature }] of Object.entries(functions)) {
    expression.registerFunction(name, run as (...args: unknown[]) => unknown, signature);
  }
  return prepared;
}

/** Characters of the expressions that wait to be lent, of all executions of the process. */
const idleMax = 1_048_576;
const idle = new Map<string, Prepared[]>();
let idleCharacters = 0;

/** Parsing and binding takes longer than most evaluations: what others have used serves again. */
function borrow(text: string): Prepared {
  const found = idle.get(text)?.pop();
  if (found === undefined) return prepare(text);
  idleCharacters -= text.length;
  return found;
}

function giveBack(text: string, prepared: Prepared): void {
  prepared.lentTo = undefined;
  Object.assign(prepared.budget, { steps: 0, depth: 0, sortTerms: 0 });
  const waiting = idle.get(text) ?? [];
  // Those that were used last are dropped last.
  idle.delete(text);
  idle.set(text, waiting);
  waiting.push(prepared);
  idleCharacters += text.length;
  for (const [oldest, { length }] of idle) {
    if (idleCharacters <= idleMax) return;
    idle.delete(oldest);
    idleCharacters -= oldest.length * length;
  }
}

/**
 * An evaluator. Expressions are bounded in steps, nesting and what they build, all counted, so that
 * the same expression ends at the same place on every machine.
 */
export function jsonataEvaluator(
  chance: Chance,
  nowMs: () => number,
  breathe: () => Promise<void> = () => Promise.resolve(),
): Evaluator {
  const lentTo: Surroundings = { chance, nowMs, breathe };
  return {
    async evaluate(expression, bindings) {
      const prepared = borrow(expression);
      prepared.lentTo = lentTo;
      try {
        const result: unknown = await prepared.expression.evaluate(undefined, bindings);
        return result === undefined ? undefined : plain(result);
      } catch (error) {
        throw failureOf(error);
      } finally {
        giveBack(expression, prepared);
      }
    },
  };
}
