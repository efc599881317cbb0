import { expect, it } from "vitest";
import { codeOf, mortal, onBoth, open, program, until } from "./rig.contract.ts";

const forever = (): Promise<never> => new Promise(() => {});

onBoth("what a run may have done is undone", (place) => {
  it("a step under way that ends well after its run failed, and is told its result", async () => {
    const store = await place()();
    const seen: unknown[] = [];
    const hasty = program("hasty", async (context) => {
      await context.step("book", () => "b-1", {
        compensate: (_, result) => void seen.push(["unbook", result]),
      });
      await context.parallel([
        (branch) =>
          branch.step(
            "charge",
            async (_, { signal }) => {
              seen.push("charged");
              await new Promise((resolve) => signal.addEventListener("abort", resolve));
              return "c-1";
            },
            { compensate: (_, result) => void seen.push(["refund", result]) },
          ),
        async (branch) => {
          await branch.step("wait", () => until(() => seen.length > 0));
          throw new Error("no stock");
        },
      ]);
    });
    const engine = await open(store, [hasty]);
    const id = await engine.run("hasty", null);
    await expect(engine.result(id)).rejects.toThrow("no stock");
    expect(seen).toEqual(["charged", ["refund", "c-1"], ["unbook", "b-1"]]);
    await engine.close();
    await store.close();
  });

  it("a step that does not end in time; one that failed by itself did nothing", async () => {
    const store = await place()();
    const seen: unknown[] = [];
    const deaf = program("deaf", (context) =>
      context.step("hang", () => (seen.push("hangs"), forever()), {
        timeoutMs: 300,
        compensate: (_, result) => void seen.push(["unhang", result]),
      }),
    );
    const declined = program("declined", (context) =>
      context.step("charge", () => Promise.reject(new Error("declined")), {
        retry: { attemptsMax: 1 },
        compensate: () => void seen.push("refund"),
      }),
    );
    const engine = await open(store, [deaf, declined]);
    const id = await engine.run("deaf", null);
    await until(() => seen.length === 1);
    await engine.cancel(id);
    expect(await codeOf(engine.result(id))).toBe("MOR_WORKFLOW_CANCELLED");
    await expect(engine.result(await engine.run("declined", null))).rejects.toThrow("declined");
    expect(seen).toEqual(["hangs", ["unhang", undefined]]);
    await engine.close();
    await store.close();
  });

  it("a step whose last attempt was cut off by its time limit", async () => {
    const store = await place()();
    const seen: unknown[] = [];
    const late = program("late", (context) =>
      context.step("charge", forever, {
        timeoutMs: 50,
        retry: { attemptsMax: 1 },
        compensate: (_, result) => void seen.push(["refund", result]),
      }),
    );
    const engine = await open(store, [late]);
    expect(await codeOf(engine.result(await engine.run("late", null)))).toBe(
      "MOR_WORKFLOW_STEP_FAILED",
    );
    expect(seen).toEqual([["refund", undefined]]);
    await engine.close();
    await store.close();
  });

  it("a step whose process died in it, once its run is cancelled, and none not begun", async () => {
    const store = await place()();
    const seen: unknown[] = [];
    const charge = program("charge", (context) =>
      context.step("charge", () => (seen.push("charged"), forever()), {
        compensate: (_, result) => void seen.push(["refund", result]),
      }),
    );
    const first = mortal(store);
    const dying = await open(first.store, [charge], { leaseMs: 60 });
    const id = await dying.run("charge", null);
    await until(() => seen.length === 1);
    first.die();
    const asker = await open(store, []);
    await asker.cancel(id);
    const idle = await asker.run("charge", null);
    await asker.cancel(idle);
    const next = await open(store, [charge], { leaseMs: 60 });
    for (const run of [id, idle]) {
      expect(await codeOf(next.result(run))).toBe("MOR_WORKFLOW_CANCELLED");
    }
    expect(seen).toEqual(["charged", ["refund", undefined]]);
    await asker.close();
    await next.close();
    await store.close();
  });

  it("with the result that was recorded, also by the process that goes on undoing", async () => {
    const store = await place()();
    const seen: unknown[] = [];
    let hangs = true;
    const charge = program("charge", (context) =>
      context.step(
        "charge",
        async (_, { signal }) => {
          seen.push("charged");
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          return "c-1";
        },
        {
          compensate: async (_, result) => {
            seen.push(["refund", result]);
            if (hangs) await forever();
          },
        },
      ),
    );
    const first = mortal(store);
    const dying = await open(first.store, [charge], { leaseMs: 60 });
    const id = await dying.run("charge", null);
    await until(() => seen.length === 1);
    await dying.cancel(id);
    await until(() => seen.length === 2);
    first.die();
    hangs = false;
    const next = await open(store, [charge], { leaseMs: 60 });
    expect(await codeOf(next.result(id))).toBe("MOR_WORKFLOW_CANCELLED");
    expect(seen).toEqual(["charged", ["refund", "c-1"], ["refund", "c-1"]]);
    await next.close();
    await store.close();
  });

  it("what a child did before what its parent did before it, whoever fails or dies", async () => {
    const store = await place()();
    const seen: string[] = [];
    let hangs = true;
    const leaf = program("leaf", async (context) => {
      await context.step("book", () => 1, {
        compensate: async () => {
          seen.push("unbook");
          if (hangs) await forever();
        },
      });
      await context.step("tell", () => void seen.push("booked"));
      await context.signal("never");
    });
    const root = program("root", async (context) => {
      await context.step("pay", () => 1, { compensate: () => void seen.push("repay") });
      await context.parallel([
        (branch) => branch.child("leaf", null, { id: "leaf" }),
        async (branch) => {
          await branch.step("wait", () => until(() => seen.includes("booked")));
          throw new Error("no stock");
        },
      ]);
    });
    const first = mortal(store);
    const dying = await open(first.store, [leaf, root], { leaseMs: 60, lingerMs: 0 });
    await dying.run("root", null, { id: "root" });
    await until(() => seen.includes("unbook"));
    first.die();
    hangs = false;
    const next = await open(store, [leaf, root], { leaseMs: 60, lingerMs: 0 });
    await expect(next.result("root")).rejects.toThrow("no stock");
    expect((await next.state("leaf")).status).toBe("cancelled");
    expect(seen).toEqual(["booked", "unbook", "unbook", "repay"]);
    await next.close();
    await store.close();
  });

  it("a parent with a time limit waits that long for a child that does not end", async () => {
    const store = await place()();
    const seen: string[] = [];
    // Nobody here has the child's program: it never hears that it is cancelled.
    const root = {
      ...program("root", async (context) => {
        await context.step("pay", () => 1, { compensate: () => void seen.push("repay") });
        await context.child("elsewhere", null, { id: "lost" });
      }),
      timeoutMs: 400,
    };
    const engine = await open(store, [root], { lingerMs: 0 });
    const id = await engine.run("root", null);
    expect(await codeOf(engine.result(id))).toBe("MOR_WORKFLOW_TIMEOUT");
    const entries = await engine.entries(id);
    const endOf = (at: string): number => entries.find((one) => one.at === at)?.endedAtMs ?? 0;
    expect(endOf("undo.1") - endOf("stop")).toBeGreaterThanOrEqual(400);
    // It waits in nobody's memory.
    expect((await engine.state(id)).epoch).toBeLessThan(5);
    expect(seen).toEqual(["repay"]);
    await engine.close();
    await store.close();
  });
});
