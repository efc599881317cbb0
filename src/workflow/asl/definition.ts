import type { JsonObject } from "./values.ts";

/** How a state reads and writes data. */
export type QueryLanguage = "JSONPath" | "JSONata";

/** The types of states. */
export type StateType =
  | "Task"
  | "Pass"
  | "Choice"
  | "Wait"
  | "Succeed"
  | "Fail"
  | "Parallel"
  | "Map";

/** One entry of `Retry`, with its defaults. */
export interface Retrier {
  readonly errorEquals: readonly string[];
  readonly intervalSeconds: number;
  readonly attemptsMax: number;
  readonly backoffRate: number;
  readonly delaySecondsMax?: number;
  readonly isJittered: boolean;
}

/** One entry of `Catch`; `fields` are those that say what goes on: ResultPath, Output, Assign. */
export interface Catcher {
  readonly errorEquals: readonly string[];
  readonly next: string;
  readonly fields: JsonObject;
}

/** One entry of `Choices`. */
export interface ChoiceRule {
  readonly fields: JsonObject;
  readonly next: string;
}

/** How a Map runs its items. */
export interface Processor {
  readonly machine: Machine;
  readonly isDistributed: boolean;
  readonly isExpress: boolean;
}

/** A validated state; `fields` is what the definition says, to be read by name. */
export interface State {
  readonly name: string;
  readonly type: StateType;
  readonly language: QueryLanguage;
  readonly fields: JsonObject;
  /** The state after this one; none where the machine ends. */
  readonly next?: string;
  readonly retry: readonly Retrier[];
  readonly catch: readonly Catcher[];
  readonly choices: readonly ChoiceRule[];
  readonly branches: readonly Machine[];
  readonly processor?: Processor;
}

/** A validated machine: the whole, a branch, or what a Map does to an item. */
export interface Machine {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
  readonly language: QueryLanguage;
  readonly timeoutSeconds?: number;
}

/** A definition may have this many bytes: AWS's limit. */
export const definitionBytesMax = 1_048_576;
