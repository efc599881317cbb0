import { expect, it } from "vitest";
import type { Store } from "../../core/store.ts";
import { engineErrors } from "../../engines/errors.ts";
import { codeOf, onBoth, open, program, stands, until } from "./rig.contract.ts";

/** A store that keeps the next write of these statements, and says that nobody can tell. */
function doubtful(
  store: Store,
  of: RegExp,
): { readonly store: Store; readonly lost: () => number } {
  let lost = 0;
  const write = async (given: Parameters<Store["write"]>[0]): ReturnType<Store["write"]> => {
    const results = await store.write(given);
    const isMeant = given.statements.some(({ sql }) => of.test(sql));
    if (!isMeant || lost > 0 || results.every(({ changes }) => changes === 0)) return results;
    lost++;
    throw engineErrors.MOR_STATE_UNKNOWN_OUTCOME("the answer was lost");
  };
  const wired = Object.create(store, { write: { value: write } }) as Store;
  return { store: wired, lost: () => lost };
}

onBoth("a write of which nobody can tell whether it was kept", (place) => {
  const waits = program("waits", async (context) => {
    await context.step("first", () => "first");
    return context.signal("go");
  });

  it("begins a run: it is not lost in the hands of its worker", async () => {
    const store = await place()();
    const wire = doubtful(store, /insert into workflow_run/);
    const engine = await open(wire.store, [waits]);
    const begun = engine.run("waits", null, { id: "one" });
    expect(await codeOf(begun)).toBe("MOR_STATE_UNKNOWN_OUTCOME");
    expect(await engine.run("waits", null, { id: "one" })).toBe("one");
    await until(stands(engine, "one", "waiting"));
    await engine.signal("one", "go", 1);
    expect(await engine.result("one")).toBe(1);
    expect(wire.lost()).toBe(1);
    await engine.close();
    await store.close();
  });

  it("takes a run, hears its news, ends it: it ends, and whoever waits for it hears", async () => {
    const takes = /epoch = epoch \+ 1, nudged = 0/;
    const hears = /set nudged = 0,/;
    const ends = /set status = \S+, output = /;
    for (const of of [takes, hears, ends]) {
      const store = await place()();
      const asker = await open(store, []);
      const wire = doubtful(store, of);
      const engine = await open(wire.store, [waits], { lingerMs: 60_000 });
      const id = await asker.run("waits", null);
      const result = engine.result(id);
      await until(async () => (await asker.entries(id)).length === 2);
      await asker.signal(id, "go", 1);
      expect(await result).toBe(1);
      expect(wire.lost()).toBe(1);
      await engine.close();
      await asker.close();
      await store.close();
    }
  });
});

onBoth("a process that stood still for longer than its lease", (place) => {
  it("lets go of a run that ended elsewhere, and whoever waits for it here hears", async () => {
    const store = await place()();
    let thaw = (): void => {};
    let frozen: Promise<void> | undefined;
    const write = async (given: Parameters<Store["write"]>[0]): ReturnType<Store["write"]> => {
      await frozen;
      return store.write(given);
    };
    const wire = Object.create(store, { write: { value: write } }) as Store;
    const waits = program("waits", (context) => context.signal("go"));
    const limits = { leaseMs: 300, lingerMs: 60_000 };
    const old = await open(wire, [waits], limits);
    const id = await old.run("waits", null);
    const result = old.result(id);
    await until(async () => (await old.entries(id)).length === 1);
    frozen = new Promise((resolve) => (thaw = resolve));
    const next = await open(store, [waits], limits);
    await next.signal(id, "go", 1);
    expect(await next.result(id)).toBe(1);
    frozen = undefined;
    thaw();
    expect(await result).toBe(1);
    await until(() => old.living === 0);
    await old.close();
    await next.close();
    await store.close();
  });
});
