/**
 * The part of JSON Schema 2020-12 that a form knows. A schema comes from the server: what does
 * not read as said here counts as not said.
 */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly properties?: Readonly<Record<string, SchemaPart>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: SchemaPart;
  readonly patternProperties?: Readonly<Record<string, SchemaPart>>;
  readonly propertyNames?: SchemaPart;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly items?: SchemaPart;
  readonly prefixItems?: readonly SchemaPart[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly anyOf?: readonly SchemaPart[];
  readonly oneOf?: readonly SchemaPart[];
  readonly allOf?: readonly SchemaPart[];
  readonly not?: SchemaPart;
  readonly $defs?: Readonly<Record<string, SchemaPart>>;
  readonly definitions?: Readonly<Record<string, SchemaPart>>;
}

/** `true` allows everything, `false` nothing. */
export type SchemaPart = Schema | boolean;

/** An object that is neither null nor an array. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A reference that leads to a reference that leads to… is followed so often. */
const hopsMax = 32;

/** What a reference within the schema points at; undefined for those that lead outside. */
function pointedAt(root: SchemaPart, reference: string): SchemaPart | undefined {
  if (!reference.startsWith("#")) return undefined;
  let found: unknown = root;
  const pointer = decodeURIComponent(reference.slice(1));
  if (pointer !== "" && !pointer.startsWith("/")) return undefined;
  for (const token of pointer.split("/").slice(1)) {
    const name = token.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) {
      return undefined;
    }
    found = (found as Record<string, unknown>)[name];
  }
  return typeof found === "boolean" || isRecord(found) ? (found as SchemaPart) : undefined;
}

/** Two schemas that both hold: names together, otherwise the later word. */
function both(one: Schema, other: Schema): Schema {
  const { allOf: _, ...rest } = one;
  const required = [...new Set([...(one.required ?? []), ...(other.required ?? [])])];
  return {
    ...rest,
    ...other,
    ...(one.properties || other.properties
      ? { properties: { ...one.properties, ...other.properties } }
      : {}),
    ...(required.length > 0 ? { required } : {}),
  };
}

/**
 * A schema with its reference followed and its `allOf` laid together: what a form draws.
 * Validation does not use it, since laying together forgets the weaker of two bounds.
 */
export function resolved(root: SchemaPart, part: SchemaPart, hops = 0): Schema {
  if (typeof part === "boolean") return {};
  if (hops > hopsMax) return {};
  let schema = part;
  if (typeof part.$ref === "string") {
    const { $ref, ...beside } = part;
    const target = pointedAt(root, $ref);
    schema = target === undefined ? beside : both(resolved(root, target, hops + 1), beside);
  }
  for (const one of schema.allOf ?? []) schema = both(schema, resolved(root, one, hops + 1));
  return schema;
}

/** The types that a schema names; none if it leaves them open. */
export function typesOf({ type }: Schema): readonly string[] {
  if (typeof type === "string") return [type];
  return Array.isArray(type) ? (type as readonly string[]) : [];
}

const isNullOnly = (schema: Schema): boolean =>
  schema.type === "null" || ("const" in schema && schema.const === null);

/** A schema without its null, and whether it had one: `anyOf`, `oneOf`, a list of types, enum. */
export function withoutNull(
  root: SchemaPart,
  part: SchemaPart,
): { readonly schema: Schema; readonly nullable: boolean } {
  const schema = resolved(root, part);
  for (const word of ["anyOf", "oneOf"] as const) {
    const options = schema[word];
    if (options === undefined) continue;
    const rest = options.filter((one) => !isNullOnly(resolved(root, one)));
    const nullable = rest.length < options.length;
    const { [word]: _, ...beside } = schema;
    if (nullable && rest.length === 0) {
      return { schema: { ...beside, type: "null" }, nullable: false };
    }
    const [only] = rest;
    if (only !== undefined && rest.length === 1) {
      return { schema: both(resolved(root, only), beside), nullable };
    }
    return { schema: nullable ? { ...beside, [word]: rest } : schema, nullable };
  }
  const types = typesOf(schema);
  if (types.length > 1 && types.includes("null")) {
    const rest = types.filter((type) => type !== "null");
    const values = schema.enum?.filter((value) => value !== null);
    return {
      schema: {
        ...schema,
        type: rest.length === 1 ? (rest[0] ?? []) : rest,
        ...(values && { enum: values }),
      },
      nullable: true,
    };
  }
  return { schema, nullable: false };
}

/** A step into a value, as a JSON Pointer has it. */
export const within = (path: string, name: string | number): string =>
  `${path}/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;

/** A reference's target, for those that follow it themselves. */
export const follow = (root: SchemaPart, reference: string): SchemaPart | undefined => {
  try {
    return pointedAt(root, reference);
  } catch {
    return undefined; // A malformed escape in the pointer.
  }
};

/** The regular expression of a pattern; undefined for one that the browser does not know. */
export function patternOf(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return undefined;
  }
}

/** Whether two JSON values are the same. */
export function equal(one: unknown, other: unknown): boolean {
  if (Object.is(one, other) || one === other) return true;
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((value, index) => equal(value, other[index]));
  }
  if (!isRecord(one) || !isRecord(other)) return false;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && equal(one[name], other[name]))
  );
}
