import type { Json } from "../../core/json.ts";
import { runExecution } from "../asl/index.ts";
import type { ExecutionResult } from "../asl/index.ts";
import type { MachineContext } from "./context.ts";
import { parsedDefinition } from "./definitions.ts";
import { machineErrors } from "./errors.ts";
import { historyPages } from "./history.ts";
import { journalHost } from "./journal-host.ts";
import { definitionOf } from "./declaration.ts";
import type { AnyStateMachine } from "./declaration.ts";

/** The output of an execution that succeeded. @throws MOR_MACHINE_FAILED, MOR_MACHINE_TIMED_OUT */
function outputOf(
  { name }: AnyStateMachine,
  run: string,
  { status, output = "null", error = "", cause = "" }: ExecutionResult,
): Json {
  if (status === "SUCCEEDED") return JSON.parse(output) as Json;
  const what = `run ${run} of state machine ${name}`;
  if (status === "TIMED_OUT") throw machineErrors.MOR_MACHINE_TIMED_OUT(`${what} timed out`);
  const told = [error, cause].filter((text) => text !== "").join(": ");
  throw machineErrors.MOR_MACHINE_FAILED(`${what} failed: ${told}`, { details: { error, cause } });
}

/**
 * Runs a machine on a journal. A run keeps the definition that it began with, as on Step Functions;
 * the code of its tasks is that of today.
 * @throws MOR_MACHINE_FAILED, MOR_MACHINE_TIMED_OUT
 */
export async function runMachine(
  context: MachineContext,
  machine: AnyStateMachine,
  input: unknown,
): Promise<Json> {
  const definition = await context.keep("definition", () => JSON.stringify(definitionOf(machine)));
  const pages = historyPages((name, what) => context.tell(name, what));
  const result = await runExecution({
    machine: parsedDefinition(definition),
    input: JSON.stringify(input ?? {}),
    host: journalHost(context, machine),
    identity: { machineName: machine.name, executionName: context.run },
    onEvent: (event) => pages.add(event),
  });
  return outputOf(machine, context.run, result);
}
