import { schedule } from "morning-ai/messaging/schedule";
import type { Schedule } from "morning-ai/messaging/schedule";

/**
 * Orders, payments and mails are kept this long: the traffic of `npm start` never ends, and an
 * hour's payments are summed when it is over.
 */
export const keepMs = 2 * 3_600_000;

/** Rows that one sweep removes at most: ten thousand a minute, many times what comes in. */
const rowsMax = 10_000;
const pageMax = 500;

/** The schedule by which a service removes what is old. */
export function housekeeping(service: string): Schedule {
  return schedule(`${service}-housekeeping`, {
    description: `Removes rows of ${service} that are over two hours old`,
    rate: "1 minute",
    missed: "once",
  });
}

/** A table as a sweep needs it. */
interface Swept<Row, Key> {
  list(options: {
    readonly index: "byTime";
    readonly range: { readonly lt: number };
    readonly limit: number;
  }): Promise<{ readonly rows: readonly Row[] }>;
  delete(key: Key): Promise<boolean>;
}

/** Removes rows whose index `byTime` says that they are older than {@link keepMs}; how many. */
export async function sweep<Row, Key>(
  table: Swept<Row, Key>,
  keyOf: (row: Row) => Key,
  nowMs: number,
): Promise<number> {
  for (let removed = 0; ;) {
    const range = { lt: nowMs - keepMs };
    const { rows } = await table.list({ index: "byTime", range, limit: pageMax });
    await Promise.all(rows.map((row) => table.delete(keyOf(row))));
    removed += rows.length;
    if (rows.length < pageMax || removed >= rowsMax) return removed;
  }
}
