import { table } from "morning-ai/state/table";
import { z } from "zod";
import { Id, Pence } from "./schemas.ts";

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
