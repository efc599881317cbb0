import { coreErrors, MorningError } from "../core/errors.ts";
import { makeIds, seededRandom } from "../core/ids.ts";
import { makeLog } from "../core/log.ts";
import { validate } from "../core/schema.ts";
import type { Store } from "../core/store.ts";
import { openInline } from "../engines/sqlite/inline.ts";
import { Ledger } from "../workflow/asset/ledger.ts";
import { sensorOf } from "../workflow/asset/sensor.ts";
import { WorkflowEngine } from "../workflow/engine/engine.ts";
import type { Attempted, Program, StepCall } from "../workflow/engine/program.ts";
import type { Entry } from "../workflow/engine/rows.ts";
import { encodeValue } from "../workflow/engine/value.ts";
import { programsOf } from "../workflow/programs.ts";
import { readRecording, writeRecording } from "../workflow/recording.ts";
import type { Recording } from "../workflow/recording.ts";
import type { AnyWorkflow, Workflow } from "../workflow/workflow.ts";
import { simulatedClock } from "./clock.ts";
import type { SimulatedClock } from "./clock.ts";
import { testHost } from "./host.ts";
import { settle } from "./settle.ts";

/** Stands in for the body of a step. */
export type StepMock = (held: never, call: Pick<StepCall, "attempt">) => unknown;

/** With what a lab is opened. */
export interface WorkflowLabOptions {
  /** Workflows that run in it; children and followers too. */
  readonly workflows: readonly AnyWorkflow[];
  /** What the steps of each workflow hold: fakes, or what a test opened itself. */
  readonly held?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Bodies of steps that are not run, by `WORKFLOW/STEP`; all others are. */
  readonly steps?: Readonly<Record<string, StepMock>>;
  /** What chance is drawn from; 1 if left out. */
  readonly seed?: number;
  /** When time begins, milliseconds since the epoch. */
  readonly startMs?: number;
}

/** Workflows in simulated time: a wait of a month takes no time. */
export interface WorkflowLab {
  readonly clock: SimulatedClock;
  /** The engine itself, for all that the lab does not say. */
  readonly engine: WorkflowEngine;
  /** Starts a run. @throws MOR_INVALID when the input does not fit */
  start<Input>(
    workflow: Workflow<Input, unknown>,
    input: Input,
    options?: { readonly id?: string },
  ): Promise<string>;
  /**
   * Lets time pass until the run has ended, and gives its result.
   * @throws what the run failed with, MOR_CONFLICT when it waits for somebody
   */
  result<T = unknown>(id: string): Promise<T>;
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
  /** Gives an event to the runs that wait for it. */
  publish(event: { readonly name: string }, data: unknown): Promise<void>;
  /** Answers the open callback of a name. @throws MOR_NOT_FOUND when none is open */
  answer(id: string, callback: string, value: unknown): Promise<void>;
  /** The names of what a run recorded, in the order in which it ended. */
  steps(id: string): Promise<readonly string[]>;
  /** What a run recorded, to be kept in a file and replayed later. */
  recording(id: string): Promise<Recording>;
  close(): Promise<void>;
}

/** A lab never lets go of what it runs. */
const leaseMs = 100 * 365 * 86_400_000;

/** How long what only waits stays in memory, milliseconds. */
const lingerMs = 1000;

const byTurn = (entries: readonly Entry[]): Entry[] =>
  entries.filter(({ place }) => place > 0).toSorted((a, b) => a.place - b.place);

/** Puts mocks in the place of bodies. */
function mocked(program: Program, options: WorkflowLabOptions): Program {
  const { steps = {}, held = {} } = options;
  return {
    ...program,
    async around<T>(attempt: Attempted, work: () => Promise<T>): Promise<T> {
      const mock = steps[`${attempt.workflow}/${attempt.name}`];
      if (mock === undefined) return work();
      const call = { attempt: attempt.attempt };
      const value = await mock((held[attempt.workflow] ?? {}) as never, call);
      return { value: encodeValue(value, `the mock of step ${attempt.name}`) } as T;
    },
  };
}

interface Parts {
  readonly clock: SimulatedClock;
  readonly store: Store;
  readonly engine: WorkflowEngine;
}

async function openParts({ seed = 1, startMs }: WorkflowLabOptions): Promise<Parts> {
  const clock = simulatedClock(startMs);
  const random = seededRandom(seed);
  const store = openInline({ clock });
  const ids = makeIds(clock, random);
  const log = makeLog(() => {});
  const limits = { leaseMs, lingerMs };
  const engine = await WorkflowEngine.open({ store, clock, ids, random, log, limits });
  return { clock, store, engine };
}

async function programs(options: WorkflowLabOptions, parts: Parts): Promise<readonly Program[]> {
  const { workflows, held = {} } = options;
  const { clock, store, engine } = parts;
  const host = testHost({ clock, store, random: seededRandom(options.seed ?? 1) });
  const ledger = await Ledger.open(store, clock);
  const start = (declared: AnyWorkflow, id: string, input: unknown): Promise<unknown> =>
    engine.run(declared.name, input, { id });
  const around = { host, service: "lab", ledger, workflows, start };
  return workflows
    .flatMap((declared) => programsOf(declared, held[declared.name] ?? {}, around))
    .map((program) => mocked(program, options));
}

/** Work that goes on for longer sees time move. */
const turnsMax = 2000;
/** A run that is in memory may read what it recorded for so long before it writes again. */
const quietTurns = 20;

/** Lets everything run that waits for no timer: until nothing is written any more. */
async function rest({ store, engine }: Parts): Promise<void> {
  let [before, quiet] = [-1, 0];
  for (let turn = 0; turn < turnsMax && quiet < quietTurns; turn++) {
    await settle();
    const { writes } = await store.stats();
    if (writes === before && engine.living === 0) return;
    quiet = writes === before ? quiet + 1 : 0;
    before = writes;
  }
}

/** When a run, or any other, goes on by itself; undefined when it waits for somebody. */
async function nextMs({ engine, clock }: Parts): Promise<number | undefined> {
  const { items } = await engine.list({ statuses: ["waiting", "running"], limit: 1000 });
  const open = await Promise.all(
    items.map(async ({ id, wakeAtMs }) => {
      const entries = await engine.entries(id, { limit: 5000 });
      const due = entries.flatMap(({ status, dueAtMs = Infinity }) =>
        status === "open" ? [dueAtMs] : [],
      );
      return Math.min(wakeAtMs ?? Infinity, ...due);
    }),
  );
  const first = Math.min(...open);
  return first === Infinity ? undefined : Math.max(0, first - clock.now());
}

/** Whether a run that waits for no time has left memory: nothing of it goes on. */
async function isStill({ engine }: Parts, id: string): Promise<boolean> {
  return (await engine.state(id)).status !== "running";
}

async function waitsFor(engine: WorkflowEngine, id: string): Promise<string> {
  const entries = await engine.entries(id, { limit: 5000 });
  const open = entries.filter(({ status }) => status === "open");
  return open.map(({ kind, name }) => `${kind} ${name}`).join(", ") || "nothing that is known";
}

/**
 * Opens workflows for a test, in simulated time and over a store in memory.
 * @example
 * const lab = await workflowLab({
 *   workflows: [fulfilment],
 *   steps: { "fulfilment/charge": () => ({ reference: "r-1" }) },
 * });
 * const id = await lab.start(fulfilment, { orderId: "A-17" });
 * expect(await lab.result(id)).toEqual({ tracking: "TRACK-A-17" });
 */
export async function workflowLab(options: WorkflowLabOptions): Promise<WorkflowLab> {
  const parts = await openParts(options);
  const { clock, store, engine } = parts;
  await engine.start(await programs(options, parts));
  for (const { name, sensor } of options.workflows) {
    if (sensor !== undefined) await engine.run(sensorOf(name), {}, { id: sensorOf(name) });
  }
  const pass = async (ms: number): Promise<void> => {
    // What only waits leaves memory first; nothing then looks at the clock meanwhile.
    for (const part of [Math.min(ms, lingerMs), Math.max(0, ms - lingerMs)]) {
      await rest(parts);
      clock.advance(part);
    }
    await rest(parts);
  };
  let events = 0;
  return {
    clock,
    engine,
    pass,
    async start({ name, input: schema }, input, given = {}) {
      const fits =
        schema === undefined ? input : await validate(schema, input, `input of workflow ${name}`);
      return engine.run(name, fits, given);
    },
    async result<T>(id: string): Promise<T> {
      for (;;) {
        await rest(parts);
        const { endedAtMs } = await engine.state(id);
        if (endedAtMs !== undefined) return (await engine.result(id)) as T;
        const waitMs = await nextMs(parts);
        if (waitMs === undefined && (await isStill(parts, id))) {
          throw coreErrors.MOR_CONFLICT(`run ${id} waits for ${await waitsFor(engine, id)}`, {
            fix: "Send what it waits for: engine.signal, publish, answer.",
          });
        }
        await pass(waitMs ?? lingerMs);
      }
    },
    async publish({ name }, data) {
      const envelope = { id: `lab-${events++}`, "detail-type": name, detail: data };
      await engine.deliverEvent(name, JSON.stringify(envelope));
      await rest(parts);
    },
    async answer(id, callback, value) {
      await rest(parts);
      const entries = await engine.entries(id, { limit: 5000 });
      const open = entries.find(
        ({ kind, name, status }) => kind === "callback" && name === callback && status === "open",
      );
      if (open === undefined) {
        throw coreErrors.MOR_NOT_FOUND(`run ${id} waits for ${await waitsFor(engine, id)}`);
      }
      await engine.answerAt(id, open.at, { value });
      await rest(parts);
    },
    steps: async (id) => byTurn(await engine.entries(id, { limit: 5000 })).map(({ name }) => name),
    recording: (id) => readRecording(store, id),
    async close() {
      await engine.close();
      await store.close();
    },
  };
}

/**
 * Replays what a run recorded against today's code: the proof that runs under way will go on with
 * it. Nothing is done again: the replay stops where the recording ends.
 * @throws MOR_WORKFLOW_NOT_DETERMINISTIC that names the first entry that differs
 */
export async function replayRecording(workflow: AnyWorkflow, recording: Recording): Promise<void> {
  const parts = await openParts({ workflows: [workflow] });
  const { store, engine } = parts;
  try {
    const id = await writeRecording(store, recording, workflow.version);
    const all = await programs({ workflows: [workflow] }, parts);
    const halted = all.map((program) => ({
      ...program,
      around: () => new Promise<never>(() => {}),
    }));
    await engine.start(halted);
    await rest(parts);
    const { error, endedAtMs } = await engine.state(id);
    if (endedAtMs === undefined || error === undefined) return;
    await engine.result(id).catch((failure: unknown) => {
      const { cause } = failure as { readonly cause?: unknown };
      if (MorningError.is(cause, "MOR_WORKFLOW_NOT_DETERMINISTIC")) throw cause;
    });
  } finally {
    await engine.close();
    await store.close();
  }
}
