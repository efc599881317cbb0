import { setTimeout as wait } from "node:timers/promises";
import { generate } from "./generator.ts";
import type { Invoice } from "./replay/invoices.ts";
import { play } from "./replay/play.ts";
import { shopAt } from "./replay/shop.ts";
import type { Shop } from "./replay/shop.ts";

/** What traffic is told: where the shop is, and when to stop. */
export interface TrafficOptions {
  readonly url: string;
  readonly signal: AbortSignal;
  readonly log: { readonly warn: (message: string, fields?: Record<string, unknown>) => void };
  readonly seed?: number;
}

const ordersPerSecond = { min: 5, max: 10 };
const pauseMs = 5_000;

/** One order in so many is paid with a card that the provider declines. */
const declinedEvery = 60;

/** One order in so many is paid by invoice, a while after it. */
const invoiceEvery = 25;
const payAfterMs = 8_000;
/** One invoice in so many is never paid, one goes where no carrier does. */
const unpaidEvery = 6;
const unreachableEvery = 9;
/** One order in so many has a customer who wants something back for their trouble. */
const refundEvery = 200;

/** How the order of a number is paid: without a failure there is nothing to look into. */
function meansOf(number: number): "card" | "card-declined" | "invoice" {
  if (number % declinedEvery === 0) return "card-declined";
  return number % invoiceEvery === 0 ? "invoice" : "card";
}

/** A shop with customers who pay in different ways, or not, or complain. */
function withCustomers(shop: Shop, signal: AbortSignal): Shop {
  let orders = 0;
  const later = async (path: string, body: unknown): Promise<void> => {
    await wait(payAfterMs, undefined, { signal }).catch(() => {});
    if (!signal.aborted) await shop.post(path, body).catch(() => {});
  };
  return {
    ...shop,
    async post(path, body) {
      if (path !== "/orders") return shop.post(path, body);
      const number = ++orders;
      const order = body as { readonly id?: string; readonly customerId?: string };
      const card = meansOf(number);
      const isFar = card === "invoice" && (number / invoiceEvery) % unreachableEvery === 0;
      const country = isFar ? { country: "Atlantis" } : {};
      const answer = await shop.post(path, { ...order, ...country, card });
      const isPaid = card === "invoice" && (number / invoiceEvery) % unpaidEvery !== 0;
      if (isPaid) void later(`/orders/${order.id}/pay`, {});
      if (number % refundEvery === 0) {
        const about = order.customerId === undefined ? {} : { customerId: order.customerId };
        const pence = (number % (2 * refundEvery) === 0 ? 20 : 80) * 100;
        void later("/refunds", { ...about, id: `${order.id}.sorry`, pence, reason: "came late" });
      }
      return answer;
    },
  };
}

async function* asynchronous(invoices: Iterable<Invoice>): AsyncGenerator<Invoice> {
  yield* invoices;
}

/** Plays made-up customers until `signal` aborts; begins anew when the shop was away for long. */
export async function liveTraffic({ url, signal, log, seed = 42 }: TrafficOptions): Promise<void> {
  while (!signal.aborted) {
    const prefix = `G${Date.now().toString(36)}-`;
    const invoices = asynchronous(generate({ seed, prefix, ordersPerSecond }));
    const key = process.env["MORNING_API_KEY"];
    const shop = withCustomers(
      shopAt({ url, signal, ...(key === undefined ? {} : { key }) }),
      signal,
    );
    try {
      await play({ shop, invoices, speed: 1, concurrency: 16, signal });
    } catch (error) {
      if (signal.aborted) return;
      log.warn("the storefront's traffic pauses", { cause: String(error) });
      await wait(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
}
