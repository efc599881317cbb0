import type { CsvProblem } from "./replay/csv.ts";
import { readRows } from "./replay/rows.ts";

/** What a file holds, by a plain count over its rows. */
export interface Count {
  /** Lines of any kind, the malformed among them; without the header. */
  readonly lines: number;
  readonly malformed: number;
  readonly duplicates: number;
  readonly corrections: number;
  readonly noGoods: number;
  readonly unpriced: number;
  /** Invoices with a line of goods. */
  readonly orders: number;
  readonly orderLines: number;
  readonly revenuePence: number;
  /** Cancellations with a line of goods. */
  readonly cancellations: number;
  readonly cancelledLines: number;
  readonly refundedPence: number;
  readonly customers: number;
}

/**
 * Counts the first `limit` invoices of a file. It shares the reader and its rules with the replay,
 * and nothing with the shop.
 */
export async function countFile(
  path: string,
  reject: (problem: CsvProblem) => void = () => {},
  limit: number = Number.POSITIVE_INFINITY,
): Promise<Count> {
  let malformed = 0;
  const kinds = { goods: 0, cancelled: 0, correction: 0, "no-goods": 0, unpriced: 0, duplicate: 0 };
  const pence = { goods: 0, cancelled: 0 };
  const invoices = { goods: new Set<string>(), cancelled: new Set<string>() };
  const customers = new Set<string>();
  const within = new Set<string>();
  const rejected = (problem: CsvProblem): void => {
    malformed++;
    reject(problem);
  };
  for await (const rows of readRows(path, rejected)) {
    for (const { kind, invoice, quantity, unitPence, customerId } of rows) {
      if (within.size < limit) within.add(invoice);
      else if (!within.has(invoice)) continue;
      kinds[kind]++;
      if (kind !== "goods" && kind !== "cancelled") continue;
      pence[kind] += Math.abs(quantity) * unitPence;
      invoices[kind].add(invoice);
      if (customerId !== undefined) customers.add(customerId);
    }
  }
  return {
    lines: Object.values(kinds).reduce((sum, count) => sum + count, malformed),
    malformed,
    duplicates: kinds.duplicate,
    corrections: kinds.correction,
    noGoods: kinds["no-goods"],
    unpriced: kinds.unpriced,
    orders: invoices.goods.size,
    orderLines: kinds.goods,
    revenuePence: pence.goods,
    cancellations: invoices.cancelled.size,
    cancelledLines: kinds.cancelled,
    refundedPence: pence.cancelled,
    customers: customers.size,
  };
}
