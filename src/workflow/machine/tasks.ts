import { MorningError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { Resource } from "../../core/resource.ts";
import type { JsonObject, TaskOutcome, TaskRequest } from "../asl/index.ts";
import type { AnyStateMachine, TaskCall, TaskRun } from "./declaration.ts";
import { logicalPlaces, tasksQueue } from "./places.ts";

/** What a machine holds, by the names of its `uses`. */
export type HeldThings = Readonly<Record<string, unknown>>;

/** A task of a machine's own, as its message says it. */
export interface TaskMessage {
  /** The task's name, or none where a row is put. */
  readonly task?: string;
  /** The name of the table's writer in `uses`. */
  readonly put?: string;
  readonly input?: Json;
  readonly token: string;
  readonly run: string;
  readonly state: string;
  readonly attempt: number;
}

/** Characters of a cause, as Step Functions takes them. */
const causeMax = 32_768;

/** An error as the States language names it: its code, or its name. */
export function failedOutcome(error: unknown): TaskOutcome {
  const { name = "Error", message = String(error) } = (error ?? {}) as Partial<Error>;
  const code = MorningError.is(error) ? error.code : name;
  return { ok: false, error: code.slice(0, 256), cause: message.slice(0, causeMax) };
}

/** A result as plain JSON: what has none fails the task. */
function doneOutcome(result: unknown): TaskOutcome {
  const text = JSON.stringify(result) as string | undefined;
  return { ok: true, output: text === undefined ? null : (JSON.parse(text) as Json) };
}

interface Row {
  put(row: unknown): Promise<unknown>;
}

/** Does a task of the machine's own: its code, or the row that a state puts. */
export async function doTask(
  machine: AnyStateMachine,
  held: HeldThings,
  message: TaskMessage,
  call: Pick<TaskCall, "key" | "signal" | "heartbeat">,
): Promise<TaskOutcome> {
  const { task = "", put, input = null, run, state, attempt } = message;
  try {
    if (put !== undefined) return doneOutcome(await (held[put] as Row).put(input));
    const work = Object.hasOwn(machine.tasks, task) ? machine.tasks[task] : undefined;
    if (work === undefined) {
      const cause = `The state machine ${machine.name} has no task ${task}.`;
      return { ok: false, error: "Morning.TaskMissing", cause };
    }
    const about: TaskCall = { machine: machine.name, run, state, attempt, ...call };
    return doneOutcome(await (work as TaskRun<HeldThings, Json>)(held, input, about));
  } catch (error) {
    return failedOutcome(error);
  }
}

/** The message of a request that is a task of the machine's own. */
export function ownTaskOf(
  { name }: AnyStateMachine,
  { target, input }: TaskRequest,
): TaskMessage | undefined {
  const { QueueUrl, MessageBody } = input as JsonObject;
  const isOwn = QueueUrl === logicalPlaces.queueUrl(tasksQueue(name), false);
  return target === "sqs:sendMessage" && isOwn
    ? (MessageBody as JsonObject as unknown as TaskMessage)
    : undefined;
}

/** What the machine holds of a resource for a verb. */
function heldFor(
  { uses }: AnyStateMachine,
  held: HeldThings,
  verb: string,
  fits: (resource: Resource) => boolean,
): unknown {
  const found = Object.entries(uses).find(([, one]) => one.verb === verb && fits(one.resource));
  return found === undefined ? undefined : held[found[0]];
}

interface Sending {
  send(message: Json, options: JsonObject): Promise<{ readonly id: string }>;
}

async function send(
  machine: AnyStateMachine,
  held: HeldThings,
  input: JsonObject,
): Promise<TaskOutcome | undefined> {
  const sender = heldFor(machine, held, "send", ({ kind, name }) => {
    return kind === "queue" && logicalPlaces.queueUrl(name, false) === input["QueueUrl"];
  }) as Sending | undefined;
  if (sender === undefined) return undefined;
  const { MessageBody, MessageGroupId, MessageDeduplicationId, DelaySeconds } = input;
  const sent = await sender.send(MessageBody ?? null, {
    ...(MessageGroupId === undefined ? {} : { group: MessageGroupId }),
    ...(MessageDeduplicationId === undefined ? {} : { deduplicationId: MessageDeduplicationId }),
    ...(typeof DelaySeconds === "number" ? { delayMs: DelaySeconds * 1000 } : {}),
  });
  return { ok: true, output: { MessageId: sent.id } };
}

interface Publishing {
  publish(data: Json): Promise<{ readonly id: string }>;
}

async function publish(
  machine: AnyStateMachine,
  held: HeldThings,
  input: JsonObject,
): Promise<TaskOutcome | undefined> {
  const entries = input["Entries"] as readonly JsonObject[];
  const published: JsonObject[] = [];
  for (const { DetailType, Detail } of entries) {
    const publisher = heldFor(machine, held, "publish", ({ name }) => name === DetailType);
    if (publisher === undefined) return undefined;
    const { _morning, ...data } = Detail as JsonObject;
    published.push({ EventId: (await (publisher as Publishing).publish(data)).id });
  }
  return { ok: true, output: { Entries: published, FailedEntryCount: 0 } };
}

/** The names under which a machine may have something that stands in for a target. */
function namesOf(target: string): string[] {
  const last = /:(?:function|activity):([^:]+)/.exec(target)?.[1];
  return [target, ...(last === undefined ? [] : [last])];
}

/**
 * Does what a state asks for elsewhere: sends and publishes through what is held, and for services
 * that only AWS has, calls what stands in for them.
 */
export async function doElsewhere(
  machine: AnyStateMachine,
  held: HeldThings,
  request: TaskRequest,
  call: Pick<TaskCall, "key" | "signal" | "heartbeat">,
): Promise<TaskOutcome> {
  const { target, input, stateName, executionArn, attempt } = request;
  try {
    const own = namesOf(target).find((name) => Object.hasOwn(machine.standIns, name));
    if (own !== undefined) {
      const run = executionArn.split(":").at(-1) ?? "";
      const about: TaskCall = { machine: machine.name, run, state: stateName, attempt, ...call };
      const work = machine.standIns[own] as TaskRun<HeldThings, Json>;
      return doneOutcome(await work(held, input, about));
    }
    const done =
      target === "sqs:sendMessage"
        ? await send(machine, held, input as JsonObject)
        : target === "events:putEvents"
          ? await publish(machine, held, input as JsonObject)
          : undefined;
    if (done !== undefined) return done;
    const cause =
      `The state machine ${machine.name} runs here, where ${target} is not. ` +
      `Give it something that stands in: standIns: { "${target}": (held, input) => ... }.`;
    return { ok: false, error: "Morning.StandInMissing", cause };
  } catch (error) {
    return failedOutcome(error);
  }
}
