import type { Row, SqlValue } from "../../../../core/store.ts";
import type { EventEnvelope, LoggedEvent } from "../../driver.ts";

/** Bytes of one page, about: what a read may bring is bounded. */
export const pageBytesMax: number = 8 * 2 ** 20;

/** Conditions on rows of the log, joined by `and`. */
export interface Where {
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

/** Columns that {@link logRow} reads. */
export const logColumns = "seq, at, published, envelope, delivered";

/** An event of the log with its place. */
export interface LogRow {
  readonly seq: number;
  readonly logged: LoggedEvent;
}

/** Reads one row of {@link logColumns}. */
export function logRow(row: Row): LogRow {
  return {
    seq: Number(row["seq"]),
    logged: {
      envelope: JSON.parse(String(row["envelope"])) as EventEnvelope,
      atMs: Number(row["at"]),
      publishedAtMs: Number(row["published"]),
      deliveredTo: JSON.parse(String(row["delivered"])) as string[],
    },
  };
}
