import { setTimeout as pause } from "node:timers/promises";
import { threadId } from "node:worker_threads";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { makeIds, seededRandom, systemRandom } from "../../core/ids.ts";
import type { Store } from "../../core/store.ts";
import { openPostgres } from "../../engines/postgres/store.ts";
import type { PostgresOptions } from "../../engines/postgres/store.ts";
import { open, program, stands, until } from "./rig.contract.ts";
import type { WorkflowEngine } from "./engine.ts";

const url = process.env["MORNING_TEST_POSTGRES_URL"];
const kills = process.env["MORNING_SIZE"] === "soak" ? 200 : 15;
const seed = Number(process.env["MORNING_SEED"] ?? process.pid);
const mine = `workflow-chaos-${process.pid}-${threadId}`;
const ids = makeIds(systemClock, systemRandom);
const seen = new Map<string, string>();
const changed: string[] = [];

/** A program sees a value: it is the same whenever it is seen again. */
function saw(key: string, value: string): string {
  const known = seen.get(key) ?? value;
  if (known !== value) changed.push(`${key}: ${known}, then ${value}`);
  seen.set(key, value);
  return value;
}

const patient = { retry: { attemptsMax: 1000, baseMs: 5, delayMsMax: 50 } } as const;

const work = program("work", async (context) => {
  const values: string[] = [];
  for (let part = 0; part < 6; part++) {
    const made = await context.step(`part ${part}`, () => ids.hex(8), patient);
    values.push(saw(`${context.run} ${part}`, made));
    if (part % 3 === 1) await context.sleep(20);
  }
  const child = await context.child<string>("child");
  return [...values, saw(`${context.run} child`, child)];
});

const child = program("child", async (context) => {
  await context.sleep(10);
  return context.step("only", () => ids.hex(8), patient);
});

describe.skipIf(url === undefined)(
  "workflows survive on postgres [needs MORNING_TEST_POSTGRES_URL]",
  () => {
    const admin = new Client({ connectionString: url });

    const store = (schema: string, options: Partial<PostgresOptions> = {}): Promise<Store> => {
      const named = new URL(url ?? "postgres://none");
      named.searchParams.set("application_name", mine);
      return openPostgres({ url: String(named), schema, clock: systemClock, ...options });
    };

    beforeAll(async () => {
      await admin.connect();
    });

    afterAll(async () => {
      for (const part of ["kills", "owners", "pool"]) {
        await admin.query(`drop schema if exists "${mine}-${part}" cascade`);
      }
      await admin.end();
    });

    async function ended(engine: WorkflowEngine, runs: readonly string[]): Promise<void> {
      for (const id of runs) {
        const output = (await engine.result(id)) as string[];
        const expected = [0, 1, 2, 3, 4, 5, "child"].map((part) => seen.get(`${id} ${part}`));
        expect(output).toEqual(expected);
      }
      expect(changed).toEqual([]);
    }

    it(
      `${kills} deaths of connections at random moments`,
      { timeout: kills * 10_000 },
      async () => {
        process.stdout.write(`deaths of connections: ${kills}, seed ${seed}\n`);
        const random = seededRandom(seed);
        const stores = [await store(`${mine}-kills`), await store(`${mine}-kills`)];
        const limits = { leaseMs: 1500, lingerMs: 0 };
        const engines = await Promise.all(stores.map((one) => open(one, [work, child], limits)));
        const [engine] = engines as [WorkflowEngine];
        let killed = 0;
        const runs: string[] = [];
        for (let round = 0; round < kills; round++) {
          for (let count = 0; count < 3; count++) {
            const id = `run-${runs.length}`;
            runs.push(id);
            // Its outcome is unknown where the connection is lost: the same id starts it once.
            await until(async () => {
              const started = engine.run("work", null, { id });
              return started.then(() => true).catch(() => false);
            });
          }
          await pause(random.next() * 60);
          const { rows } = await admin.query<{ pid: number }>(
            "select pid from pg_stat_activity where application_name = $1",
            [mine],
          );
          const victims = rows.filter(() => random.next() < 0.5);
          for (const { pid } of victims)
            await admin.query("select pg_terminate_backend($1)", [pid]);
          killed += victims.length;
        }
        await ended(engine, runs);
        expect(killed).toBeGreaterThan(kills / 2);
        for (const one of engines) await one.close();
        for (const one of stores) await one.close();
      },
    );

    it("two owners who both believe that a run is theirs: one of them writes", async () => {
      const [first, second] = [await store(`${mine}-owners`), await store(`${mine}-owners`)];
      let thaw = (): void => {};
      let frozen: Promise<void> | undefined;
      const after =
        <A extends unknown[], R>(work: (...given: A) => Promise<R>) =>
        async (...given: A): Promise<R> => {
          await frozen;
          return work(...given);
        };
      // A process that stands still for longer than its lease, and goes on as if nothing was.
      const wire = Object.create(first, {
        write: { value: after((write: Parameters<Store["write"]>[0]) => first.write(write)) },
        read: { value: after((...given: Parameters<Store["read"]>) => first.read(...given)) },
      }) as Store;
      const did: string[] = [];
      let end = (): void => {};
      const shared = program("shared", async (context) => {
        const one = await context.step("one", () => ids.hex(8), patient);
        const two = await context.step(
          "two",
          async () => {
            const value = ids.hex(8);
            did.push(value);
            if (did.length === 1) await new Promise<void>((resolve) => (end = resolve));
            return value;
          },
          patient,
        );
        const three = await context.step("three", () => ids.hex(8), patient);
        return [saw("shared one", one), saw("shared two", two), saw("shared three", three)];
      });
      const limits = { leaseMs: 300, lingerMs: 0 };
      const old = await open(wire, [shared], limits);
      const id = await old.run("shared", null);
      await until(() => did.length === 1);
      frozen = new Promise((resolve) => (thaw = resolve));
      end();
      const next = await open(second, [shared], limits);
      const result = (await next.result(id)) as string[];
      frozen = undefined;
      thaw();
      await until(() => old.living === 0);
      expect(did.length).toBe(2);
      expect(result[1]).toBe(did[1]);
      expect(changed).toEqual([]);
      expect((await next.entries(id)).map(({ value }) => JSON.parse(value) as string)).toEqual(
        result,
      );
      await until(stands(next, id, "completed"));
      await old.close();
      await next.close();
      await first.close();
      await second.close();
    });

    it("a pool that is exhausted, and a writer that refuses", { timeout: 60_000 }, async () => {
      const narrow = { poolMax: 1, readsWaitingMax: 2 } as const;
      const one = await store(`${mine}-pool`, { ...narrow, waiting: { waitingBytesMax: 20_000 } });
      const calm = await store(`${mine}-pool`);
      const limits = { leaseMs: 1500, lingerMs: 0 };
      const engine = await open(one, [work, child], limits);
      const asker = await open(calm, []);
      const runs = await Promise.all(
        Array.from({ length: 20 }, (_, at) => asker.run("work", null, { id: `pool-${at}` })),
      );
      let refused = 0;
      const flood = Promise.all(
        Array.from({ length: 300 }, (_, at) =>
          one
            .read("select pg_sleep(0.005)::text, cast($1 as text)", [String(at)])
            .catch(() => void refused++),
        ),
      );
      await flood;
      await ended(asker, runs);
      expect(refused).toBeGreaterThan(0);
      await engine.close();
      await asker.close();
      await one.close();
      await calm.close();
    });
  },
);
