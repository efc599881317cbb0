import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "../../../src/core/clock.ts";
import { makeIds, systemRandom } from "../../../src/core/ids.ts";
import { makeLog } from "../../../src/core/log.ts";
import type { Store } from "../../../src/core/store.ts";
import { openPostgres } from "../../../src/engines/postgres/store.ts";
import { openSqlite } from "../../../src/engines/sqlite/store.ts";
import { WorkflowEngine } from "../../../src/workflow/engine/engine.ts";
import type { Program } from "../../../src/workflow/engine/program.ts";
import { backendsOf } from "../database.ts";
import { inLanes, steps, waitMs } from "../subject.ts";
import type { Place, Subject, Work } from "../subject.ts";

function program(name: Work, body: (step: number) => Promise<number>): Program {
  return {
    name,
    version: "1",
    async run(context) {
      for (let step = 0; step < steps; step++) await context.step(`step ${step}`, () => body(step));
      return steps;
    },
  };
}

const programs: readonly Program[] = [
  program("nothing", async (step) => step),
  program("wait", (step) => pause(waitMs, step)),
];

async function over(
  store: Store,
  conditions: string,
  servers: Subject["servers"],
): Promise<Subject> {
  const engine = await WorkflowEngine.open({
    store,
    clock: systemClock,
    ids: makeIds(systemClock, systemRandom),
    random: systemRandom,
    log: makeLog(({ message, fields }) => console.error(message, fields)),
  });
  await engine.start(programs);
  return {
    conditions,
    run: (order) => inLanes(order, async () => engine.result(await engine.run(order.work, null))),
    servers,
    counts: () => store.stats(),
    async close() {
      await engine.close();
      await store.close();
    },
  };
}

/** Ours in a file. */
export async function openMorningSqlite({ folder }: Place): Promise<Subject> {
  const store = await openSqlite({ path: join(folder, "state.db"), clock: systemClock });
  return over(store, "in-process; SQLite, WAL, synchronous=FULL", async () => []);
}

/** Ours in a database that other processes may share. */
export async function openMorningPostgres({ url }: Place): Promise<Subject> {
  const store = await openPostgres({ url, schema: "workflow", clock: systemClock });
  const conditions = "in-process; Postgres, fsync and synchronous_commit on, one connection writes";
  return over(store, conditions, () => backendsOf(url));
}
