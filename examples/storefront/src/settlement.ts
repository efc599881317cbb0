import { z } from "zod";
import type { OrderStep } from "./messages.ts";
import { Id, Pence } from "./schemas.ts";

/** How far an order is. */
export const OrderState = z.strictObject({
  id: Id,
  customerId: Id.optional(),
  totalPence: Pence,
  /** A letter a line: `.` not answered yet, `r` reserved, `s` out of stock. */
  lines: z.string(),
  payment: z.enum(["pending", "taken", "refused"]),
  /** Why it is to be cancelled, once it is. */
  cancelReason: z.string().optional(),
  status: z.enum(["placed", "settled", "cancelled"]),
  /** Whether the totals have it. */
  counted: z.boolean(),
  placedAtMs: z.int(),
});
export type OrderState = z.infer<typeof OrderState>;

/** The state of an order that has just been placed. */
export function placed(
  order: { readonly id: string; readonly customerId?: string | undefined },
  lines: number,
  totalPence: number,
  nowMs: number,
): OrderState {
  const { id, customerId } = order;
  return {
    id,
    ...(customerId === undefined ? {} : { customerId }),
    totalPence,
    lines: ".".repeat(lines),
    payment: "pending",
    status: "placed",
    counted: false,
    placedAtMs: nowMs,
  };
}

function answered(lines: string, line: number, reserved: boolean): string {
  if (lines[line] !== ".") return lines;
  return `${lines.slice(0, line)}${reserved ? "r" : "s"}${lines.slice(line + 1)}`;
}

/** The status that follows from what is known: settled when all is reserved and paid. */
function concluded(state: OrderState): OrderState {
  if (state.status === "cancelled") return state;
  if (state.lines.includes(".") || state.payment === "pending") return state;
  const reason =
    state.cancelReason ??
    (state.payment === "refused" ? "payment refused" : undefined) ??
    (state.lines.includes("s") ? "out of stock" : undefined);
  if (reason === undefined) return { ...state, status: "settled" };
  return { ...state, status: "cancelled", cancelReason: reason };
}

/** One step of one order. Each step may come twice, and in any order. */
export type Step =
  | { readonly kind: "stock"; readonly line: number; readonly reserved: boolean }
  | Extract<OrderStep, { kind: "payment" | "cancel" }>;

/** The order after a step: the same object when it changes nothing. */
export function after(state: OrderState, step: Step): OrderState {
  switch (step.kind) {
    case "stock": {
      const lines = answered(state.lines, step.line, step.reserved);
      return lines === state.lines ? state : concluded({ ...state, lines });
    }
    case "payment":
      if (state.payment !== "pending") return state;
      return concluded({ ...state, payment: step.taken ? "taken" : "refused" });
    case "cancel":
      if (state.cancelReason !== undefined) return state;
      return concluded({ ...state, cancelReason: step.reason });
  }
}

/** The lines of an order that its cancellation returns to stock. */
export function reservedOf<Line>(state: OrderState, lines: readonly Line[]): Line[] {
  return lines.filter((_, index) => state.lines[index] === "r");
}

/** What the shop has done since it opened. */
export const Totals = z.strictObject({
  id: z.literal("all"),
  /** Orders in, settled, and cancelled (a settled one can be cancelled later). */
  orders: z.int(),
  settled: z.int(),
  cancelledOrders: z.int(),
  /** Sum of all that was ever settled. */
  settledPence: z.int(),
  /** Cancelled orders and credit notes that are done, and what went back for them. */
  cancellations: z.int(),
  refundedPence: z.int(),
});
export type Totals = z.infer<typeof Totals>;

export const noTotals: Totals = {
  id: "all",
  orders: 0,
  settled: 0,
  cancelledOrders: 0,
  settledPence: 0,
  cancellations: 0,
  refundedPence: 0,
};

/** The totals after an order went from one state to the next. */
export function counted(totals: Totals, before: OrderState, next: OrderState): Totals {
  const settles = before.status === "placed" && next.status === "settled";
  const cancels = before.status !== "cancelled" && next.status === "cancelled";
  return {
    ...totals,
    orders: totals.orders + (before.counted ? 0 : 1),
    settled: totals.settled + (settles ? 1 : 0),
    settledPence: totals.settledPence + (settles ? next.totalPence : 0),
    cancelledOrders: totals.cancelledOrders + (cancels ? 1 : 0),
  };
}
