import type { AslHost, TaskOutcome, TaskProgress, TaskRequest } from "../asl/index.ts";
import type { Limits, MachineContext } from "./context.ts";
import type { AnyStateMachine } from "./declaration.ts";
import { journalObjects } from "./objects.ts";
import { doElsewhere, doTask, ownTaskOf } from "./tasks.ts";

/** UTF-8 bytes of a result, as the States language has them. */
const resultBytesMax = 262_144;

/** A result that the journal need not keep: the state fails by it anyway. */
function fitting(outcome: TaskOutcome, state: string): TaskOutcome {
  if (!outcome.ok) return outcome;
  const { output } = outcome;
  if (Buffer.byteLength(JSON.stringify(output)) <= resultBytesMax) return { ok: true, output };
  const cause =
    `The state/task '${state}' returned a result with a size exceeding the maximum number of ` +
    "bytes service limit.";
  return { ok: false, error: "States.DataLimitExceeded", cause };
}

/** Resolves when the signal aborts. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true }),
  );
}

const limitsOf = ({ timeoutSeconds, heartbeatSeconds }: TaskRequest): Limits => ({
  ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
  ...(heartbeatSeconds === undefined ? {} : { heartbeatSeconds }),
});

/** The request with the token that its answer really has: the interpreter's is no secret. */
function withToken(request: TaskRequest, token: string): TaskRequest {
  const text = JSON.stringify(request.input).replaceAll(request.token ?? token, token);
  return { ...request, token, input: JSON.parse(text) as TaskRequest["input"] };
}

/** A task that whoever has its token completes. */
function byToken(
  context: MachineContext,
  machine: AnyStateMachine,
  request: TaskRequest,
  progress: TaskProgress,
): Promise<TaskOutcome> {
  progress.submitted({});
  return context.answer(request.stateName, limitsOf(request), (held, token, call) =>
    doElsewhere(machine, held, withToken(request, token), call),
  );
}

function performing(
  context: MachineContext,
  machine: AnyStateMachine,
): (request: TaskRequest, progress: TaskProgress) => Promise<TaskOutcome> {
  return (request, progress) => {
    const { stateName } = request;
    const own = ownTaskOf(machine, request);
    if (own === undefined && request.pattern === "token") {
      return byToken(context, machine, request, progress);
    }
    if (own !== undefined) progress.submitted({ MessageId: context.uuid() });
    return context.task(stateName, limitsOf(request), async (held, { key, signal, heartbeat }) => {
      const any = AbortSignal.any([signal, progress.signal]);
      const call = { key, signal: any, heartbeat: () => heartbeat() };
      const outcome =
        own === undefined
          ? await doElsewhere(machine, held, request, call)
          : await doTask(machine, held, own, call);
      return fitting(outcome, stateName);
    });
  };
}

/**
 * What the interpreter takes from outside, over a journal: tasks are its steps, waits its timers,
 * tokens its callbacks. So an execution goes on after any crash where it was.
 */
export function journalHost(context: MachineContext, machine: AnyStateMachine): AslHost {
  return {
    nowMs: () => context.now(),
    async waitUntil(atMs, signal) {
      if (signal?.aborted === true || atMs <= context.now()) return;
      const slept = context.sleepUntil(atMs);
      await (signal === undefined ? slept : Promise.race([slept, aborted(signal)]));
    },
    task: performing(context, machine),
    limitsTasks: true,
    isUnbounded: true,
    random: () => context.random(),
    uuid: () => context.uuid(),
    objects: journalObjects(context, machine),
  };
}
