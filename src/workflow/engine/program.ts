import type { Log } from "../../core/log.ts";
import type { Capability } from "../../core/resource.ts";
import type { Schema } from "../../core/schema.ts";
import type { Tracer } from "../../core/tracing.ts";
import type { Tx } from "../../core/transaction.ts";
import type { Starter } from "../starter.ts";

/** How often a step is tried, and how long. */
export interface StepOptions<T = unknown, Held = unknown> {
  readonly retry?: {
    /** Attempts in all; 3 if left out, 1 for none again. Those whose process died count apart. */
    readonly attemptsMax?: number;
    /**
     * Attempts in which their process died, by whatever fault: 10 if left out, 1 where
     * `attemptsMax` is 1.
     */
    readonly deathsMax?: number;
    /** Delay before the second attempt, milliseconds, doubled with each further one; 1,000. */
    readonly baseMs?: number;
    /** Longest delay, milliseconds; 60,000. */
    readonly delayMsMax?: number;
    /** `full` (default) draws each delay between 0 and its length, `none` takes it whole. */
    readonly jitter?: "full" | "none";
  };
  /** Errors that trying again cannot help: their names or codes, or a rule. None if left out. */
  readonly nonRetryable?: readonly string[] | ((error: unknown) => boolean);
  /** Longest time of an attempt, milliseconds; without end if left out. */
  readonly timeoutMs?: number;
  /** How long an attempt may go without heartbeat or progress, milliseconds. */
  readonly heartbeatMs?: number;
  /**
   * Undoes the step when the run fails or is cancelled later; in reverse order of the steps. It has
   * to be idempotent, and to bear that there is nothing to undo: a step that is under way when its
   * run is undone may be done. Its result is undefined where it is not known: it did not end in
   * time, or its process died in it.
   */
  readonly compensate?: (held: Held, result: T | undefined, call: StepCall) => unknown;
  /** Takes the result of another run that did the same, and keeps its own for others. */
  readonly cache?: {
    /** What the result depends on; the run's input if left out. */
    readonly key?: unknown;
    /** How long a result is used, milliseconds; a day if left out. */
    readonly ttlMs?: number;
  };
}

/** How often a write to the state store is tried. */
export type OnceOptions = Pick<StepOptions, "retry" | "nonRetryable" | "timeoutMs">;

/** One attempt of a step. */
export interface StepCall {
  /** From 1. */
  readonly attempt: number;
  /** Aborts when the attempt's time is over, or the run was cancelled or taken over. */
  readonly signal: AbortSignal;
  /** The same on every attempt and after every restart: makes effects elsewhere happen once. */
  readonly key: string;
  /** Says that the attempt still goes on. */
  readonly heartbeat: () => void;
  /** Says how far it is: shown while it runs, and kept. It is a heartbeat too. */
  readonly progress: (done: number, total?: number, note?: string) => void;
  /**
   * Keeps a file beside the step, as long as the run is kept: what is too large for a result. The
   * same name again replaces it.
   * @param name letters, digits, `.`, `_` and `-`: `report.csv`
   */
  readonly artefact: (name: string, content: string | Uint8Array) => Promise<void>;
  /**
   * Says what the attempt paid for: tokens, mails, seconds of a GPU. It adds up, over attempts that
   * failed too; that of an attempt whose process dies is lost.
   * @param amount of the currency, 0 or more: `0.0042`
   * @param currency of ISO 4217; `USD` if left out
   * @param what it was paid for: `tokens`
   * @throws MOR_WORKFLOW_COST
   */
  readonly cost: (amount: number, currency?: string, what?: string) => void;
}

/** What a step paid, for one thing in one currency. */
export interface StepCost {
  readonly currency: string;
  readonly amount: number;
  readonly what?: string;
}

/** How far a step is, as the journal keeps it. */
export interface Progress {
  readonly done: number;
  readonly total?: number;
  readonly note?: string;
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

/** What runs are found by: flat, few and small. `null` takes one away. */
export type Attributes = Readonly<Record<string, string | number | boolean | null>>;

/** An event by its declaration. */
export interface AwaitedEvent<Data> {
  readonly name: string;
  readonly data: Schema<unknown, Data>;
}

/** A workflow by its declaration. */
export interface StartedWorkflow<Input, Output> {
  readonly name: string;
  starter(): Capability<Starter<Input, Output>>;
}

/** What a workflow asks of its engine. All that it does not ask for is not durable. */
export interface WorkflowContext<Held = unknown> {
  readonly run: string;
  readonly log: Log;
  /** Does something once: its result is durable before the workflow goes on. */
  step<T>(
    name: string,
    work: (held: Held, call: StepCall) => T | Promise<T>,
    options?: StepOptions<T, Held>,
  ): Promise<T>;
  /** A step that calls another service or function. */
  invoke<T>(
    name: string,
    work: (held: Held, call: StepCall) => T | Promise<T>,
    options?: StepOptions<T, Held>,
  ): Promise<T>;
  /**
   * Writes to the state store exactly once: what `collect` writes through `tx` is committed with
   * the entry that says so.
   */
  once(
    name: string,
    collect: (tx: Tx, held: Held) => void | Promise<void>,
    options?: OnceOptions,
  ): Promise<void>;
  sleep(delayMs: number): Promise<void>;
  /** @param atMs milliseconds since the epoch */
  sleepUntil(atMs: number): Promise<void>;
  /** Waits for a signal; those that came before it is waited for are kept. */
  signal<T = unknown>(name: string, options?: { readonly timeoutMs?: number }): Promise<T>;
  /** Says what can be asked of this run, also while it waits and after its end. */
  query(name: string, answer: () => unknown): void;
  /**
   * Waits for an event, and gives its data. One that came since this run began counts too, if no
   * wait of the run had it and it is not older than a week.
   */
  waitForEvent<T = unknown>(
    event: string | AwaitedEvent<T>,
    options?: {
      /** Which ones, as EventBridge says it: `{ detail: { orderId: ["A-17"] } }`. */
      readonly pattern?: unknown;
      readonly timeoutMs?: number;
    },
  ): Promise<T>;
  /**
   * Waits for an answer from outside.
   * @param submit hands the token to whoever answers; a step of its own
   * @throws MOR_WORKFLOW_WAIT_TIMEOUT, MOR_WORKFLOW_HEARTBEAT after `heartbeatMs` without an answer
   * or a heartbeat
   */
  waitForCallback<T = unknown>(
    name: string,
    submit: (held: Held, token: string, call: StepCall) => unknown,
    options?: {
      readonly timeoutMs?: number;
      readonly heartbeatMs?: number;
      /** What whoever answers should know, as JSON: shown where it is answered. */
      readonly about?: unknown;
    },
  ): Promise<T>;
  /** Asks again and again, with growing pauses, until the answer is not undefined. */
  waitForCondition<T>(
    name: string,
    check: (held: Held, call: StepCall) => T | undefined | Promise<T | undefined>,
    options?: { readonly everyMs?: number; readonly timeoutMs?: number },
  ): Promise<T>;
  /** Runs another workflow and waits for its result. It is cancelled when this run ends first. */
  child<Input, Output>(
    workflow: StartedWorkflow<Input, Output>,
    input: Input,
    options?: { readonly id?: string },
  ): Promise<Output>;
  child<T = unknown>(
    workflow: string,
    input?: unknown,
    options?: { readonly id?: string },
  ): Promise<T>;
  /** Branches at once; the first that fails fails all. */
  parallel<T extends readonly unknown[]>(branches: {
    readonly [K in keyof T]: (context: WorkflowContext<Held>) => Promise<T[K]>;
  }): Promise<T>;
  /** Every item, results in the order of the items. */
  map<I, O>(
    items: readonly I[],
    work: (context: WorkflowContext<Held>, item: I, index: number) => Promise<O>,
    options?: MapOptions,
  ): Promise<Settled<O>[]>;
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
  /** Sets what this run is found by; what was set before and is not named stays. */
  attributes(values: Attributes): Promise<void>;
  /**
   * Ends this run and begins the next one of its chain in the same commit, with an empty history.
   * It never returns: nothing of the program runs after it.
   */
  continueAsNew(input?: unknown): Promise<never>;
}

/** One attempt of a step, for those who watch. */
export interface Attempted {
  readonly workflow: string;
  readonly run: string;
  readonly at: string;
  readonly kind: string;
  readonly name: string;
  readonly attempt: number;
  /** Position in the trace that began the run. */
  readonly trace: string | undefined;
}

/** Where files of steps are kept. */
export interface Artefacts {
  put(run: string, at: string, name: string, content: string | Uint8Array): Promise<void>;
}

/** A workflow as the engine runs it. */
export interface Program {
  readonly name: string;
  /** Runs stay with the version that they were started with. */
  readonly version: string;
  readonly run: (context: WorkflowContext, input: unknown) => Promise<unknown>;
  /** What the bodies of steps are given. */
  readonly held?: unknown;
  /** Where its lines go; the engine's own if left out. */
  readonly log?: Log;
  /** Records what `once` writes; nobody if left out. */
  readonly tracer?: Tracer;
  /** Keeps what steps leave behind; without it they can leave nothing. */
  readonly artefacts?: Artefacts;
  /** Hears what its steps say that they cost. */
  readonly paid?: (cost: StepCost) => void;
  /** How often its steps are tried unless they say it themselves. */
  readonly retry?: StepOptions["retry"];
  /** Longest time of a run from its start, milliseconds; without end if left out. */
  readonly timeoutMs?: number;
  /** Runs at once over all processes of the store; those that wait do not count. */
  readonly concurrency?: number;
  /** Goes around each attempt of a step, for spans and figures. */
  readonly around?: <T>(attempt: Attempted, work: () => Promise<T>) => Promise<T>;
}
