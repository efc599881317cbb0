import { table } from "morning-ai/state/table";
import { z } from "zod";
import { Id, NewOrder, Pence } from "./schemas.ts";
import { OrderState, Totals } from "./settlement.ts";

/** What was ordered; never changed. */
export const Order = NewOrder.extend({ totalPence: Pence, placedAtMs: z.int() });
export type Order = z.infer<typeof Order>;

export const orders = table("orders", {
  description: "What was ordered",
  row: Order,
  key: "id",
  indexes: { byTime: ["placedAtMs"] },
});

export const orderStates = table("order-states", {
  description: "How far each order is",
  row: OrderState,
  key: "id",
  indexes: { byTime: ["placedAtMs"] },
});

export const Cancellation = z.strictObject({
  id: Id,
  /** The order that it cancels; a credit note has none. */
  orderId: Id.optional(),
  customerId: Id.optional(),
  refundPence: Pence,
  status: z.enum(["refunding", "refunded"]),
  atMs: z.int(),
});
export type Cancellation = z.infer<typeof Cancellation>;

export const cancellations = table("cancellations", {
  description: "Orders that were cancelled, and credit notes",
  row: Cancellation,
  key: "id",
  indexes: { byTime: ["atMs"] },
});

/** One row. Only the handler of the steps writes it, many steps at a time. */
export const totals = table("totals", {
  description: "What the shop has done since it opened",
  row: Totals,
  key: "id",
});
