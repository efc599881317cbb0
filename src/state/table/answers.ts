import { z } from "zod";
import type { JsonSchema } from "../../core/schema.ts";
import type { IndexSpec, TableSize } from "./driver.ts";
import type { AnyRow } from "./rows.ts";
import type { Entry, Page } from "./table.ts";

/** A table as the API shows it. */
export interface TableView extends TableSize {
  readonly name: string;
  readonly description: string;
  /** Fields of the key, in order. */
  readonly key: readonly string[];
  readonly indexes: readonly IndexSpec[];
  /** Schema of a row. */
  readonly row: JsonSchema;
}

const Row: z.ZodType<AnyRow> = z.record(z.string(), z.unknown());

const Index: z.ZodType<IndexSpec> = z.object({
  name: z.string(),
  fields: z.array(z.object({ name: z.string(), type: z.enum(["text", "number", "boolean"]) })),
});

/** One table. */
export const TableAnswer: z.ZodType<TableView> = z.object({
  name: z.string(),
  description: z.string(),
  key: z.array(z.string()),
  indexes: z.array(Index),
  row: z.record(z.string(), z.unknown()),
  rows: z.number(),
  bytes: z.nullable(z.number()),
});

/** Every table. */
export const TablesAnswer: z.ZodType<{ readonly tables: readonly TableView[] }> = z.object({
  tables: z.array(TableAnswer),
});

/** A page of rows. */
export const RowsAnswer: z.ZodType<Page<AnyRow>> = z.object({
  rows: z.array(Row),
  cursor: z.exactOptional(z.string()),
});

/** One row with its version. */
export const EntryAnswer: z.ZodType<Entry<AnyRow>> = z.object({
  row: Row,
  version: z.number(),
  updatedAtMs: z.number(),
});

/** How many rows there are. */
export const CountAnswer: z.ZodType<{ readonly count: number }> = z.object({ count: z.number() });
