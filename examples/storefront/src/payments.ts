import { activeSpan, get, handle, noContent, post, service } from "morning-ai";
import type { Log } from "morning-ai";
import { z } from "zod";
import { closeDay, sumHour } from "./closing.ts";
import {
  orderCancelled,
  orderPlaced,
  paymentFailed,
  paymentRefunded,
  paymentSucceeded,
} from "./messages.ts";
import { declined, refunds, revenue } from "./metrics.ts";
import { payments } from "./payment-table.ts";
import { cardDeclined, notFound } from "./problems.ts";
import { CardDeclined, charge } from "./provider.ts";
import type { Charge } from "./provider.ts";
import { housekeeping, sweep } from "./retention.ts";
import { Card, Id, NewRefund, Pence } from "./schemas.ts";
import { declines } from "./watch.ts";

const NewCharge = z.strictObject({
  orderId: Id,
  customerId: Id.optional(),
  card: Card,
  pence: Pence,
});

/** OpenTelemetry's status code of what failed. */
const failed = 2;

const paymentsHousekeeping = housekeeping("payments");

/** Takes the money, and says in the log what became of it. */
function take(asked: Charge, log: Log): "succeeded" | "failed" {
  const { orderId, pence } = asked;
  try {
    const { reference } = charge(asked);
    log.info("payment taken", { orderId, pence, reference });
    return "succeeded";
  } catch (error) {
    if (!(error instanceof CardDeclined)) throw error;
    // The order fails, the shop does not: the failure is told with its stack, and work goes on.
    log.error("payment failed", { orderId, pence, error });
    activeSpan()?.setStatus({ code: failed, message: error.message });
    return "failed";
  }
}

/** Payments: takes the money for an order, gives it back for a cancellation. */
export const paymentsService = service("payments", {
  description: "Takes and refunds money",
  owns: [declines],
  runs: [sumHour, closeDay],
  uses: {
    payments: payments.readWriter(),
    // What is paid by invoice is charged by the workflow that waits for it.
    placed: orderPlaced.subscriber({
      pattern: { detail: { card: [{ "anything-but": ["invoice"] }] } },
    }),
    cancelled: orderCancelled.subscriber(),
    succeeded: paymentSucceeded.publisher(),
    failed: paymentFailed.publisher(),
    refunded: paymentRefunded.publisher(),
    revenue: revenue.recorder(),
    refunds: refunds.recorder(),
    declined: declined.recorder(),
    minutely: paymentsHousekeeping.trigger(),
  },
  routes: (held) => [
    get("/payments/:id", { summary: "Read the payment for an order" }, async ({ params }) => {
      const found = await held.payments.get({ kind: "payment", id: params.id });
      if (found === undefined) throw notFound(`there is no payment for order ${params.id}`);
      return found;
    }),
    post(
      "/charges",
      { body: NewCharge, status: 204, summary: "Take the money for an order, once" },
      async ({ body, once, log }) => {
        const { orderId, customerId, card, pence } = body;
        if (take({ orderId, card, pence }, log) === "failed") {
          await once(`declined/${orderId}/${card}`, (tx) => tx(held.declined).add(1));
          throw cardDeclined(`the card for order ${orderId} was declined`);
        }
        const about = customerId === undefined ? {} : { customerId };
        await once(`payment/${orderId}`, (tx) => {
          const paid = { ...about, id: orderId, kind: "payment", pence } as const;
          tx(held.payments).insert({ ...paid, status: "succeeded", atMs: Date.now() });
          tx(held.succeeded).publish({ ...about, orderId, pence });
          tx(held.revenue).add(pence / 100);
        });
        return noContent();
      },
    ),
    post(
      "/refunds",
      { body: NewRefund, status: 204, summary: "Give money back for a customer's trouble, once" },
      async ({ body, once }) => {
        const { id, customerId, pence } = body;
        const about = customerId === undefined ? {} : { customerId };
        await once(`refund/${id}`, (tx) => {
          const back = { ...about, id, kind: "refund", pence } as const;
          tx(held.payments).insert({ ...back, status: "succeeded", atMs: Date.now() });
          tx(held.refunded).publish({ ...about, cancellationId: id, pence });
          tx(held.refunds).add(pence / 100);
        });
        return noContent();
      },
    ),
  ],
  handlers: (held) => [
    handle(held.placed, {}, async ({ orderId, customerId, card, totalPence }, { once, log }) => {
      if (card === "invoice") return;
      const about = customerId === undefined ? {} : { customerId };
      const status = take({ orderId, card, pence: totalPence }, log);
      await once(`payment/${orderId}`, (tx) => {
        tx(held.payments).insert({
          ...about,
          id: orderId,
          kind: "payment",
          pence: totalPence,
          status,
          atMs: Date.now(),
        });
        tx(held[status]).publish({ ...about, orderId, pence: totalPence });
        if (status === "failed") tx(held.declined).add(1);
        else tx(held.revenue).add(totalPence / 100);
      });
    }),
    handle(held.cancelled, {}, async ({ cancellationId, customerId, refundPence }, { once }) => {
      if (refundPence === 0) return;
      const about = customerId === undefined ? {} : { customerId };
      await once(`refund/${cancellationId}`, (tx) => {
        tx(held.payments).insert({
          ...about,
          id: cancellationId,
          kind: "refund",
          pence: refundPence,
          status: "succeeded",
          atMs: Date.now(),
        });
        tx(held.refunded).publish({ ...about, cancellationId, pence: refundPence });
        tx(held.refunds).add(refundPence / 100);
      });
    }),
    handle(held.minutely, {}, async () => {
      await sweep(held.payments, ({ kind, id }) => ({ kind, id }), Date.now());
    }),
  ],
});
