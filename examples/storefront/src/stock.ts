import { z } from "zod";
import type { StockChange } from "./messages.ts";
import { Sku } from "./schemas.ts";

/** Movements of a product that can be looked up. */
export const movementsKept = 500;

/**
 * Ids that a product remembers. A FIFO group goes on only when its messages are acknowledged, so what can come again
 * is among the last that one batch holds.
 */
const latestMax = 100;

export const StockRow = z.strictObject({
  sku: Sku,
  /** Below zero on back order: sold, and not yet delivered by the supplier. */
  onHand: z.int(),
  /** Reserved since ever, minus what came back. */
  reserved: z.int(),
  /** Number of the latest movement. */
  sequence: z.int(),
  latest: z.array(z.strictObject({ id: z.string(), done: z.boolean() })),
});
export type StockRow = z.infer<typeof StockRow>;

/** A product's stock as it was read. */
export interface StockFound {
  readonly entry: { readonly row: StockRow; readonly version: number } | undefined;
  readonly backorder: boolean;
}

/** What a batch of changes writes. */
export interface StockPlan {
  readonly rows: readonly { readonly row: StockRow; readonly version: number }[];
  readonly movements: readonly {
    readonly sku: string;
    readonly sequence: number;
    readonly id: string;
    readonly change: number;
  }[];
  readonly outdated: readonly { readonly sku: string; readonly sequence: number }[];
  readonly answers: {
    readonly orderId: string;
    readonly line: number;
    readonly reserved: boolean;
  }[];
}

/** The change of `row` by `quantity` (negative: taken out), as its next movement. */
function moved(row: StockRow, id: string, quantity: number, done: boolean): StockRow {
  return {
    ...row,
    onHand: row.onHand + (done ? quantity : 0),
    reserved: row.reserved - (done ? quantity : 0),
    sequence: row.sequence + (done ? 1 : 0),
    latest: [...row.latest, { id, done }].slice(-latestMax),
  };
}

/** Applies changes in order; one that was applied before is answered again and changes nothing. */
export function changeStock(
  found: ReadonlyMap<string, StockFound>,
  changes: readonly StockChange[],
): StockPlan {
  const rows = new Map<string, StockRow>();
  const movements: StockPlan["movements"][number][] = [];
  const answers: StockPlan["answers"] = [];
  for (const change of changes) {
    const { sku, id } = change;
    const known = found.get(sku);
    const row = rows.get(sku) ?? known?.entry?.row;
    const before = row?.latest.find((one) => one.id === id);
    const quantity = change.kind === "reserve" ? -change.quantity : change.quantity;
    const enough = row !== undefined && (row.onHand + quantity >= 0 || known?.backorder === true);
    const done = before?.done ?? (row !== undefined && (enough || change.kind === "return"));
    if (row !== undefined && before === undefined) {
      const next = moved(row, id, quantity, done);
      rows.set(sku, next);
      if (done) movements.push({ sku, sequence: next.sequence, id, change: quantity });
    }
    if (change.kind === "reserve") {
      answers.push({ orderId: change.orderId, line: change.line, reserved: done });
    }
  }
  const outdated = movements
    .map(({ sku, sequence }) => ({ sku, sequence: sequence - movementsKept }))
    .filter(({ sequence }) => sequence > 0);
  const written = [...rows.values()].map((row) => ({
    row,
    version: found.get(row.sku)?.entry?.version ?? 0,
  }));
  return { rows: written, movements, outdated, answers };
}
