import {
  isRecord,
  resolved,
  typesOf,
  withoutNull,
  type Schema,
  type SchemaPart,
} from "./schema.ts";

/** How a part of a value is drawn; `json` is for all that has no form of its own. */
export type Kind = "text" | "number" | "boolean" | "choice" | "fixed" | "list" | "object" | "json";

/** What a form draws for one part of a schema and value. */
export interface Shape {
  readonly kind: Kind;
  /** Without its null, references followed. */
  readonly schema: Schema;
  readonly nullable: boolean;
}

const levelsMax = 6;
/** A longer list is written as JSON. */
const itemsMax = 100;

/** A union of fixed values is a choice, one of texts a text. */
function united(root: SchemaPart, schema: Schema): Schema {
  const options = (schema.anyOf ?? schema.oneOf)?.map((one) => resolved(root, one));
  if (options === undefined || options.length === 0) return schema;
  const { anyOf: _, oneOf: __, ...beside } = schema;
  if (options.every((one) => "const" in one || one.enum !== undefined)) {
    return { ...beside, enum: options.flatMap((one) => one.enum ?? [one.const]) };
  }
  const isText = options.every(
    (one) => typesOf(one)[0] === "string" || typeof one.const === "string",
  );
  return isText ? { ...beside, type: "string" } : schema;
}

function kindOf(schema: Schema): Kind {
  if ("const" in schema) return "fixed";
  if (schema.enum !== undefined && schema.enum.length > 0) return "choice";
  if (schema.anyOf !== undefined || schema.oneOf !== undefined) return "json";
  const types = typesOf(schema);
  if (types.length > 1) return "json";
  switch (types[0]) {
    case "string":
      return "text";
    case "number":
    case "integer":
      return "number";
    case "boolean":
      return "boolean";
    case "array":
      return isRecord(schema.items) && schema.prefixItems === undefined ? "list" : "json";
    case "object":
      return Object.keys(schema.properties ?? {}).length > 0 ? "object" : "json";
    default:
      return "json";
  }
}

/** Whether what is there can be shown by such a field without losing any of it. */
function isShowable(kind: Kind, value: unknown): boolean {
  if (value === undefined) return true;
  switch (kind) {
    case "text":
      return typeof value === "string";
    case "number":
      // What is typed and is no number yet is kept as text.
      return typeof value === "number" || typeof value === "string";
    case "boolean":
      return typeof value === "boolean";
    case "list":
      return Array.isArray(value) && value.length <= itemsMax;
    case "object":
      return isRecord(value);
    case "choice":
    case "fixed":
    case "json":
      return true;
  }
}

/** The shape of a part of a form. */
export function shapeOf(root: SchemaPart, part: SchemaPart, value: unknown, level: number): Shape {
  const { schema: bare, nullable } = withoutNull(root, part);
  const schema = united(root, bare);
  const kind = kindOf(schema);
  const isNull = nullable && value === null;
  const isDrawn = level <= levelsMax && (isNull || isShowable(kind, value));
  return { kind: isDrawn ? kind : "json", schema, nullable };
}

/** A value with one of its names set; `undefined` takes it away. Others stay where they are. */
export function withName(value: unknown, name: string, inner: unknown): Record<string, unknown> {
  const entries = Object.entries(isRecord(value) ? value : {});
  const at = entries.findIndex(([one]) => one === name);
  if (inner === undefined) return Object.fromEntries(entries.filter(([one]) => one !== name));
  if (at === -1) return Object.fromEntries([...entries, [name, inner]]);
  return Object.fromEntries(entries.with(at, [name, inner]));
}

/** The number that a text means; the text itself if it means none. */
export function numberFrom(text: string): number | string {
  const trimmed = text.trim();
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(trimmed)) return text;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : text;
}

/** A value as the text of its editor. */
export const textFrom = (value: unknown): string => JSON.stringify(value, null, 2) ?? "";

/** The value of a text; undefined while it is no JSON. */
export function valueFrom(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
