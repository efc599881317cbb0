import type { BinaryExpr, CallExpr, Expr, ValueType } from "./ast.ts";
import { comparisons, setOperators } from "./ast.ts";
import { promqlErrors } from "./errors.ts";
import { aggregations, signatures } from "./signatures.ts";

const named: Readonly<Record<ValueType, string>> = {
  scalar: "scalar",
  string: "string",
  vector: "instant vector",
  matrix: "range vector",
};

const refuse = (why: string): Error => promqlErrors.MOR_PROMQL_INVALID(`parse error: ${why}`);

function expect(expr: Expr, wanted: ValueType, where: string): void {
  const is = checkTypes(expr);
  if (is !== wanted) {
    throw refuse(`expected type ${named[wanted]} in ${where}, got ${named[is]}`);
  }
}

function checkCall({ name, args }: CallExpr): ValueType {
  const known = signatures.get(name);
  if (known === undefined) throw refuse(`unknown function with name "${name}"`);
  const least = known.args.length - known.optional;
  const most = known.variadic ? Number.POSITIVE_INFINITY : known.args.length;
  if (args.length < least || args.length > most) {
    const wanted = known.optional > 0 ? `at least ${least}` : String(least);
    throw refuse(`expected ${wanted} argument(s) in call to "${name}", got ${args.length}`);
  }
  for (const [at, arg] of args.entries()) {
    const wanted = known.args[Math.min(at, known.args.length - 1)] as ValueType;
    expect(arg, wanted, `call to function "${name}"`);
  }
  return known.answers;
}

function checkBinary({ op, left, right, bool, matching }: BinaryExpr): ValueType {
  const types = [checkTypes(left), checkTypes(right)];
  if (types.some((type) => type !== "scalar" && type !== "vector")) {
    throw refuse("binary expression must contain only scalar and instant vector types");
  }
  const scalars = types.filter((type) => type === "scalar").length;
  if (bool && !comparisons.has(op)) {
    throw refuse("bool modifier can only be used on comparison operators");
  }
  if (setOperators.has(op)) {
    if (scalars > 0) throw refuse(`set operator "${op}" not allowed in binary scalar expression`);
    if (matching.many !== "none") throw refuse(`no grouping allowed for "${op}" operation`);
  }
  if (scalars === 2 && comparisons.has(op) && !bool) {
    throw refuse("comparisons between scalars must use BOOL modifier");
  }
  if (scalars > 0 && (matching.on || matching.labels.length > 0)) {
    throw refuse("vector matching only allowed between instant vectors");
  }
  const twice = matching.on && matching.include.find((label) => matching.labels.includes(label));
  if (typeof twice === "string") {
    throw refuse(`label "${twice}" must not occur in ON and GROUP clause at once`);
  }
  return scalars === 2 ? "scalar" : "vector";
}

/**
 * The type of an expression, all its parts checked.
 * @throws MOR_PROMQL_INVALID
 */
export function checkTypes(expr: Expr): ValueType {
  switch (expr.type) {
    case "number":
      return "scalar";
    case "string":
      return "string";
    case "vector":
      return "vector";
    case "matrix":
      return "matrix";
    case "subquery":
      expect(expr.expr, "vector", "subquery");
      return "matrix";
    case "negate": {
      const type = checkTypes(expr.expr);
      if (type === "scalar" || type === "vector") return type;
      throw refuse("unary expression only allowed on expressions of type scalar or instant vector");
    }
    case "binary":
      return checkBinary(expr);
    case "call":
      return checkCall(expr);
    case "aggregate": {
      if (!aggregations.has(expr.op)) throw refuse(`unknown aggregation "${expr.op}"`);
      const wanted = aggregations.get(expr.op);
      if ((wanted === undefined) !== (expr.parameter === undefined)) {
        throw refuse(`wrong number of arguments for aggregate expression "${expr.op}"`);
      }
      if (expr.parameter && wanted) expect(expr.parameter, wanted, "aggregation parameter");
      expect(expr.expr, "vector", `aggregation expression`);
      return "vector";
    }
  }
}
