import { isDeepStrictEqual } from "node:util";
import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { transactional } from "../../core/transaction.ts";
import type { Transactional } from "../../core/transaction.ts";
import { codeOf, mortal, onBoth, open, program, stands, until } from "./rig.contract.ts";
import type { Program } from "./program.ts";

const once = { retry: { attemptsMax: 1 } } as const;

/** A table that takes part in transactions. */
const counter: Transactional<{ add(key: string, most: number): void }> = {
  [transactional]: (writes) => ({
    add: (key, most) =>
      writes.add([
        {
          sql: `insert into counter (key, count) values ('${key}', 1)
            on conflict (key) do update set count = counter.count + 1
              where counter.count < ${most}`,
          expect: { rows: 1, error: { code: "MOR_TEST_FULL", message: "it is full" } },
        },
      ]),
  }),
};
const counted = {
  component: "counter",
  migrations: [
    {
      version: 1,
      sqlite: ["create table counter (key text primary key, count integer)"],
      postgres: ["create table counter (key text primary key, count bigint)"],
    },
  ],
};

onBoth("steps of workflows", (place) => {
  it("are given what is held, and go through what is around them", async () => {
    const store = await place()();
    const seen: string[] = [];
    const shop: Program = {
      ...program("shop", async (context) => {
        const price = await context.step("price", (held) => (held as { price: number }).price);
        return context.invoke("double", () => price * 2, {
          compensate: (held, result) => void seen.push(`${JSON.stringify(held)} ${result}`),
        });
      }),
      held: { price: 7 },
      around: async ({ kind, name, at, attempt, workflow }, work) => {
        const value = await work();
        seen.push(`${workflow} ${kind} ${name} ${at} ${attempt}`);
        return value;
      },
    };
    const engine = await open(store, [shop]);
    expect(await engine.result(await engine.run("shop", null))).toBe(14);
    expect(seen).toEqual(["shop step price 0 1", "shop invoke double 1 1"]);
    await engine.close();
    await store.close();
  });

  it("end an attempt that is silent for too long, and show how far one is", async () => {
    const store = await place()();
    const silent = program("silent", (context) =>
      context.step("work", () => new Promise(() => {}), { ...once, heartbeatMs: 30 }),
    );
    let isShown = false;
    const loud = program("loud", (context) =>
      context.step(
        "work",
        async (_, call) => {
          for (let done = 1; !isShown; done++) {
            await pause(60);
            if (done % 2 === 0) call.heartbeat();
            else call.progress(done, 99, `item ${done}`);
          }
          call.progress(99, 99, "all");
          return "heard";
        },
        { ...once, heartbeatMs: 1000 },
      ),
    );
    const engine = await open(store, [silent, loud]);
    const quiet = await engine.run("silent", null);
    await expect(engine.result(quiet)).rejects.toThrow("was silent for 30 ms");
    const id = await engine.run("loud", null);
    await until(async () => (await engine.entries(id))[0]?.progress !== undefined);
    expect((await engine.entries(id))[0]).toMatchObject({ status: "open", attempt: 0 });
    isShown = true;
    expect(await engine.result(id)).toBe("heard");
    const [entry] = await engine.entries(id);
    expect(entry?.progress).toEqual({ done: 99, total: 99, note: "all" });
    expect(entry).toMatchObject({ status: "done", attempt: 1 });
    await engine.close();
    await store.close();
  });

  it("are not tried again after an error that it cannot help, and wait whole delays", async () => {
    const store = await place()();
    let tries = 0;
    const named = program("named", (context, input: string) =>
      context.step(
        "fail",
        () => {
          tries++;
          throw Object.assign(new Error("no"), { name: input, code: `CODE_${input}` });
        },
        {
          retry: { attemptsMax: 3, baseMs: 40, jitter: "none" },
          nonRetryable: ["Broken", "CODE_Poor"],
        },
      ),
    );
    const engine = await open(store, [named]);
    for (const [name, most] of [
      ["Broken", 1],
      ["Poor", 1],
      ["Late", 3],
    ] as const) {
      tries = 0;
      const began = performance.now();
      await engine.result(await engine.run("named", name)).catch(() => {});
      expect(tries).toBe(most);
      if (most === 3) expect(performance.now() - began).toBeGreaterThanOrEqual(115);
    }
    await engine.close();
    await store.close();
  });

  it("take the result of another run that did the same, until it expires", async () => {
    const store = await place()();
    let did = 0;
    const costly = program("costly", (context, input: { key?: string; salt?: number }) =>
      context.step("work", () => ++did, {
        cache: {
          ttlMs: input.key === "short" ? 1 : 60_000,
          ...(input.key === undefined ? {} : { key: input.key }),
        },
      }),
    );
    const engine = await open(store, [costly]);
    const run = async (input: object): Promise<unknown> =>
      engine.result(await engine.run("costly", input));
    const kept = async (): Promise<number> => {
      const [row] = await store.read("select count(*) as count from workflow_cache", []);
      return Number(row?.["count"]);
    };
    expect(await run({ key: "a", salt: 1 })).toBe(1);
    expect(await run({ key: "a", salt: 2 })).toBe(1);
    expect(await run({ key: "b" })).toBe(2);
    // Without a key, it is the input.
    expect([await run({ salt: 1 }), await run({ salt: 2 }), await run({ salt: 1 })]).toEqual([
      3, 4, 3,
    ]);
    expect(await run({ key: "short" })).toBe(5);
    await pause(5);
    expect(await run({ key: "short" })).toBe(6);
    expect(await kept()).toBe(5);
    await pause(5);
    await engine.sweep();
    expect(await kept()).toBe(4);
    await engine.close();
    await store.close();
  });

  it("write exactly once what they commit with their entry", async () => {
    const store = await place()();
    await store.migrate(counted);
    const count = async (): Promise<number> => {
      const [row] = await store.read("select count from counter where key = 'k'", []);
      return Number(row?.["count"] ?? 0);
    };
    let dies = true;
    const writes = program("writes", async (context) => {
      await context.once("add", (tx, held) => tx(held as typeof counter).add("k", 2));
      await context.step("wait", async () => {
        if (dies) await new Promise(() => {});
      });
      await context.once("nothing", () => {});
      await context.once("again", (tx, held) => tx(held as typeof counter).add("k", 2));
      const full = await context
        .once("over", (tx, held) => tx(held as typeof counter).add("k", 2), once)
        .then(() => "written", String);
      const broken = await context
        .once("broken", () => Promise.reject(new Error("not so")), once)
        .then(() => "written", String);
      return [full, broken].map((text) => text.replace(/^.*failed: /, ""));
    });
    const quick = { ...writes, held: counter };
    const engine = await open(store, [quick]);
    const id = await engine.run("writes", null);
    await until(async () => (await count()) === 1);
    await pause(20);
    await engine.close();
    dies = false;
    const next = await open(store, [quick]);
    expect(await next.result(id)).toEqual(["it is full", "not so"]);
    expect(await count()).toBe(2);
    const kinds = (await next.entries(id)).map(({ kind, status }) => `${kind} ${status}`);
    expect(kinds).toEqual([
      "once done",
      "step done",
      "once done",
      "once done",
      "once failed",
      "once failed",
    ]);
    await next.close();
    await store.close();
  });

  it("that kill their process are given up, and those beside them go on", async () => {
    const where = place();
    const tries: number[] = [];
    const kills = program("kills", async (context) => {
      const beside = context.step(
        "beside",
        async (_, { attempt }) => {
          tries.push(attempt);
          // Five lives, and two failures of its own.
          if (attempt < 6) await new Promise(() => {});
          if (attempt < 8) throw new Error("one of three");
          return "whole";
        },
        { retry: { baseMs: 1 } },
      );
      const died = context
        .step("die", () => new Promise(() => {}), { retry: { deathsMax: 5 } })
        .catch((error: unknown) => (error as Error).message);
      return [await beside, await died];
    });
    const store = await where();
    const sender = await open(store, []);
    const id = await sender.run("kills", null);
    const deaths = async (): Promise<number[]> =>
      (await sender.entries(id)).map((entry) => entry.deaths);
    for (let life = 0; life < 5; life++) {
      const process = mortal(store);
      const engine = await open(process.store, [kills], { leaseMs: 60 });
      // What it counts is durable before it tries.
      const counted = life === 0 ? [] : [life, life];
      await until(async () => engine.living === 1 && isDeepStrictEqual(await deaths(), counted));
      await pause(5);
      process.die();
    }
    const last = await open(store, [kills], { leaseMs: 60 });
    expect(await last.result(id)).toEqual([
      "whole",
      `step die of run ${id} failed: its process died`,
    ]);
    const entries = await last.entries(id);
    const why = entries[1]?.failures.map(({ attempt: at, error }) => `${at} ${error.message}`);
    expect(why).toEqual([1, 2, 3, 4, 5].map((number) => `${number} its process died`));
    expect(entries).toMatchObject([
      { name: "beside", status: "done", attempt: 8, deaths: 5 },
      { name: "die", status: "failed", attempt: 5, deaths: 5 },
    ]);
    expect(tries).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    await last.close();
    await sender.close();
    await store.close();
  });

  it("that others leave running are told when the program ends", async () => {
    const store = await place()();
    let told = "";
    const race = program("race", async (context) =>
      Promise.race([
        context.step("quick", () => "won"),
        context.step("slow", (_, { signal }) => {
          signal.addEventListener("abort", () => (told = (signal.reason as Error).message));
          return new Promise<string>(() => {});
        }),
      ]),
    );
    const engine = await open(store, [race]);
    const id = await engine.run("race", null);
    expect(await engine.result(id)).toBe("won");
    expect(told).toBe("the run's program has ended");
    expect(await codeOf(engine.signal(id, "late"))).toBe("MOR_WORKFLOW_ENDED");
    await until(stands(engine, id, "completed"));
    await engine.close();
    await store.close();
  });
});
