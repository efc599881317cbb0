import { withoutNull, typesOf, type Schema, type SchemaPart } from "../../ui/form/schema.ts";
import type { AnswerOf } from "../../api/client.ts";
import type { Parameter } from "../../view.ts";

/** Fields of a key or an index at most, of those that the URL has. */
const fieldsMax = 16;

/** A table as the API describes it. */
export type Table = AnswerOf<"/tables/{name}", "get">;

/** A row of any table. */
export type Row = Readonly<Record<string, unknown>>;

/** What a field is compared as. */
export type FieldType = "text" | "number" | "boolean";

/** A field by which rows can be looked up. */
export interface Field {
  readonly name: string;
  readonly type: FieldType;
}

/** The schemas of a row's fields, in the order in which they are declared. */
export function fieldsOf(row: SchemaPart): readonly (readonly [name: string, schema: Schema])[] {
  const { schema } = withoutNull(row, row);
  return Object.entries(schema.properties ?? {}).map(
    ([name, part]) => [name, withoutNull(row, part).schema] as const,
  );
}

/** The fields that a look-up by an index goes through, or by the key. */
export function lookUpFields(
  { key, indexes, row }: Pick<Table, "key" | "indexes" | "row">,
  index: string | undefined,
): readonly Field[] {
  const found = indexes.find(({ name }) => name === index);
  if (found !== undefined) return found.fields;
  const schemas = new Map(fieldsOf(row as SchemaPart));
  return key.map((name) => {
    const types = typesOf(schemas.get(name) ?? {});
    const isNumber = types.includes("number") || types.includes("integer");
    return { name, type: isNumber ? "number" : "text" };
  });
}

/** A typed text as the value of a field; undefined when it is none. */
export function valueOf({ type }: Field, typed: string): string | number | boolean | undefined {
  if (type === "text") return typed;
  if (type === "boolean") return { true: true, false: false }[typed.trim()];
  const value = Number(typed);
  return typed.trim() !== "" && Number.isFinite(value) ? value : undefined;
}

/** How rows are looked for, as the URL has it: what was typed, field by field. */
export interface LookUp {
  readonly fields: readonly Field[];
  readonly typed: readonly string[];
}

/** A list of texts in the URL; what is none is no list. */
export const typedTexts: Parameter<readonly string[]> = (value) =>
  Array.isArray(value) && value.length > 0 ? value.slice(0, fieldsMax).map(String) : undefined;

/** A key in the URL, as JSON text or as what that text says. */
export const keyParameter: Parameter<string> = (value) => {
  if (value === undefined || value === null || value === "") return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
};

/** The exact values of the leading fields, or the field whose text is no value of its type. */
export function whereOf({
  fields,
  typed,
}: LookUp): { readonly where: Row; readonly next: Field | undefined } | { readonly wrong: Field } {
  const where: Record<string, unknown> = {};
  for (const [at, field] of fields.entries()) {
    const text = typed[at] ?? "";
    if (text === "") return { where, next: field };
    const value = valueOf(field, text);
    if (value === undefined) return { wrong: field };
    where[field.name] = value;
  }
  return { where, next: undefined };
}

/** The key of a row as the API takes it: its value, or an object of its fields. */
export function keyOf(key: readonly string[], row: Row): string {
  const [only = ""] = key;
  if (key.length === 1) return JSON.stringify(row[only]);
  return JSON.stringify(Object.fromEntries(key.map((field) => [field, row[field]])));
}

/** A key as people read it: `a`, `a / 1`. */
export function keyText(key: string): string {
  try {
    const value: unknown = JSON.parse(key);
    if (typeof value !== "object" || value === null) return String(value);
    return Object.values(value).map(String).join(" / ");
  } catch {
    return key;
  }
}
