import { load } from "./load.ts";
import type { Peer } from "./peer.ts";

/** The part of pg-boss that is used here. */
interface Pgboss {
  readonly PgBoss: new (options: object) => {
    on(event: string, listener: (error: Error) => void): void;
    start(): Promise<unknown>;
    stop(options: object): Promise<void>;
    createQueue(name: string): Promise<void>;
    insert(name: string, jobs: readonly object[]): Promise<unknown>;
    work(
      name: string,
      options: object,
      handle: (jobs: readonly { readonly data: unknown }[]) => Promise<void>,
    ): Promise<unknown>;
    offWork(name: string): Promise<void>;
    getDb(): { executeSql(sql: string): Promise<unknown> };
  };
}

/** pg-boss on PostgreSQL: it polls, so its wait is the shortest that it allows. */
export async function openPgboss(url: string): Promise<Peer> {
  const { PgBoss } = await load<Pgboss>("pg-boss");
  const schema = `bench_pgboss_${process.pid}`;
  const boss = new PgBoss({ connectionString: url, schema, supervise: false, schedule: false });
  boss.on("error", (error: Error) => console.error(error.message));
  await boss.start();
  await boss.createQueue("jobs");
  return {
    name: "pg-boss",
    conditions: "durable (fsync on); insert in batches, 4 workers of 500 messages, polling 0.5 s",
    async send(bodies) {
      await boss.insert(
        "jobs",
        bodies.map((body) => ({ data: { body } })),
      );
    },
    async start(handle, done) {
      const options = { batchSize: 500, pollingIntervalSeconds: 0.5 };
      for (let worker = 0; worker < 4; worker++) {
        await boss.work("jobs", options, async (jobs) => {
          for (const { data } of jobs) handle((data as { body: string }).body);
          done(jobs.length);
        });
      }
    },
    async stop() {
      await boss.offWork("jobs");
    },
    async close() {
      await boss.getDb().executeSql(`drop schema ${schema} cascade`);
      await boss.stop({ graceful: false });
    },
  };
}
