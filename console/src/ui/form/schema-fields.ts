import { isRecord, typesOf, withoutNull, type Schema, type SchemaPart } from "./schema.ts";

/** One field of a schema, as people read it. */
export interface SchemaField {
  /** `returned[].sku`. */
  readonly path: string;
  /** `string`, `integer | null`, `object[]`. */
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
  /** What its values must keep to, in signs that need no language: `≥ 0`, `a | b`, `/^[a-z]+$/`. */
  readonly rules: readonly string[];
}

/** A schema may refer to itself: so deep and so far it is written out. */
const depthMax = 8;
const fieldsMax = 300;

const text = (value: unknown): string => JSON.stringify(value) ?? "";

function span(low: number | undefined, high: number | undefined): string | undefined {
  if (low === undefined && high === undefined) return undefined;
  if (low === undefined) return `≤ ${high}`;
  return high === undefined ? `≥ ${low}` : `${low}–${high}`;
}

/** The largest and smallest whole numbers say only that a number is one. */
const isSaid = (limit: number | undefined): boolean =>
  limit !== undefined && Math.abs(limit) !== Number.MAX_SAFE_INTEGER;

function rulesOf(schema: Schema): readonly string[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const length = span(schema.minLength, schema.maxLength);
  const items = span(schema.minItems, schema.maxItems);
  const rules = [
    schema.format,
    schema.enum?.map(text).join(" | "),
    "const" in schema ? text(schema.const) : undefined,
    span(isSaid(minimum) ? minimum : undefined, isSaid(maximum) ? maximum : undefined),
    isSaid(exclusiveMinimum) ? `> ${exclusiveMinimum}` : undefined,
    isSaid(exclusiveMaximum) ? `< ${exclusiveMaximum}` : undefined,
    multipleOf === undefined ? undefined : `× ${multipleOf}`,
    length === undefined ? undefined : `length ${length}`,
    items === undefined ? undefined : `items ${items}`,
    schema.pattern === undefined ? undefined : `/${schema.pattern}/`,
    schema.default === undefined ? undefined : `= ${text(schema.default)}`,
  ];
  return rules.filter((rule) => rule !== undefined && rule !== "") as string[];
}

/** The name of what a schema allows; a list by what is in it. */
function typeName(root: SchemaPart, part: SchemaPart, depth: number): string {
  const { schema, nullable } = withoutNull(root, part);
  const ending = nullable ? " | null" : "";
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined && depth < depthMax) {
    const names = new Set(options.map((one) => typeName(root, one, depth + 1)));
    return [...names].join(" | ") + ending;
  }
  const types = typesOf(schema);
  if (types.includes("array") && schema.items !== undefined && depth < depthMax) {
    const inner = typeName(root, schema.items, depth + 1);
    return `${inner.includes("|") ? `(${inner})` : inner}[]${ending}`;
  }
  if (types.length > 0) return types.join(" | ") + ending;
  const values = "const" in schema ? [schema.const] : schema.enum;
  if (values === undefined) return "any";
  return [...new Set(values.map((value) => typeof value))].join(" | ") + ending;
}

/** The fields of a schema, those within others below them. */
export function schemaFields(root: SchemaPart): readonly SchemaField[] {
  const fields: SchemaField[] = [];
  const walk = (part: SchemaPart, path: string, depth: number): void => {
    const { schema } = withoutNull(root, part);
    if (schema.items !== undefined && isRecord(schema.items))
      walk(schema.items, `${path}[]`, depth);
    if (depth >= depthMax) return;
    for (const [name, inner] of Object.entries(schema.properties ?? {})) {
      if (fields.length >= fieldsMax) return;
      const { schema: read } = withoutNull(root, inner);
      const at = path === "" ? name : `${path}.${name}`;
      fields.push({
        path: at,
        type: typeName(root, inner, 0),
        required: schema.required?.includes(name) ?? false,
        description: read.description ?? "",
        rules: rulesOf(read),
      });
      walk(inner, at, depth + 1);
    }
  };
  walk(root, "", 0);
  return fields;
}
