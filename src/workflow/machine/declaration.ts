import type { IamStatement } from "../../core/infra.ts";
import type { AnyWorkflow } from "../workflow.ts";
import type { JsonObject } from "../asl/index.ts";
import { compile } from "./compile.ts";
import { logicalPlaces } from "./places.ts";
import type { Places } from "./places.ts";
import type { AnyState } from "./states.ts";

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

/** A state machine of any types, as lists hold it: a workflow whose code is its graph. */
export interface AnyStateMachine extends AnyWorkflow {
  readonly tasks: Tasks<never>;
  readonly standIns: Tasks<never>;
  readonly startAt: string;
  readonly states: Readonly<Record<string, AnyState>>;
  readonly timeoutSeconds: number | undefined;
  readonly permissions: readonly IamStatement[];
  /** What is legal and seldom meant: a choice without a way on. */
  readonly warnings: readonly string[];
}

/** Whether the code of a workflow is a graph. */
export const isStateMachine = (declared: AnyWorkflow): declared is AnyStateMachine =>
  "startAt" in declared;

/** The document of a machine in Amazon States Language, its queues and bus named by `places`. */
export function definitionOf(machine: AnyStateMachine, places: Places = logicalPlaces): JsonObject {
  return compile(machine, places);
}
