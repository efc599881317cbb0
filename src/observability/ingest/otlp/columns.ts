import type { TableWriter } from "../../signals/batch.ts";
import type { ColumnWriter } from "../../signals/columns.ts";

/** A column of a table by name: looked up once a batch, not once a record. */
export function column({ columns }: TableWriter, name: string): ColumnWriter {
  const found = columns[name];
  if (found === undefined) throw new RangeError(`there is no column ${name}`);
  return found;
}
