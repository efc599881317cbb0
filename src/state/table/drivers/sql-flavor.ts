import { sql } from "kysely";
import type { QueryCompiler, RawBuilder } from "kysely";
import type { Store } from "../../../core/store.ts";
import type { FieldType } from "../driver.ts";

/** Least double: where an absent number stands. */
export const leastNumber = -1.7976931348623157e308;

/** What differs between SQL engines, and nothing else. */
export interface SqlFlavor {
  readonly dialect: Store["dialect"];
  compiler(): QueryCompiler;
  /** A field of the body as a value that compares as its type does. */
  field(name: string, type: FieldType): RawBuilder<unknown>;
  /** The body as it is read: JSON text. */
  readonly body: RawBuilder<string>;
  /** JSON text as it is stored. */
  stored(body: string): RawBuilder<unknown>;
  /** What a table takes on disk, of one row; null where that takes a walk through it. */
  bytes(name: string): RawBuilder<unknown>;
  /** The statement that makes a table of this name. */
  createTable(name: string): string;
}

/**
 * Rejects what cannot stand in a JSON path or a literal: fields are names of the app's own code.
 */
export function literal(name: string): string {
  return `'${name.replaceAll("'", "''")}'`;
}

/** A column reference that no parameter stands in: an index takes none. */
export function fixed(text: string): RawBuilder<unknown> {
  return sql.raw(text);
}
