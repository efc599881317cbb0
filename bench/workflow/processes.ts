/** Engines in processes of their own. */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Order, Place, SubjectName, Timed } from "./subject.ts";

/** What a process is asked for: an order, or to end. */
export interface Asked {
  readonly order?: Order;
}

/** What came of an order. */
export interface Measured extends Timed {
  /** Processor time of the process, milliseconds. */
  readonly ownMs: number;
  /** The same of the servers that worked for it. */
  readonly serverMs: number;
  /** Writes and commits, 0 of engines that do not tell. */
  readonly writes: number;
  readonly commits: number;
}

/** What a process says: that it is there, or what came of an order. */
export interface Answer {
  readonly conditions?: string;
  readonly measured?: Measured;
}

/** An engine in a process of its own. */
export interface Worker {
  readonly conditions: string;
  run(order: Order): Promise<Measured>;
  close(): Promise<void>;
}

const file = fileURLToPath(new URL("worker.child.ts", import.meta.url));

/** The next message of a process. It rejects when the process ends instead. */
async function heard(child: ChildProcess, name: string): Promise<Answer> {
  const over = new AbortController();
  const { signal } = over;
  try {
    return await Promise.race([
      once(child, "message", { signal }).then(([answer]) => answer as Answer),
      once(child, "exit", { signal }).then(([code]) => {
        throw new Error(`${name} ended with ${code}`);
      }),
    ]);
  } finally {
    over.abort();
  }
}

/**
 * Starts an engine, and resolves when it takes orders.
 * @param profiles folder for a CPU profile that is written at its end
 */
export async function launch(name: SubjectName, place: Place, profiles?: string): Promise<Worker> {
  const profiling = profiles === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profiles}`];
  const quiet = ["--disable-warning=DeprecationWarning", "--disable-warning=ExperimentalWarning"];
  const child = fork(file, [name, JSON.stringify(place)], {
    execArgv: ["--conditions=morning-source", ...quiet, ...profiling],
  });
  const { conditions = "" } = await heard(child, name);
  return {
    conditions,
    async run(order) {
      const answer = heard(child, name);
      child.send({ order } satisfies Asked);
      const { measured } = await answer;
      if (measured === undefined) throw new Error(`${name} did not say what it measured`);
      return measured;
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.send({} satisfies Asked);
      await gone;
    },
  };
}
