import { load } from "./load.ts";
import type { Peer } from "./peer.ts";

/** The part of BullMQ that is used here. */
interface Bullmq {
  readonly Queue: new (
    name: string,
    options: object,
  ) => {
    obliterate(options: object): Promise<void>;
    addBulk(jobs: readonly object[]): Promise<unknown>;
    close(): Promise<void>;
  };
  readonly Worker: new (
    name: string,
    work: (job: { readonly data: string }) => Promise<void>,
    options: object,
  ) => {
    on(event: string, listener: (given: unknown) => void): void;
    waitUntilReady(): Promise<unknown>;
    close(): Promise<void>;
  };
}

/** BullMQ on a Redis or Valkey that keeps nothing. */
export async function openBullmq(url: string): Promise<Peer> {
  const { Queue, Worker } = await load<Bullmq>("bullmq");
  const { hostname: host, port } = new URL(url);
  const connection = { host, port: Number(port), maxRetriesPerRequest: null };
  const name = `bench-${process.pid}`;
  const queue = new Queue(name, { connection });
  await queue.obliterate({ force: true });
  let worker: InstanceType<Bullmq["Worker"]> | undefined;
  return {
    name: "BullMQ",
    conditions:
      "not durable: Redis without AOF and RDB; concurrency 100, addBulk, removeOnComplete",
    async send(bodies) {
      const opts = { removeOnComplete: true, removeOnFail: true };
      await queue.addBulk(bodies.map((body) => ({ name: "job", data: body, opts })));
    },
    async start(handle, done) {
      const work = async (job: { readonly data: string }): Promise<void> => handle(job.data);
      worker = new Worker(name, work, { connection, concurrency: 100 });
      worker.on("completed", () => done(1));
      worker.on("error", (error) => console.error(error));
      await worker.waitUntilReady();
    },
    async stop() {
      await worker?.close();
    },
    async close() {
      await queue.obliterate({ force: true });
      await queue.close();
    },
  };
}
