import type { Json } from "../../core/json.ts";
import { expressionOf, isExpression, parseExpression } from "../asl/language/jsonata.ts";
import { isObject } from "../asl/values.ts";
import { refuse } from "./errors.ts";

/** A node of what the library parses, as far as it is translated. */
interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly steps?: readonly Node[];
  readonly stages?: readonly Node[];
  readonly predicate?: readonly Node[];
  readonly group?: unknown;
  readonly focus?: unknown;
  readonly index?: unknown;
  readonly expr?: Node;
  readonly lhs?: Node | readonly (readonly [Node, Node])[];
  readonly rhs?: Node;
  readonly expression?: Node;
  readonly expressions?: readonly Node[];
  readonly procedure?: Node;
  readonly arguments?: readonly Node[];
  readonly condition?: Node;
  readonly then?: Node;
  readonly else?: Node;
}

/** Where an expression stands, for what refuses it. */
interface Place {
  readonly state: string;
  readonly field: string;
  readonly text: string;
}

const functions = new Set(
  "not boolean count sum max min average uppercase lowercase length abs floor ceil string".split(
    " ",
  ),
);

/** Python text of a constant. */
export function literal(value: Json): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value);
  // JSON's escapes are Python's, but for lone surrogates, which both take.
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(literal).join(", ")}]`;
  const entries = Object.entries(value).map(([key, one]) => `${literal(key)}: ${literal(one)}`);
  return `{${entries.join(", ")}}`;
}

function unknown({ state, field, text }: Place, what: string): never {
  return refuse(state, `${field} is {% ${text} %}, and ${what} has no counterpart in the export`);
}

function variable(name: string, place: Place): string {
  if (name === "states") return "s.states";
  if (name === "") return unknown(place, "$");
  return `s.var(${literal(name)})`;
}

/** Indexes behind a step: `[0]`. */
function indexed(code: string, filters: readonly Node[] | undefined, place: Place): string {
  return (filters ?? []).reduce((inner, { expr }) => {
    const isNegative = expr?.type === "unary" && expr.value === "-";
    const index = isNegative ? expr.expression : expr;
    if (index?.type !== "number") return unknown(place, "a filter");
    return `at(${inner}, ${isNegative ? "-" : ""}${String(index.value)})`;
  }, code);
}

function path({ steps = [] }: Node, place: Place): string {
  const [first, ...rest] = steps;
  if (first === undefined) return unknown(place, "an empty path");
  if (first.type === "name") return unknown(place, "a field without $states");
  let code = indexed(python(first, place), first.stages, place);
  for (const step of rest) {
    const isPlain =
      step.group === undefined && step.focus === undefined && step.index === undefined;
    if (step.type !== "name" || !isPlain) return unknown(place, `a step of type ${step.type}`);
    code = indexed(`get(${code}, ${literal(String(step.value))})`, step.stages, place);
  }
  return code;
}

function binary(node: Node, place: Place): string {
  const operator = String(node.value);
  const [a, b] = [python(node.lhs as Node, place), python(node.rhs as Node, place)];
  if (["+", "-", "*", "/", "%"].includes(operator)) return `arithmetic("${operator}", ${a}, ${b})`;
  if (["<", "<=", ">", ">="].includes(operator)) return `compare("${operator}", ${a}, ${b})`;
  if (operator === "=") return `equal(${a}, ${b})`;
  if (operator === "!=") return `unequal(${a}, ${b})`;
  if (operator === "&") return `(text(${a}) + text(${b}))`;
  if (operator === "in") return `contains(${a}, ${b})`;
  if (operator === "and" || operator === "or") return `(true(${a}) ${operator} true(${b}))`;
  return unknown(place, operator);
}

function unary(node: Node, place: Place): string {
  if (node.value === "-") return `arithmetic("-", 0, ${python(node.expression as Node, place)})`;
  if (node.value === "[") {
    const items = (node.expressions ?? []).map((one) => {
      const keeps = one.type === "unary" && one.value === "[";
      return `(${literal(keeps)}, ${python(one, place)})`;
    });
    return `listed(${items.join(", ")})`;
  }
  if (node.value !== "{") return unknown(place, String(node.value));
  const pairs = (node.lhs as readonly (readonly [Node, Node])[]).map(([key, value]) => {
    if (key.type !== "string") return unknown(place, "a computed key");
    return `(${literal(String(key.value))}, ${python(value, place)})`;
  });
  return `record(${pairs.join(", ")})`;
}

function call(node: Node, place: Place): string {
  const name = String(node.procedure?.value);
  const args = node.arguments ?? [];
  if (node.procedure?.type !== "variable" || !functions.has(name) || args.length !== 1) {
    return unknown(place, `the function $${name}`);
  }
  return `function(${literal(name)}, ${args.map((one) => python(one, place)).join(", ")})`;
}

function python(node: Node, place: Place): string {
  if (node.group !== undefined) return unknown(place, "grouping");
  switch (node.type) {
    case "path":
      return path(node, place);
    case "variable":
      return indexed(variable(String(node.value), place), node.predicate, place);
    case "string":
    case "number":
    case "value":
      return literal(node.value as Json);
    case "binary":
      return binary(node, place);
    case "unary":
      return unary(node, place);
    case "function":
      return call(node, place);
    case "condition": {
      const [test, then] = [node.condition as Node, node.then as Node];
      const other = node.else === undefined ? "U" : python(node.else, place);
      return `(${python(then, place)} if true(${python(test, place)}) else ${other})`;
    }
    case "block": {
      const [only, ...more] = node.expressions ?? [];
      if (only === undefined || more.length > 0) return unknown(place, "a block of several steps");
      return python(only, place);
    }
    default:
      return unknown(place, `an expression of type ${node.type}`);
  }
}

/**
 * Python that builds a value of a state from the scope `s`: constants as they are, each expression
 * translated.
 * @throws MOR_EXPORT_UNSUPPORTED for what is not translated
 */
export function pythonValue(value: Json, state: string, field: string): string {
  if (typeof value === "string" && isExpression(value)) {
    const text = expressionOf(value);
    const code = python(parseExpression(text).ast() as Node, { state, field, text });
    return `needed(${code}, ${literal(field)})`;
  }
  if (Array.isArray(value)) {
    const items = (value as readonly Json[]).map((one, index) =>
      pythonValue(one, state, `${field}[${index}]`),
    );
    return `[${items.join(", ")}]`;
  }
  if (!isObject(value)) return literal(value);
  const entries = Object.entries(value).map(
    ([key, one]) => `${literal(key)}: ${pythonValue(one, state, `${field}/${key}`)}`,
  );
  return `{${entries.join(", ")}}`;
}
