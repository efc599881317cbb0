import { isolated } from "../../i18n/foreign.ts";
import type { MessageKey, MessageValues } from "../../i18n/messages.ts";
import { formatOf } from "./formats.ts";
import {
  equal,
  follow,
  isRecord,
  patternOf,
  typesOf,
  within,
  type Schema,
  type SchemaPart,
} from "./schema.ts";

/** What is wrong at one place, as a message. */
export interface Problem {
  readonly key: MessageKey;
  readonly values?: MessageValues;
}

/** The first problem of each place; a place is a JSON Pointer, "" the value itself. */
export type Problems = ReadonlyMap<string, Problem>;

type Report = (path: string, key: MessageKey, values?: MessageValues) => void;

/** Deeper values and longer ways of references are the server's to judge. */
const depthMax = 200;
/** A longer text is not matched: a pattern may take its time. */
const matchedMax = 10_000;

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isRecord(value);
    case "integer":
      return Number.isInteger(value);
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    default:
      return typeof value === type;
  }
}

const typeKeys: Readonly<Record<string, MessageKey>> = {
  string: "form.problem.string",
  number: "form.problem.number",
  integer: "form.problem.integer",
  boolean: "form.problem.boolean",
  array: "form.problem.array",
  object: "form.problem.object",
  null: "form.problem.null",
};

function checkText(schema: Schema, value: string, path: string, report: Report): void {
  const length = Array.from(value).length;
  const { minLength = 0, maxLength = Infinity, pattern, format } = schema;
  if (length < minLength) report(path, "form.problem.short", { count: minLength });
  if (length > maxLength) report(path, "form.problem.long", { count: maxLength });
  const known = formatOf(format);
  if (known !== undefined && !known.holds(value)) {
    report(path, "form.problem.format", { example: known.example });
  }
  if (typeof pattern === "string" && value.length <= matchedMax) {
    const expression = patternOf(pattern);
    if (expression?.test(value) === false) {
      report(path, "form.problem.pattern", { pattern: isolated(pattern, 120) });
    }
  }
}

/** Whether a number is a multiple, as far as doubles can say. */
function isMultiple(value: number, of: number): boolean {
  const ratio = value / of;
  return Math.abs(ratio - Math.round(ratio)) <= 1e-9 * Math.max(1, Math.abs(ratio));
}

function checkNumber(schema: Schema, value: number, path: string, report: Report): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const bound = (key: MessageKey, limit: number): void =>
    report(path, key, { limit: String(limit) });
  if (minimum !== undefined && value < minimum) bound("form.problem.least", minimum);
  if (maximum !== undefined && value > maximum) bound("form.problem.most", maximum);
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) {
    bound("form.problem.above", exclusiveMinimum);
  }
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) {
    bound("form.problem.below", exclusiveMaximum);
  }
  if (multipleOf !== undefined && multipleOf > 0 && !isMultiple(value, multipleOf)) {
    bound("form.problem.multiple", multipleOf);
  }
}

/** One judgement of a value: the schema's root, and where problems go. */
class Judgement {
  readonly root: SchemaPart;
  readonly report: Report;

  constructor(root: SchemaPart, report: Report) {
    this.root = root;
    this.report = report;
  }

  check(part: SchemaPart, value: unknown, path: string, depth: number): void {
    if (part === true || depth > depthMax) return;
    if (part === false) return this.report(path, "form.problem.unexpected");
    if (typeof part.$ref === "string") {
      const target = follow(this.root, part.$ref);
      if (target !== undefined) this.check(target, value, path, depth + 1);
    }
    const types = typesOf(part);
    if (types.length > 0 && !types.some((type) => isOfType(value, type))) {
      const [only = ""] = types;
      const key = types.length === 1 ? typeKeys[only] : undefined;
      return this.report(path, key ?? "form.problem.type", { types: isolated(types.join(", ")) });
    }
    this.checkChoice(part, value, path, depth);
    if (typeof value === "string") checkText(part, value, path, this.report);
    else if (typeof value === "number") checkNumber(part, value, path, this.report);
    else if (Array.isArray(value)) this.checkArray(part, value, path, depth);
    else if (isRecord(value)) this.checkObject(part, value, path, depth);
  }

  private holds(part: SchemaPart, value: unknown, depth: number): boolean {
    let holds = true;
    new Judgement(this.root, () => (holds = false)).check(part, value, "", depth + 1);
    return holds;
  }

  private checkChoice(schema: Schema, value: unknown, path: string, depth: number): void {
    if (schema.enum !== undefined && !schema.enum.some((one) => equal(one, value))) {
      this.report(path, "form.problem.choice");
    }
    if ("const" in schema && !equal(schema.const, value)) {
      this.report(path, "form.problem.fixed", {
        value: isolated(JSON.stringify(schema.const), 60),
      });
    }
    for (const one of schema.allOf ?? []) this.check(one, value, path, depth + 1);
    const holding = (options: readonly SchemaPart[]): number =>
      options.filter((one) => this.holds(one, value, depth)).length;
    if (schema.anyOf !== undefined && holding(schema.anyOf) === 0) {
      this.reportNearest(schema.anyOf, value, path, depth);
    }
    if (schema.oneOf !== undefined) {
      const count = holding(schema.oneOf);
      if (count === 0) this.reportNearest(schema.oneOf, value, path, depth);
      else if (count > 1) this.report(path, "form.problem.several", { count });
    }
    if (schema.not !== undefined && this.holds(schema.not, value, depth)) {
      this.report(path, "form.problem.unexpected");
    }
  }

  /** With a single option besides null its own problems say more than "none fits". */
  private reportNearest(
    options: readonly SchemaPart[],
    value: unknown,
    path: string,
    depth: number,
  ): void {
    const rest = options.filter((one) => one === true || one === false || one.type !== "null");
    const [only] = rest;
    if (only !== undefined && rest.length === 1) this.check(only, value, path, depth + 1);
    else this.report(path, "form.problem.none");
  }

  private checkArray(
    schema: Schema,
    values: readonly unknown[],
    path: string,
    depth: number,
  ): void {
    const { minItems = 0, maxItems = Infinity, prefixItems = [], items, uniqueItems } = schema;
    if (values.length < minItems) this.report(path, "form.problem.few", { count: minItems });
    if (values.length > maxItems) this.report(path, "form.problem.many", { count: maxItems });
    if (uniqueItems === true && values.length <= 1000) {
      const twice = values.some((value, at) =>
        values.slice(0, at).some((earlier) => equal(earlier, value)),
      );
      if (twice) this.report(path, "form.problem.twice");
    }
    values.forEach((value, index) => {
      const part = prefixItems[index] ?? items;
      if (part !== undefined) this.check(part, value, within(path, index), depth + 1);
    });
  }

  private checkObject(
    schema: Schema,
    value: Readonly<Record<string, unknown>>,
    path: string,
    depth: number,
  ): void {
    const { properties = {}, required = [], minProperties = 0, maxProperties = Infinity } = schema;
    const names = Object.keys(value).filter((name) => value[name] !== undefined);
    for (const name of required) {
      if (!names.includes(name)) this.report(within(path, name), "form.problem.required");
    }
    if (names.length < minProperties) {
      this.report(path, "form.problem.fewNames", { count: minProperties });
    }
    if (names.length > maxProperties) {
      this.report(path, "form.problem.manyNames", { count: maxProperties });
    }
    const patterns = Object.entries(schema.patternProperties ?? {});
    for (const name of names) {
      const inner = within(path, name);
      const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
      const fitting = patterns.filter(([pattern]) => patternOf(pattern)?.test(name));
      const parts = [...(own === undefined ? [] : [own]), ...fitting.map(([, part]) => part)];
      if (parts.length === 0 && schema.additionalProperties !== undefined) {
        parts.push(schema.additionalProperties);
      }
      for (const part of parts) this.check(part, value[name], inner, depth + 1);
      if (schema.propertyNames !== undefined && !this.holds(schema.propertyNames, name, depth)) {
        this.report(inner, "form.problem.name");
      }
    }
  }
}

/**
 * What of a value a schema would not take. Meant to say it while somebody types: the server
 * judges, and knows words (`if`, `dependentSchemas`, `unevaluatedProperties`) that this does not.
 */
export function problemsOf(
  schema: SchemaPart,
  value: unknown,
  /** Where references lead, if the schema is a part of another. */
  root: SchemaPart = schema,
): Problems {
  const problems = new Map<string, Problem>();
  const judgement = new Judgement(root, (path, key, values) => {
    if (!problems.has(path)) problems.set(path, values === undefined ? { key } : { key, values });
  });
  judgement.check(schema, value, "", 0);
  return problems;
}
