import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { codeOf, mortal, onBoth, open, program, stands, until } from "./rig.contract.ts";

const paid = (id: string, order: string): string =>
  JSON.stringify({ id, "detail-type": "paid", detail: { order } });

onBoth("what comes for workflows", (place) => {
  it("gives an event to each run that takes it, once, however often it is delivered", async () => {
    const store = await place()();
    const pays = program("pays", async (context, order: string) => {
      const first = await context.waitForEvent("paid", { pattern: { detail: { order: [order] } } });
      const second = await context
        .waitForEvent("paid", { timeoutMs: 400 })
        .catch((error: unknown) => (error as { code: string }).code);
      return [first, second];
    });
    const engine = await open(store, [pays], { lingerMs: 0 });
    const runs = await Promise.all(["a", "a", "b"].map((order) => engine.run("pays", order)));
    for (const id of runs) await until(stands(engine, id, "waiting"));
    expect(await engine.deliverEvent("paid", paid("e1", "a"))).toBe(2);
    for (const id of runs) await until(stands(engine, id, "waiting"));
    // To the second wait of the same run, it is no news.
    expect(await engine.deliverEvent("paid", paid("e1", "a"))).toBe(0);
    expect(await engine.deliverEvent("lost", paid("e9", "a"))).toBe(0);
    const other = await open(store, []);
    expect(await other.deliverEvent("paid", paid("e2", "b"))).toBe(3);
    const [a, again, b] = await Promise.all(runs.map((id) => engine.result(id)));
    expect(a).toEqual([{ order: "a" }, { order: "b" }]);
    expect(again).toEqual(a);
    // Its first wait took the second event: the first one is of another order, and takes the rest.
    expect(b).toEqual([{ order: "b" }, { order: "a" }]);
    expect(await codeOf(engine.deliverEvent("paid", "{}"))).toBe("MOR_INVALID");
    await other.close();
    await engine.close();
    await store.close();
  });

  it("finds an event that came before the wait, though its process died in between", async () => {
    const store = await place()();
    const late = program("late", async (context) => {
      await context.step("begin", () => pause(60));
      return context.waitForEvent("paid");
    });
    const sender = await open(store, []);
    const process = mortal(store);
    const dies = await open(process.store, [late], { leaseMs: 60 });
    const id = await dies.run("late", null);
    await sender.deliverEvent("paid", paid("e1", "early"));
    await until(async () => (await sender.entries(id)).some(({ kind }) => kind === "event"));
    process.die();
    const next = await open(store, [late], { leaseMs: 60, lingerMs: 0 });
    expect(await next.result(id)).toEqual({ order: "early" });
    await next.close();
    await sender.close();
    await store.close();
  });

  it("lists callbacks that wait, and takes answers and errors for them, once", async () => {
    const store = await place()();
    const tokens = new Map<string, string>();
    const asks = program("asks", async (context, name: string) => {
      const answer = await context.waitForCallback<string>(
        name,
        (_, token) => void tokens.set(name, token),
        { timeoutMs: 60_000 },
      );
      return `${name} ${answer}`;
    });
    const engine = await open(store, [asks], { lingerMs: 0 });
    const names = ["one", "two", "three", "four"];
    const runs: string[] = [];
    for (const name of names) {
      const id = await engine.run("asks", name, { id: name });
      runs.push(id);
      await until(stands(engine, id, "waiting"));
    }
    const first = await engine.openCallbacks({ limit: 3 });
    expect(first.items.map(({ run, at, name, workflow }) => [run, at, name, workflow])).toEqual(
      names.slice(0, 3).map((name) => [name, "0", name, "asks"]),
    );
    expect(JSON.stringify(first)).not.toContain(tokens.get("one"));
    expect(first.items[0]?.dueAtMs).toBe((first.items[0]?.sinceMs ?? 0) + 60_000);
    const rest = await engine.openCallbacks({ limit: 3, cursor: first.cursor ?? "" });
    expect(rest.items.map(({ run }) => run)).toEqual(["four"]);
    expect(rest.cursor).toBeUndefined();
    await engine.answer(tokens.get("one") ?? "", "yes");
    await engine.fail(tokens.get("two") ?? "", new Error("refused"));
    await engine.answerAt("three", "0", { value: "by hand" });
    await engine.answerAt("four", "0", { error: new Error("by hand") });
    expect(await engine.result("one")).toBe("one yes");
    await expect(engine.result("two")).rejects.toThrow("refused");
    expect(await engine.result("three")).toBe("three by hand");
    await expect(engine.result("four")).rejects.toThrow("by hand");
    expect(await codeOf(engine.answerAt("three", "0", { value: 1 }))).toBe("MOR_WORKFLOW_TOKEN");
    expect(await codeOf(engine.fail(tokens.get("one") ?? "", "late"))).toBe("MOR_WORKFLOW_TOKEN");
    expect((await engine.openCallbacks()).items).toEqual([]);
    await engine.close();
    await store.close();
  });

  it("takes no more signals than a run may keep", async () => {
    const store = await place()();
    const deaf = program("deaf", async (context) => {
      await context.signal("go");
      return context.signal("more");
    });
    const engine = await open(store, [deaf], { lingerMs: 0, signalsMax: 3 });
    const id = await engine.run("deaf", null);
    for (const part of [1, 2, 3]) await engine.signal(id, "more", part);
    expect(await codeOf(engine.signal(id, "more", 4))).toBe("MOR_WORKFLOW_SIGNALS_FULL");
    await engine.cancel(id);
    expect(await codeOf(engine.result(id))).toBe("MOR_WORKFLOW_CANCELLED");
    await engine.close();
    await store.close();
  });
});
