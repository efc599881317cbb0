import { isUtf8 } from "node:buffer";
import { decodeBatch } from "../../signals/batch.ts";
import type { Batch, BatchTable, ColumnBytes } from "../../signals/batch.ts";
import { tables } from "../../signals/tables.ts";
import type { ColumnKind, TableName } from "../../signals/tables.ts";
import { embeddedErrors } from "./errors.ts";

const widths: { readonly [K in ColumnKind]?: number } = {
  i64: 8,
  f64: 8,
  i32: 4,
  id16: 16,
  id8: 8,
};

/** How many texts a column holds; -1 where one runs over its end, or is not UTF-8. */
function textsIn(data: Uint8Array): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  // Lengths below 128 are ASCII themselves, so that most columns are judged in one go.
  const whole = isUtf8(data);
  let count = 0;
  let at = 0;
  while (at + 4 <= data.length) {
    const end = at + 4 + view.getUint32(at, true);
    if (end > data.length) return -1;
    if (!whole && !isUtf8(data.subarray(at + 4, end))) return -1;
    at = end;
    count++;
  }
  return at === data.length ? count : -1;
}

function pairsIn(data: Uint8Array): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let pairs = 0;
  for (let at = 0; at < data.length; at += 2) pairs += view.getUint16(at, true);
  return pairs;
}

function fits(column: ColumnBytes | undefined, kind: ColumnKind, rows: number): boolean {
  if (column === undefined) return false;
  const { data, keys, values } = column;
  if (kind === "text") return textsIn(data) === rows;
  if (kind !== "map") return data.length === rows * (widths[kind] ?? 0);
  if (keys === undefined || values === undefined || data.length !== rows * 2) return false;
  const pairs = pairsIn(data);
  return textsIn(keys) === pairs && textsIn(values) === pairs;
}

/**
 * Reads a batch and looks at its layout, since one that is wrong would be found only when it is
 * acknowledged and can no longer be refused.
 * @throws MOR_TELEMETRY_BATCH
 */
export function checkedBatch(bytes: Uint8Array): Batch {
  let batch: Batch;
  try {
    batch = decodeBatch(bytes);
  } catch (cause) {
    throw embeddedErrors.MOR_TELEMETRY_BATCH("telemetry: a batch cannot be read", { cause });
  }
  for (const [name, table] of Object.entries(batch) as [TableName, BatchTable][]) {
    const wrong = tables[name].find(
      (column) => !fits(table.columns[column.name], column.kind, table.rows),
    );
    if (wrong === undefined) continue;
    throw embeddedErrors.MOR_TELEMETRY_BATCH(
      `telemetry: column ${wrong.name} of ${name} does not hold ${table.rows} values in UTF-8`,
    );
  }
  return batch;
}
