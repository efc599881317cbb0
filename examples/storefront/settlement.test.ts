import { describe, expect, it } from "vitest";
import { seeded } from "./generator.ts";
import type { StockChange } from "./src/messages.ts";
import { after, counted, noTotals, placed } from "./src/settlement.ts";
import type { Step } from "./src/settlement.ts";
import { batchSize, changeStock, doneOf, idsMax, learn } from "./src/stock.ts";
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
    const stock = { sku: "A", backorder: false, onHand: 2, reserved: 0, sequence: 0 };
    const row = { stock, done: new Map<string, boolean>() };
    let found = new Map<string, StockFound>([["A", { row, version: 1 }]]);
    const first = changeStock(found, [reserve("1"), reserve("2"), reserve("2"), reserve("3")]);
    learn(first);
    expect(first.answers.map(({ reserved }) => reserved)).toEqual([true, true, true, false]);
    expect(first.movements.map(({ id, change }) => [id, change])).toEqual([
      ["1", -1],
      ["2", -1],
      ["3", 0],
    ]);
    found = new Map(first.rows.map((one) => [one.row.stock.sku, one]));
    const second = changeStock(found, [reserve("2"), reserve("3"), reserve("1")]);
    expect(second.answers.map(({ reserved }) => reserved)).toEqual([true, false, true]);
    expect(second).toMatchObject({ movements: [], rows: [] });
    // A process that starts knows it from the movements.
    expect(doneOf(first.movements)).toEqual(row.done);
  });

  it("knows the last two batches of a product, however many came at once", () => {
    const stock = { sku: "A", backorder: true, onHand: 0, reserved: 0, sequence: 0 };
    const row = { stock, done: new Map<string, boolean>() };
    const batch = (from: number): StockChange[] =>
      Array.from({ length: batchSize }, (_, index) => reserve(String(from + index)));
    let found = new Map<string, StockFound>([["A", { row, version: 1 }]]);
    for (const from of [0, 300, 600]) {
      const plan = changeStock(found, batch(from));
      learn(plan);
      found = new Map(plan.rows.map((one) => [one.row.stock.sku, one]));
    }
    expect(row.done.size).toBe(idsMax);
    expect(changeStock(found, [...batch(300), ...batch(600)]).movements).toEqual([]);
  });

  it("of a product that nobody knows is refused", () => {
    expect(changeStock(new Map(), [reserve("1")]).answers).toMatchObject([{ reserved: false }]);
  });
});
