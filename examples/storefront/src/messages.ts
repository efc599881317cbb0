import { event } from "morning-ai/messaging/event";
import { queue } from "morning-ai/messaging/queue";
import { z } from "zod";
import { Card, Id, Means, NewRefund, OrderLine, Pence, Quantity, Sku } from "./schemas.ts";

/** A mail to a customer who has just registered. */
export const welcomeEmail = queue("welcome-email", {
  description: "Welcome mails to send",
  message: z.strictObject({ customerId: Id, to: z.string() }),
});

/** A mail that confirms a payment. */
export const receiptEmail = queue("receipt-email", {
  description: "Receipts to send",
  message: z.strictObject({ orderId: Id, customerId: Id, pence: Pence }),
});

/** A mail about an order that is to be paid by invoice. */
export const invoiceEmail = queue("invoice-email", {
  description: "Invoices and reminders to send",
  message: z.strictObject({
    orderId: Id,
    customerId: Id,
    pence: Pence,
    about: z.enum(["invoice", "reminder", "cancelled"]),
  }),
});

/** One line of an order for one product, or goods of it that come back. */
export const StockChange = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("reserve"),
    id: z.string(),
    sku: Sku,
    quantity: Quantity,
    orderId: Id,
    line: z.int().min(0),
  }),
  z.strictObject({ kind: z.literal("return"), id: z.string(), sku: Sku, quantity: Quantity }),
]);
export type StockChange = z.infer<typeof StockChange>;

/** The product is the group: whoever ordered first is served first. */
export const stockReservations = queue("stock-reservations", {
  description: "Stock to reserve or take back, in order for each product",
  message: StockChange,
  fifo: true,
  // Handled in milliseconds: what a process that died had received comes again soon.
  visibilityMs: 10_000,
  receivesMax: 20,
});
/** What happened to orders, for the one handler that moves them on. */
export const OrderStep = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("stock"),
    answers: z.array(z.strictObject({ orderId: Id, line: z.int().min(0), reserved: z.boolean() })),
  }),
  z.strictObject({ kind: z.literal("payment"), orderId: Id, taken: z.boolean() }),
  z.strictObject({ kind: z.literal("cancel"), orderId: Id, reason: z.string() }),
  z.strictObject({ kind: z.literal("refunded"), cancellationId: Id }),
]);
export type OrderStep = z.infer<typeof OrderStep>;

export const orderSteps = queue("order-steps", {
  description: "Steps towards the settlement of orders",
  message: OrderStep,
  visibilityMs: 10_000,
  receivesMax: 20,
});

export const userRegistered = event("user.registered", {
  description: "A customer has registered",
  data: z.strictObject({ customerId: Id, country: z.string(), locale: z.string() }),
});

export const orderPlaced = event("order.placed", {
  description: "An order is in",
  data: z.strictObject({
    orderId: Id,
    customerId: Id.optional(),
    card: Means,
    country: z.string().optional(),
    lines: z.int(),
    totalPence: Pence,
  }),
});

export const invoicePaid = event("invoice.paid", {
  description: "A customer pays an invoice, with this card",
  data: z.strictObject({ orderId: Id, card: Card }),
});

export const orderShipped = event("order.shipped", {
  description: "The carrier has an order",
  data: z.strictObject({ orderId: Id, customerId: Id.optional(), tracking: z.string() }),
});

export const refundAsked = event("refund.asked", {
  description: "Somebody wants money back for a customer",
  data: NewRefund,
});

export const orderSettled = event("order.settled", {
  description: "An order is paid and its stock reserved",
  data: z.strictObject({ orderId: Id, customerId: Id.optional(), totalPence: Pence }),
});

export const orderCancelled = event("order.cancelled", {
  description: "Goods come back, and their price goes back",
  data: z.strictObject({
    cancellationId: Id,
    orderId: Id.optional(),
    customerId: Id.optional(),
    reason: z.string(),
    returned: z.array(OrderLine),
    refundPence: Pence,
  }),
});

export const paymentSucceeded = event("payment.succeeded", {
  description: "An order is paid",
  data: z.strictObject({ orderId: Id, customerId: Id.optional(), pence: Pence }),
});

export const paymentFailed = event("payment.failed", {
  description: "The customer's card was declined",
  data: z.strictObject({ orderId: Id, customerId: Id.optional(), pence: Pence }),
});

export const paymentRefunded = event("payment.refunded", {
  description: "Money went back to a customer",
  data: z.strictObject({ cancellationId: Id, customerId: Id.optional(), pence: Pence }),
});
