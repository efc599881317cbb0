import { MorningError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { TaskOutcome } from "../asl/index.ts";
import type { StepOptions, WorkflowContext } from "../engine/program.ts";
import type { Limits, MachineContext } from "./context.ts";
import { failedOutcome } from "./tasks.ts";
import type { HeldThings } from "./tasks.ts";

/** How often a task is done again because its process died in it. */
const deathsMax = 1000;

const late: Readonly<Record<string, "timeout" | "heartbeat">> = {
  MOR_WORKFLOW_STEP_TIMEOUT: "timeout",
  MOR_WORKFLOW_WAIT_TIMEOUT: "timeout",
  MOR_WORKFLOW_HEARTBEAT: "heartbeat",
};

function limitsOf({ timeoutSeconds, heartbeatSeconds }: Limits): {
  readonly timeoutMs?: number;
  readonly heartbeatMs?: number;
} {
  return {
    ...(timeoutSeconds === undefined ? {} : { timeoutMs: timeoutSeconds * 1000 }),
    ...(heartbeatSeconds === undefined ? {} : { heartbeatMs: heartbeatSeconds * 1000 }),
  };
}

/** Retries are the machine's own: the journal repeats only what a crash broke off. */
function optionsOf(limits: Limits): StepOptions<TaskOutcome> {
  return {
    retry: { attemptsMax: 1, deathsMax },
    nonRetryable: () => true,
    ...limitsOf(limits),
  };
}

/** What a failed step says of its last error, as the journal keeps errors. */
interface StepFailure {
  readonly morning?: { readonly code: string; readonly message: string };
  readonly name?: string;
  readonly message?: string;
}

/** What an error of a step or a wait says of the task. @throws what is no matter of the task */
function outcomeOf(error: unknown): TaskOutcome {
  const over = MorningError.is(error) ? late[error.code] : undefined;
  if (over !== undefined) return { ok: false, late: over };
  // Cancelled, fenced, full: that ends the run. What an answer failed with is the task's own.
  const isEngines = MorningError.is(error) && error.code.startsWith("MOR_WORKFLOW_");
  if (!isEngines) return failedOutcome(error);
  if (error.code !== "MOR_WORKFLOW_STEP_FAILED") throw error;
  const { morning, name, message } = error.details["cause"] as StepFailure;
  const limit = late[morning?.code ?? ""];
  if (limit !== undefined) return { ok: false, late: limit };
  const told = { name: morning?.code ?? name, message: morning?.message ?? message };
  return { ok: false, error: told.name ?? "Error", cause: told.message ?? "" };
}

async function outcome(work: () => Promise<TaskOutcome>): Promise<TaskOutcome> {
  try {
    return await work();
  } catch (error) {
    return outcomeOf(error);
  }
}

/** The engine's context as a machine takes it: the one place that knows both. */
export function machineContext(context: WorkflowContext<HeldThings>): MachineContext {
  return {
    run: context.run,
    now: () => context.now(),
    random: () => context.random(),
    uuid: () => context.uuid(),
    sleepUntil: (atMs) => context.sleepUntil(atMs),
    task: (name, limits, work) => outcome(() => context.step(name, work, optionsOf(limits))),
    answer: (name, limits, submit) =>
      // A branch of its own: it asks for two things, between which others may ask.
      outcome(async () => {
        const [answered] = await context.parallel<[Json]>([
          (branch) =>
            branch.waitForCallback<Json>(
              name,
              async (held, token, call) => {
                const handed = await submit(held, token, call);
                if (handed.ok || "late" in handed) return;
                throw Object.assign(new Error(handed.cause ?? ""), { name: handed.error });
              },
              limitsOf(limits),
            ),
        ]);
        return { ok: true, output: answered ?? null };
      }),
    keep: (name, make) => context.step(name, make, { nonRetryable: ["StateFailure"] }),
    tell: (name, what) => context.query(name, what),
  };
}
