/** A process that runs one engine, and orders as they come from the benchmark. */
import { processorMs, usedMs } from "./processor.ts";
import type { Answer, Asked, Measured } from "./processes.ts";
import type { Order, Place, Subject, SubjectName } from "./subject.ts";

/** Each process loads its own engine alone. */
const opening: Record<SubjectName, (place: Place) => Promise<Subject>> = {
  "morning-sqlite": async (place) => (await import("./peers/morning.ts")).openMorningSqlite(place),
  "morning-postgres": async (place) =>
    (await import("./peers/morning.ts")).openMorningPostgres(place),
  dbos: async (place) => (await import("./peers/dbos.ts")).openDbos(place),
  restate: async (place) => (await import("./peers/restate.ts")).openRestate(place),
  "restate-one": async (place) => (await import("./peers/restate.ts")).openRestate(place, 1),
  "openworkflow-sqlite": async (place) =>
    (await import("./peers/openworkflow.ts")).openOnSqlite(place),
  "openworkflow-postgres": async (place) =>
    (await import("./peers/openworkflow.ts")).openOnPostgres(place),
};

const tell = (answer: Answer): void => void process.send?.(answer);
const [name = "", place = "{}"] = process.argv.slice(2);
const subject = await opening[name as SubjectName](JSON.parse(place) as Place);

async function measured(order: Order): Promise<Measured> {
  const countsBefore = await subject.counts?.();
  const serversBefore = processorMs(await subject.servers());
  const own = process.cpuUsage();
  const timed = await subject.run(order);
  const { user, system } = process.cpuUsage(own);
  const serverMs = usedMs(serversBefore, processorMs(await subject.servers()));
  const counts = await subject.counts?.();
  return {
    ...timed,
    ownMs: (user + system) / 1000,
    serverMs,
    writes: (counts?.writes ?? 0) - (countsBefore?.writes ?? 0),
    commits: (counts?.commits ?? 0) - (countsBefore?.commits ?? 0),
  };
}

async function answer(asked: Asked): Promise<void> {
  if (asked.order !== undefined) return tell({ measured: await measured(asked.order) });
  await subject.close();
  process.exit(0);
}

process.on("message", (asked: Asked) => {
  answer(asked).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
// Nobody is left to ask: the benchmark has died.
process.on("disconnect", () => process.exit(1));
tell({ conditions: subject.conditions });
