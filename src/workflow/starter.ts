import type { RunStatus } from "./view.ts";

/** How a run is started. */
export interface StartRunOptions {
  /** Names the run: starting it again does nothing. A new one if left out. */
  readonly id?: string;
  /** Higher ones first; 0 if left out. */
  readonly priority?: number;
}

/** How a run stands. */
export interface RunState<Output> {
  readonly id: string;
  readonly status: RunStatus;
  /** Of a run that completed. */
  readonly output?: Output;
  /** Of a run that failed or was cancelled. */
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string };
}

/** Starts runs of one workflow and talks to them. Held by `workflow.starter()`. */
export interface Starter<Input, Output> {
  /**
   * Starts a run; resolves with its id when it is durable.
   * @throws MOR_INVALID when the input does not fit the schema
   */
  start(input: Input, options?: StartRunOptions): Promise<string>;
  /**
   * Waits for a run's result.
   * @throws MOR_NOT_FOUND, MOR_WORKFLOW_FAILED with its cause, MOR_WORKFLOW_CANCELLED
   */
  result(id: string): Promise<Output>;
  /** @throws MOR_NOT_FOUND */
  state(id: string): Promise<RunState<Output>>;
  /** Sends a signal; kept until the run waits for it. @throws MOR_WORKFLOW_ENDED */
  signal(id: string, name: string, value?: unknown): Promise<void>;
  /** Asks what the run answers to `name`. @throws MOR_NOT_FOUND */
  query<T = unknown>(id: string, name: string): Promise<T>;
  /** Answers a callback by its token. @throws MOR_WORKFLOW_TOKEN when nobody waits for it */
  answer(token: string, value?: unknown): Promise<void>;
  /** Says by its token that a callback is still worked on. @throws MOR_WORKFLOW_TOKEN */
  heartbeat(token: string): Promise<void>;
  /** Says by its token that what a callback waits for has failed. @throws MOR_WORKFLOW_TOKEN */
  fail(token: string, reason: string): Promise<void>;
  /** Asks a run to undo what it did and to end. @throws MOR_WORKFLOW_ENDED */
  cancel(id: string): Promise<void>;
}
