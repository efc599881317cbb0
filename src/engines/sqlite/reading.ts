import { Worker } from "node:worker_threads";
import { coreErrors, MorningError } from "../../core/errors.ts";
import { workerUrl } from "../../core/package.ts";
import type { Row, SqlValue } from "../../core/store.ts";
import { engineErrors } from "../errors.ts";
import type { ReaderReply, ReaderRequest, WriterData } from "./protocol.ts";
import { closedError } from "./groups.ts";
import { longReadLimits } from "./reads.ts";
import type { ReadLimits } from "./reads.ts";

/** A thread for reads that take long, started with the first of them. */
export interface ReadingThread {
  read(
    sql: string,
    params: readonly SqlValue[],
    limits: Partial<ReadLimits>,
  ): Promise<readonly Row[]>;
  backup(to: string): Promise<void>;
  stop(): Promise<void>;
}

interface Waiting {
  resolve(rows: readonly Row[]): void;
  reject(error: unknown): void;
}

type Question =
  | Omit<ReaderRequest & { readonly kind: "read" }, "id">
  | Omit<ReaderRequest & { readonly kind: "backup" }, "id">;

/** Long reads that may wait for the thread. */
const waitingMax = 100;

/** Makes a reading thread of a state file. */
export function makeReadingThread(data: WriterData): ReadingThread {
  const subject = `state ${data.path}`;
  const waiting = new Map<number, Waiting>();
  let stopped = false;
  let worker: Worker | undefined;
  let nextId = 1;

  const settle = (reply: ReaderReply): void => {
    const one = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (waiting.size === 0) worker?.unref();
    if (reply.kind === "rows") one?.resolve(reply.rows);
    else one?.reject(MorningError.revive(reply.error));
  };
  const fail = (reason: string): void => {
    worker = undefined;
    const error = stopped
      ? closedError(subject)
      : engineErrors.MOR_STATE_IO(`${subject}: the reading thread ended: ${reason}`);
    for (const one of waiting.values()) one.reject(error);
    waiting.clear();
  };
  const start = (): Worker => {
    const started = new Worker(workerUrl("engines/sqlite/reader"), { workerData: data });
    started.on("message", settle);
    started.on("error", (error) => fail(String(error)));
    started.on("exit", (code) => fail(`exit code ${code}`));
    return started;
  };
  const ask = (question: Question): Promise<readonly Row[]> =>
    new Promise((resolve, reject) => {
      if (waiting.size >= waitingMax) {
        return reject(coreErrors.MOR_OVERLOADED(`${subject}: ${waitingMax} long reads wait`));
      }
      worker ??= start();
      worker.ref();
      const id = nextId++;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ ...question, id } as ReaderRequest);
    });

  return {
    read: (sql, params, limits) =>
      ask({ kind: "read", sql, params, limits: { ...longReadLimits, ...limits } }),
    async backup(to) {
      await ask({ kind: "backup", to });
    },
    async stop() {
      stopped = true;
      await worker?.terminate();
    },
  };
}
