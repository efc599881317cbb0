import { z } from "zod";
import type { StockChange } from "./messages.ts";
import { Sku } from "./schemas.ts";

/** Movements of a product that are kept, and can be looked up. */
export const movementsKept = 1000;

/** Stock changes that one transaction takes. */
export const batchSize = 300;

/**
 * Ids of a product that are known again when they come again. A consumer holds two batches, one
 * with the handler and one received ahead; what it had not acknowledged when it died comes again in
 * order, and is among the last of these.
 */
export const idsMax = 2 * batchSize;

export const StockRow = z.strictObject({
  sku: Sku,
  /** Sold past what lies in the warehouse: the supplier sends more. */
  backorder: z.boolean(),
  /** Below zero on back order: sold, and not yet delivered by the supplier. */
  onHand: z.int(),
  /** Reserved since ever, minus what came back. */
  reserved: z.int(),
  /** Number of the latest movement. */
  sequence: z.int(),
});
export type StockRow = z.infer<typeof StockRow>;

/** A change of stock; one that was refused changes by 0. */
export const Movement = z.strictObject({
  sku: Sku,
  sequence: z.int(),
  id: z.string(),
  change: z.int(),
});
export type Movement = z.infer<typeof Movement>;

/** A product's stock, and what is known of its latest movements: whether they were done, by id. */
export interface KnownStock {
  readonly stock: StockRow;
  readonly done: Map<string, boolean>;
}

/** A product's stock as it was read. */
export interface StockFound {
  readonly row: KnownStock;
  readonly version: number;
}

/** What is known of movements, oldest first. */
export const doneOf = (movements: readonly Movement[]): Map<string, boolean> =>
  new Map(movements.map(({ id, change }) => [id, change !== 0]));

/** What a batch of changes writes. */
export interface StockPlan {
  readonly rows: readonly { readonly row: KnownStock; readonly version: number }[];
  readonly movements: readonly Movement[];
  readonly outdated: readonly { readonly sku: string; readonly sequence: number }[];
  readonly answers: {
    readonly orderId: string;
    readonly line: number;
    readonly reserved: boolean;
  }[];
}

/** The stock after a movement. */
function moved(stock: StockRow, change: number): StockRow {
  const { onHand, reserved, sequence } = stock;
  return { ...stock, onHand: onHand + change, reserved: reserved - change, sequence: sequence + 1 };
}

/** Applies changes in order; one that was applied before is answered again and changes nothing. */
export function changeStock(
  found: ReadonlyMap<string, StockFound | undefined>,
  changes: readonly StockChange[],
): StockPlan {
  const stocks = new Map<string, StockRow>();
  const done = new Map<string, boolean>();
  const movements: Movement[] = [];
  const answers: StockPlan["answers"] = [];
  const apply = (change: StockChange): boolean => {
    const { sku, id } = change;
    const known = found.get(sku)?.row;
    if (known === undefined) return false;
    const before = done.get(id) ?? known.done.get(id);
    if (before !== undefined) return before;
    const stock = stocks.get(sku) ?? known.stock;
    const quantity = change.kind === "reserve" ? -change.quantity : change.quantity;
    const possible = change.kind === "return" || stock.backorder || stock.onHand + quantity >= 0;
    const next = moved(stock, possible ? quantity : 0);
    stocks.set(sku, next);
    done.set(id, possible);
    movements.push({ sku, sequence: next.sequence, id, change: possible ? quantity : 0 });
    return possible;
  };
  for (const change of changes) {
    const reserved = apply(change);
    if (change.kind !== "reserve") continue;
    answers.push({ orderId: change.orderId, line: change.line, reserved });
  }
  const outdated = movements
    .map(({ sku, sequence }) => ({ sku, sequence: sequence - movementsKept }))
    .filter(({ sequence }) => sequence > 0);
  const rows = [...stocks].map(([sku, stock]) => {
    const before = found.get(sku);
    return {
      row: { stock, done: before?.row.done ?? new Map<string, boolean>() },
      version: before?.version ?? 0,
    };
  });
  return { rows, movements, outdated, answers };
}

/** Knows the movements of a plan that was committed. */
export function learn(plan: StockPlan): void {
  const bySku = new Map(plan.rows.map(({ row }) => [row.stock.sku, row.done]));
  for (const { sku, id, change } of plan.movements) {
    const done = bySku.get(sku);
    done?.set(id, change !== 0);
    const oldest = done?.keys().next().value;
    if (done !== undefined && done.size > idsMax && oldest !== undefined) done.delete(oldest);
  }
}
