import type { CsvProblem } from "./csv.ts";
import { invoiceLinesApart, readRows } from "./rows.ts";
import type { Row, RowKind } from "./rows.ts";

/** What belongs together: an order, or a cancellation. */
export interface Invoice {
  readonly number: string;
  readonly cancels: boolean;
  readonly atMs: number;
  readonly customerId: string | undefined;
  readonly country: string;
  /** Rows of goods alone. */
  readonly rows: readonly Row[];
}

interface Open {
  readonly rows: Row[];
  readonly first: Row;
  lastLine: number;
}

function invoiceOf({ first, rows }: Open): Invoice {
  const { invoice, atMs, customerId, country } = first;
  return { number: invoice, cancels: invoice.startsWith("C"), atMs, customerId, country, rows };
}

/**
 * Groups a file's rows to invoices, in the order in which they begin, with one line of goods at
 * least.
 * @param limit invoices at most
 */
export async function* readInvoices(
  path: string,
  reject: (problem: CsvProblem) => void,
  limit: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<Invoice> {
  const kinds: ReadonlySet<RowKind> = new Set<RowKind>(["goods", "cancelled"]);
  const open = new Map<string, Open>();
  let begun = 0;
  for await (const rows of readRows(path, reject)) {
    for (const row of rows) {
      const known = open.get(row.invoice);
      if (known !== undefined) {
        known.lastLine = row.line;
        if (kinds.has(row.kind)) known.rows.push(row);
      } else if (begun < limit) {
        begun++;
        const goods = kinds.has(row.kind) ? [row] : [];
        open.set(row.invoice, { first: row, rows: goods, lastLine: row.line });
      }
    }
    const line = rows.at(-1)?.line ?? 0;
    for (const [number, one] of open) {
      // The oldest first: what follows one that may go on waits with it.
      if (line - one.lastLine <= invoiceLinesApart) break;
      open.delete(number);
      if (one.rows.length > 0) yield invoiceOf(one);
    }
    if (begun >= limit && open.size === 0) return;
  }
  for (const one of open.values()) if (one.rows.length > 0) yield invoiceOf(one);
}
