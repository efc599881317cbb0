import { Worker } from "node:worker_threads";
import { workerUrl } from "../../core/package.ts";
import type { MorningError } from "../../core/errors.ts";
import { engineErrors } from "../errors.ts";
import { errorOf } from "./failures.ts";
import type { WriterData, WriterReply, WriterRequest } from "./protocol.ts";

/** The writer's thread, seen from the main thread. */
export interface Writer {
  /** Asks one thing; answers come in the order of the questions. */
  ask(request: WriterRequest, answered: (reply: WriterReply) => void): void;
  stop(): Promise<void>;
}

function threadLost(path: string, reason: string): MorningError {
  return engineErrors.MOR_STATE_IO(`state ${path}: the writer's thread ended: ${reason}`, {
    fix: "Restart the process; what was acknowledged is kept.",
  });
}

/**
 * Starts the writer's thread and waits until the file is open.
 * @param lost is called once if the thread dies unasked: nothing that was asked will be answered
 */
export async function startWriter(
  data: WriterData,
  lost: (error: MorningError) => void,
): Promise<Writer> {
  const worker = new Worker(workerUrl("engines/sqlite/worker"), { workerData: data });
  const waiting: ((reply: WriterReply) => void)[] = [];
  let stopping = false;
  const fail = (reason: string): void => {
    if (stopping) return;
    stopping = true;
    lost(threadLost(data.path, reason));
  };
  worker.on("error", (error) => fail(String(error)));
  worker.on("exit", (code) => fail(`exit code ${code}`));
  worker.on("message", (reply: WriterReply) => {
    const answered = waiting.shift();
    // A thread that waits for work keeps no process alive; one that works does.
    if (waiting.length === 0) worker.unref();
    answered?.(reply);
  });
  const opened = await new Promise<WriterReply>((resolve, reject) => {
    waiting.push(resolve);
    worker.once("error", reject);
    worker.once("exit", (code) => reject(threadLost(data.path, `exit code ${code}`)));
  });
  if ("kind" in opened && opened.kind === "failed") {
    stopping = true;
    await worker.terminate();
    throw errorOf(opened.failure, `state ${data.path}`);
  }
  return {
    ask(request, answered) {
      if (waiting.push(answered) === 1) worker.ref();
      worker.postMessage(request);
    },
    async stop() {
      stopping = true;
      await worker.terminate();
    },
  };
}
