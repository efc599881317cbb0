import { coreErrors } from "../../core/errors.ts";
import { capability, checkName } from "../../core/resource.ts";
import type { Capability, Resource } from "../../core/resource.ts";
import { toJsonSchema } from "../../core/schema.ts";
import type { InputOf, OutputOf, Schema } from "../../core/schema.ts";
import type { Transactional } from "../../core/transaction.ts";
import type { FieldType, IndexSpec } from "./driver.ts";

/** Names of a row's fields. */
export type FieldOf<Row> = Extract<keyof Row, string>;

/** One key field, or several that are unique together. */
export type KeyFields<Row> = FieldOf<Row> | readonly FieldOf<Row>[];

/** Declared indexes: fields by name of the index, in order. */
export type Indexes<Row> = Readonly<Record<string, readonly FieldOf<Row>[]>>;

/** What names one row: the key field's value, or an object of the key fields. */
export type KeyOf<Row, K extends KeyFields<Row>> = K extends readonly FieldOf<Row>[]
  ? Readonly<Pick<Row, K[number]>>
  : K extends keyof Row
    ? Row[K]
    : never;

/** What a table declares. */
export interface TableOptions<
  S extends Schema<unknown, object>,
  K extends KeyFields<OutputOf<S>>,
  I extends Indexes<OutputOf<S>>,
> {
  /** Schema of a row; its output must be plain JSON. */
  readonly row: S;
  /** The field, or fields, that name a row: texts or safe integers. */
  readonly key: K;
  /** Lists that are not by key need one. A field that some row lacks sorts first. */
  readonly indexes?: I;
  readonly description?: string;
}

/** A row with what the table knows of it. */
export interface Entry<Row> {
  readonly row: Row;
  /** Grows by one with each change; give it back to change only what you saw. */
  readonly version: number;
  readonly updatedAtMs: number;
}

/** Bounds of one field; texts by code point, numbers by value. */
export interface Range<Value> {
  readonly gte?: Value;
  readonly gt?: Value;
  readonly lte?: Value;
  readonly lt?: Value;
}

/** Which rows to list, in which order. */
export interface ListOptions<Row, I extends Indexes<Row> = Indexes<Row>> {
  /** A declared index; the key if left out. */
  readonly index?: Extract<keyof I, string>;
  /** Exact values of the first fields of the index, or of the key. */
  readonly where?: Partial<Row>;
  /** Bounds of the field after those. */
  readonly range?: Range<string | number>;
  /** Only texts of that field which begin so. */
  readonly prefix?: string;
  /** `asc` if left out. */
  readonly order?: "asc" | "desc";
  /** Rows at most, 1 to 1,000; 100 if left out. */
  readonly limit?: number;
  /** Where the page before ended. */
  readonly cursor?: string;
}

/** A page of rows; no `cursor` on the last. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly cursor?: string;
}

/** What a change expects. */
export interface ChangeOptions {
  /** The version that the row must still have; 0: there is no such row. */
  readonly version?: number;
}

/** Reads rows. Held by `table.reader()`. */
export interface TableReader<Row, K extends KeyFields<Row>, I extends Indexes<Row>> {
  get(key: KeyOf<Row, K>): Promise<Row | undefined>;
  /** The row with its version. */
  getEntry(key: KeyOf<Row, K>): Promise<Entry<Row> | undefined>;
  /** The rows of many keys, in their order; undefined where there is none. At most 1,000. */
  getMany(keys: readonly KeyOf<Row, K>[]): Promise<readonly (Row | undefined)[]>;
  /**
   * A page of rows.
   * @throws MOR_TABLE_QUERY when neither the key nor the index can answer it
   */
  list(options?: ListOptions<Row, I>): Promise<Page<Row>>;
  /** How many rows `list` would give over all its pages. */
  count(options?: Omit<ListOptions<Row, I>, "limit" | "cursor" | "order">): Promise<number>;
}

/** Writes through a transaction; everything happens when it commits. */
export interface TableWrites<Row, K extends KeyFields<Row>, Input> {
  put(row: Input, options?: ChangeOptions): void;
  /** The transaction fails with MOR_CONFLICT when there is such a row. */
  insert(row: Input): void;
  /** Reads the row now; the transaction fails with MOR_CONFLICT if it changes before the commit. */
  update(key: KeyOf<Row, K>, patch: Partial<Row>, options?: ChangeOptions): void;
  delete(key: KeyOf<Row, K>, options?: ChangeOptions): void;
}

/** Writes rows. Held by `table.writer()`. */
export interface TableWriter<Row, K extends KeyFields<Row>, Input> extends Transactional<
  TableWrites<Row, K, Input>
> {
  /**
   * Puts a row in the place of whatever has its key, and gives it as the schema made it.
   * @throws MOR_INVALID, MOR_TABLE_ROW_TOO_LARGE, MOR_CONFLICT when `version` is another
   */
  put(row: Input, options?: ChangeOptions): Promise<Row>;
  /** @throws MOR_CONFLICT when there is such a row */
  insert(row: Input): Promise<Row>;
  /**
   * Changes fields of a row; without `version` it repeats itself when others change the row
   * meanwhile.
   * @throws MOR_NOT_FOUND when there is none
   */
  update(key: KeyOf<Row, K>, patch: Partial<Row>, options?: ChangeOptions): Promise<Row>;
  /** Whether there was such a row. */
  delete(key: KeyOf<Row, K>, options?: ChangeOptions): Promise<boolean>;
}

/** A declared table of any types, as the platform sees it. */
export interface AnyTable extends Resource<"table"> {
  readonly description: string;
  readonly row: Schema;
  readonly keyFields: readonly string[];
  /** Whether a row is named by the value of its one key field alone. */
  readonly singleKey: boolean;
  readonly indexes: readonly IndexSpec[];
}

/** A declared table: plain data, and the capabilities that it hands out. */
export interface Table<
  Row,
  K extends KeyFields<Row>,
  I extends Indexes<Row>,
  Input = Row,
> extends AnyTable {
  /** The right to read. */
  reader(): Capability<TableReader<Row, K, I>, AnyTable>;
  /** The right to write. */
  writer(): Capability<TableWriter<Row, K, Input>, AnyTable>;
  /** The right to both. */
  readWriter(): Capability<TableReader<Row, K, I> & TableWriter<Row, K, Input>, AnyTable>;
}

const fieldForm = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
const indexesMax = 20;
const indexFieldsMax = 8;

/** How a field compares, from the schema's JSON Schema; as text where that does not say. */
function fieldType(row: Schema, field: string): FieldType {
  const properties = toJsonSchema(row, "output")["properties"];
  const known = (properties as Record<string, { type?: unknown }> | undefined)?.[field]?.type;
  const types = Array.isArray(known) ? known : [known];
  if (types.includes("number") || types.includes("integer")) return "number";
  return types.includes("boolean") ? "boolean" : "text";
}

function checkFields(table: string, what: string, fields: readonly string[]): void {
  const bad = fields.find((field) => !fieldForm.test(field));
  if (bad === undefined && fields.length > 0 && fields.length <= indexFieldsMax) return;
  throw coreErrors.MOR_DECLARATION(
    `table ${table}: ${what} has 1 to ${indexFieldsMax} fields whose names are letters, digits ` +
      `and underscores`,
  );
}

/**
 * Declares a table of typed rows.
 * @example
 * export const orders = table("orders", {
 *   row: z.object({ id: z.string(), status: z.string(), placedAt: z.number() }),
 *   key: "id",
 *   indexes: { byStatus: ["status", "placedAt"] },
 * });
 * @throws MOR_NAME, MOR_DECLARATION
 */
export function table<
  S extends Schema<unknown, object>,
  const K extends KeyFields<OutputOf<S>>,
  const I extends Indexes<OutputOf<S>> = Record<never, never>,
>(name: string, options: TableOptions<S, K, I>): Table<OutputOf<S>, K, I, InputOf<S>> {
  checkName("table", name);
  const keyFields: readonly string[] = Array.isArray(options.key)
    ? (options.key as readonly string[])
    : [options.key as string];
  checkFields(name, "the key", keyFields);
  const indexes = Object.entries<readonly string[]>(options.indexes ?? {});
  if (indexes.length > indexesMax) {
    throw coreErrors.MOR_DECLARATION(`table ${name}: more than ${indexesMax} indexes`);
  }
  type Row = OutputOf<S>;
  type Input = InputOf<S>;
  const declared: Table<Row, K, I, Input> = {
    kind: "table",
    name,
    description: options.description ?? "",
    row: options.row as Schema,
    keyFields,
    singleKey: !Array.isArray(options.key),
    indexes: indexes.map(([index, fields]) => {
      checkFields(name, `the index ${index}`, fields);
      const typed = fields.map((field) => ({
        name: field,
        type: fieldType(options.row as Schema, field),
      }));
      return { name: index, fields: typed };
    }),
    reader: () => capability<TableReader<Row, K, I>, AnyTable>(declared, "read", "in"),
    writer: () => capability<TableWriter<Row, K, Input>, AnyTable>(declared, "write", "out"),
    readWriter: () =>
      capability<TableReader<Row, K, I> & TableWriter<Row, K, Input>, AnyTable>(
        declared,
        "readWrite",
        "both",
      ),
  };
  return Object.freeze(declared);
}
