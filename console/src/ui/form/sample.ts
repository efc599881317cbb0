import { formatOf } from "./formats.ts";
import { textMatching } from "./pattern-sample.ts";
import { problemsOf } from "./problems.ts";
import { resolved, typesOf, withoutNull, type Schema, type SchemaPart } from "./schema.ts";

/** A list in a list in a list… ends here. */
const depthMax = 8;
const lengthMax = 10_000;

function sampleText(schema: Schema, name: string, nth: number): string {
  const { format, pattern, maxLength = Infinity } = schema;
  // Nobody looks at a longer one; the schema may ask for more than memory holds.
  const least = Math.min(schema.minLength ?? 0, lengthMax);
  const example = formatOf(format)?.example;
  if (example !== undefined) return example;
  const matching = pattern === undefined ? undefined : textMatching(pattern);
  if (pattern !== undefined && matching !== undefined) {
    const padded = matching.padEnd(least, "a");
    return problemsOf({ pattern }, padded).size === 0 ? padded : matching;
  }
  const long = (nth === 0 ? name : `${name} ${nth + 1}`).padEnd(least, "a");
  if (nth === 0 || long.length <= maxLength) return Array.from(long).slice(0, maxLength).join("");
  const digits = String(nth).padStart(least, "a");
  return digits.slice(Math.max(0, digits.length - maxLength));
}

function sampleNumber(schema: Schema, isInteger: boolean, nth: number): number {
  const { minimum = -Infinity, maximum = Infinity, multipleOf } = schema;
  const { exclusiveMinimum: above = -Infinity, exclusiveMaximum: below = Infinity } = schema;
  const step = multipleOf ?? (isInteger ? 1 : undefined);
  const [low, high] = [Math.max(minimum, above), Math.min(maximum, below)];
  const isFree = (value: number): boolean => value > above && value < below;
  const wanted = Math.min(Math.max(1 + nth, low), high);
  if (step === undefined) {
    if (isFree(wanted)) return wanted;
    if (Number.isFinite(low) && Number.isFinite(high)) return low + (high - low) / 2;
    return wanted === low
      ? low + Math.max(1, Math.abs(low) / 2)
      : high - Math.max(1, Math.abs(high) / 2);
  }
  const near = Math.ceil(wanted / step) * step;
  const candidates = [
    near,
    near + step,
    near - step,
    Math.floor(wanted / step) * step,
    near - 2 * step,
  ];
  return candidates.find((one) => isFree(one) && one >= minimum && one <= maximum) ?? near;
}

/** One way through a schema; `nth` makes a list's items differ where they can. */
class Sampler {
  readonly root: SchemaPart;
  /** The references that are being followed: a list of one of them would go round. */
  private readonly followed = ["#"];

  constructor(root: SchemaPart) {
    this.root = root;
  }

  of(part: SchemaPart, name: string, depth: number, nth = 0): unknown {
    const reference = typeof part === "boolean" ? undefined : part.$ref;
    if (reference === undefined) return this.ofPlain(part, name, depth, nth);
    this.followed.push(reference);
    const sample = this.ofPlain(part, name, depth, nth);
    this.followed.pop();
    return sample;
  }

  private ofPlain(part: SchemaPart, name: string, depth: number, nth: number): unknown {
    const said = this.said(resolved(this.root, part), part, nth);
    if (said !== undefined) return said;
    const { schema, nullable } = withoutNull(this.root, part);
    const options = schema.anyOf ?? schema.oneOf;
    if (depth > depthMax) return nullable ? null : undefined;
    if (options !== undefined) return this.firstFitting(schema, options, name, depth, nth);
    const [type = this.impliedType(schema)] = typesOf(schema);
    if (type === "object") return this.object(schema, depth);
    if (type === "array") return this.array(schema, name, depth);
    if (type === "number" || type === "integer")
      return sampleNumber(schema, type === "integer", nth);
    if (type === "boolean") return nth % 2 === 1;
    if (type === "string") return sampleText(schema, name, nth);
    return null;
  }

  /** What the schema says itself, if it keeps to its own word. */
  private said(schema: Schema, part: SchemaPart, nth: number): unknown {
    if ("const" in schema) return schema.const;
    const own = [schema.default, ...(schema.examples ?? [])];
    if (schema.enum !== undefined && schema.enum.length > 0) {
      if (nth === 0 && schema.enum.includes(schema.default)) return schema.default;
      return schema.enum[nth % schema.enum.length];
    }
    const fitting = own.filter((value) => value !== undefined && this.fits(part, value));
    return fitting[nth];
  }

  private fits(part: SchemaPart, value: unknown): boolean {
    return problemsOf(part, value, this.root).size === 0;
  }

  private impliedType(schema: Schema): string {
    if (schema.properties !== undefined || schema.required !== undefined) return "object";
    if (schema.items !== undefined || schema.prefixItems !== undefined) return "array";
    const { pattern, format, minLength, maxLength } = schema;
    return [pattern, format, minLength, maxLength].some((word) => word !== undefined)
      ? "string"
      : "unknown";
  }

  private firstFitting(
    schema: Schema,
    options: readonly SchemaPart[],
    name: string,
    depth: number,
    nth: number,
  ): unknown {
    const samples = options.map((option) => this.of(option, name, depth + 1, nth));
    return (
      samples.find((sample) => sample !== undefined && this.fits(schema, sample)) ?? samples[0]
    );
  }

  private object(schema: Schema, depth: number): unknown {
    const { properties = {}, required = [] } = schema;
    const value: Record<string, unknown> = {};
    const names = [...new Set([...Object.keys(properties), ...required])];
    for (const name of names) {
      const part = Object.hasOwn(properties, name) ? (properties[name] ?? true) : true;
      const isWanted = required.includes(name) || resolved(this.root, part).default !== undefined;
      const inner = isWanted ? this.of(part, name, depth + 1) : undefined;
      // Not by assignment: a property may be named __proto__.
      if (inner !== undefined) {
        Object.defineProperty(value, name, {
          value: inner,
          enumerable: true,
          writable: true,
          configurable: true,
        });
      }
    }
    return value;
  }

  private array(schema: Schema, name: string, depth: number): unknown {
    const { prefixItems = [], items, minItems = 0, maxItems = Infinity } = schema;
    const fixed = prefixItems.map((part, at) => this.of(part, `${name} ${at + 1}`, depth + 1));
    const isOpen = typeof items !== "object" || this.followed.includes(items.$ref ?? "");
    const wanted = isOpen ? minItems : Math.max(1, minItems);
    const more = Math.max(0, Math.min(wanted, maxItems, 1000) - fixed.length);
    const rest = Array.from({ length: more }, (_, nth) =>
      this.of(items ?? true, name, depth + 1, nth),
    );
    const all = [...fixed, ...rest];
    // A list of what ends nowhere is empty, if it may be.
    return all.includes(undefined) ? [] : all;
  }
}

/** A plausible first value of a schema: what it says itself, or the least that fits. */
export function sampleOf(
  schema: SchemaPart,
  /** Where references lead, if the schema is a part of another. */
  root: SchemaPart = schema,
  /** What texts are made of, unless the schema says more. */
  name = "text",
): unknown {
  const sample = new Sampler(root).of(schema, name, 0);
  return sample === undefined ? null : sample;
}
