import type { SqlValue } from "../../core/store.ts";
import type { FieldType, IndexField, RowQuery } from "./driver.ts";
import { tableErrors } from "./errors.ts";
import { encodedParts } from "./keys.ts";
import type { AnyTable, ListOptions } from "./table.ts";

/** Rows of a page at most. */
export const pageRowsMax = 1000;
const pageRowsDefault = 100;

/** A list of any table. */
export type AnyListOptions = ListOptions<Record<string, unknown>>;

/** Above every text that begins with the one before it. */
const last = "\u{10FFFF}";

/** A value as drivers compare it. */
function comparable(table: AnyTable, { name, type }: IndexField, value: unknown): SqlValue {
  const fits: Readonly<Record<FieldType, boolean>> = {
    text: typeof value === "string",
    number: typeof value === "number",
    boolean: typeof value === "boolean",
  };
  if (!fits[type]) {
    throw tableErrors.MOR_TABLE_QUERY(`table ${table.name}: ${name} is compared as ${type}`);
  }
  return typeof value === "boolean" ? Number(value) : (value as SqlValue);
}

function refuse(table: AnyTable, why: string): never {
  throw tableErrors.MOR_TABLE_QUERY(`table ${table.name}: ${why}`);
}

/** The values of `where`, which must be those of the first of `fields`. */
function leading(table: AnyTable, fields: readonly string[], options: AnyListOptions): unknown[] {
  const given = Object.entries(options.where ?? {}).filter(([, value]) => value !== undefined);
  const names = new Set(fields.slice(0, given.length));
  const stray = given.find(([name]) => !names.has(name));
  if (stray !== undefined) {
    const by = options.index === undefined ? "the key" : `the index ${options.index}`;
    refuse(table, `where has ${stray[0]}, but ${by} begins with ${fields.join(", ")}`);
  }
  return fields.slice(0, given.length).map((name) => options.where?.[name]);
}

interface Bound {
  readonly value: SqlValue;
  readonly inclusive: boolean;
}

type Bounds = Pick<RowQuery, "from" | "to">;

/** Bounds of a field; `value` makes what is compared. */
function boundsOf(options: AnyListOptions, value: (given: unknown) => SqlValue): Bounds {
  const { range, prefix } = options;
  const bound = (inclusive: unknown, exclusive: unknown): Bound | undefined => {
    if (inclusive !== undefined) return { value: value(inclusive), inclusive: true };
    return exclusive === undefined ? undefined : { value: value(exclusive), inclusive: false };
  };
  const from = bound(prefix ?? range?.gte, range?.gt);
  const above = prefix === undefined ? undefined : prefix + last;
  const to = bound(range?.lte, range?.lt ?? above);
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

/** By key: equal leading fields are a range of encoded keys. */
function byKey(table: AnyTable, options: AnyListOptions): Pick<RowQuery, "equal"> & Bounds {
  const values = leading(table, table.keyFields, options);
  const begin = encodedParts(table, values);
  const bounded = options.range !== undefined || options.prefix !== undefined;
  if (values.length === table.keyFields.length) {
    if (bounded) refuse(table, "where names a whole key; there is nothing left to bound");
    const bound = { value: begin, inclusive: true };
    return { equal: [], from: bound, to: bound };
  }
  const nextField = table.keyFields[values.length] ?? "";
  const next = (given: unknown): string =>
    given === "" ? begin : begin + encodedParts({ ...table, keyFields: [nextField] }, [given]);
  const bounds = boundsOf(options, next);
  const inner = values.length < table.keyFields.length - 1;
  const { gt, lte } = options.range ?? {};
  if (inner && (gt !== undefined || lte !== undefined)) {
    // Keys continue after this field: what begins with the bound is not past it.
    refuse(table, `${nextField} is not the last field of the key: bound it by gte and lt`);
  }
  const whole = { value: begin + last, inclusive: false };
  return {
    equal: [],
    ...(begin === "" ? {} : { from: { value: begin, inclusive: true }, to: whole }),
    ...bounds,
  };
}

function byIndex(table: AnyTable, options: AnyListOptions): Pick<RowQuery, "equal"> & Bounds {
  const index = table.indexes.find(({ name }) => name === options.index);
  if (index === undefined) return refuse(table, `there is no index ${String(options.index)}`);
  const names = index.fields.map(({ name }) => name);
  const values = leading(table, names, options);
  const equal = values.map((value, at) => comparable(table, index.fields[at] as IndexField, value));
  const next = index.fields[equal.length];
  if (next === undefined && (options.range !== undefined || options.prefix !== undefined)) {
    refuse(table, `where names every field of ${index.name}; there is nothing left to bound`);
  }
  const bounds = boundsOf(options, (given) => comparable(table, next as IndexField, given));
  return { equal, ...bounds };
}

function decodedCursor(table: AnyTable, cursor: string): readonly SqlValue[] {
  try {
    const after: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    const plain = (value: unknown): boolean => ["string", "number"].includes(typeof value);
    if (Array.isArray(after) && after.length > 0 && after.every(plain)) return after as SqlValue[];
  } catch {
    // Refused below, as any other text is.
  }
  throw tableErrors.MOR_TABLE_CURSOR(`table ${table.name}: ${JSON.stringify(cursor)}`);
}

/** Where a page ended, as text for the caller. */
export function encodedCursor(next: readonly SqlValue[]): string {
  return Buffer.from(JSON.stringify(next)).toString("base64url");
}

/** A list as its driver answers it. */
export function queryOf(table: AnyTable, options: AnyListOptions = {}): RowQuery {
  const limit = options.limit ?? pageRowsDefault;
  if (!Number.isInteger(limit) || limit < 1 || limit > pageRowsMax) {
    throw tableErrors.MOR_TABLE_PAGE_TOO_LARGE(
      `table ${table.name}: a page of ${limit} rows, 1 to ${pageRowsMax} are allowed`,
    );
  }
  const { index, cursor } = options;
  const part = index === undefined ? byKey(table, options) : byIndex(table, options);
  const fields = table.indexes.find(({ name }) => name === index)?.fields ?? [];
  const after = cursor === undefined ? undefined : decodedCursor(table, cursor);
  if (after !== undefined && after.length !== fields.length - part.equal.length + 1) {
    throw tableErrors.MOR_TABLE_CURSOR(`table ${table.name}: the cursor is of another list`);
  }
  return {
    ...part,
    descending: options.order === "desc",
    limit,
    ...(index === undefined ? {} : { index }),
    ...(after === undefined ? {} : { after }),
  };
}
