import { createHash } from "node:crypto";
import { MorningError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { StepOptions, WorkflowContext } from "../engine/program.ts";
import type { AnyStateMachine } from "./declaration.ts";
import type { ExecutionDetail, MachineDriver } from "./driver.ts";
import { machineErrors } from "./errors.ts";
import { endedDetailType } from "./places.ts";

/** Characters of an execution's name. */
const nameMax = 80;
/** How long is waited for word of an execution's end before it is looked at, milliseconds. */
const firstLookMs = 1000;
const lookMsMax = 900_000;

/** The execution goes on while Step Functions cannot be asked: looking is tried for hours. */
const looks: Pick<StepOptions, "retry" | "nonRetryable"> = {
  retry: { attemptsMax: 1000 },
  nonRetryable: ["MOR_MACHINE_FAILED", "MOR_MACHINE_TIMED_OUT", "MOR_CONFLICT", "MOR_NOT_FOUND"],
};

/** The query that a run answers with its execution's id. */
export const executionQuery = "execution";

/** The name of a run's execution: the run's own, where Step Functions allows it. */
export function executionName(run: string): string {
  if (run.length <= nameMax && /^[\w-]+$/.test(run)) return run;
  const hash = createHash("sha256").update(run).digest("hex").slice(0, 12);
  return `${run.replaceAll(/[^\w-]/g, "-").slice(0, nameMax - hash.length - 1)}-${hash}`;
}

/** What a look at an execution found: its output, once it has one. */
type Look = { readonly isDone: false } | { readonly isDone: true; readonly output: Json };

/** @throws MOR_MACHINE_FAILED, MOR_MACHINE_TIMED_OUT */
function failure({ name: machine }: AnyStateMachine, run: string, found: ExecutionDetail): Error {
  const { status, error = "", cause = "" } = found;
  const what = `run ${run} of state machine ${machine}`;
  if (status === "TIMED_OUT") return machineErrors.MOR_MACHINE_TIMED_OUT(`${what} timed out`);
  const told = [error, cause].filter((text) => text !== "").join(": ") || status;
  return machineErrors.MOR_MACHINE_FAILED(`${what} failed: ${told}`, { details: { error, cause } });
}

/**
 * Looks at an execution that failed or goes on or is done. One that another run began and that
 * failed is redriven: this run goes on for that one.
 */
async function look(
  driver: MachineDriver,
  machine: AnyStateMachine,
  { id, run }: { readonly id: string; readonly run: string },
  isMine: boolean,
): Promise<Look> {
  const found = await driver.describe(id);
  if (found.status === "SUCCEEDED") return { isDone: true, output: found.output ?? null };
  if (isGoing(found)) return { isDone: false };
  if (isMine) throw failure(machine, run, found);
  await driver.redrive(id);
  return { isDone: false };
}

const isGoing = ({ status }: ExecutionDetail): boolean =>
  status === "RUNNING" || status === "PENDING_REDRIVE";

async function stopIfGoing(driver: MachineDriver, id: string): Promise<void> {
  if (!isGoing(await driver.describe(id))) return;
  await driver.stop(id, { error: "Cancelled", cause: "The run was cancelled." });
}

/** Waits for word of an execution's end, or until it is time to look. */
async function word(context: WorkflowContext, id: string, timeoutMs: number): Promise<void> {
  try {
    const pattern = { detail: { executionArn: [id] } };
    await context.waitForEvent(endedDetailType, { pattern, timeoutMs });
  } catch (error) {
    if (!MorningError.is(error, "MOR_WORKFLOW_WAIT_TIMEOUT")) throw error;
  }
}

/**
 * A run of a machine that Step Functions runs: it starts the execution, waits for its end in
 * nobody's memory, and has its result. Cancelled, it stops the execution; retried from where it
 * failed, it redrives it.
 * @throws MOR_MACHINE_FAILED, MOR_MACHINE_TIMED_OUT
 */
export async function runDeployed(
  context: WorkflowContext,
  driver: MachineDriver,
  machine: AnyStateMachine,
  input: unknown,
): Promise<Json> {
  const { run } = context;
  const { id, by } = await context.step(
    "start execution",
    async () => {
      const given = JSON.parse(JSON.stringify(input ?? {})) as Json;
      return { id: await driver.start(machine.name, given, executionName(run)), by: run };
    },
    { retry: { attemptsMax: 10 }, nonRetryable: ["MOR_NOT_FOUND", "MOR_CONFLICT"] },
  );
  context.query(executionQuery, () => id);
  const about = { id, run };
  // What is undone is what a retry begins with: the first look, which redrives, not the start.
  const undone = { ...looks, compensate: () => stopIfGoing(driver, id) };
  let found = await context.step("look", () => look(driver, machine, about, by === run), undone);
  for (let pauseMs = firstLookMs; !found.isDone; pauseMs = Math.min(pauseMs * 2, lookMsMax)) {
    await word(context, id, pauseMs);
    found = await context.step("look", () => look(driver, machine, about, true), looks);
  }
  return found.output;
}
