import { get, handle, service } from "morning-ai";
import type { HandlerCall } from "morning-ai";
import { table } from "morning-ai/state/table";
import { z } from "zod";
import { paymentRefunded, paymentSucceeded, userRegistered } from "./messages.ts";
import { untilUnchanged } from "./problems.ts";
import { Id } from "./schemas.ts";

/** Points may go below zero: goods come back that were bought before the shop opened. */
export const points = table("points", {
  description: "Loyalty points, one for each pound",
  row: z.strictObject({ customerId: Id, points: z.int() }),
  key: "customerId",
});

const welcomePoints = 10;

/** Points of a sum: one for each whole pound. */
export const pointsOf = (pence: number): number => Math.floor(pence / 100);

/** Loyalty: points for what was paid, taken back with what was refunded. */
export const loyalty = service("loyalty", {
  description: "Points for what customers pay",
  uses: {
    points: points.readWriter(),
    registered: userRegistered.subscriber(),
    paid: paymentSucceeded.subscriber(),
    refunded: paymentRefunded.subscriber(),
  },
  routes: (held) => [
    get(
      "/customers/:id/points",
      { summary: "Read the points of a customer" },
      async ({ params }) => ({
        points: (await held.points.get(params.id))?.points ?? 0,
      }),
    ),
  ],
  handlers: (held) => {
    /** Points for `reason`, once, however often it is told. */
    const add = async (
      reason: string,
      customerId: string | undefined,
      change: number,
      { once }: HandlerCall,
    ): Promise<void> => {
      if (customerId === undefined) return;
      await untilUnchanged(async () => {
        const known = await held.points.getEntry(customerId);
        const sum = (known?.row.points ?? 0) + change;
        const version = known?.version ?? 0;
        await once(reason, (tx) => tx(held.points).put({ customerId, points: sum }, { version }));
      });
    };
    return [
      handle(held.registered, {}, ({ customerId }, call) =>
        add(`registered/${customerId}`, customerId, welcomePoints, call),
      ),
      handle(held.paid, {}, ({ orderId, customerId, pence }, call) =>
        add(`paid/${orderId}`, customerId, pointsOf(pence), call),
      ),
      handle(held.refunded, {}, ({ cancellationId, customerId, pence }, call) =>
        add(`refunded/${cancellationId}`, customerId, -pointsOf(pence), call),
      ),
    ];
  },
});
