import type { Log } from "../../core/log.ts";

/** How often a step is tried, and how long. */
export interface StepOptions<T = unknown> {
  readonly retry?: {
    /** Attempts in all; 3 if left out, 1 for none again. */
    readonly attemptsMax?: number;
    /** Delay before the second attempt, milliseconds, doubled with each further one; 1,000. */
    readonly baseMs?: number;
    /** Longest delay, milliseconds; 60,000. */
    readonly delayMsMax?: number;
  };
  /** Whether trying again can help; yes if left out. */
  readonly retryable?: (error: unknown) => boolean;
  /** Longest time of an attempt, milliseconds; without end if left out. */
  readonly timeoutMs?: number;
  /** Undoes the step when the run fails or is cancelled later; in reverse order of the steps. */
  readonly compensate?: (result: T, call: StepCall) => unknown;
}

/** One attempt of a step. */
export interface StepCall {
  /** From 1. */
  readonly attempt: number;
  /** Aborts when the attempt's time is over, or the run was cancelled or taken over. */
  readonly signal: AbortSignal;
  /** The same on every attempt and after every restart: makes effects elsewhere happen once. */
  readonly key: string;
}

/** How a collection is worked through. */
export interface MapOptions {
  /** Items at once; all if left out. */
  readonly concurrency?: number;
  /** Items that may fail; more fail the map at once. 0 if left out. */
  readonly failuresMax?: number;
}

/** One item of a map that tolerates failures. */
export type Settled<T> =
  | { readonly status: "done"; readonly value: T }
  | { readonly status: "failed"; readonly error: Failure };

/** An error as plain data. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  /** Of errors that have one. */
  readonly code?: string;
}

/** What a workflow asks of its engine. All that it does not ask for is not durable. */
export interface WorkflowContext {
  readonly run: string;
  readonly log: Log;
  /** Does something once: its result is durable before the workflow goes on. */
  step<T>(
    name: string,
    work: (call: StepCall) => T | Promise<T>,
    options?: StepOptions<T>,
  ): Promise<T>;
  sleep(delayMs: number): Promise<void>;
  /** @param atMs milliseconds since the epoch */
  sleepUntil(atMs: number): Promise<void>;
  /** Waits for a signal; those that came before it is waited for are kept. */
  signal<T = unknown>(name: string, options?: { readonly timeoutMs?: number }): Promise<T>;
  /**
   * Waits for an answer from outside.
   * @param submit hands the token to whoever answers; a step of its own
   */
  callback<T = unknown>(
    name: string,
    submit: (token: string, call: StepCall) => unknown,
    options?: { readonly timeoutMs?: number },
  ): Promise<T>;
  /** Runs another workflow and waits for its result. */
  child<T = unknown>(
    workflow: string,
    input?: unknown,
    options?: { readonly id?: string },
  ): Promise<T>;
  /** Branches at once; the first that fails fails all. */
  parallel<T extends readonly unknown[]>(branches: {
    readonly [K in keyof T]: (context: WorkflowContext) => Promise<T[K]>;
  }): Promise<T>;
  /** Every item, results in the order of the items. */
  map<I, O>(
    items: readonly I[],
    work: (context: WorkflowContext, item: I, index: number) => Promise<O>,
    options?: MapOptions,
  ): Promise<Settled<O>[]>;
  /** Asks again and again, with growing pauses, until the answer is not undefined. */
  condition<T>(
    name: string,
    check: (call: StepCall) => T | undefined | Promise<T | undefined>,
    options?: { readonly everyMs?: number; readonly timeoutMs?: number },
  ): Promise<T>;
  /**
   * Whether this run may go the new way: true for runs that come here for the first time, false for
   * those that passed before the marker was there.
   */
  patched(marker: string): Promise<boolean>;
  /** Milliseconds since the epoch, the same at every replay. */
  now(): number;
  /** In [0, 1), the same at every replay. */
  random(): number;
  uuid(): string;
}

/** A workflow as the engine runs it. */
export interface Program {
  readonly name: string;
  readonly version: string;
  readonly run: (context: WorkflowContext, input: unknown) => Promise<unknown>;
}
