import type { Held, Transactions } from "morning-ai";
import type { orderCancelled, orderSettled, OrderStep } from "./messages.ts";
import type { Cancellation, cancellations, orders, orderStates, totals } from "./order-tables.ts";
import type { Remembered } from "./memory.ts";
import { untilUnchanged } from "./problems.ts";
import { after, counted, noTotals, reservedOf } from "./settlement.ts";
import type { OrderState, Step, Totals } from "./settlement.ts";

/** What the handler of steps works with. */
type HeldForSteps = Held<{
  orders: ReturnType<typeof orders.readWriter>;
  states: ReturnType<typeof orderStates.readWriter>;
  cancellations: ReturnType<typeof cancellations.readWriter>;
  totals: ReturnType<typeof totals.readWriter>;
  settled: ReturnType<typeof orderSettled.publisher>;
  cancelled: ReturnType<typeof orderCancelled.publisher>;
}>;

interface Versioned<Row> {
  readonly row: Row;
  readonly version: number;
}

/** Steps by order, in the order in which they came. */
function byOrder(steps: readonly OrderStep[]): Map<string, Step[]> {
  const found = new Map<string, Step[]>();
  const add = (orderId: string, step: Step): void => {
    const known = found.get(orderId);
    if (known === undefined) found.set(orderId, [step]);
    else known.push(step);
  };
  for (const step of steps) {
    if (step.kind === "stock") {
      for (const { orderId, line, reserved } of step.answers) {
        add(orderId, { kind: "stock", line, reserved });
      }
    } else if (step.kind !== "refunded") add(step.orderId, step);
  }
  return found;
}

/** An order before and after a batch of its steps. */
interface Change {
  readonly before: Versioned<OrderState>;
  readonly next: OrderState;
}

async function changesOf(
  known: Remembered<OrderState>,
  steps: readonly OrderStep[],
): Promise<Change[]> {
  const grouped = byOrder(steps);
  const entries = await known.read([...grouped.keys()]);
  const changes: Change[] = [];
  for (const before of entries.values()) {
    // Swept away since.
    if (before === undefined) continue;
    const next = (grouped.get(before.row.id) ?? []).reduce(after, before.row);
    if (next !== before.row) changes.push({ before, next: { ...next, counted: true } });
  }
  return changes;
}

/** Refunds that arrived for the first time. */
async function refundsOf(
  held: HeldForSteps,
  steps: readonly OrderStep[],
): Promise<Versioned<Cancellation>[]> {
  const ids = steps.flatMap((step) => (step.kind === "refunded" ? [step.cancellationId] : []));
  const found = await Promise.all([...new Set(ids)].map((id) => held.cancellations.getEntry(id)));
  return found.flatMap((entry) => (entry?.row.status === "refunding" ? [entry] : []));
}

/** The cancellation that an order's change makes, and the goods that come back. */
async function cancellationOf(held: HeldForSteps, { before, next }: Change) {
  if (next.status !== "cancelled" || before.row.status === "cancelled") return undefined;
  const order = await held.orders.get(next.id);
  const refundPence = next.payment === "taken" ? next.totalPence : 0;
  const about = next.customerId === undefined ? {} : { customerId: next.customerId };
  const row: Cancellation = {
    ...about,
    id: `${next.id}.cancel`,
    orderId: next.id,
    refundPence,
    status: refundPence === 0 ? "refunded" : "refunding",
    atMs: Date.now(),
  };
  const returned = reservedOf(next, order?.lines ?? []);
  return { row, returned, reason: next.cancelReason ?? "", about };
}

type Cancelling = NonNullable<Awaited<ReturnType<typeof cancellationOf>>>;

function totalsAfter(
  before: Totals,
  changes: readonly Change[],
  refunded: readonly Cancellation[],
): Totals {
  const moved = changes.reduce(
    (sum, change) => counted(sum, change.before.row, change.next),
    before,
  );
  return {
    ...moved,
    cancellations: moved.cancellations + refunded.length,
    refundedPence: moved.refundedPence + refunded.reduce((sum, one) => sum + one.refundPence, 0),
  };
}

/**
 * Moves orders on by a batch of steps, in one transaction. A step that comes twice changes nothing
 * the second time, and a row that changed since it was read makes the transaction fail: what
 * follows from a step happens once.
 */
export async function settleSteps(
  held: HeldForSteps,
  known: Remembered<OrderState>,
  transact: Transactions["transact"],
  steps: readonly OrderStep[],
): Promise<void> {
  await untilUnchanged(async () => {
    const [changes, refunds, total] = await Promise.all([
      changesOf(known, steps),
      refundsOf(held, steps),
      held.totals.getEntry("all"),
    ]);
    if (changes.length + refunds.length === 0) return;
    const made = await Promise.all(changes.map((change) => cancellationOf(held, change)));
    const cancelling = made.filter((one): one is Cancelling => one !== undefined);
    const unpaid = cancelling.map(({ row }) => row).filter(({ status }) => status === "refunded");
    const done = [...unpaid, ...refunds.map(({ row }) => row)];
    const sum = totalsAfter(total?.row ?? noTotals, changes, done);
    const writing = transact((tx) => {
      tx(held.totals).put(sum, { version: total?.version ?? 0 });
      for (const { before, next } of changes) {
        tx(held.states).put(next, { version: before.version });
        if (next.status !== "settled" || before.row.status === "settled") continue;
        const { id, totalPence, customerId } = next;
        const about = customerId === undefined ? {} : { customerId };
        tx(held.settled).publish({ ...about, orderId: id, totalPence });
      }
      for (const { row, version } of refunds) {
        tx(held.cancellations).put({ ...row, status: "refunded" }, { version });
      }
      for (const { row, returned, reason, about } of cancelling) {
        tx(held.cancellations).insert(row);
        const { id: cancellationId, refundPence } = row;
        const orderId = row.orderId === undefined ? {} : { orderId: row.orderId };
        tx(held.cancelled).publish({
          ...about,
          ...orderId,
          cancellationId,
          reason,
          returned,
          refundPence,
        });
      }
    });
    const written = changes.map(({ before, next }) => ({ row: next, version: before.version }));
    await known.keep(written, writing);
  });
}
