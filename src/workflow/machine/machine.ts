import { checkName } from "../../core/resource.ts";
import type { Held, Uses } from "../../core/resource.ts";
import type { Schema } from "../../core/schema.ts";
import { parseDefinition } from "../asl/index.ts";
import type { JsonObject } from "../asl/index.ts";
import { checkMachine } from "./check.ts";
import { compile } from "./compile.ts";
import { machineErrors } from "./errors.ts";
import { logicalPlaces } from "./places.ts";
import type { Places } from "./places.ts";
import type { AnyState, MachineState } from "./states.ts";

/** One attempt of a task, as its handler sees it. */
export interface TaskCall {
  readonly machine: string;
  /** The run: an execution's name. */
  readonly run: string;
  readonly state: string;
  /** 0 for the first attempt; grows with every retry of the state. */
  readonly attempt: number;
  /** The same whenever this attempt is done again after a crash: pass it on to effects outside. */
  readonly key: string;
  /** Aborts when nobody waits for the task any more. */
  readonly signal: AbortSignal;
  /** It still works: begins `heartbeatSeconds` anew. */
  heartbeat(): void;
}

/**
 * The code of a task, over what the machine holds; `input` is what the definition gives it. What it
 * throws is the state's error, by its code or name.
 */
export type TaskRun<H, Input = never> = (held: H, input: Input, call: TaskCall) => unknown;

/** Tasks by name. */
export type Tasks<H> = Readonly<Record<string, TaskRun<H>>>;

/** What each of the tasks takes; of a machine without tasks, nothing. */
export type InputsOf<T> = string extends keyof T
  ? Record<never, never>
  : {
      readonly [K in keyof T]: T[K] extends (held: never, input: infer I, call: never) => unknown
        ? I
        : never;
    };

/** What a state machine declares beside its states. */
export interface StateMachineOptions<U extends Uses, T extends Tasks<Held<U>>, Input, Output> {
  readonly description?: string;
  /** What its tasks and its states may do. */
  readonly uses?: U;
  /** Code of its own, by name; it runs in the service that runs the machine. */
  readonly tasks?: T;
  /**
   * What stands in, where the journal runs the machine, for services that only AWS has: by action
   * (`glue:startJobRun`), name of a function or activity, or ARN.
   */
  readonly standIns?: Tasks<Held<U>>;
  /** Schema of what it is started with; checked when it is started. */
  readonly input?: Schema<unknown, Input>;
  /** Schema of its result; a run whose result does not fit fails. */
  readonly output?: Schema<unknown, Output>;
  /** Longest time of a run, waits included; without end if left out. */
  readonly timeoutSeconds?: number;
}

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

/** A state machine of any types, as lists hold it. */
export interface AnyStateMachine {
  readonly kind: "workflow";
  readonly code: true;
  readonly name: string;
  readonly description: string;
  readonly uses: Uses;
  readonly tasks: Tasks<never>;
  readonly standIns: Tasks<never>;
  readonly input: Schema | undefined;
  readonly output: Schema | undefined;
  readonly startAt: string;
  readonly states: Readonly<Record<string, AnyState>>;
  readonly timeoutSeconds: number | undefined;
  /** What is legal and seldom meant: a choice without a way on. */
  readonly warnings: readonly string[];
}

/** A declared state machine. */
export interface StateMachine<Input = unknown, Output = unknown> extends AnyStateMachine {
  readonly input: Schema<unknown, Input> | undefined;
  readonly output: Schema<unknown, Output> | undefined;
}

/** The document of a machine in Amazon States Language, its queues and bus named by `places`. */
export function definitionOf(machine: AnyStateMachine, places: Places = logicalPlaces): JsonObject {
  return compile(machine, places);
}

/** Refuses what the States language refuses: unreachable states, expressions that do not parse. */
function checkDefinition(machine: AnyStateMachine): void {
  try {
    parseDefinition(compile(machine, logicalPlaces));
  } catch (cause) {
    const { message, details } = cause as Error & { details?: Record<string, unknown> };
    throw machineErrors.MOR_MACHINE_INVALID(`state machine ${machine.name}: ${message}`, {
      cause,
      ...(details === undefined ? {} : { details }),
    });
  }
}

/**
 * Declares a state machine: a graph of states as plain data. The journal runs it here, Step
 * Functions in production; both run the same document. List it in the `runs` of a service.
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
  checkName("workflow", name);
  return {
    states: (states, { startAt } = {}) =>
      declared<Input, Output>({
        kind: "workflow",
        code: true,
        name,
        description: options.description ?? "",
        uses: options.uses ?? {},
        tasks: options.tasks ?? {},
        standIns: options.standIns ?? {},
        input: options.input,
        output: options.output,
        startAt: startAt ?? Object.keys(states)[0] ?? "",
        states: states as Readonly<Record<string, AnyState>>,
        timeoutSeconds: options.timeoutSeconds,
        warnings: [],
      }),
  };
}

function declared<Input, Output>(
  machine: StateMachine<Input, Output>,
): StateMachine<Input, Output> {
  const warnings = checkMachine(machine);
  checkDefinition(machine);
  return Object.freeze({ ...machine, warnings });
}
