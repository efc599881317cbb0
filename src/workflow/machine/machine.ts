import type { IamStatement } from "../../core/infra.ts";
import { capability } from "../../core/resource.ts";
import type { Held, Uses } from "../../core/resource.ts";
import { parseDefinition } from "../asl/index.ts";
import { workflow } from "../workflow.ts";
import type { AnyWorkflow, Workflow, WorkflowOptions } from "../workflow.ts";
import type { Starter } from "../starter.ts";
import { checkMachine } from "./check.ts";
import { definitionOf } from "./declaration.ts";
import type { AnyStateMachine, InputsOf, Tasks } from "./declaration.ts";
import { machineContext } from "./engine-context.ts";
import { machineErrors } from "./errors.ts";
import { runMachine } from "./run.ts";
import type { AnyState, MachineState } from "./states.ts";

type FromWorkflow =
  | "description"
  | "uses"
  | "input"
  | "output"
  | "schedule"
  | "on"
  | "concurrency"
  | "reads"
  | "writes"
  | "facts"
  | "follow";

/** What a state machine declares beside its states; what it shares with workflows is as there. */
export interface StateMachineOptions<
  U extends Uses,
  T extends Tasks<Held<U>>,
  Input,
  Output,
> extends Pick<WorkflowOptions<U, Input, Output>, FromWorkflow> {
  /** Code of its own, by name; it runs in the service that runs the machine. */
  readonly tasks?: T;
  /**
   * What stands in, where the journal runs the machine, for services that only AWS has: by action
   * (`glue:startJobRun`), name of a function or activity, or ARN.
   */
  readonly standIns?: Tasks<Held<U>>;
  /** Longest time of a run, waits included; without end if left out. */
  readonly timeoutSeconds?: number;
  /**
   * What its role on Step Functions may do beside what follows from its states: for services by
   * ARN, as "IAM policies for integrated services" of the Step Functions Developer Guide has it.
   */
  readonly permissions?: readonly IamStatement[];
}

/** A declared state machine. */
export interface StateMachine<Input = unknown, Output = unknown>
  extends AnyStateMachine, Workflow<Input, Output> {}

/** A state machine that waits for its states. */
export interface StateMachineDraft<U extends Uses, T, Input, Output> {
  /**
   * Gives the machine its states, by name; `next` names one of them, and where it is left out the
   * machine ends.
   * @throws MOR_MACHINE_INVALID with `details.problems`
   */
  states<const Name extends string>(
    states: Readonly<Record<Name, MachineState<NoInfer<Name>, InputsOf<T>, U>>>,
    options?: { readonly startAt?: NoInfer<Name> },
  ): StateMachine<Input, Output>;
}

/** Refuses what the States language refuses: unreachable states, expressions that do not parse. */
function checkDefinition(machine: AnyStateMachine): void {
  try {
    parseDefinition(definitionOf(machine));
  } catch (cause) {
    const { message, details } = cause as Error & { details?: Record<string, unknown> };
    throw machineErrors.MOR_MACHINE_INVALID(`state machine ${machine.name}: ${message}`, {
      cause,
      ...(details === undefined ? {} : { details }),
    });
  }
}

/**
 * Declares a state machine: a graph of states as plain data. It compiles to Amazon States Language;
 * the journal runs that document. List it in the `runs` of a service.
 * @example
 * export const fulfilment = stateMachine("fulfilment", {
 *   uses: { mails: orderMails.sender() },
 *   tasks: { charge: (held, input: { orderId: string }, call) => pay(input, call.key) },
 * }).states({
 *   Charge: {
 *     type: "task",
 *     task: "charge",
 *     arguments: { orderId: "{% $states.input.orderId %}" },
 *     retry: [{ on: ["States.TaskFailed"], retriesMax: 5, jitter: true }],
 *     next: "Cool",
 *   },
 *   Cool: { type: "wait", seconds: 86_400, next: "Thank" },
 *   Thank: { type: "send", to: "mails", message: { orderId: "{% $states.input.orderId %}" } },
 * });
 * @throws MOR_NAME
 */
export function stateMachine<
  T extends Tasks<Held<U>>,
  const U extends Uses = Record<never, never>,
  Input = unknown,
  Output = unknown,
>(
  name: string,
  options: StateMachineOptions<U, T, Input, Output> = {},
): StateMachineDraft<U, T, Input, Output> {
  return {
    states: (states, { startAt } = {}) =>
      declared(name, options, states as Readonly<Record<string, AnyState>>, startAt),
  };
}

function declared<U extends Uses, T extends Tasks<Held<U>>, Input, Output>(
  name: string,
  {
    tasks = {} as T,
    standIns = {},
    timeoutSeconds,
    permissions = [],
    ...options
  }: StateMachineOptions<U, T, Input, Output>,
  states: StateMachine["states"],
  startAt: string = Object.keys(states)[0] ?? "",
): StateMachine<Input, Output> {
  const code = workflow<U, Input, Output>(
    name,
    options,
    (context, input) => runMachine(machineContext(context), machine, input) as Promise<Output>,
  );
  const machine: StateMachine<Input, Output> = {
    ...code,
    tasks,
    standIns,
    startAt,
    states,
    timeoutSeconds,
    permissions,
    warnings: checkMachine({ ...code, tasks, startAt, states, timeoutSeconds }),
    starter: () => capability<Starter<Input, Output>, AnyWorkflow>(machine, "start", "out"),
  };
  checkDefinition(machine);
  return Object.freeze(machine);
}
