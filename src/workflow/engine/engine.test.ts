import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { MorningError } from "../../core/errors.ts";
import type { WorkflowEngine } from "./engine.ts";
import { codeOf, open, postgresPlace, program, sqlitePlace, url } from "./rig.contract.ts";
import type { Place } from "./rig.contract.ts";

const quick = { retry: { baseMs: 1, delayMsMax: 2 } } as const;

function suite(name: string, place: () => Place, skip: boolean): void {
  describe.skipIf(skip)(name, () => {
    it("runs steps in order, each once, and gives the result", async () => {
      const store = await place()();
      const done: string[] = [];
      const sum = program("sum", async (context, input: { parts: number[] }) => {
        let total = 0;
        for (const part of input.parts) {
          total += await context.step(`add ${part}`, () => {
            done.push(String(part));
            return part;
          });
        }
        return { total };
      });
      const other = program("other", () => Promise.resolve(1));
      const engine = await open(store, [sum, other]);
      const id = await engine.run("sum", { parts: [1, 2, 3] }, { id: "sum-1" });
      expect(await engine.result(id)).toEqual({ total: 6 });
      // The same id starts nothing.
      await engine.run("sum", { parts: [9] }, { id: "sum-1" });
      expect(await engine.result(id)).toEqual({ total: 6 });
      expect(await codeOf(engine.run("other", null, { id: "sum-1" }))).toBe("MOR_WORKFLOW_ID");
      expect(done).toEqual(["1", "2", "3"]);
      const entries = await engine.entries(id);
      expect(entries.map(({ at, name, place }) => [at, name, place])).toEqual([
        ["0", "add 1", 1],
        ["1", "add 2", 2],
        ["2", "add 3", 3],
      ]);
      await engine.close();
      await store.close();
    });

    it("tries again, gives up, stops at what cannot help, and undoes in reverse", async () => {
      const store = await place()();
      const undone: string[] = [];
      let tries = 0;
      const saga = program("saga", async (context, input: { fail: boolean }) => {
        await context.step("reserve", () => "r", {
          compensate: (_, result) => void undone.push(`reserve ${result}`),
        });
        await context.step("charge", () => "c", { compensate: () => void undone.push("charge") });
        await context.step(
          "ship",
          () => {
            tries++;
            if (input.fail || tries < 3) throw new Error("no lorry");
          },
          { ...quick, nonRetryable: (error) => (error as Error).message === "never" },
        );
        return "shipped";
      });
      const engine = await open(store, [saga]);
      expect(await engine.result(await engine.run("saga", { fail: false }))).toBe("shipped");
      expect(tries).toBe(3);
      expect(undone).toEqual([]);
      const failing = await engine.run("saga", { fail: true });
      await expect(engine.result(failing)).rejects.toMatchObject({
        code: "MOR_WORKFLOW_FAILED",
        cause: { code: "MOR_WORKFLOW_STEP_FAILED" },
      });
      expect(undone).toEqual(["charge", "reserve r"]);
      await engine.close();
      await store.close();
    });

    it("sleeps out of memory, and wakes in time", async () => {
      const store = await place()();
      const nap = program("nap", async (context) => {
        await context.sleep(400);
        return context.now();
      });
      const engine = await open(store, [nap], { lingerMs: 0 });
      const startedMs = Date.now();
      const runs = await Promise.all(Array.from({ length: 5 }, () => engine.run("nap", undefined)));
      await pause(200);
      expect(engine.living).toBe(0);
      const results = (await Promise.all(runs.map((id) => engine.result(id)))) as number[];
      for (const at of results) expect(at).toBeGreaterThanOrEqual(startedMs + 400);
      expect(Date.now() - startedMs).toBeLessThan(3000);
      await engine.close();
      await store.close();
    });

    it("keeps early signals, answers callbacks once, and ends waits in time", async () => {
      const store = await place()();
      let token = "";
      const wait = program("wait", async (context) => {
        const first = await context.signal<string>("go");
        const answer = await context.waitForCallback<string>("approve", (_, given) => {
          token = given;
        });
        const second = await context.signal("go", { timeoutMs: 100 }).catch((error: unknown) => {
          return MorningError.is(error) ? error.code : "?";
        });
        return [first, answer, second];
      });
      const engine = await open(store, [wait], { lingerMs: 0 });
      const id = await engine.run("wait", undefined);
      await engine.signal(id, "go", "early");
      while (token === "") await pause(5);
      await pause(50);
      await engine.answer(token, "yes");
      await expect(engine.answer(token, "again")).rejects.toMatchObject({
        code: "MOR_WORKFLOW_TOKEN",
      });
      expect(await engine.result(id)).toEqual(["early", "yes", "MOR_WORKFLOW_WAIT_TIMEOUT"]);
      await expect(engine.signal(id, "go")).rejects.toMatchObject({ code: "MOR_WORKFLOW_ENDED" });
      await engine.close();
      await store.close();
    });

    it("wakes in time whatever comes for it meanwhile that it does not wait for", async () => {
      const store = await place()();
      const nap = program("nap", async (context) => {
        await context.sleep(150);
        return context.signal("later");
      });
      const engine = await open(store, [nap], { lingerMs: 0 });
      const runs = await Promise.all(Array.from({ length: 20 }, () => engine.run("nap", null)));
      for (const [at, id] of runs.entries()) {
        await engine.signal(id, "later", at);
        await engine.resume(id);
      }
      const results = await Promise.all(runs.map((id) => engine.result(id)));
      expect(results).toEqual(runs.map((_, at) => at));
      await engine.close();
      await store.close();
    });

    it("gives each signal to one wait, whatever moment it comes at", async () => {
      const where = place();
      const store = await where();
      // Another connection where there may be one: what it sends is under way beside the wait.
      const beside = store.dialect === "postgres" ? await where() : store;
      const collect = program("collect", async (context) => {
        const got: number[] = [];
        while (got.length < 15) got.push(await context.signal<number>("part"));
        return got.toSorted((a, b) => a - b);
      });
      const engine = await open(store, [collect], { lingerMs: 0, runsMax: 4 });
      const sender = await open(beside, []);
      const runs = await Promise.all(
        Array.from({ length: 8 }, () => engine.run("collect", undefined)),
      );
      const parts = Array.from({ length: 15 }, (_, at) => at);
      for (const part of parts) {
        await Promise.all(runs.map((id) => sender.signal(id, "part", part)));
      }
      for (const id of runs) expect(await engine.result(id)).toEqual(parts);
      await sender.close();
      await engine.close();
      if (beside !== store) await beside.close();
      await store.close();
    });

    it("keeps no more runs in memory than it may", async () => {
      const store = await place()();
      let most = 0;
      const busy = program("busy", (context) =>
        context.step("work", async () => {
          most = Math.max(most, engine.living);
          await pause(5);
        }),
      );
      const engine = await open(store, [busy], { runsMax: 5 });
      const runs = await Promise.all(Array.from({ length: 40 }, () => engine.run("busy", null)));
      await Promise.all(runs.map((id) => engine.result(id)));
      expect(most).toBeLessThanOrEqual(5);
      await engine.close();
      await store.close();
    });

    it("goes on after its process is gone, with what was recorded", async () => {
      const where = place();
      const first = await where();
      const did: string[] = [];
      let holds = true;
      const long = program("long", async (context) => {
        const [a, b] = await context.parallel<[string, string]>([
          (branch) => branch.step("a", () => (did.push("a"), "A")),
          async (branch) => {
            await branch.step("b", () => did.push("b"));
            await branch.step("hold", async () => {
              did.push("hold");
              if (holds) await new Promise(() => {});
              return "free";
            });
            return "B";
          },
        ]);
        return `${a}${b}${context.uuid()}${context.random()}`;
      });
      const engine = await open(first, [long]);
      const id = await engine.run("long", undefined);
      while (!did.includes("hold")) await pause(5);
      await engine.close();
      await first.close();
      holds = false;
      const second = await where();
      const again = await open(second, [long]);
      const result = await again.result(id);
      expect(result).toMatch(/^AB[0-9a-f]{8}-/);
      expect(did).toEqual(["a", "b", "hold", "hold"]);
      await again.close();
      await second.close();
    });

    it("names the entry from which a changed program differs", async () => {
      const where = place();
      const store = await where();
      const before = program("change", async (context) => {
        await context.step("one", () => 1);
        await context.signal("go");
        return "old";
      });
      const engine = await open(store, [before], { lingerMs: 0 });
      const id = await engine.run("change", undefined);
      const other = await engine.run("change", undefined);
      while ((await engine.state(id)).status !== "waiting") await pause(5);
      while ((await engine.state(other)).status !== "waiting") await pause(5);
      await engine.close();
      const after = program("change", async (context) => {
        const isNew = await context.patched("zero-first");
        if (isNew) await context.step("zero", () => 0);
        await context.step(isNew ? "one" : "uno", () => 1);
        await context.signal("go");
        return "new";
      });
      const next = await open(store, [after]);
      await next.signal(id, "go");
      await expect(next.result(id)).rejects.toMatchObject({
        cause: { code: "MOR_WORKFLOW_NOT_DETERMINISTIC", details: { name: "one", at: "0" } },
      });
      await next.close();
      const patched = program("change", async (context) => {
        if (await context.patched("zero-first")) await context.step("zero", () => 0);
        await context.step("one", () => 1);
        await context.signal("go");
        return "new";
      });
      const last = await open(store, [patched]);
      await last.signal(other, "go");
      expect(await last.result(other)).toBe("new");
      const fresh = await last.run("change", undefined);
      await last.signal(fresh, "go");
      expect(await last.result(fresh)).toBe("new");
      expect((await last.entries(fresh)).map(({ name }) => name)).toContain("zero");
      await last.close();
      await store.close();
    });

    it("cancels: waits end, steps hear it, what was done is undone", async () => {
      const store = await place()();
      const seen: string[] = [];
      const slow = program("slow", async (context) => {
        await context.step("book", () => "seat", { compensate: () => void seen.push("unbook") });
        await context.step("hang", (_, { signal }) => {
          signal.addEventListener("abort", () => void seen.push("heard"));
          seen.push("hang");
          return new Promise<void>(() => {});
        });
      });
      const engine = await open(store, [slow]);
      const id = await engine.run("slow", undefined);
      while (!seen.includes("hang")) await pause(5);
      await engine.cancel(id);
      await expect(engine.result(id)).rejects.toMatchObject({ code: "MOR_WORKFLOW_CANCELLED" });
      expect(seen).toEqual(["hang", "heard", "unbook"]);
      await engine.close();
      await store.close();
    });

    it("maps with bounds, and runs children", async () => {
      const store = await place()();
      let [now, most] = [0, 0];
      const square = program("square", async (context, input: number) => {
        return context.step("square", () => input * input);
      });
      const squares = program("squares", async (context, input: number[]) => {
        return context.map(
          input,
          async (branch, item) => {
            most = Math.max(most, ++now);
            const result = await branch.child<number>("square", item);
            now--;
            if (item === 3) throw new Error("three");
            return result;
          },
          { concurrency: 2, failuresMax: 1 },
        );
      });
      const engine = await open(store, [square, squares]);
      const id = await engine.run("squares", [1, 2, 3, 4]);
      expect(await engine.result(id)).toMatchObject([
        { status: "done", value: 1 },
        { status: "done", value: 4 },
        { status: "failed" },
        { status: "done", value: 16 },
      ]);
      expect(most).toBe(2);
      await engine.close();
      await store.close();
    });

    it("refuses values that JSON would change, at the step that gives them", async () => {
      const store = await place()();
      const bad = program("bad", async (context, input: string) => {
        const values: Record<string, unknown> = { map: new Map(), nan: { deep: [Number.NaN] } };
        const circle: { self?: unknown } = {};
        circle.self = circle;
        values["circle"] = circle;
        return context.step("give", () => values[input], { retry: { attemptsMax: 1 } });
      });
      const engine = await open(store, [bad]);
      for (const [input, why] of [
        ["map", "is a Map"],
        ["nan", "deep[0] is NaN"],
        ["circle", "in a circle"],
      ]) {
        const id = await engine.run("bad", input);
        await expect(engine.result(id)).rejects.toThrow(why);
      }
      await engine.close();
      await store.close();
    });

    it("is shared by several engines: each run is one's alone", async () => {
      const store = await place()();
      const ran = new Map<string, number>();
      const work = program("work", async (context, input: number) => {
        await context.step("count", () => {
          ran.set(String(input), (ran.get(String(input)) ?? 0) + 1);
        });
        await context.sleep(20);
        return input;
      });
      const engines = await Promise.all(
        [1, 2, 3].map(() => open(store, [work], { runsMax: 8, lingerMs: 0 })),
      );
      const runs = await Promise.all(
        Array.from({ length: 60 }, (_, at) => (engines[at % 3] as WorkflowEngine).run("work", at)),
      );
      const results = await Promise.all(
        runs.map((id) => (engines[0] as WorkflowEngine).result(id)),
      );
      expect(results).toEqual(Array.from({ length: 60 }, (_, at) => at));
      expect([...ran.values()].every((count) => count === 1)).toBe(true);
      for (const engine of engines) await engine.close();
      await store.close();
    });
  });
}

suite("workflows on sqlite", sqlitePlace, false);
suite("workflows on postgres [needs MORNING_TEST_POSTGRES_URL]", postgresPlace, url === undefined);
