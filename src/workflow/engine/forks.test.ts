import { expect, it } from "vitest";
import { codeOf, onBoth, open, program, stands, until } from "./rig.contract.ts";

const once = { retry: { attemptsMax: 1 } } as const;

onBoth("forks of workflows", (place) => {
  it("go on from any entry with today's program, of ended and of live runs", async () => {
    const store = await place()();
    const did: string[] = [];
    const before = program("work", async (context, input: string) => {
      const draw = context.random();
      const began = context.now();
      const [a, b] = await context.parallel<[string, string]>([
        (left) => left.step("a", () => (did.push("a"), `a ${input}`)),
        (right) => right.step("b", () => (did.push("b"), `b ${input}`)),
      ]);
      const c = await context.step("c", () => (did.push("c"), "c"));
      await context.signal("go");
      return { draw, began, all: [a, b, c].join(), end: await context.step("d", () => "d") };
    });
    const engine = await open(store, [before], { lingerMs: 0 });
    const id = await engine.run("work", "x");
    await until(stands(engine, id, "waiting"));
    // Live: what is open is begun anew.
    const early = await engine.fork(id, { at: "1", id: "early" });
    await until(stands(engine, early, "waiting"));
    expect(did).toEqual(["a", "b", "c", "c"]);
    await engine.signal(id, "go");
    await engine.signal("early", "go");
    const result = (await engine.result(id)) as { draw: number; began: number };
    expect(result).toMatchObject({ all: "a x,b x,c", end: "d" });
    // The same draws and the same beginning: what was copied is taken the same way again.
    expect(await engine.result(early)).toEqual(result);
    expect(await engine.state(early)).toMatchObject({ forkOf: id, status: "completed" });
    await engine.close();
    const after = {
      ...before,
      version: "2",
      run: program("work", async (context, input: string) => {
        const [a] = await context.parallel<[string, string]>([
          (left) => left.step("a", () => "never"),
          (right) => right.step("b", () => "never"),
        ]);
        return `${a} ${await context.step("new", () => `new ${input}`)}`;
      }).run,
    };
    const next = await open(store, [before, after]);
    const fork = await next.fork(id, { at: "1", input: "y" });
    expect(await next.result(fork)).toBe("a x new y");
    expect((await next.state(fork)).version).toBe("2");
    expect(await codeOf(next.fork(id, { at: "9" }))).toBe("MOR_WORKFLOW_FORK");
    expect(await codeOf(next.fork(id, { at: "1", id }))).toBe("MOR_CONFLICT");
    expect(await codeOf(next.fork("nobody", { at: "1" }))).toBe("MOR_NOT_FOUND");
    await next.close();
    await store.close();
  });

  it("try a run that failed again from its failed step, its undone ones or its child", async () => {
    const store = await place()();
    const did: string[] = [];
    let broken = true;
    const work = (name: string): string => {
      did.push(name);
      if (broken && name === "charge") throw new Error("no money");
      return name;
    };
    const plain = program("plain", async (context) => {
      await context.step("pick", () => work("pick"));
      await context.step("charge", () => work("charge"), once);
      return context.step("ship", () => work("ship"));
    });
    const saga = program("saga", async (context) => {
      await context.step("pick", () => work("pick"));
      await context.step("hold", () => work("hold"), { compensate: () => void did.push("free") });
      await context.step("charge", () => work("charge"), once);
      return "sold";
    });
    const parent = program("parent", async (context) => {
      await context.step("pick", () => work("pick"));
      return context.child("plain");
    });
    const engine = await open(store, [plain, saga, parent]);
    const ids = await Promise.all(
      ["plain", "saga", "parent"].map((name) => engine.run(name, null, { id: name })),
    );
    for (const id of ids) await engine.result(id).catch(() => {});
    broken = false;
    for (const [id, again, result] of [
      ["plain", ["charge", "ship"], "ship"],
      ["saga", ["hold", "charge"], "sold"],
      ["parent", ["pick", "charge", "ship"], "ship"],
    ] as const) {
      did.length = 0;
      expect(await engine.result(await engine.retry(id))).toBe(result);
      expect(did).toEqual(again);
    }
    expect(await codeOf(engine.retry(await engine.retry("plain")))).toBe("MOR_CONFLICT");
    await engine.close();
    await store.close();
  });

  it("try many runs again, in parts", async () => {
    const store = await place()();
    let broken = true;
    const weak = program("weak", async (context, input: number) => {
      await context.step(
        "work",
        () => {
          if (broken && input % 2 === 1) throw new Error("odd");
        },
        once,
      );
      return input;
    });
    const engine = await open(store, [weak]);
    for (let input = 0; input < 7; input++) {
      const id = await engine.run("weak", input, { id: `weak-${input}` });
      await engine.result(id).catch(() => {});
    }
    broken = false;
    const first = await engine.replay({ workflow: "weak", limit: 2 });
    const rest = await engine.replay({ workflow: "weak", limit: 2, cursor: first.cursor ?? "" });
    const all = [...first.items, ...rest.items];
    expect(all.map(({ run }) => run)).toEqual(["weak-5", "weak-3", "weak-1"]);
    const results = await Promise.all(all.map(({ fork }) => engine.result(fork)));
    expect(results).toEqual([5, 3, 1]);
    await engine.close();
    await store.close();
  });

  it("begin many runs anew from their start, those that completed too", async () => {
    const store = await place()();
    const did: string[] = [];
    const work = (version: string) => ({
      ...program("work", async (context, input: string) => {
        await context.attributes({ input });
        await context.step("do", () => did.push(`${input} ${version}`), once);
        if (input === "wait") await context.signal("go");
        if (input === "bad" && version === "1") throw new Error("bad");
        return [context.random(), context.now()];
      }),
      version,
    });
    const before = await open(store, [work("1")]);
    for (const input of ["good", "bad"]) {
      await before.run("work", input, { id: input, priority: 3 });
      await before.result(input).catch(() => {});
    }
    await before.run("work", "wait", { id: "wait" });
    await until(stands(before, "wait", "waiting"));
    const drew = await before.result("good");
    await before.close();
    const engine = await open(store, [work("1"), work("2")]);
    did.length = 0;
    const first = await engine.replay({ workflow: "work", from: "start", limit: 1 });
    expect(first.items.map(({ run }) => run)).toEqual(["bad"]);
    const { cursor = "" } = first;
    const rest = await engine.replay({ workflow: "work", from: "start", cursor });
    // What waits is left alone, and so is what was begun by now.
    expect(rest.items.map(({ run }) => run)).toEqual(["good"]);
    const forks = [...first.items, ...rest.items];
    for (const { run, fork } of forks) {
      await engine.result(fork);
      const row = await engine.state(fork);
      expect(row).toMatchObject({ forkOf: run, version: "2", priority: 3, status: "completed" });
      expect(row.attributes).toEqual({ input: run });
    }
    expect(did.toSorted()).toEqual(["bad 2", "good 2"]);
    expect(await engine.result(rest.items[0]?.fork ?? "")).not.toEqual(drew);
    expect((await engine.replay({ from: "start", statuses: ["waiting"] })).items).toEqual([]);
    expect((await engine.replay({ statuses: ["completed"] })).items).toEqual([]);
    expect(await codeOf(engine.anew("good", { id: "bad" }))).toBe("MOR_CONFLICT");
    expect(await codeOf(engine.anew("nobody"))).toBe("MOR_NOT_FOUND");
    await engine.close();
    await store.close();
  });
});
