import { describe, expect, it } from "vitest";
import { seeded } from "./generator.ts";
import type { StockChange } from "./src/messages.ts";
import { after, counted, noTotals, placed } from "./src/settlement.ts";
import type { Step } from "./src/settlement.ts";
import { changeStock } from "./src/stock.ts";
import type { StockFound } from "./src/stock.ts";

const shuffled = <T>(items: readonly T[], next: () => number): T[] =>
  items
    .map((item) => ({ item, at: next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);

describe("the settlement of an order", () => {
  it("happens once, in whatever order its steps come and however often", () => {
    const next = seeded(7);
    const steps: Step[] = [
      { kind: "payment", orderId: "o", taken: true },
      ...[0, 1, 2, 3].map((line): Step => ({ kind: "stock", line, reserved: true })),
    ];
    for (let round = 0; round < 500; round++) {
      let state = placed({ id: "o" }, 4, 100, 0);
      let totals = noTotals;
      for (const step of shuffled([...steps, ...steps, ...steps], next)) {
        const changed = after(state, step);
        if (changed === state) continue;
        const now = { ...changed, counted: true };
        totals = counted(totals, state, now);
        state = now;
      }
      expect(state.status).toBe("settled");
      expect(totals).toMatchObject({ orders: 1, settled: 1, settledPence: 100 });
    }
  });

  it("waits for every line and the payment before it ends in a cancellation", () => {
    const begun = placed({ id: "o" }, 1, 100, 0);
    const asked = after(begun, { kind: "cancel", orderId: "o", reason: "no" });
    expect(asked.status).toBe("placed");
    const paid = after(asked, { kind: "payment", orderId: "o", taken: true });
    expect(paid.status).toBe("placed");
    expect(after(paid, { kind: "stock", line: 0, reserved: true }).status).toBe("cancelled");
  });
});

describe("stock", () => {
  const reserve = (id: string, quantity = 1): StockChange => ({
    kind: "reserve",
    id,
    sku: "A",
    quantity,
    orderId: "o",
    line: 0,
  });

  it("is changed once by what comes again in this batch or the next", () => {
    const row = { sku: "A", backorder: false, onHand: 2, reserved: 0, sequence: 0, latest: [] };
    let found = new Map<string, StockFound>([["A", { row, version: 1 }]]);
    const first = changeStock(found, [reserve("1"), reserve("2"), reserve("2"), reserve("3")]);
    expect(first.answers.map(({ reserved }) => reserved)).toEqual([true, true, true, false]);
    found = new Map(first.rows.map((one) => [one.row.sku, one]));
    const second = changeStock(found, [reserve("2"), reserve("3")]);
    expect(second.answers.map(({ reserved }) => reserved)).toEqual([true, false]);
    expect(second.movements).toEqual([]);
    expect(second.rows).toMatchObject([{ row: { onHand: 0, reserved: 2, sequence: 2 } }]);
  });

  it("of a product that nobody knows is refused", () => {
    expect(changeStock(new Map(), [reserve("1")]).answers).toMatchObject([{ reserved: false }]);
  });
});
