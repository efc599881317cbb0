import type { JsonSchema } from "../core/schema.ts";
import type { RunStatus } from "./engine/status.ts";

export { runStatuses } from "./engine/status.ts";
export type { RunStatus } from "./engine/status.ts";

/** How many runs of a workflow stand how. */
export type RunCounts = Readonly<Record<RunStatus, number>>;

/** A workflow as the API shows it. */
export interface WorkflowView {
  readonly name: string;
  readonly description: string;
  /** The service whose code it is. */
  readonly service: string;
  /** What runs begin with. */
  readonly version: string;
  /** Earlier versions that this app still has the code of. */
  readonly previous: readonly string[];
  /** The schedule that starts runs; null where none does. */
  readonly schedule: string | null;
  /** The event that starts runs; null where none does. */
  readonly event: string | null;
  readonly concurrency: number | null;
  readonly timeoutMs: number | null;
  /** The document of a state machine, in Amazon States Language; null for code. */
  readonly definition: Readonly<Record<string, unknown>> | null;
  /** Schema of the input; an empty one takes anything. */
  readonly input: JsonSchema;
  /** Resources that its steps use: `queue/welcome-email`. */
  readonly uses: readonly string[];
  readonly runs: RunCounts;
  /** When the newest run was started; null where there is none. */
  readonly lastAtMs: number | null;
}

/** Runs that were started on a day. */
export interface DayView {
  /** When the day begins, milliseconds since the epoch. */
  readonly dayMs: number;
  readonly runs: RunCounts;
}

/** An error as the API shows it. */
export interface FailureView {
  readonly name: string;
  readonly message: string;
  /** Of errors that have one. */
  readonly code?: string;
}

/** What a run can be searched by. */
export type AttributeValues = Readonly<Record<string, string | number | boolean>>;

/** A run as a list shows it. Times are milliseconds since the epoch. */
export interface RunView {
  readonly id: string;
  readonly workflow: string;
  readonly version: string;
  readonly status: RunStatus;
  readonly priority: number;
  readonly attributes: AttributeValues;
  readonly createdAtMs: number;
  /** Null until it first ran. */
  readonly startedAtMs: number | null;
  /** Null until it ended. */
  readonly endedAtMs: number | null;
  /** When it goes on by itself; null where it does not wait for a time. */
  readonly wakeAtMs: number | null;
  /** It was asked to undo what it did and to end. */
  readonly cancelling: boolean;
  readonly parent: string | null;
  /** The run that it goes on for, or was forked from. */
  readonly origin: string | null;
  readonly error: FailureView | null;
  /** The trace that it belongs to. */
  readonly traceId: string | null;
}

/** A value as JSON text, cut where it is long. */
export interface ShownValue {
  readonly json: string;
  /** Characters of the whole text. */
  readonly length: number;
}

/** A run with what went in and came out. */
export interface RunDetail extends RunView {
  readonly input: ShownValue;
  readonly output: ShownValue | null;
  /** What its steps paid, by currency; without its children. */
  readonly costs: readonly CostView[];
  /** Entries of its history. */
  readonly entries: number;
  /** The place of what ended last: grows with all that ends. */
  readonly place: number;
}

/** How far a step says that it is. */
export interface ProgressView {
  readonly done: number;
  readonly total: number | null;
  readonly note: string | null;
}

/** What was paid in one currency. */
export interface CostView {
  /** Of ISO 4217. */
  readonly currency: string;
  readonly amount: number;
}

/** What a step paid for one thing. */
export interface StepCostView extends CostView {
  readonly what: string | null;
}

/** An attempt of a step that failed. */
export interface AttemptView {
  /** From 1. */
  readonly attempt: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly error: FailureView;
}

/** What a run recorded at one position of its program. */
export interface EntryView {
  /** Numbers of calls, from the outside in: `3.0.1`. */
  readonly at: string;
  readonly kind: string;
  readonly name: string;
  readonly status: "open" | "done" | "failed";
  /** In which order it ended, from 1; 0 while it has not. */
  readonly place: number;
  readonly attempt: number;
  /** The last ten attempts that failed, oldest first. */
  readonly attempts: readonly AttemptView[];
  /** What all its attempts paid. */
  readonly costs: readonly StepCostView[];
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  /** When its wait is over, or it is tried again. */
  readonly dueAtMs: number | null;
  readonly value: ShownValue | null;
  readonly error: FailureView | null;
  readonly progress: ProgressView | null;
  /** The run that an entry of kind `child` began. */
  readonly child: string | null;
}

/** A callback that waits for an answer. */
export interface OpenCallback {
  readonly run: string;
  readonly workflow: string;
  readonly at: string;
  readonly name: string;
  readonly startedAtMs: number;
  readonly dueAtMs: number | null;
  /** What its run is found by. */
  readonly attributes: AttributeValues;
  /** The input of its run; null where it has none. */
  readonly input: ShownValue | null;
  /** What the callback says of itself; null where it says nothing. */
  readonly about: ShownValue | null;
}
