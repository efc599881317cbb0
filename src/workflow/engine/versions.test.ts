import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { onBoth, open, program, stands, until } from "./rig.contract.ts";
import type { Program } from "./program.ts";

const version = (of: Program, number: string, run: Program["run"]): Program => ({
  ...of,
  version: number,
  run,
});

onBoth("which workflows run", (place) => {
  it("keeps a run with the version that it was started with", async () => {
    const store = await place()();
    const one = program("ship", async (context) => {
      await context.signal("go");
      return "one";
    });
    const two = version(one, "2", (context) => context.step("two", () => "two"));
    const old = await open(store, [one], { lingerMs: 0 });
    const id = await old.run("ship", null);
    await until(stands(old, id, "waiting"));
    await old.close();
    // An engine that knows the new version alone leaves the run to others.
    const fresh = await open(store, [two]);
    await fresh.signal(id, "go");
    const next = await fresh.run("ship", null);
    expect(await fresh.result(next)).toBe("two");
    expect(await fresh.state(id)).toMatchObject({ status: "ready", version: "1" });
    const both = await open(store, [one, two]);
    expect(await both.result(id)).toBe("one");
    expect(await both.result(await both.run("ship", null))).toBe("two");
    // Started where none is known, a run gets the newest.
    const bare = await open(store, []);
    const free = await bare.run("ship", null);
    expect(await bare.result(free)).toBe("two");
    expect((await bare.state(free)).version).toBe("2");
    for (const engine of [fresh, both, bare]) await engine.close();
    await store.close();
  });

  it("keeps a concurrency over all processes; who waits is not counted", async () => {
    const where = place();
    const store = await where();
    const beside = store.dialect === "postgres" ? await where() : store;
    let [now, most, waited] = [0, 0, 0];
    const narrow = {
      ...program("narrow", async (context, input: number) => {
        await context.step("work", async () => {
          most = Math.max(most, ++now);
          await pause(5);
          now--;
        });
        if (input % 5 === 0) {
          waited++;
          await context.signal("go");
        }
        return input;
      }),
      concurrency: 3,
    };
    const engine = await open(store, [narrow], { lingerMs: 0 });
    const other = await open(beside, [narrow], { lingerMs: 0 });
    const ids = await Promise.all(
      Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? engine : other).run("narrow", at)),
    );
    await until(() => waited === 8);
    for (const [at, id] of ids.entries()) if (at % 5 === 0) await engine.signal(id, "go");
    const results = await Promise.all(ids.map((id) => engine.result(id)));
    expect(results).toEqual(Array.from({ length: 40 }, (_, at) => at));
    expect(most).toBeLessThanOrEqual(3);
    expect(most).toBeGreaterThan(1);
    await engine.close();
    await other.close();
    if (beside !== store) await beside.close();
    await store.close();
  });

  it("takes the urgent first, and the oldest of those", async () => {
    const store = await place()();
    const order: number[] = [];
    const serial = {
      ...program("serial", (context, input: number) =>
        context.step("note", () => void order.push(input)),
      ),
      concurrency: 1,
    };
    const sender = await open(store, []);
    for (const [input, priority] of [
      [1, 0],
      [2, 5],
      [3, 0],
      [4, 5],
      [5, 9],
    ] as const) {
      await sender.run("serial", input, { priority });
      await pause(3);
    }
    const engine = await open(store, [serial]);
    await until(() => order.length === 5);
    expect(order).toEqual([5, 2, 4, 1, 3]);
    await engine.close();
    await sender.close();
    await store.close();
  });

  it("lets no flood of one workflow starve another", async () => {
    const store = await place()();
    const held = new Set<() => void>();
    const flood = program("flood", (context) =>
      context.step("hold", () => new Promise<void>((resolve) => held.add(resolve))),
    );
    const rare = program("rare", (context, input: number) => context.step("do", () => input));
    const engine = await open(store, [flood, rare], { runsMax: 20 });
    for (let at = 0; at < 60; at++) await engine.run("flood", null);
    await until(() => held.size >= 18);
    await pause(30);
    // Its runs hold all that they may; the rest of the room is for others.
    expect(held.size).toBe(18);
    for (let input = 0; input < 5; input++) {
      expect(await engine.result(await engine.run("rare", input))).toBe(input);
    }
    for (let ended = 0; ended < 60;) {
      await until(() => held.size > 0);
      for (const end of held) {
        held.delete(end);
        ended++;
        end();
      }
    }
    await until(() => engine.living === 0);
    await engine.close();
    await store.close();
  });
});
