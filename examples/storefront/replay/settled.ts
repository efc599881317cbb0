import { setTimeout as wait } from "node:timers/promises";
import type { Shop, Summary, Traffic } from "./shop.ts";

/** What must be done before all is settled. */
export interface Expected {
  readonly orders: number;
  readonly cancellations: number;
}

/** How a shop stands. */
export interface Standing {
  readonly summary: Summary;
  readonly traffic: Traffic;
  /** Whether all is settled, or nothing has moved for too long. */
  readonly settled: boolean;
}

const lookMs = 200;
const stillMs = 20;

function less(now: Summary, before: Summary): Summary {
  const of = (key: keyof Summary): number => now[key] - before[key];
  return {
    orders: of("orders"),
    settled: of("settled"),
    cancelledOrders: of("cancelledOrders"),
    settledPence: of("settledPence"),
    cancellations: of("cancellations"),
    refundedPence: of("refundedPence"),
    netPence: of("netPence"),
  };
}

/**
 * Whether nothing was under way between two looks: one look alone may miss what moves from queue to
 * queue.
 */
const isStill = (before: Traffic | undefined, now: Traffic): boolean =>
  now.waiting === 0 && before?.waiting === 0 && before.messages === now.messages;

/** Waits until no message is under way. */
export async function untilStill(shop: Shop): Promise<Traffic> {
  let before: Traffic | undefined;
  for (;;) {
    const now = await shop.traffic();
    if (isStill(before, now)) return now;
    before = now;
    await wait(stillMs);
  }
}

/**
 * Waits until a shop has settled what was sent since `before` and nothing is under way any more.
 * @param stallMs gives up when nothing has moved for so long
 */
export async function untilSettled(
  shop: Shop,
  before: Summary,
  expected: Expected,
  stallMs: number = 30_000,
): Promise<Standing> {
  let last = "";
  let trafficBefore: Traffic | undefined;
  let movedMs = performance.now();
  for (;;) {
    const traffic = await shop.traffic();
    const summary = less(await shop.summary(), before);
    const { orders, settled, cancelledOrders, cancellations } = summary;
    const all =
      settled >= expected.orders &&
      cancellations >= expected.cancellations &&
      orders >= expected.orders &&
      isStill(trafficBefore, traffic);
    if (all) return { summary, traffic, settled: true };
    const now = `${orders} ${settled} ${cancelledOrders} ${cancellations} ${traffic.waiting}`;
    trafficBefore = traffic;
    if (now !== last) movedMs = performance.now();
    last = now;
    if (performance.now() - movedMs > stallMs) return { summary, traffic, settled: false };
    await wait(lookMs);
  }
}
