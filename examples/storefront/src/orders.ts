import {
  accepted,
  created,
  get,
  handle,
  handleBatch,
  MorningError,
  ok,
  post,
  service,
} from "morning-ai";
import { fulfilment, fulfilmentOf } from "./fulfilment.ts";
import {
  invoicePaid,
  orderCancelled,
  orderPlaced,
  orderSettled,
  orderSteps,
  paymentFailed,
  paymentRefunded,
  paymentSucceeded,
  stockReservations,
} from "./messages.ts";
import { conversion, ordersTaken } from "./metrics.ts";
import { remembered } from "./memory.ts";
import { cancellations, orders, orderStates, totals } from "./order-tables.ts";
import type { Order } from "./order-tables.ts";
import { conflict, notFound } from "./problems.ts";
import { housekeeping, sweep } from "./retention.ts";
import { NewCancellation, NewOrder, Payer, Reason, totalOf } from "./schemas.ts";
import { noTotals, placed } from "./settlement.ts";
import type { OrderState } from "./settlement.ts";
import { settleSteps } from "./steps.ts";
import { silence } from "./watch.ts";

/** Steps that one transaction takes. */
const batchSize = 100;

/** What callers see of an order. */
function shown(order: Order, state: OrderState | undefined) {
  const { customerId } = order;
  const status = state?.status ?? ("placed" as const);
  const reason = state?.cancelReason === undefined ? {} : { cancelReason: state.cancelReason };
  return {
    id: order.id,
    ...(customerId === undefined ? {} : { customerId }),
    status,
    ...reason,
    payment: state?.payment ?? ("pending" as const),
    totalPence: order.totalPence,
    lines: order.lines,
    placedAtMs: order.placedAtMs,
  };
}

/**
 * Whether the caller sent again what is there already. Prices do not count: the catalogue's may
 * have changed since.
 */
function sameOrder(order: Order, asked: NewOrder): boolean {
  const text = ({ customerId, lines }: Pick<NewOrder, "customerId" | "lines">): string =>
    JSON.stringify([customerId, lines.map(({ sku, quantity }) => [sku, quantity])]);
  return text(order) === text(asked);
}

const ordersHousekeeping = housekeeping("orders");

/**
 * Orders: taken once by their id, settled when their stock is reserved and their payment has
 * succeeded.
 */
export const ordersService = service("orders", {
  description: "Orders and their settlement",
  owns: [conversion, silence],
  runs: [fulfilment],
  uses: {
    fulfilment: fulfilment.starter(),
    invoicePaid: invoicePaid.publisher(),
    orders: orders.readWriter(),
    states: orderStates.readWriter(),
    cancellations: cancellations.readWriter(),
    totals: totals.readWriter(),
    reservations: stockReservations.sender(),
    step: orderSteps.sender(),
    steps: orderSteps.consumer(),
    placed: orderPlaced.publisher(),
    taken: ordersTaken.recorder(),
    settled: orderSettled.publisher(),
    cancelled: orderCancelled.publisher(),
    paid: paymentSucceeded.subscriber(),
    refused: paymentFailed.subscriber(),
    refunded: paymentRefunded.subscriber(),
    minutely: ordersHousekeeping.trigger(),
  },
  routes: (held) => {
    const again = async (asked: NewOrder) => {
      const known = await held.orders.get(asked.id);
      if (known === undefined) return undefined;
      if (!sameOrder(known, asked)) throw conflict(`order ${asked.id} is there with other lines`);
      return ok({ ...shown(known, await held.states.get(asked.id)), repeated: true });
    };
    /** What a workflow is about to do for an order is undone. */
    const cancelFulfilment = async (orderId: string): Promise<void> => {
      const order = await held.orders.get(orderId);
      if (order?.card !== "invoice") return;
      await held.fulfilment.cancel(fulfilmentOf(orderId)).catch((error: unknown) => {
        if (!MorningError.is(error, "MOR_WORKFLOW_ENDED")) throw error;
      });
    };
    return [
      post(
        "/orders/:id/pay",
        { body: Payer, status: 202, summary: "Pay the invoice of an order with a card" },
        async ({ params, body }) => {
          const order = await held.orders.get(params.id);
          if (order?.card !== "invoice") throw notFound(`there is no invoice for ${params.id}`);
          await held.invoicePaid.publish({ orderId: params.id, card: body.card });
          return accepted({ id: params.id });
        },
      ),
      post(
        "/orders",
        { body: NewOrder, status: 201, summary: "Place an order; the same id twice is one order" },
        async ({ body, transact, log }) => {
          const before = await again(body);
          if (before !== undefined) return before;
          const { id, card, customerId, lines } = body;
          const order = { ...body, totalPence: totalOf(lines), placedAtMs: Date.now() };
          const state = placed(body, lines.length, order.totalPence, order.placedAtMs);
          const about = customerId === undefined ? {} : { customerId };
          const { totalPence } = order;
          try {
            await transact((tx) => {
              tx(held.orders).insert(order);
              tx(held.states).insert(state);
              tx(held.taken).add(1, { country: body.country });
              tx(held.placed).publish({
                ...about,
                orderId: id,
                card,
                ...(body.country === undefined ? {} : { country: body.country }),
                lines: lines.length,
                totalPence,
              });
              // Its workflow reserves what is paid by invoice.
              if (card === "invoice") return;
              const reservations = tx(held.reservations);
              for (const [line, { sku, quantity }] of lines.entries()) {
                const message = {
                  kind: "reserve",
                  id: `${id}/${line}`,
                  sku,
                  quantity,
                  orderId: id,
                  line,
                } as const;
                reservations.send(message, { group: sku, deduplicationId: message.id });
              }
            });
          } catch (error) {
            // Two of the same at once: the other one was first.
            const other = await again(body);
            if (other !== undefined) return other;
            throw error;
          }
          log.info("order placed", { orderId: id, lines: lines.length, totalPence });
          return created({ ...shown(order, state), repeated: false });
        },
      ),
      get("/orders/:id", { summary: "Read an order and its status" }, async ({ params }) => {
        const order = await held.orders.get(params.id);
        if (order === undefined) throw notFound(`there is no order ${params.id}`);
        return shown(order, await held.states.get(params.id));
      }),
      post(
        "/orders/:id/cancel",
        { body: Reason, status: 202, summary: "Cancel an order" },
        async ({ params, body, log }) => {
          const state = await held.states.get(params.id);
          if (state === undefined) throw notFound(`there is no order ${params.id}`);
          if (state.cancelReason === undefined) {
            await held.step.send({ kind: "cancel", orderId: params.id, reason: body.reason });
            await cancelFulfilment(params.id);
            log.warn("order is to be cancelled", { orderId: params.id, reason: body.reason });
          }
          return accepted({ id: params.id, cancellationId: `${params.id}.cancel` });
        },
      ),
      post(
        "/cancellations",
        { body: NewCancellation, status: 202, summary: "Take goods back and refund them" },
        async ({ body, once }) => {
          const { id, customerId, lines } = body;
          const refundPence = totalOf(lines);
          const about = customerId === undefined ? {} : { customerId };
          await once(`cancellation/${id}`, (tx) => {
            tx(held.cancellations).insert({
              ...about,
              id,
              refundPence,
              status: "refunding",
              atMs: Date.now(),
            });
            tx(held.cancelled).publish({
              ...about,
              cancellationId: id,
              reason: "returned",
              returned: lines,
              refundPence,
            });
          });
          return accepted({ id, refundPence });
        },
      ),
      get(
        "/cancellations/:id",
        { summary: "Read a cancellation and its status" },
        async ({ params }) => {
          const found = await held.cancellations.get(params.id);
          if (found === undefined) throw notFound(`there is no cancellation ${params.id}`);
          return found;
        },
      ),
      get(
        "/totals",
        { summary: "Read the totals of all orders" },
        async () => (await held.totals.get("all")) ?? noTotals,
      ),
    ];
  },
  handlers: (held) => {
    const known = remembered(
      (id) => held.states.getEntry(id),
      ({ id }: OrderState) => id,
    );
    return [
      handleBatch(held.steps, { batchSize, batchWindowMs: 2 }, async (batch, { transact }) => {
        await settleSteps(
          held,
          known,
          transact,
          batch.map(({ message }) => message),
        );
      }),
      // A step that comes twice changes nothing: here, at least once is enough.
      handle(held.paid, {}, ({ orderId }) =>
        held.step.send({ kind: "payment", orderId, taken: true }),
      ),
      handle(held.refused, {}, ({ orderId }) =>
        held.step.send({ kind: "payment", orderId, taken: false }),
      ),
      handle(held.refunded, {}, ({ cancellationId }) =>
        held.step.send({ kind: "refunded", cancellationId }),
      ),
      handle(held.minutely, {}, async () => {
        const nowMs = Date.now();
        await sweep(held.orders, ({ id }) => id, nowMs);
        await sweep(held.states, ({ id }) => id, nowMs);
        await sweep(held.cancellations, ({ id }) => id, nowMs);
      }),
    ];
  },
});
