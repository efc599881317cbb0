import type { Driver } from "../../core/host.ts";
import type { Json } from "../../core/json.ts";
import type { HistoryEvent } from "../asl/index.ts";

export type { HistoryEvent } from "../asl/index.ts";

/** What a service that runs deployed state machines can do. */
export interface MachineFeatures extends Readonly<Record<string, boolean | number | string>> {
  /** Goes on with an execution that failed from where it failed. */
  readonly redrive: boolean;
}

/** How an execution stands. */
export interface Execution {
  readonly id: string;
  /** The name that it was started with. */
  readonly name: string;
  readonly status: "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED" | "PENDING_REDRIVE";
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
}

/** The same with what it was given and what came of it. */
export interface ExecutionDetail extends Execution {
  readonly input?: Json;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
}

/** Which executions, newest first. */
export interface ListExecutionsOptions {
  readonly status?: Execution["status"];
  /** At most, 1 to 1,000; 100 if left out. */
  readonly limit?: number;
  readonly cursor?: string;
}

/** Runs state machines that were deployed under their physical names, and completes their tasks. */
export interface MachineDriver extends Driver {
  readonly features: MachineFeatures;
  /**
   * Starts an execution, and gives its id. The same name with the same input starts nothing new,
   * also when that one has ended.
   * @throws MOR_NOT_FOUND, MOR_CONFLICT for a name that was used with another input
   */
  start(machine: string, input: Json, name?: string): Promise<string>;
  /** @throws MOR_NOT_FOUND */
  describe(id: string): Promise<ExecutionDetail>;
  /** All events, in the shape of GetExecutionHistory. @throws MOR_NOT_FOUND */
  history(id: string): Promise<readonly HistoryEvent[]>;
  list(
    machine: string,
    options?: ListExecutionsOptions,
  ): Promise<{ readonly executions: readonly Execution[]; readonly cursor?: string }>;
  /** @throws MOR_NOT_FOUND */
  stop(id: string, why?: { readonly error?: string; readonly cause?: string }): Promise<void>;
  /** @throws MOR_CONFLICT when it did not fail, or failed too long ago */
  redrive(id: string): Promise<void>;
  /** Completes the task of a token. @throws MOR_NOT_FOUND when nobody waits for it any more */
  succeed(token: string, output: Json): Promise<void>;
  /** @throws MOR_NOT_FOUND */
  fail(token: string, error: string, cause: string): Promise<void>;
  /** Says that the task still goes on. @throws MOR_NOT_FOUND */
  heartbeat(token: string): Promise<void>;
}
