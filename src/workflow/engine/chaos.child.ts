/**
 * A process that runs workflows until it is killed, and prints what they saw: each recorded result,
 * each end. Arguments: path of a SQLite file or URL of a Postgres, schema, runs, seed.
 */
import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "../../core/clock.ts";
import { makeIds, seededRandom, systemRandom } from "../../core/ids.ts";
import { makeLog } from "../../core/log.ts";
import { openPostgres } from "../../engines/postgres/store.ts";
import { openSqlite } from "../../engines/sqlite/store.ts";
import { WorkflowEngine } from "./engine.ts";
import type { Program, WorkflowContext } from "./program.ts";
import { print } from "../../testing/print.ts";

const [place = "", schema = "", runs = "10", seed = "1"] = process.argv.slice(2);
const ids = makeIds(systemClock, systemRandom);
const random = seededRandom(Number(seed));

async function record(context: WorkflowContext, name: string): Promise<string> {
  const value = await context.step(
    name,
    async () => {
      await pause(random.next() * 4);
      if (random.next() < 0.1) throw new Error("one of ten");
      return ids.hex(8);
    },
    // There are hundreds of deaths.
    { retry: { attemptsMax: 10_000, deathsMax: 10_000, baseMs: 1, delayMsMax: 5 } },
  );
  print(`saw ${context.run} ${name} ${value}`);
  return value;
}

const child: Program = {
  name: "child",
  version: "1",
  run: (context) => record(context, "only"),
};

const work: Program = {
  name: "work",
  version: "1",
  async run(context) {
    const first = await record(context, "first");
    const raced = await Promise.race([record(context, "left"), record(context, "right")]);
    print(`saw ${context.run} raced ${raced}`);
    await context.sleep(5 + context.random() * 40);
    const mapped = await context.map([1, 2, 3], (branch, item) => record(branch, `item ${item}`), {
      concurrency: 2,
    });
    const below = await context.child<string>("child");
    print(`saw ${context.run} child ${below}`);
    return { first, raced, mapped, below };
  },
};

// Timers of the engine do not keep a process alive.
const alive = setInterval(() => {}, 1000);
const store = place.startsWith("postgres")
  ? await openPostgres({ url: place, schema, clock: systemClock })
  : await openSqlite({ path: place, clock: systemClock });
const engine = await WorkflowEngine.open({
  store,
  clock: systemClock,
  ids,
  random: systemRandom,
  log: makeLog(() => {}),
  limits: { leaseMs: 600, lingerMs: 5 },
});
await engine.start([work, child]);
print("open");

/** Asks again while the journal is away: the run itself goes on by itself. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const { code = "" } = error as { readonly code?: string };
      if (code !== "MOR_ENGINE_UNAVAILABLE" && !code.startsWith("MOR_STATE_")) throw error;
      await pause(20);
    }
  }
}

const results = Array.from({ length: Number(runs) }, async (_, at) => {
  const id = await patiently(() => engine.run("work", null, { id: `run-${at}` }));
  print(`end ${id} ${JSON.stringify(await patiently(() => engine.result(id)))}`);
});
await Promise.all(results);
print("all");
await engine.close();
await store.close();
clearInterval(alive);
