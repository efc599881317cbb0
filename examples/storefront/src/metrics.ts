import { metric, ratio } from "morning-ai/observability";
import { z } from "zod";

const labels = z.object({ country: z.string().default("unknown") });

export const signUps = metric("sign-ups", {
  kind: "counter",
  unit: "{customer}",
  description: "Customers who registered",
  labels,
});

export const checkouts = metric("checkouts", {
  kind: "counter",
  unit: "{checkout}",
  description: "Orders that customers asked for, taken or not",
});

export const ordersTaken = metric("orders", {
  kind: "counter",
  unit: "{order}",
  description: "Orders that were taken",
  labels,
});

export const conversion = ratio("conversion", {
  of: ordersTaken,
  over: checkouts,
  description: "Share of the checkouts that became orders",
});

export const revenue = metric("revenue", {
  kind: "counter",
  unit: "GBP",
  description: "Payments that succeeded",
});

export const refunds = metric("refunds", {
  kind: "counter",
  unit: "GBP",
  description: "Money that went back to customers",
});

export const declined = metric("payments-declined", {
  kind: "counter",
  unit: "{payment}",
  description: "Payments that the provider refused",
});
