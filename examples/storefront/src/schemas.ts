import { z } from "zod";

/** Money is whole pence: sums of pounds in floating point drift. */
export const Pence = z.int().min(0).max(1e12);

export const Sku = z.string().regex(/^[A-Z0-9][A-Z0-9-]{0,31}$/, "is not a stock code");

/** Ids of orders, customers and cancellations: an invoice number, a customer number, a UUID. */
export const Id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "is not an id");

/** An id that a caller chooses: there is room behind it. */
export const GivenId = Id.max(48);

export const Country = z.string().min(1).max(60);

export const Quantity = z.int().min(1).max(1_000_000);

/** An order has so many lines at most. */
export const linesMax = 1000;

/** A line as a caller sends it. Without `unitPence` the catalogue's price counts. */
export const AskedLine = z.strictObject({
  sku: Sku,
  quantity: Quantity,
  unitPence: Pence.min(1).max(10_000_000).optional(),
});

export const OrderLine = z.strictObject({ sku: Sku, quantity: Quantity, unitPence: Pence });
export type OrderLine = z.infer<typeof OrderLine>;

/** `card-declined` is the card that every payment provider has for tests. */
export const Card = z.enum(["card", "card-declined"]);
export type Card = z.infer<typeof Card>;

/** How the customer pays: at once, or when the invoice is there. */
export const Means = z.enum([...Card.options, "invoice"]);

export const NewCustomer = z.strictObject({
  id: GivenId.optional(),
  email: z.email().max(200),
  country: Country,
  locale: z.string().max(20).default("en-GB"),
});

export const Customer = z.strictObject({
  id: Id,
  email: z.string(),
  country: Country,
  locale: z.string(),
  registeredAtMs: z.int(),
});

export const Product = z.strictObject({
  sku: Sku,
  description: z.string().max(200),
  pricePence: Pence,
  /** Sold past what lies in the warehouse: the supplier sends more. */
  backorder: z.boolean(),
});

export const NewProducts = z.strictObject({
  products: z
    .array(
      Product.extend({
        backorder: z.boolean().default(true),
        onHand: z.int().min(0).max(1e9).default(0),
      }),
    )
    .min(1)
    .max(500),
});

/** What POST /orders takes. */
export const AskedOrder = z.strictObject({
  /** The invoice number; the Idempotency-Key or a new id stands in for it. */
  id: GivenId.optional(),
  customerId: Id.optional(),
  country: Country.optional(),
  card: Means.default("card"),
  lines: z.array(AskedLine).min(1).max(linesMax),
});

export const NewOrder = z.strictObject({
  id: GivenId,
  customerId: Id.optional(),
  country: Country.optional(),
  card: Means,
  lines: z.array(OrderLine).min(1).max(linesMax),
});
export type NewOrder = z.infer<typeof NewOrder>;

/** A credit note: goods that come back, whichever order they were bought with. */
export const NewCancellation = z.strictObject({
  id: GivenId,
  customerId: Id.optional(),
  lines: z.array(OrderLine).min(1).max(linesMax),
});

/** What an invoice is paid with. */
export const Payer = z.strictObject({ card: Card.default("card") });

/** Money for a customer's trouble; no goods come back. */
export const NewRefund = z.strictObject({
  id: GivenId,
  customerId: Id.optional(),
  pence: Pence.min(1),
  reason: z.string().min(1).max(200),
});

export const Reason = z.strictObject({ reason: z.string().max(200).default("asked for") });

/** Sum of quantity times price, in pence. */
export function totalOf(lines: readonly OrderLine[]): number {
  return lines.reduce((sum, { quantity, unitPence }) => sum + quantity * unitPence, 0);
}
