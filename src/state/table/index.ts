/**
 * Tables: typed rows with a key, versions, indexes and transactions.
 * @module
 */
export type { TableDriver, TableFeatures } from "./driver.ts";
export { tableErrors } from "./errors.ts";
export { table } from "./table.ts";
export type {
  AnyTable,
  ChangeOptions,
  Entry,
  FieldOf,
  Indexes,
  KeyFields,
  KeyOf,
  ListOptions,
  Page,
  Range,
  Table,
  TableOptions,
  TableReader,
  TableWriter,
  TableWrites,
} from "./table.ts";
