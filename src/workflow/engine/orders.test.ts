import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { codeOf, mortal, onBoth, open, program, stands, until } from "./rig.contract.ts";

const forever = (): Promise<never> => new Promise(() => {});

onBoth("orders to workflows", (place) => {
  it("cancel a run and its children, and undo both, whoever runs them", async () => {
    const store = await place()();
    const seen: string[] = [];
    const leaf = program("leaf", async (context, name: string) => {
      await context.step("book", () => name, {
        compensate: (_, booked) => void seen.push(`unbook ${booked}`),
      });
      await context.step("hang", (_, { signal }) => {
        signal.addEventListener("abort", () => void seen.push(`heard ${name}`));
        seen.push(`hang ${name}`);
        return forever();
      });
    });
    const branch = program("branch", (context, name: string) => context.child("leaf", name));
    const root = program("root", async (context) => {
      await context.step("pay", () => 1, { compensate: () => void seen.push("repay") });
      await context.parallel([
        (below) => below.child("branch", "a", { id: "branch-a" }),
        (below) => below.child("leaf", "b", { id: "leaf-b" }),
      ]);
    });
    const all = [leaf, branch, root];
    const engines = [await open(store, all), await open(store, all)];
    const [engine] = engines;
    if (engine === undefined) throw new Error("no engine");
    const id = await engine.run("root", null, { id: "root" });
    await until(() => seen.includes("hang a") && seen.includes("hang b"));
    await engine.cancel(id);
    await expect(engine.result(id)).rejects.toMatchObject({ code: "MOR_WORKFLOW_CANCELLED" });
    for (const child of ["branch-a", "leaf-b", "branch-a.0"]) {
      await until(stands(engine, child, "cancelled"));
    }
    expect(seen.slice(0, -1).toSorted()).toEqual([
      "hang a",
      "hang b",
      "heard a",
      "heard b",
      "unbook a",
      "unbook b",
    ]);
    // What the children did came after it, and is undone before it.
    expect(seen.at(-1)).toBe("repay");
    for (const one of engines) await one.close();
    await store.close();
  });

  it("end the children that a parent leaves", async () => {
    const store = await place()();
    const slow = program("slow", (context) => context.signal("never"));
    const hasty = program("hasty", async (context) => {
      const left = context.child("slow", null, { id: "left" });
      await Promise.race([left, context.step("quick", () => "quick")]);
      await context.step("begun", async () => {
        await until(() => stands(engine, "left", "waiting")().catch(() => false));
      });
      return "done";
    });
    const engine = await open(store, [slow, hasty], { lingerMs: 0 });
    expect(await engine.result(await engine.run("hasty", null))).toBe("done");
    await until(stands(engine, "left", "cancelled"));
    await engine.close();
    await store.close();
  });

  it("terminate a run and its children where they stand: nothing is undone", async () => {
    const store = await place()();
    const seen: string[] = [];
    const leaf = program("leaf", async (context) => {
      await context.step("book", () => 1, { compensate: () => void seen.push("unbook") });
      await context.signal("never");
    });
    const root = program("root", async (context) => {
      await context.step("pay", () => 1, { compensate: () => void seen.push("repay") });
      const below = context.child("leaf", null, { id: "below" });
      await context.step("hang", (_, { signal }) => {
        signal.addEventListener("abort", () => void seen.push("heard"));
        seen.push("hang");
        return forever();
      });
      await below;
    });
    const engine = await open(store, [leaf, root], { lingerMs: 0 });
    const id = await engine.run("root", null);
    await until(() => seen.includes("hang"));
    await until(() => stands(engine, "below", "waiting")().catch(() => false));
    await engine.terminate(id, "enough");
    await expect(engine.result(id)).rejects.toThrow("was terminated: enough");
    expect((await engine.state("below")).status).toBe("terminated");
    await until(() => engine.living === 0);
    expect(seen).toEqual(["hang", "heard"]);
    expect(await codeOf(engine.terminate(id, "again"))).toBe("MOR_WORKFLOW_ENDED");
    // A parent that is not terminated hears that its child was.
    const parent = program("parent", (context) => context.child("leaf", null, { id: "child" }));
    await engine.start([parent]);
    const waits = await engine.run("parent", null);
    await until(() => stands(engine, "child", "waiting")().catch(() => false));
    await engine.terminate("child", "no more");
    expect(await codeOf(engine.result(waits))).toBe("MOR_WORKFLOW_TERMINATED");
    await engine.close();
    await store.close();
  });

  it("pause a run: its step may end, and it goes on when it is resumed", async () => {
    const store = await place()();
    const did: string[] = [];
    let end = (): void => {};
    const two = program("two", async (context) => {
      await context.step("first", async () => {
        did.push("first");
        await new Promise<void>((resolve) => (end = resolve));
      });
      await context.step("second", () => void did.push("second"));
      await context.signal("go");
      return "gone";
    });
    const engine = await open(store, [two], { lingerMs: 0 });
    const id = await engine.run("two", null);
    await until(() => did.length === 1);
    await engine.pause(id);
    await pause(30);
    end();
    await until(stands(engine, id, "paused"));
    await until(() => engine.living === 0);
    expect((await engine.entries(id)).map(({ status }) => status)).toEqual(["done"]);
    await engine.resume(id);
    await until(stands(engine, id, "waiting"));
    expect(did).toEqual(["first", "second"]);
    // What comes for it meanwhile is kept; a wait is paused too.
    await engine.pause(id);
    await engine.signal(id, "go");
    await pause(30);
    expect((await engine.state(id)).status).toBe("paused");
    await engine.resume(id);
    expect(await engine.result(id)).toBe("gone");
    const other = await engine.run("two", null);
    await until(() => did.length === 3);
    await engine.pause(other);
    end();
    await until(stands(engine, other, "paused"));
    await engine.cancel(other);
    expect(await codeOf(engine.result(other))).toBe("MOR_WORKFLOW_CANCELLED");
    await engine.close();
    await store.close();
  });

  it("end a run whose time is over, in memory and while it waits, and undo it", async () => {
    const store = await place()();
    const seen: string[] = [];
    const limited = {
      ...program("limited", async (context, waits: boolean) => {
        await context.step("book", () => 1, { compensate: () => void seen.push("unbook") });
        if (waits) await context.signal("never");
        else await context.step("hang", forever);
      }),
      timeoutMs: 700,
    };
    const engine = await open(store, [limited], { lingerMs: 0 });
    for (const waits of [true, false]) {
      const id = await engine.run("limited", waits);
      expect(await codeOf(engine.result(id))).toBe("MOR_WORKFLOW_TIMEOUT");
      expect((await engine.state(id)).status).toBe("failed");
    }
    expect(seen).toEqual(["unbook", "unbook"]);
    await engine.close();
    await store.close();
  });

  it("stop a replay where they stopped the run, in the middle of undoing too", async () => {
    const store = await place()();
    const undone: string[] = [];
    let hangs = true;
    const wide = program("wide", async (context) => {
      await context.parallel([
        async (left) => {
          for (const name of ["a", "b", "c"]) {
            await left.step(name, () => name, {
              compensate: async (_, result) => {
                undone.push(String(result));
                if (result === "b" && hangs) await forever();
              },
            });
          }
          await left.step("hang left", forever);
        },
        (right) => right.step("hang right", forever),
      ]);
    });
    const first = mortal(store);
    const dying = await open(first.store, [wide], { leaseMs: 60 });
    const id = await dying.run("wide", null);
    await until(async () => (await dying.entries(id)).filter(({ place: p }) => p > 0).length === 3);
    await dying.cancel(id);
    await until(() => undone.includes("b"));
    first.die();
    hangs = false;
    const next = await open(store, [wide], { leaseMs: 60 });
    expect(await codeOf(next.result(id))).toBe("MOR_WORKFLOW_CANCELLED");
    expect(undone).toEqual(["c", "b", "b", "a"]);
    await next.close();
    await store.close();
  });
});
