import { toJsonSchema } from "../core/schema.ts";
import type { JsonSchema, Schema } from "../core/schema.ts";

/** The named schemas of a document, and how a schema gets into it. */
export interface Components {
  /**
   * A schema as it stands within the document. What it names (`.meta({ id })`, recursion) becomes a
   * component: a reference within the document would not find it elsewhere.
   * @param hint names it where it refers to itself without having a name
   */
  embed(schema: Schema, side: "input" | "output", hint: string): JsonSchema;
  /** Every component by name, in order of name. */
  all(): Readonly<Record<string, JsonSchema>>;
}

const local = "#/$defs/";
const prefix = "#/components/schemas/";

type Definitions = Readonly<Record<string, JsonSchema>>;

/** A copy with every reference replaced. */
function referring(value: unknown, replaced: (reference: string) => string): unknown {
  if (Array.isArray(value)) return value.map((one) => referring(one, replaced));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) =>
      key === "$ref" && typeof member === "string"
        ? [key, replaced(member)]
        : [key, referring(member, replaced)],
    ),
  );
}

/** A definition with all that it refers to, as text: equal texts mean the same. */
function meaningOf(name: string, definitions: Definitions): string {
  const reached = new Set([name]);
  for (const one of reached) {
    referring(definitions[one], (reference) => {
      if (reference.startsWith(local)) reached.add(reference.slice(local.length));
      return reference;
    });
  }
  return JSON.stringify([...reached].map((one) => [one, definitions[one]]));
}

/** What a library makes up for a schema without a name: `__schema0`. */
const unnamed = /^__/;

/** An empty set of components. */
export function makeComponents(): Components {
  const components = new Map<string, JsonSchema>();
  const meanings = new Map<string, string>();
  /** A name that is free, or that means the same already. */
  const nameFor = (wanted: string, side: string, meaning: string): string => {
    const base = wanted.replace(/[^A-Za-z0-9._-]/g, "-");
    const candidates = [base, `${base}.${side}`];
    for (let number = 2; ; number++) {
      const name = candidates.shift() ?? `${base}.${side}.${number}`;
      const known = meanings.get(name);
      if (known === undefined || known === meaning) {
        meanings.set(name, meaning);
        return name;
      }
    }
  };
  return {
    embed(schema, side, hint) {
      const { $schema: _, $defs = {}, ...root } = toJsonSchema(schema, side);
      const refersToItself = JSON.stringify([root, $defs]).includes('"$ref":"#"');
      const own = "__root";
      const definitions: Definitions = {
        ...($defs as Definitions),
        ...(refersToItself ? { [own]: root } : {}),
      };
      const names = new Map(
        Object.keys(definitions).map((name) => {
          const wanted = unnamed.test(name) ? `${hint}${name === own ? "" : name}` : name;
          return [name, nameFor(wanted, side, meaningOf(name, definitions))];
        }),
      );
      const replaced = (reference: string): string => {
        if (reference === "#") return `${prefix}${names.get(own)}`;
        if (!reference.startsWith(local)) return reference;
        return `${prefix}${names.get(reference.slice(local.length))}`;
      };
      for (const [name, definition] of Object.entries(definitions)) {
        components.set(names.get(name) ?? name, referring(definition, replaced) as JsonSchema);
      }
      return refersToItself ? { $ref: replaced("#") } : (referring(root, replaced) as JsonSchema);
    },
    all: () =>
      Object.fromEntries([...components].toSorted(([left], [right]) => (left < right ? -1 : 1))),
  };
}
