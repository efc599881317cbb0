import { coreErrors } from "../core/errors.ts";
import { capability, checkName } from "../core/resource.ts";
import type { Capability, Held, Uses } from "../core/resource.ts";
import type { Schema } from "../core/schema.ts";
import type { Runnable } from "../core/service.ts";
import type { Event, SubscriberOptions } from "../messaging/event/index.ts";
import { schedule } from "../messaging/schedule/index.ts";
import type { ScheduleDeclaration, ScheduledRun } from "../messaging/schedule/index.ts";
import type { Asset, AssetCheck } from "./asset/asset.ts";
import { partitionsOf } from "./asset/lineage.ts";
import { lastOver } from "./asset/partitions.ts";
import type { Partitions } from "./asset/partitions.ts";
import type { StepOptions, WorkflowContext } from "./engine/program.ts";
import type { Starter } from "./starter.ts";

/** How often steps are tried. */
export type StepRetry = NonNullable<StepOptions["retry"]>;

/** What a workflow declares beside its code. */
export interface WorkflowOptions<U extends Uses, Input, Output> {
  readonly description?: string;
  /** What its steps may do. */
  readonly uses?: U;
  /** Schema of what it is started with; checked when it is started. */
  readonly input?: Schema<unknown, Input>;
  /** Schema of its result; a run whose result does not fit fails. */
  readonly output?: Schema<unknown, Output>;
  /** Starts a run at these times; its input is what `input` of it makes, or the firing itself. */
  readonly schedule?: WorkflowSchedule;
  /** Starts a run for each such event, with the event's data; one for an event, however often. */
  readonly on?: Event<Input> | EventStart<Input>;
  /** How often its steps are tried unless they say it themselves. */
  readonly retry?: StepRetry;
  /** Longest time of a run, waits included, milliseconds; without end if left out. */
  readonly timeoutMs?: number;
  /** Runs that go on at once, in all processes; those that wait do not count. */
  readonly concurrency?: number;
  /** Names the code that runs begin with; they end with it. `1` if left out. */
  readonly version?: string;
  /** Declarations of earlier versions, for runs that began with them. */
  readonly previous?: readonly AnyWorkflow[];
  /** Assets that it reads; with `writes` the lineage. */
  readonly reads?: readonly Asset[];
  /**
   * Assets that it makes; a run that completes has made them. Where they have partitions, a run is
   * about one, and its input has the key as `partition`.
   */
  readonly writes?: readonly Asset[];
  /** Looks at what was written, before the run completes. */
  readonly checks?: readonly AssetCheck<Held<U>>[];
  /** What is told of what was made, from the result: rows, bytes. */
  readonly facts?: (result: Output) => Readonly<Record<string, string | number | boolean>>;
  /** Starts by itself when what it reads was made anew, unless that makes nothing new. */
  readonly follow?: boolean;
  /** Starts runs for what it finds when it looks around. */
  readonly sensor?: Sensor<Held<U>, Input>;
}

/** Looks around from time to time, and starts runs for what it finds: files, rows. */
export interface Sensor<Held, Input> {
  /** Pause between two looks, milliseconds; 60,000 if left out. */
  readonly everyMs?: number;
  /**
   * @param cursor what the last look gave; undefined at the first one. What it starts is started
   * before the cursor is kept: give each run an id, and it is started once.
   */
  look(held: Held, cursor: unknown): Promise<Sighted<Input>> | Sighted<Input>;
}

/** What a sensor found. */
export interface Sighted<Input> {
  /** Each by an id among those of its workflow: `a.csv` starts the run `intake.a.csv`. */
  readonly starts: readonly { readonly id: string; readonly input: Input }[];
  /** Given to the next look; the last one stays if left out. */
  readonly cursor?: unknown;
}

/** When a workflow starts by itself. */
export interface WorkflowSchedule extends ScheduleDeclaration {
  /** The input of a firing's run. */
  readonly input?: (firing: ScheduledRun) => unknown;
}

/** Which events start a workflow. */
export interface EventStart<Input> extends Omit<SubscriberOptions, "name" | "input"> {
  readonly event: Event;
  /** The input of an event's run; its data if left out. */
  readonly input?: (data: never) => Input;
  /**
   * Names an event's run among those of the workflow, `A-17` the run `fulfilment.A-17`; the event's
   * id if left out. Events of the same name start one run.
   */
  readonly id?: (data: never) => string;
}

/** A workflow of any types, as lists hold it. */
export interface AnyWorkflow extends Runnable {
  readonly kind: "workflow";
  readonly description: string;
  readonly version: string;
  readonly input: Schema | undefined;
  readonly output: Schema | undefined;
  readonly retry: StepRetry | undefined;
  readonly timeoutMs: number | undefined;
  readonly concurrency: number | undefined;
  readonly previous: readonly AnyWorkflow[];
  readonly reads: readonly Asset[];
  readonly writes: readonly Asset[];
  readonly checks: readonly AssetCheck<unknown>[];
  readonly facts:
    | ((result: unknown) => Readonly<Record<string, string | number | boolean>>)
    | undefined;
  readonly follow: boolean;
  readonly sensor: Sensor<unknown, unknown> | undefined;
  /** What starts it, by the name of what it holds for it. */
  readonly starts: Starts;
  /** Runs its code. */
  run(context: WorkflowContext, input: unknown): Promise<unknown>;
}

/** What starts a workflow beside its callers, and what a run is given then. */
export interface Starts {
  /** What a firing starts, if it starts something. */
  readonly schedule?: (firing: ScheduledRun) => { readonly input: unknown } | undefined;
  readonly event?: (data: unknown) => unknown;
  readonly eventId?: (data: unknown) => string;
}

/** A declared workflow: its code, and the capability that it hands out. */
export interface Workflow<Input = unknown, Output = unknown> extends AnyWorkflow {
  /** The right to start runs, to talk to them and to wait for their results. */
  starter(): Capability<Starter<Input, Output>, AnyWorkflow>;
}

/** The names under which a workflow holds what starts it. */
export const startKeys = { schedule: "workflow-schedule", event: "workflow-event" } as const;

function eventStart<Input>(
  name: string,
  on: Event<Input> | EventStart<Input>,
): readonly [Capability, Starts] {
  if ("kind" in on) return [on.subscriber({ name: `${name}-start` }), { event: (data) => data }];
  const { event, input = (data: unknown) => data, id, ...options } = on;
  const subscriber = event.subscriber({ ...options, name: `${name}-start` });
  const eventId = id === undefined ? {} : { eventId: id as (data: unknown) => string };
  return [subscriber, { event: input as (data: unknown) => unknown, ...eventId }];
}

/** Subscriptions of a workflow bear its name, so that two of a service are two. */
function named(name: string, uses: Uses): Uses {
  return Object.fromEntries(
    Object.entries(uses).map(([key, held]) => {
      const { resource, verb, flow, options } = held;
      const isNamed = verb !== "subscribe" || options["name"] !== undefined;
      return [key, isNamed ? held : capability(resource, verb, flow, { ...options, name })];
    }),
  );
}

/**
 * Declares a workflow: code that goes on where it was after any crash, from what its steps
 * recorded. List it in the `runs` of the service whose code it is.
 * @example
 * export const fulfilment = workflow(
 *   "fulfilment",
 *   { uses: { payments: payments.client() }, input: z.object({ orderId: z.string() }) },
 *   async (ctx, { orderId }) => {
 *     await ctx.step("charge", ({ payments }) => payments.post("/charges", { body: { orderId } }));
 *     await ctx.sleep(86_400_000);
 *   },
 * );
 * @throws MOR_NAME, MOR_DECLARATION
 */
export function workflow<
  const U extends Uses = Record<never, never>,
  Input = unknown,
  Output = unknown,
>(
  name: string,
  options: WorkflowOptions<U, Input, Output>,
  run: (context: WorkflowContext<Held<U>>, input: Input) => Promise<Output>,
): Workflow<Input, Output> {
  checkName("workflow", name);
  const { schedule: times, on, version = "1", previous = [], reads = [], writes = [] } = options;
  for (const earlier of previous) refuseOther(name, version, earlier);
  const starting: Record<string, Capability> = {};
  let starts: Starts = {};
  if (times !== undefined) {
    const { input, ...when } = times;
    starting[startKeys.schedule] = schedule(`${name}-schedule`, when).trigger();
    starts = { ...starts, schedule: firingStart(partitionsOf({ writes }), input) };
  }
  if (on !== undefined) {
    const [subscriber, begins] = eventStart(name, on);
    starting[startKeys.event] = subscriber;
    starts = { ...starts, ...begins };
  }
  const declared: Workflow<Input, Output> = {
    kind: "workflow",
    code: true,
    name,
    description: options.description ?? "",
    version,
    uses: { ...named(name, options.uses ?? {}), ...starting },
    input: options.input,
    output: options.output,
    retry: options.retry,
    timeoutMs: options.timeoutMs,
    concurrency: options.concurrency,
    previous,
    reads,
    writes,
    ...(reads.length + writes.length === 0 ? {} : { needs: [...reads, ...writes] }),
    checks: (options.checks ?? []) as readonly AssetCheck<unknown>[],
    facts: options.facts as AnyWorkflow["facts"],
    follow: options.follow ?? false,
    sensor: options.sensor as Sensor<unknown, unknown> | undefined,
    starts,
    run: (context, input) => run(context as WorkflowContext<Held<U>>, input as Input),
    starter: () => capability<Starter<Input, Output>, AnyWorkflow>(declared, "start", "out"),
  };
  return Object.freeze(declared);
}

/** A firing's run is about the last partition that is over then; before that it starts none. */
function firingStart(
  partitions: Partitions | undefined,
  inputOf: WorkflowSchedule["input"],
): NonNullable<Starts["schedule"]> {
  if (inputOf !== undefined) return (firing) => ({ input: inputOf(firing) });
  if (partitions === undefined) return (firing) => ({ input: firing });
  return ({ scheduledAtMs }) => {
    const partition = lastOver(partitions, scheduledAtMs);
    return partition === undefined ? undefined : { input: { partition } };
  };
}

function refuseOther(name: string, version: string, earlier: AnyWorkflow): void {
  if (earlier.name === name && earlier.version !== version) return;
  throw coreErrors.MOR_DECLARATION(
    `workflow ${name}: ${earlier.name} of version ${earlier.version} is no earlier version of it`,
    { fix: "`previous` takes declarations of the same name, each with a `version` of its own." },
  );
}
