import type { Driver } from "../../core/host.ts";
import type { SqlValue, Statement } from "../../core/store.ts";

/** Positive flags of a table driver. */
export interface TableFeatures extends Readonly<Record<string, boolean | number | string>> {
  /** `statements`: changes commit together with other writes of the state store. */
  readonly transactional: boolean;
  /** Lists are ordered, by key or by index. */
  readonly ordered: boolean;
}

/** How the values of a field compare. */
export type FieldType = "text" | "number" | "boolean";

/** A field of an index. */
export interface IndexField {
  readonly name: string;
  readonly type: FieldType;
}

/** An index as its driver sees it. */
export interface IndexSpec {
  readonly name: string;
  readonly fields: readonly IndexField[];
}

/** A table as its driver sees it. */
export interface TableSpec {
  /** Logical name; the driver makes the physical one with `host.physicalName`. */
  readonly name: string;
  readonly indexes: readonly IndexSpec[];
}

/** A row as it is stored. */
export interface StoredRow {
  /** The key as one text whose order is that of the key's fields. */
  readonly key: string;
  /** The row as JSON text. */
  readonly body: string;
  /** 1 after the insert; one more with every change. */
  readonly version: number;
  readonly updatedAtMs: number;
}

/** What a change does. */
export type TableChange =
  | {
      readonly kind: "put";
      readonly key: string;
      readonly body: string;
      /** The version that is there now; 0: none. Left out: whatever is there. */
      readonly version?: number;
    }
  | { readonly kind: "delete"; readonly key: string; readonly version?: number };

/** Which rows, in which order. */
export interface RowQuery {
  /** An index; the key if left out. */
  readonly index?: string;
  /** Values of the index's first fields, in their order. */
  readonly equal: readonly SqlValue[];
  /** Bounds on the field after those, or on the key. */
  readonly from?: { readonly value: SqlValue; readonly inclusive: boolean };
  readonly to?: { readonly value: SqlValue; readonly inclusive: boolean };
  readonly descending: boolean;
  /** Where the page before ended: values of the fields after `equal`, then the key. */
  readonly after?: readonly SqlValue[];
  readonly limit: number;
}

/** A page of rows; `next` is the `after` of the following page. */
export interface RowPage {
  readonly rows: readonly StoredRow[];
  readonly next?: readonly SqlValue[];
}

/** How large a table is. */
export interface TableSize {
  /** Counted. */
  readonly rows: number;
  /** Bytes on disk with its indexes; null where the engine cannot tell without reading it all. */
  readonly bytes: number | null;
}

/**
 * An engine that keeps rows.
 *
 * Guarantees, on every driver:
 * - a change is durable when its promise resolves; several changes of one call commit as a whole;
 * - a change with a version that is not there any more is `MOR_CONFLICT`, and nothing of its call
 *   remains;
 * - a read sees every change that was acknowledged before it began;
 * - texts are in the order of their code points, numbers in that of their values, an absent value
 *   comes before every other; rows of equal fields are in the order of their keys.
 */
export interface TableDriver extends Driver {
  readonly features: TableFeatures;
  /** Makes tables and their indexes. */
  declare(specs: readonly TableSpec[]): Promise<void>;
  get(table: string, keys: readonly string[]): Promise<readonly StoredRow[]>;
  list(table: string, query: RowQuery): Promise<RowPage>;
  /** How many rows the query has; `limit` and `after` do not count. */
  count(table: string, query: RowQuery): Promise<number>;
  size(table: string): Promise<TableSize>;
  /** Commits changes as a whole; answers for each whether it found a row or made one. */
  write(table: string, changes: readonly TableChange[]): Promise<readonly boolean[]>;
  /** The statements of changes, for a write of the state store. */
  statements(table: string, changes: readonly TableChange[]): Promise<readonly Statement[]>;
}
