import type { Batch, BatchWriter } from "../signals/batch.ts";
import type { Growing } from "../signals/columns.ts";
import { tableNames, tables } from "../signals/tables.ts";

function add(data: Growing, bytes: Uint8Array): void {
  data.reserve(bytes.length);
  data.bytes.set(bytes, data.length);
  data.length += bytes.length;
}

/** Appends the rows of a batch that is finished to one under construction. */
export function appendBatch(to: BatchWriter, batch: Batch): void {
  for (const name of tableNames) {
    const table = batch[name];
    if (table === undefined) continue;
    for (const { name: key } of tables[name]) {
      const column = to[name].columns[key];
      const bytes = table.columns[key];
      if (column === undefined || bytes === undefined) continue;
      add(column.data, bytes.data);
      if (column.keys !== undefined && bytes.keys !== undefined) add(column.keys.data, bytes.keys);
      if (column.values !== undefined && bytes.values !== undefined) {
        add(column.values.data, bytes.values);
      }
    }
    to[name].rows += table.rows;
  }
}
