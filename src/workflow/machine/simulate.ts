import type { Handlers, TaskOutcome } from "../asl/index.ts";
import { simulateExecution } from "../asl/index.ts";
import type { ExecutionResult, Simulation } from "../asl/index.ts";
import { definitionOf } from "./declaration.ts";
import type { AnyStateMachine } from "./declaration.ts";
import { heldObjects } from "./objects.ts";
import { doElsewhere, doTask, ownTaskOf } from "./tasks.ts";
import type { HeldThings } from "./tasks.ts";

/** What a machine's tasks do, as handlers of a simulation. */
export function handlersOf(machine: AnyStateMachine, held: HeldThings): Handlers {
  return {
    find: (request) => async (_input, context) => {
      const { requestId, signal } = context;
      const call = { key: requestId, signal, heartbeat: () => context.heartbeat() };
      const own = ownTaskOf(machine, request);
      if (own === undefined) return settled(await doElsewhere(machine, held, request, call));
      const outcome = await doTask(machine, held, own, call);
      if (context.token !== undefined) context.complete(context.token, outcome);
      return { MessageId: requestId };
    },
  };
}

function settled(outcome: TaskOutcome): unknown {
  if (outcome.ok) return outcome.output;
  const { error, cause } = "late" in outcome ? { error: "States.Timeout", cause: "" } : outcome;
  throw Object.assign(new Error(cause ?? ""), { name: error });
}

/**
 * Runs a machine in simulated time: for tests. The same seed and start give the same history.
 * @param held what its tasks and states hold, by the names of `uses`
 * @throws MOR_ASL_INPUT_INVALID
 */
export function simulateMachine(
  machine: AnyStateMachine,
  input: unknown,
  held: HeldThings = {},
  options: Omit<Simulation, "definition" | "input" | "handlers"> = {},
): Promise<ExecutionResult> {
  return simulateExecution({
    objects: heldObjects(machine, held),
    ...options,
    definition: definitionOf(machine),
    input: JSON.stringify(input),
    handlers: handlersOf(machine, held),
  });
}
