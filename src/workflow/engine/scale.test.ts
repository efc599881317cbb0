import { expect, it } from "vitest";
import { onBoth, open, program, stands, until } from "./rig.contract.ts";

const soak = process.env["MORNING_SIZE"] === "soak";
const steps = soak ? 50_000 : 3000;
const branches = soak ? 10_000 : 2000;

onBoth("large workflows", (place) => {
  it(`go through ${steps} steps, and replay them`, { timeout: 300_000 }, async () => {
    const store = await place()();
    let did = 0;
    const long = program("long", async (context) => {
      let sum = 0;
      for (let step = 0; step < steps; step++)
        sum += await context.step("add", () => (did++, step));
      await context.signal("go");
      return sum;
    });
    const engine = await open(store, [long], { lingerMs: 0 });
    const id = await engine.run("long", null);
    await until(stands(engine, id, "waiting"));
    expect(engine.living).toBe(0);
    const began = performance.now();
    await engine.signal(id, "go");
    expect(await engine.result(id)).toBe((steps * (steps - 1)) / 2);
    expect(did).toBe(steps);
    // Without writes: many times faster than the first time, and linear.
    expect(performance.now() - began).toBeLessThan(2000 + steps / 5);
    await engine.close();
    await store.close();
  });

  it(
    `take ${branches} branches at once: steps, sleeps and signals`,
    { timeout: 300_000 },
    async () => {
      const store = await place()();
      const items = Array.from({ length: branches }, (_, item) => item);
      const wide = program("wide", async (context) => {
        const each = await context.map(items, async (branch, item) => {
          const made = await branch.step("make", () => item);
          await branch.sleep(item % 100);
          return made;
        });
        const all = await context.map(items.slice(0, branches / 10), (branch, item) =>
          branch.signal<number>(`signal ${item}`),
        );
        return [each, all].map((results) =>
          results.reduce((sum, one) => sum + (one.status === "done" ? one.value : NaN), 0),
        );
      });
      const engine = await open(store, [wide], { lingerMs: 0 });
      const id = await engine.run("wide", null);
      for (let item = 0; item < branches / 10; item++)
        await engine.signal(id, `signal ${item}`, item);
      const sum = (count: number): number => (count * (count - 1)) / 2;
      expect(await engine.result(id)).toEqual([sum(branches), sum(branches / 10)]);
      await engine.close();
      await store.close();
    },
  );
});
