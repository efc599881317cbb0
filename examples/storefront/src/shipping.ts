import { table } from "morning-ai/state/table";
import { z } from "zod";
import { Id } from "./schemas.ts";

export const Shipment = z.strictObject({
  orderId: Id,
  tracking: z.string(),
  country: z.string(),
  atMs: z.int(),
});

export const shipments = table("shipments", {
  description: "Orders that the carrier has",
  row: Shipment,
  key: "orderId",
  indexes: { byTime: ["atMs"] },
});

/** Where the carrier does not go: what it refuses must be undone. */
const unreachable: ReadonlySet<string> = new Set(["Atlantis"]);

/** The carrier does not go there. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/**
 * Hands an order to the carrier, as its API would; the same order twice is one shipment.
 * @throws Unreachable
 */
export function dispatch(orderId: string, country: string): { readonly tracking: string } {
  if (unreachable.has(country)) throw new Unreachable(`the carrier does not go to ${country}`);
  return { tracking: `TRACK-${orderId}` };
}
