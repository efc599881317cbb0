import { z } from "zod";
import type { StockChange } from "./messages.ts";
import { Sku } from "./schemas.ts";

/** Movements of a product that can be looked up. */
export const movementsKept = 500;

/**
 * Earlier ids that a product remembers beside those of the batch that changed it last. A FIFO group
 * goes on only when its messages are acknowledged, so what can come again is in that batch.
 */
const earlierMax = 20;

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
  latest: z.array(z.strictObject({ id: z.string(), done: z.boolean() })),
});
export type StockRow = z.infer<typeof StockRow>;

/** A product's stock as it was read. */
export interface StockFound {
  readonly row: StockRow;
  readonly version: number;
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

/** A product's stock, and the ids that this batch has for it. */
interface Changing {
  row: StockRow;
  readonly latest: { readonly id: string; readonly done: boolean }[];
}

/** The stock after `quantity` came in (negative: went out). */
function moved(row: StockRow, quantity: number): StockRow {
  return {
    ...row,
    onHand: row.onHand + quantity,
    reserved: row.reserved - quantity,
    sequence: row.sequence + 1,
  };
}

/** What batch and memory say of an id: whether it was done, or undefined when it is new. */
function outcomeOf({ row, latest }: Changing, id: string): boolean | undefined {
  return (latest.find((one) => one.id === id) ?? row.latest.find((one) => one.id === id))?.done;
}

/** The row to write: it remembers this batch, and some of what was before. */
function remembering({ row, latest }: Changing): StockRow {
  return { ...row, latest: [...row.latest.slice(-earlierMax), ...latest] };
}

/** Applies changes in order; one that was applied before is answered again and changes nothing. */
export function changeStock(
  found: ReadonlyMap<string, StockFound | undefined>,
  changes: readonly StockChange[],
): StockPlan {
  const changing = new Map<string, Changing>();
  const movements: StockPlan["movements"][number][] = [];
  const answers: StockPlan["answers"] = [];
  const apply = (change: StockChange): boolean => {
    const { sku, id } = change;
    const stored = found.get(sku)?.row;
    const known =
      changing.get(sku) ?? (stored === undefined ? undefined : { row: stored, latest: [] });
    if (known === undefined) return false;
    changing.set(sku, known);
    const before = outcomeOf(known, id);
    const { row } = known;
    const quantity = change.kind === "reserve" ? -change.quantity : change.quantity;
    const enough = change.kind === "return" || row.backorder || row.onHand + quantity >= 0;
    const done = before ?? enough;
    if (before === undefined && done) {
      known.row = moved(row, quantity);
      movements.push({ sku, sequence: known.row.sequence, id, change: quantity });
    }
    known.latest.push({ id, done });
    return done;
  };
  for (const change of changes) {
    const reserved = apply(change);
    if (change.kind !== "reserve") continue;
    answers.push({ orderId: change.orderId, line: change.line, reserved });
  }
  const outdated = movements
    .map(({ sku, sequence }) => ({ sku, sequence: sequence - movementsKept }))
    .filter(({ sequence }) => sequence > 0);
  const rows = [...changing].map(([sku, known]) => ({
    row: remembering(known),
    version: found.get(sku)?.version ?? 0,
  }));
  return { rows, movements, outdated, answers };
}
