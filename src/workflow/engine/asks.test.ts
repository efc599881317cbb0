import { expect, it } from "vitest";
import { codeOf, onBoth, open, program, stands, until } from "./rig.contract.ts";

onBoth("questions to workflows", (place) => {
  it("are answered while a run is in memory, while it waits, and after its end", async () => {
    const store = await place()();
    let did = 0;
    const cart = program("cart", async (context) => {
      const items: string[] = [];
      context.query("items", () => items);
      context.query("place", () => context.now() > 0);
      for (;;) {
        const item = await context.signal<string>("add");
        if (item === "pay") break;
        items.push(await context.step("pick", () => `${item} ${++did}`));
      }
      context.query("paid", () => true);
      await context.step("hold", () => did);
      return items;
    });
    const engine = await open(store, [cart], { lingerMs: 60_000 });
    const id = await engine.run("cart", null);
    await engine.signal(id, "add", "tea");
    await until(async () => ((await engine.query(id, "items")) as string[]).length === 1);
    expect(await engine.query(id, "items")).toEqual(["tea 1"]);
    expect(await engine.queries(id)).toEqual(["items", "place"]);
    expect(engine.living).toBe(1);
    // Another process replays what is in the journal, and writes nothing.
    const other = await open(store, [cart], { lingerMs: 0 });
    const before = await engine.entries(id);
    expect(await other.query(id, "items")).toEqual(["tea 1"]);
    expect(await codeOf(other.query(id, "paid"))).toBe("MOR_WORKFLOW_QUERY");
    expect(await other.queries(id)).toEqual(["items", "place"]);
    expect(await engine.entries(id)).toEqual(before);
    await engine.close();
    await until(stands(other, id, "waiting"));
    expect(await other.query(id, "items")).toEqual(["tea 1"]);
    await other.signal(id, "add", "milk");
    await other.signal(id, "add", "pay");
    await other.result(id);
    expect(await other.query(id, "items")).toEqual(["tea 1", "milk 2"]);
    expect(await other.query(id, "paid")).toBe(true);
    expect(await other.queries(id)).toEqual(["items", "place", "paid"]);
    expect(did).toBe(2);
    const bare = await open(store, []);
    expect(await codeOf(bare.query(id, "items"))).toBe("MOR_WORKFLOW_QUERY");
    expect(await codeOf(bare.queries(id))).toBe("MOR_WORKFLOW_QUERY");
    expect(await codeOf(bare.query("nobody", "items"))).toBe("MOR_NOT_FOUND");
    await bare.close();
    await other.close();
    await store.close();
  });

  it("are answered by a run that was cancelled and undid what it did", async () => {
    const store = await place()();
    const undone: string[] = [];
    const trip = program("trip", async (context) => {
      context.query("booked", () => "a seat");
      await context.step("book", () => "seat", {
        compensate: (_, what) => undone.push(what ?? "?"),
      });
      await context.signal("never");
    });
    const engine = await open(store, [trip]);
    const id = await engine.run("trip", null);
    await until(async () => (await engine.entries(id)).length === 2);
    await engine.cancel(id);
    expect(await codeOf(engine.result(id))).toBe("MOR_WORKFLOW_CANCELLED");
    expect(undone).toEqual(["seat"]);
    expect(await engine.query(id, "booked")).toBe("a seat");
    expect(undone).toEqual(["seat"]);
    await engine.close();
    await store.close();
  });

  it("say so where the program is no longer the one that recorded", async () => {
    const store = await place()();
    const before = program("turns", (context) => context.step("left", () => 1));
    const engine = await open(store, [before]);
    const id = await engine.run("turns", null);
    await engine.result(id);
    await engine.close();
    const after = program("turns", async (context) => {
      context.query("any", () => 1);
      return context.step("right", () => 1);
    });
    const next = await open(store, [after]);
    expect(await codeOf(next.query(id, "any"))).toBe("MOR_WORKFLOW_NOT_DETERMINISTIC");
    const never = program("turns", async (context) => {
      context.query("any", () => 1);
      return new Promise(() => {});
    });
    await next.start([never]);
    expect(await codeOf(next.query(id, "any"))).toBe("MOR_WORKFLOW_NOT_DETERMINISTIC");
    await next.close();
    await store.close();
  });
});
