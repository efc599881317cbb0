import { expect, it, test } from "vitest";
import { codeOf, onBoth, open, program } from "./rig.contract.ts";
import { costOf, withCost } from "./costs.ts";
import { Overview } from "./overview.ts";
import type { StepCost } from "./program.ts";

onBoth("what steps cost", (place) => {
  it("adds up over calls and attempts, is told at once, and is summed for the run", async () => {
    const store = await place()();
    const told: StepCost[] = [];
    const dear = {
      ...program("dear", async (context) => {
        await context.step("free", () => 1);
        await context.step(
          "ask",
          (_, { attempt, cost }) => {
            cost(0.1, "USD", "tokens");
            cost(0.2, "USD", "tokens");
            cost(3, "TWD", "mail");
            if (attempt === 1) throw new Error("again");
          },
          { retry: { attemptsMax: 2, baseMs: 1 } },
        );
        await context.parallel([
          (one) => one.step("a", (_, { cost }) => cost(0.000_002)),
          (two) => two.step("b", (_, { cost }) => cost(0)),
        ]);
        return context.step(
          "doomed",
          (_, { cost }) => {
            cost(1.5, "EUR");
            throw new Error("no");
          },
          { retry: { attemptsMax: 1 } },
        );
      }),
      paid: (cost: StepCost) => void told.push(cost),
    };
    const engine = await open(store, [dear]);
    const id = await engine.run("dear", null);
    await expect(engine.result(id)).rejects.toThrow("no");
    const costs = (await engine.entries(id)).map((entry) => entry.costs);
    expect(costs).toEqual([
      [],
      [
        { currency: "USD", amount: 0.6, what: "tokens" },
        { currency: "TWD", amount: 6, what: "mail" },
      ],
      [{ currency: "USD", amount: 0.000_002 }],
      [{ currency: "USD", amount: 0 }],
      [{ currency: "EUR", amount: 1.5 }],
    ]);
    const overview = new Overview(store);
    expect(await overview.costs(id)).toEqual([
      { currency: "EUR", amount: 1.5 },
      { currency: "TWD", amount: 6 },
      { currency: "USD", amount: 0.600_002 },
    ]);
    expect(told).toHaveLength(9);
    const { entries } = await overview.entries(id, { limit: 10, values: false });
    expect(entries.map((entry) => entry.costs)).toEqual(costs);
    // A fork pays for what it does itself.
    const fork = await engine.retry(id);
    await expect(engine.result(fork)).rejects.toThrow("no");
    expect(await overview.costs(fork)).toEqual([{ currency: "EUR", amount: 1.5 }]);
    await engine.close();
    await store.close();
  });

  it("is refused where it is none", async () => {
    const store = await place()();
    const wrong = program("wrong", (context, [amount, currency]: [string, string]) =>
      context.step("pay", (_, { cost }) => cost(Number(amount), currency), {
        retry: { attemptsMax: 1 },
      }),
    );
    const engine = await open(store, [wrong]);
    for (const input of [
      ["NaN", "USD"],
      ["Infinity", "USD"],
      ["-1", "USD"],
      ["1e13", "USD"],
      ["1", "usd"],
      ["1", "COINS"],
    ]) {
      const id = await engine.run("wrong", input);
      expect(await codeOf(engine.result(id))).toBe("MOR_WORKFLOW_STEP_FAILED");
      const [entry] = await engine.entries(id);
      expect(entry?.failures[0]?.error.code).toBe("MOR_WORKFLOW_COST");
      expect(entry?.costs).toEqual([]);
    }
    await engine.close();
    await store.close();
  });
});

test("a step that pays for many things keeps few lines, and all of the sum", () => {
  let costs: readonly StepCost[] = [];
  for (let number = 0; number < 100; number++) {
    costs = withCost(costs, costOf(0.1, "USD", `thing ${number}`));
  }
  expect(costs).toHaveLength(21);
  expect(costs.at(-1)).toEqual({ currency: "USD", amount: 8 });
  costs = withCost(costs, costOf(1, "USD", "thing 3"));
  expect(costs[3]).toEqual({ currency: "USD", amount: 1.1, what: "thing 3" });
});
