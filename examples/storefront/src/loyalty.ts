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
    get("/customers/:id/points", async ({ params }) => ({
      points: (await held.points.get(params.id))?.points ?? 0,
    })),
  ],
  handlers: (held) => {
    const add = (
      customerId: string,
      change: number,
      { info, once }: HandlerCall,
    ): Promise<boolean> =>
      untilUnchanged(async () => {
        const known = await held.points.getEntry(customerId);
        const sum = (known?.row.points ?? 0) + change;
        return once(info.idempotencyKey, (tx) =>
          tx(held.points).put({ customerId, points: sum }, { version: known?.version ?? 0 }),
        );
      });
    return [
      handle(held.registered, {}, ({ customerId }, call) => add(customerId, welcomePoints, call)),
      handle(held.paid, {}, async ({ customerId, pence }, call) => {
        if (customerId !== undefined) await add(customerId, pointsOf(pence), call);
      }),
      handle(held.refunded, {}, async ({ customerId, pence }, call) => {
        if (customerId !== undefined) await add(customerId, -pointsOf(pence), call);
      }),
    ];
  },
});
