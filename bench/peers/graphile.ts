import { load } from "./load.ts";
import type { Peer } from "./peer.ts";

/** The part of graphile-worker that is used here. */
interface Graphile {
  readonly Logger: new (factory: () => () => void) => object;
  makeWorkerUtils(options: object): Promise<{
    migrate(): Promise<void>;
    addJobs(jobs: readonly object[]): Promise<unknown>;
    withPgClient(use: (client: { query(sql: string): Promise<unknown> }) => unknown): Promise<void>;
    release(): Promise<void>;
  }>;
  run(options: object): Promise<{ stop(): Promise<void> }>;
}

/** graphile-worker on PostgreSQL, with its local queue and batched completion. */
export async function openGraphile(url: string): Promise<Peer> {
  const graphile = await load<Graphile>("graphile-worker");
  const logger = new graphile.Logger(() => () => {});
  const schema = `bench_graphile_${process.pid}`;
  const jobs = await graphile.makeWorkerUtils({ connectionString: url, schema, logger });
  await jobs.migrate();
  let runner: Awaited<ReturnType<Graphile["run"]>> | undefined;
  return {
    name: "graphile-worker",
    conditions: "durable (fsync on); concurrency 24, addJobs, localQueue 500, batched completion",
    async send(bodies) {
      await jobs.addJobs(bodies.map((body) => ({ identifier: "job", payload: { body } })));
    },
    async start(handle, done) {
      const job = async (payload: unknown): Promise<void> => {
        handle((payload as { body: string }).body);
        done(1);
      };
      runner = await graphile.run({
        connectionString: url,
        taskList: { job },
        noHandleSignals: true,
        preset: {
          worker: {
            schema,
            concurrentJobs: 24,
            pollInterval: 1000,
            localQueue: { size: 500 },
            completeJobBatchDelay: 0,
            failJobBatchDelay: 0,
            logger,
          },
        },
        maxPoolSize: 30,
      });
    },
    async stop() {
      await runner?.stop();
    },
    async close() {
      await jobs.withPgClient((client) => client.query(`drop schema ${schema} cascade`));
      await jobs.release();
    },
  };
}
