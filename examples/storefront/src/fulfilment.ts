import { MorningError } from "morning-ai";
import { workflow } from "morning-ai/workflow";
import type { WorkflowContext } from "morning-ai/workflow";
import { z } from "zod";
import { catalog } from "./catalog.ts";
import { invoiceEmail, invoicePaid, orderPlaced, orderShipped, orderSteps } from "./messages.ts";
import { orders } from "./order-tables.ts";
import { paymentsService } from "./payments.ts";
import { feeOf } from "./provider.ts";
import { dispatch, shipments } from "./shipping.ts";
import { Id, Pence } from "./schemas.ts";
import type { Card } from "./schemas.ts";

/** How long a customer has until the reminder comes, and again until the order is given up. */
export const payWithinMs = 60_000;

/** Cards that a customer may try. */
const cardsMax = 3;

/** The run that fulfils an order. */
export const fulfilmentOf = (orderId: string): string => `fulfilment.${orderId}`;

/**
 * An order that is paid by invoice, from its goods to its parcel: reserve, wait for the money,
 * charge, ship. What cannot be finished is undone, the last step first: goods go back, and the
 * order is cancelled, for which `payments` gives back what was paid.
 */
export const fulfilment = workflow(
  "fulfilment",
  {
    description: "Orders by invoice: reserve, charge, ship, or undo all of it",
    uses: {
      orders: orders.reader(),
      catalog: catalog.client(),
      payments: paymentsService.client(),
      steps: orderSteps.sender(),
      mails: invoiceEmail.sender(),
      paid: invoicePaid.subscriber(),
      shipments: shipments.readWriter(),
      shipped: orderShipped.publisher(),
    },
    input: z.object({ orderId: Id, customerId: Id.optional(), totalPence: Pence }),
    on: {
      event: orderPlaced,
      pattern: { detail: { card: ["invoice"] } },
      id: ({ orderId }: { readonly orderId: string }) => orderId,
    },
    retry: { attemptsMax: 5, baseMs: 500 },
  },
  async (ctx, { orderId, customerId, totalPence }) => {
    const about = customerId === undefined ? {} : { customerId };
    await ctx.attributes({ orderId, ...about });

    const mail = (subject: "invoice" | "reminder" | "cancelled") =>
      ctx.step(`mail ${subject}`, async ({ mails }) => {
        if (customerId === undefined) return;
        await mails.send({ orderId, customerId, pence: totalPence, about: subject });
      });

    const { lines, country } = await ctx.step(
      "read the order",
      async (held) => {
        const order = await held.orders.get(orderId);
        if (order === undefined) throw new Error(`there is no order ${orderId}`);
        const goods = order.lines.map(({ sku, quantity }) => ({ sku, quantity }));
        return { lines: goods, country: order.country ?? "United Kingdom" };
      },
      {
        compensate: async ({ orders, steps }, read) => {
          const order = read ?? (await orders.get(orderId));
          await steps.send(settled(orderId, order?.lines.length ?? 0, false));
          await steps.send({ kind: "payment", orderId, taken: false });
        },
      },
    );
    const body = { orderId, lines };
    const once = (key: string) => ({ idempotencyKey: key });

    await ctx.invoke(
      "reserve",
      async (held, { key }) => {
        await held.catalog.post("/reservations", { body }, once(key));
      },
      {
        nonRetryable: ["SHOP_OUT_OF_STOCK"],
        compensate: async (held, _, { key }) => {
          await held.catalog.post("/releases", { body }, once(key));
        },
      },
    );
    await mail("invoice");

    for (let attempt = 1; ; attempt++) {
      const card = await cardOf(ctx, orderId, () => mail("reminder"));
      try {
        await ctx.invoke(
          "charge",
          async (held, { key, cost }) => {
            const charge = { ...about, orderId, card, pence: totalPence };
            await held.payments.post("/charges", { body: charge }, once(key));
            cost(feeOf(totalPence), "GBP", "card fee");
          },
          { nonRetryable: ["SHOP_CARD_DECLINED"] },
        );
        break;
      } catch (error) {
        if (!MorningError.is(error, "MOR_WORKFLOW_STEP_FAILED") || attempt === cardsMax)
          throw error;
      }
    }

    const tracking = await ctx.step("ship", () => dispatch(orderId, country).tracking, {
      nonRetryable: ["Unreachable"],
    });
    await ctx.once("record the shipment", (tx, held) => {
      tx(held.shipments).put({ orderId, tracking, country, atMs: ctx.now() });
      tx(held.shipped).publish({ ...about, orderId, tracking });
      tx(held.steps).send(settled(orderId, lines.length, true));
    });
    return { tracking };
  },
);

/** What the settlement of orders hears of the goods. */
const settled = (orderId: string, lines: number, reserved: boolean) =>
  ({
    kind: "stock",
    answers: Array.from({ length: lines }, (_, line) => ({ orderId, line, reserved })),
  }) as const;

/** What waits for the customer's card. */
type Waiting = Pick<WorkflowContext, "waitForEvent">;

/**
 * The card with which a customer pays an invoice; a reminder goes out when the time for it is over.
 * @throws MOR_WORKFLOW_WAIT_TIMEOUT when it is over again
 */
async function cardOf(ctx: Waiting, orderId: string, remind: () => Promise<void>): Promise<Card> {
  const paid = { pattern: { detail: { orderId: [orderId] } }, timeoutMs: payWithinMs };
  try {
    return (await ctx.waitForEvent(invoicePaid, paid)).card;
  } catch (error) {
    if (!MorningError.is(error, "MOR_WORKFLOW_WAIT_TIMEOUT")) throw error;
    await remind();
    return (await ctx.waitForEvent(invoicePaid, paid)).card;
  }
}
