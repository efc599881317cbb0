import { join } from "node:path";
import { load } from "../../peers/load.ts";
import { backendsOf } from "../database.ts";
import { inLanes, steps } from "../subject.ts";
import type { Order, Place, Subject, Timed } from "../subject.ts";

/** The part of OpenWorkflow that is used here. */
interface OpenWorkflow {
  readonly OpenWorkflow: new (options: { backend: Backend }) => {
    defineWorkflow(
      spec: object,
      work: (given: {
        step: { run<T>(options: object, work: () => Promise<T>): Promise<T> };
      }) => Promise<number>,
    ): { run(input: object): Promise<Handle> };
    newWorker(options: object): { start(): Promise<void>; stop(): Promise<void> };
  };
}

interface Handle {
  readonly workflowRun: { readonly id: string };
  result(): Promise<unknown>;
}

interface Backend {
  getWorkflowRun(asked: { workflowRunId: string }): Promise<{
    readonly startedAt: Date;
    readonly finishedAt: Date;
  }>;
  stop(): Promise<void>;
}

interface OnSqlite {
  readonly BackendSqlite: {
    connect(path: string): Backend & { db: { prepare(sql: string): { get(): object } } };
  };
}

interface OnPostgres {
  readonly BackendPostgres: { connect(url: string): Promise<Backend> };
}

async function over(
  backend: Backend,
  lanesMax: number,
  conditions: string,
  servers: Subject["servers"],
): Promise<Subject> {
  const { OpenWorkflow } = await load<OpenWorkflow>("openworkflow");
  const client = new OpenWorkflow({ backend });
  const ten = client.defineWorkflow({ name: "ten" }, async ({ step }) => {
    for (let at = 0; at < steps; at++) await step.run({ name: `step ${at}` }, async () => at);
    return steps;
  });
  const worker = client.newWorker({ concurrency: lanesMax });
  await worker.start();
  const recorded = async (handle: Handle): Promise<{ startedMs: number; endedMs: number }> => {
    const row = await backend.getWorkflowRun({ workflowRunId: handle.workflowRun.id });
    return { startedMs: row.startedAt.getTime(), endedMs: row.finishedAt.getTime() };
  };
  const alone = async (order: Order): Promise<Timed> => {
    const recordedMs: number[] = [];
    const timed = await inLanes(order, async () => {
      const handle = await ten.run({});
      await handle.result();
      const { startedMs, endedMs } = await recorded(handle);
      recordedMs.push(endedMs - startedMs);
    });
    return { ...timed, recordedMs };
  };
  /** All are started before the first ends: a worker that finds nothing to do rests. */
  const drained = async (order: Order): Promise<Timed> => {
    const beganMs = Date.now();
    const handles: Handle[] = [];
    for (let at = 0; at < order.count; at++) handles.push(await ten.run({}));
    for (const handle of handles) await handle.result();
    const rows = await Promise.all(handles.map(recorded));
    const endedMs = Math.max(...rows.map((row) => row.endedMs));
    const recordedMs = rows.map((row) => row.endedMs - row.startedMs);
    return { seconds: (endedMs - beganMs) / 1000, latenciesMs: [], recordedMs };
  };
  return {
    conditions,
    run: (order) => (order.lanes === 1 ? alone(order) : drained(order)),
    servers,
    async close() {
      await worker.stop();
      await backend.stop();
    },
  };
}

const how = "all started ahead, timed by its rows up to the last end: its clients poll each second";

/** OpenWorkflow in a file. */
export async function openOnSqlite({ folder, lanesMax }: Place): Promise<Subject> {
  const { BackendSqlite } = await load<OnSqlite>("openworkflow/sqlite");
  const backend = BackendSqlite.connect(join(folder, "openworkflow.db"));
  const { synchronous } = backend.db.prepare("pragma synchronous").get() as { synchronous: number };
  if (synchronous !== 2) throw new Error(`openworkflow: synchronous is ${synchronous}, not FULL`);
  const conditions = `in-process; SQLite, WAL, synchronous=FULL; ${how}`;
  return over(backend, lanesMax, conditions, async () => []);
}

/** OpenWorkflow on Postgres. */
export async function openOnPostgres({ url, lanesMax }: Place): Promise<Subject> {
  const { BackendPostgres } = await load<OnPostgres>("openworkflow/postgres");
  const backend = await BackendPostgres.connect(url);
  const conditions = `in-process; Postgres, fsync and synchronous_commit on; ${how}`;
  return over(backend, lanesMax, conditions, () => backendsOf(url));
}
