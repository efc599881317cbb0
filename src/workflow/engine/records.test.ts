import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { codeOf, onBoth, open, program, stands, until } from "./rig.contract.ts";
import type { RunFilter } from "./records.ts";

onBoth("records of workflows", (place) => {
  it("are listed, the newest first, in parts, by all that they are found by", async () => {
    const store = await place()();
    const work = program("work", async (context, input: number) => {
      await context.attributes({ number: input, text: String(input % 2), even: input % 2 === 0 });
      await context.attributes({ even: null, more: "x" });
      if (input === 3) throw new Error("three");
      if (input === 4) await context.signal("never");
      return input;
    });
    const other = program("other", (context) => context.child("work", 9, { id: "child" }));
    const engine = await open(store, [work, other], { lingerMs: 0 });
    for (let input = 0; input < 6; input++) {
      const id = await engine.run("work", input, { id: `work-${input}` });
      await until(async () => {
        const { status } = await engine.state(id);
        return ["completed", "failed", "waiting"].includes(status);
      });
      await pause(2);
    }
    await engine.result(await engine.run("other", null, { attributes: { order: 7 } }));
    const ids = async (filter: RunFilter): Promise<string[]> => {
      const found: string[] = [];
      for (let cursor: string | undefined; ;) {
        const options = cursor === undefined ? {} : { cursor };
        const page = await engine.list({ ...filter, limit: 2, ...options });
        found.push(...page.items.map(({ id }) => id));
        cursor = page.cursor;
        if (cursor === undefined) return found;
      }
    };
    const down = [5, 4, 3, 2, 1, 0].map((input) => `work-${input}`);
    expect(await ids({ idPrefix: "work-" })).toEqual(down);
    expect((await ids({ workflow: "work" })).slice(1)).toEqual(down);
    expect(await ids({ statuses: ["failed"] })).toEqual(["work-3"]);
    expect(await ids({ statuses: ["failed", "waiting"] })).toEqual(["work-4", "work-3"]);
    expect(await ids({ parent: (await engine.state("child")).parent ?? "" })).toEqual(["child"]);
    const attribute = { name: "text", value: "1" };
    expect(await ids({ attribute })).toEqual(["child", "work-5", "work-3", "work-1"]);
    expect(await ids({ attribute, workflow: "work", statuses: ["failed"] })).toEqual(["work-3"]);
    expect(await ids({ attribute: { name: "number", value: 2 } })).toEqual(["work-2"]);
    expect(await ids({ attribute: { name: "number", value: "2" } })).toEqual([]);
    expect(await ids({ attribute: { name: "even", value: true } })).toEqual([]);
    expect(await ids({ attribute: { name: "order", value: 7 } })).toHaveLength(1);
    const { createdAtMs } = await engine.state("work-2");
    expect(await ids({ fromMs: createdAtMs, idPrefix: "work-" })).toEqual(down.slice(0, 4));
    expect(await ids({ untilMs: createdAtMs, idPrefix: "work-" })).toEqual(down.slice(4));
    const [summary] = (await engine.list({ idPrefix: "work-1" })).items;
    expect(summary?.attributes).toEqual({ number: 1, text: "1", more: "x" });
    expect(summary).not.toHaveProperty("input");
    expect(await codeOf(engine.list({ cursor: "nonsense" }))).toBe("MOR_INVALID");
    expect(await codeOf(engine.list({ statuses: ["' or 1=1" as "failed"] }))).toBe("MOR_INVALID");
    expect(await engine.counts()).toMatchObject([
      { workflow: "other", status: "completed", count: 1 },
      { workflow: "work", status: "completed", count: 5 },
      { workflow: "work", status: "failed", count: 1 },
      { workflow: "work", status: "waiting", count: 1 },
    ]);
    await engine.close();
    await store.close();
  });

  it("tell of what waits for somebody what it is about, cut where that is long", async () => {
    const store = await place()();
    const asks = program("asks", async (context, input: { about?: unknown; text: string }) => {
      await context.attributes({ pence: 5000 });
      const { about } = input;
      return context.waitForCallback("boss", () => {}, about === undefined ? {} : { about });
    });
    const engine = await open(store, [asks], { lingerMs: 0 });
    const about = { customer: "Ann", reason: "broken \u{1f4a5}" };
    await engine.run("asks", { about, text: "short \u{1f642}" }, { id: "a" });
    await until(stands(engine, "a", "waiting"));
    await engine.run("asks", { text: "x".repeat(10_000) }, { id: "b" });
    await until(stands(engine, "b", "waiting"));
    const [told, silent] = (await engine.openCallbacks()).items;
    expect(told).toMatchObject({ run: "a", name: "boss", attributes: { pence: 5000 } });
    expect(JSON.parse(told?.about.json ?? "")).toEqual(about);
    expect(JSON.parse(told?.input.json ?? "")).toEqual({ about, text: "short \u{1f642}" });
    expect(told?.input.length).toBe(told?.input.json.length);
    expect(silent?.about).toEqual({ json: "", length: 0 });
    expect(silent?.input.json).toHaveLength(4096);
    expect(silent?.input.length).toBe(10_000 + '{"text":""}'.length);
    await engine.answerAt("a", told?.at ?? "", { value: "yes" });
    expect(await engine.result("a")).toBe("yes");
    await engine.close();
    await store.close();
  });

  it("refuse what runs cannot be found by", async () => {
    const store = await place()();
    const engine = await open(store, []);
    for (const attributes of [
      Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`name ${at}`, at])),
      { long: "x".repeat(257) },
      { ["x".repeat(65)]: 1 },
      { number: Number.NaN },
      { deep: {} as unknown as string },
    ]) {
      expect(await codeOf(engine.run("any", null, { attributes }))).toBe("MOR_WORKFLOW_ATTRIBUTE");
    }
    expect(await codeOf(engine.run("any", null, { id: "x".repeat(257) }))).toBe("MOR_WORKFLOW_ID");
    await engine.close();
    await store.close();
  });

  it("are paged in the order of the program, though there are many", async () => {
    const store = await place()();
    const wide = program("wide", (context) =>
      context.map(Array.from({ length: 25 }), (branch, _, index) =>
        branch.step(`item ${index}`, () => "x".repeat(100)),
      ),
    );
    const engine = await open(store, [wide]);
    const id = await engine.run("wide", null);
    await engine.result(id);
    const names: string[] = [];
    for (let after: string | undefined; ;) {
      const page = await engine.entries(id, {
        limit: 7,
        ...(after === undefined ? {} : { after }),
      });
      names.push(...page.map(({ name }) => name));
      after = page.at(-1)?.at;
      if (page.length < 7) break;
    }
    expect(names).toEqual(Array.from({ length: 25 }, (_, index) => `item ${index}`));
    await engine.close();
    await store.close();
  });

  it("read a history that one read cannot give", async () => {
    const store = await place()();
    const heavy = program("heavy", async (context) => {
      for (let index = 0; index < 40; index++) {
        await context.step(`part ${index}`, () => "x".repeat(1_000_000));
      }
      await context.signal("go");
      return (await context.step("last", () => "y")).length;
    });
    const engine = await open(store, [heavy], { lingerMs: 0 });
    const id = await engine.run("heavy", null);
    await until(stands(engine, id, "waiting"));
    await engine.signal(id, "go");
    expect(await engine.result(id)).toBe(1);
    expect((await engine.entries(id)).length).toBeGreaterThan(0);
    await engine.close();
    await store.close();
  });

  it("are removed some time after the end, in parts, with all that belongs to them", async () => {
    const store = await place()();
    const work = program("work", async (context, input: number) => {
      await context.attributes({ input });
      if (input === 0) await context.signal("go");
      await context.map(Array.from({ length: 20 }), (branch) => branch.step("s", () => 1));
      return input;
    });
    const engine = await open(store, [work], { retentionMs: 200, lingerMs: 0 });
    const live = await engine.run("work", 0, { id: "live" });
    const ids = await Promise.all([1, 2, 3].map((input) => engine.run("work", input)));
    await Promise.all(ids.map((id) => engine.result(id)));
    const fresh = performance.now();
    await engine.sweep();
    if (performance.now() - fresh < 100) expect((await engine.list()).items).toHaveLength(4);
    await pause(220);
    while (await engine.sweep());
    expect((await engine.list()).items.map(({ id }) => id)).toEqual(["live"]);
    for (const table of ["entry", "attribute", "signal", "delivered"]) {
      const rows = await store.read(`select distinct run from workflow_${table}`, []);
      expect(rows.filter(({ run }) => run !== live)).toEqual([]);
    }
    await engine.close();
    await store.close();
  });
});
