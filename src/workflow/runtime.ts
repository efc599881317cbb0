import type { Cancel } from "../core/clock.ts";
import { coreErrors, MorningError } from "../core/errors.ts";
import type { CapabilityRuntime, Holder, Host } from "../core/host.ts";
import type { Log } from "../core/log.ts";
import { handle } from "../core/receiver.ts";
import type { HandlerBinding, Receiving } from "../core/receiver.ts";
import type { Resource } from "../core/resource.ts";
import type { Runnable } from "../core/service.ts";
import type { Subscriber } from "../messaging/event/index.ts";
import type { ScheduledRun, Trigger } from "../messaging/schedule/index.ts";
import { RunFiles } from "./artefacts.ts";
import { measureAges } from "./asset/ages.ts";
import type { Asset } from "./asset/asset.ts";
import { Ledger } from "./asset/ledger.ts";
import { sensorOf } from "./asset/sensor.ts";
import type { WorkflowDriver } from "./driver.ts";
import { WorkflowEngine } from "./engine/engine.ts";
import { Overview } from "./engine/overview.ts";
import type { Program } from "./engine/program.ts";
import { deliver } from "./events.ts";
import type { HistoryEvent } from "./asl/index.ts";
import { isStateMachine } from "./machine/declaration.ts";
import { executionQuery } from "./machine/deployed.ts";
import type { MachineDriver } from "./machine/driver.ts";
import { historyOf } from "./machine/history.ts";
import { endedDetailType } from "./machine/places.ts";
import { consumeTasks, declareTasks } from "./machine/tasks-consumer.ts";
import type { EndedEvent } from "./machine/tasks-consumer.ts";
import { programsOf } from "./programs.ts";
import { readRecording } from "./recording.ts";
import type { Recording } from "./recording.ts";
import { startChecked, starterOf } from "./starting.ts";
import { startKeys } from "./workflow.ts";
import type { AnyWorkflow } from "./workflow.ts";

/** Workflows at run time. */
export interface WorkflowRuntime extends CapabilityRuntime {
  readonly engine: WorkflowEngine;
  readonly overview: Overview;
  /** What steps left behind. */
  readonly files: RunFiles;
  /** What was made of assets. */
  readonly ledger: Ledger;
  readonly workflows: readonly AnyWorkflow[];
  readonly assets: readonly Asset[];
  /** @throws MOR_NOT_FOUND */
  declared(name: string): AnyWorkflow;
  /** All that a run recorded. @throws MOR_NOT_FOUND */
  readonly recording: (id: string) => Promise<Recording>;
  /** The history of a state machine's run. @throws MOR_NOT_FOUND, MOR_WORKFLOW_QUERY */
  history(id: string): Promise<readonly HistoryEvent[]>;
  /** The service whose code a workflow is. */
  serviceOf(name: string): string;
}

/** Starts that are handled at once in a process. */
const startsAtOnce = 10;

/** What starts runs of a workflow, and brings events to those that wait. */
function bindings(
  engine: WorkflowEngine,
  declared: AnyWorkflow,
  held: Readonly<Record<string, unknown>>,
): HandlerBinding[] {
  const { name, starts, uses } = declared;
  const found: HandlerBinding[] = [];
  const { schedule, event, eventId } = starts;
  if (schedule !== undefined) {
    const trigger = held[startKeys.schedule] as Trigger;
    found.push(
      handle(trigger, { concurrency: startsAtOnce }, async (firing: ScheduledRun) => {
        const id = `${name}.${new Date(firing.scheduledAtMs).toISOString()}`;
        const started = schedule(firing);
        if (started !== undefined) await startChecked(engine, declared, started.input, { id });
      }),
    );
  }
  if (event !== undefined) {
    const subscriber = held[startKeys.event] as Subscriber<unknown>;
    found.push(
      handle(subscriber, { concurrency: startsAtOnce }, async (data, { info }) => {
        const id = eventId === undefined ? info.id : eventId(data);
        await startChecked(engine, declared, event(data), { id: `${name}.${id}` });
      }),
    );
  }
  for (const [key, { resource, verb }] of Object.entries(uses)) {
    if (key === startKeys.event || verb !== "subscribe") continue;
    const subscriber = held[key] as Subscriber<unknown>;
    found.push(
      handle(subscriber, { concurrency: startsAtOnce }, (data, { info }) =>
        deliver(engine, resource.name, info, data),
      ),
    );
  }
  return found;
}

/** The engine of a process, started once all that it runs is known. */
class Running {
  readonly #engine: WorkflowEngine;
  readonly #log: Log;
  #programs: Program[] = [];
  #started: Promise<void> = Promise.resolve();

  constructor(engine: WorkflowEngine, log: Log) {
    this.#engine = engine;
    this.#log = log;
  }

  #next(work: () => Promise<unknown>): void {
    this.#started = this.#started.then(work).then(
      () => {},
      (error: unknown) => this.#log.error("workflows could not be started", { error }),
    );
  }

  /** What is added in one turn starts together. */
  add(programs: readonly Program[]): void {
    if (this.#programs.length === 0) {
      this.#next(() => {
        const all = this.#programs;
        this.#programs = [];
        return this.#engine.start(all);
      });
    }
    this.#programs.push(...programs);
  }

  /** Begins the only run of a workflow that runs for ever; one that somebody ended stays so. */
  begin(name: string): void {
    this.#next(() => this.#engine.run(name, {}, { id: name }));
  }

  get started(): Promise<void> {
    return this.#started;
  }
}

/** What runs state machines, where that is not the journal. */
async function openMachines(
  host: Host,
  driver: WorkflowDriver,
  workflows: readonly AnyWorkflow[],
): Promise<MachineDriver | undefined> {
  const { driver: engine, ...options } = await driver.machines();
  const machines = workflows.filter(isStateMachine);
  if (engine === "journal" || machines.length === 0) return undefined;
  await declareTasks(host, machines);
  const { driver: found } = await import("./machine/drivers/step-functions.ts");
  return found.open(host, options);
}

/** Brings word of executions that ended to the runs that wait for them. */
const endedTo =
  (engine: WorkflowEngine) =>
  ({ id, detail }: EndedEvent): Promise<unknown> =>
    engine.deliverEvent(endedDetailType, JSON.stringify({ id, detail }));

/** The history of a run, where its machine's execution is. */
async function historyAt(
  engine: WorkflowEngine,
  machines: MachineDriver | undefined,
  id: string,
): Promise<readonly HistoryEvent[]> {
  if (machines === undefined) return historyOf((name) => engine.query(id, name));
  try {
    return await machines.history((await engine.query(id, executionQuery)) as string);
  } catch (error) {
    // It began when the journal ran machines.
    if (!MorningError.is(error, "MOR_WORKFLOW_QUERY")) throw error;
    return historyOf((name) => engine.query(id, name));
  }
}

/** Opens the app's workflows over the journal of the state store. */
export async function openWorkflows(
  host: Host,
  driver: WorkflowDriver,
  resources: readonly Resource[],
): Promise<WorkflowRuntime> {
  const workflows = resources.filter(({ kind }) => kind === "workflow") as AnyWorkflow[];
  const assets = resources.filter(({ kind }) => kind === "asset") as Asset[];
  const { clock, ids, random, log, app } = host;
  const files = new RunFiles(host);
  const store = await host.store();
  const removing = (runs: readonly string[]): Promise<void> => files.remove(runs);
  const limits = { retentionMs: driver.features.retentionMs };
  const machines = await openMachines(host, driver, workflows);
  const engine = await WorkflowEngine.open({ store, clock, ids, random, log, limits, removing });
  const byName = new Map(workflows.map((one) => [one.name, one]));
  const services = new Map(
    app.services.flatMap(({ name, runs }) => runs.map((code) => [code.name, name] as const)),
  );
  const ledger = await Ledger.open(store, clock);
  const running = new Running(engine, log);
  const start = (one: AnyWorkflow, id: string, input: unknown): Promise<unknown> =>
    startChecked(engine, one, input, { id });
  const deployed = machines === undefined ? {} : { machines };
  const about = { host, ledger, workflows, start, files, ...deployed };
  engine.know(
    workflows.flatMap((one) =>
      programsOf(one, {}, { ...about, service: services.get(one.name) ?? "" }),
    ),
  );
  let measuring: Cancel = () => {};
  const declared = (name: string): AnyWorkflow => {
    const found = byName.get(name);
    if (found !== undefined) return found;
    throw coreErrors.MOR_NOT_FOUND(`there is no workflow ${name}`);
  };
  return {
    engine,
    overview: new Overview(store),
    files,
    ledger,
    workflows,
    assets,
    declared,
    recording: (id) => readRecording(store, id),
    history: (id) => historyAt(engine, machines, id),
    serviceOf: (name) => services.get(name) ?? "",
    hold: ({ resource }, holder) => starterOf(engine, resource as AnyWorkflow, host, holder),
    execute(code: Runnable, held, { service }: Holder): Receiving {
      const one = code as AnyWorkflow;
      running.add(programsOf(one, held, { ...about, service }));
      if (one.sensor !== undefined) running.begin(sensorOf(one.name));
      const receiving = bindings(engine, one, held).map((binding) => binding.start());
      if (machines !== undefined && isStateMachine(one)) {
        receiving.push(consumeTasks(host, machines, one, held, service, endedTo(engine)));
      }
      return {
        stop: async (graceMs) => {
          await running.started;
          await Promise.all(receiving.map((each) => each.stop(graceMs)));
        },
      };
    },
    async start() {
      measuring = measureAges(host, ledger, assets);
    },
    async drain() {
      measuring();
      await engine.close();
    },
    async close() {
      await engine.close();
      await machines?.close();
    },
  };
}
