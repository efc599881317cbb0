import { load } from "../../peers/load.ts";
import { backendsOf } from "../database.ts";
import { inLanes, steps } from "../subject.ts";
import type { Place, Subject } from "../subject.ts";

/** The part of DBOS that is used here. */
interface Dbos {
  readonly DBOS: {
    setConfig(config: object): void;
    registerWorkflow(work: () => Promise<number>, options: object): () => Promise<number>;
    runStep<T>(work: () => Promise<T>, options: object): Promise<T>;
    launch(): Promise<void>;
    shutdown(): Promise<void>;
  };
}

/** DBOS on Postgres, called in the process that runs it: its shortest way. */
export async function openDbos({ url, lanesMax }: Place): Promise<Subject> {
  const { DBOS } = await load<Dbos>("@dbos-inc/dbos-sdk");
  // The usual pool of 10 is a little slower.
  const systemDatabasePoolSize = lanesMax;
  DBOS.setConfig({
    name: "bench",
    systemDatabaseUrl: url,
    logLevel: "error",
    systemDatabasePoolSize,
  });
  const ten = DBOS.registerWorkflow(
    async () => {
      for (let step = 0; step < steps; step++) {
        await DBOS.runStep(async () => step, { name: `step ${step}` });
      }
      return steps;
    },
    { name: "ten" },
  );
  await DBOS.launch();
  return {
    conditions:
      "in-process; Postgres, fsync and synchronous_commit on, " +
      `pool of ${systemDatabasePoolSize}; no Conductor`,
    run: (order) => inLanes(order, ten),
    servers: () => backendsOf(url),
    close: () => DBOS.shutdown(),
  };
}
