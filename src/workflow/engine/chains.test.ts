import { expect, it } from "vitest";
import { codeOf, mortal, onBoth, open, program, stands, until } from "./rig.contract.ts";

onBoth("chains of workflows", (place) => {
  it("go on as new: one result, no signal lost, each history short", async () => {
    const store = await place()();
    const sums = program("sums", async (context, input: { left: number; sum: number }) => {
      const part = await context.signal<number>("part");
      await context.attributes({ left: input.left });
      const next = { left: input.left - 1, sum: input.sum + part };
      if (next.left === 0) return next.sum;
      return context.continueAsNew(next);
    });
    const above = program("above", (context) =>
      context.child("sums", { left: 3, sum: 0 }, { id: "below" }),
    );
    const engine = await open(store, [sums, above], { lingerMs: 0 });
    const id = await engine.run("sums", { left: 12, sum: 0 }, { id: "sums" });
    const result = engine.result(id);
    for (let part = 1; part <= 12; part++) await engine.signal(id, "part", part);
    expect(await result).toBe(78);
    expect(await engine.result("sums")).toBe(78);
    expect((await engine.state("sums")).status).toBe("continued");
    expect(await engine.state("sums~12")).toMatchObject({
      status: "completed",
      continues: "sums~11",
      chain: "sums",
      attributes: { left: 1 },
    });
    expect((await engine.entries("sums~12")).length).toBe(2);
    const parent = await engine.run("above", null);
    await until(() => stands(engine, "below", "waiting")().catch(() => false));
    for (const part of [1, 2, 3]) await engine.signal("below", "part", part);
    expect(await engine.result(parent)).toBe(6);
    const endless = await engine.run("sums", { left: 99, sum: 0 }, { id: "endless" });
    await engine.signal(endless, "part", 1);
    await until(() => stands(engine, "endless~2", "waiting")().catch(() => false));
    await engine.cancel("endless");
    expect(await codeOf(engine.result("endless"))).toBe("MOR_WORKFLOW_CANCELLED");
    expect(await codeOf(engine.run("sums", null, { id: "mine~2" }))).toBe("MOR_WORKFLOW_ID");
    await engine.close();
    await store.close();
  });

  it("begin each run once, though their processes die", async () => {
    const store = await place()();
    const count = program("count", async (context, input: number) => {
      await context.step("work", () => input);
      if (input === 30) return input;
      return context.continueAsNew(input + 1);
    });
    const sender = await open(store, []);
    const id = await sender.run("count", 0, { id: "count" });
    for (let life = 1; life <= 5; life++) {
      const process = mortal(store);
      const engine = await open(process.store, [count], { leaseMs: 60 });
      await until(() => stands(engine, `count~${life * 4}`, "running")().catch(() => true));
      process.die();
    }
    const last = await open(store, [count], { leaseMs: 60 });
    expect(await last.result(id)).toBe(30);
    const { items } = await last.list({ limit: 100 });
    expect(items.map(({ id, status }) => `${id} ${status}`).toSorted()).toHaveLength(31);
    await last.close();
    await sender.close();
    await store.close();
  });

  it("end a run that records too much, and say what to do", async () => {
    const store = await place()();
    const long = program("long", async (context, size: number) => {
      for (let index = 0; ; index++) await context.step(`step ${index}`, () => "x".repeat(size));
    });
    const engine = await open(store, [long], { entriesMax: 20, historyBytesMax: 5000 });
    for (const size of [1, 1000]) {
      const id = await engine.run("long", size);
      await expect(engine.result(id)).rejects.toThrow("go on by continueAsNew");
      expect((await engine.entries(id)).length).toBe(size === 1 ? 20 : 5);
    }
    await engine.close();
    await store.close();
  });
});
