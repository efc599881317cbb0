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

/** A shop at which some cards are declined: without a failure there is nothing to look into. */
function withDeclined(shop: Shop): Shop {
  let orders = 0;
  return {
    ...shop,
    async post(path, body) {
      const declined = path === "/orders" && ++orders % declinedEvery === 0;
      return shop.post(path, declined ? { ...(body as object), card: "card-declined" } : body);
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
    const shop = withDeclined(shopAt({ url, signal, ...(key === undefined ? {} : { key }) }));
    try {
      await play({ shop, invoices, speed: 1, concurrency: 16, signal });
    } catch (error) {
      if (signal.aborted) return;
      log.warn("the storefront's traffic pauses", { cause: String(error) });
      await wait(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
}
