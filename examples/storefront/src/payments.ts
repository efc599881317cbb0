import { activeSpan, get, handle, service } from "morning-ai";
import type { Log } from "morning-ai";
import { table } from "morning-ai/state/table";
import { z } from "zod";
import {
  orderCancelled,
  orderPlaced,
  paymentFailed,
  paymentRefunded,
  paymentSucceeded,
} from "./messages.ts";
import { declined, refunds, revenue } from "./metrics.ts";
import { notFound } from "./problems.ts";
import { CardDeclined, charge } from "./provider.ts";
import type { Charge } from "./provider.ts";
import { housekeeping, sweep } from "./retention.ts";
import { Id, Pence } from "./schemas.ts";
import { declines } from "./watch.ts";

export const Payment = z.strictObject({
  /** The order that is paid, or the cancellation that is refunded. */
  id: Id,
  kind: z.enum(["payment", "refund"]),
  customerId: Id.optional(),
  pence: Pence,
  status: z.enum(["succeeded", "failed"]),
  atMs: z.int(),
});

export const payments = table("payments", {
  description: "Payments and refunds",
  row: Payment,
  key: ["kind", "id"],
  indexes: { byTime: ["atMs"] },
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
  uses: {
    payments: payments.readWriter(),
    placed: orderPlaced.subscriber(),
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
  ],
  handlers: (held) => [
    handle(held.placed, {}, async ({ orderId, customerId, card, totalPence }, { once, log }) => {
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
