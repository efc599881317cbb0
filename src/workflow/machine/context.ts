import type { TaskOutcome } from "../asl/index.ts";
import type { TaskCall } from "./declaration.ts";
import type { HeldThings } from "./tasks.ts";

/** What the code of a step is told. */
export type StepCall = Pick<TaskCall, "key" | "signal" | "heartbeat">;

/** How long a step or an answer may take. */
export interface Limits {
  readonly timeoutSeconds?: number;
  readonly heartbeatSeconds?: number;
}

/**
 * What a run of a machine asks of the journal that it runs on. What these resolve with is recorded
 * and comes again, in the same order, after any crash.
 */
export interface MachineContext {
  readonly run: string;
  /** Milliseconds since the epoch, when what was last seen ended. */
  now(): number;
  random(): number;
  uuid(): string;
  sleepUntil(atMs: number): Promise<void>;
  /** Does something once; again only if the process died meanwhile. */
  task(
    name: string,
    limits: Limits,
    work: (held: HeldThings, call: StepCall) => Promise<TaskOutcome>,
  ): Promise<TaskOutcome>;
  /** Hands a token over, and waits for the answer to it; the handing may fail. */
  answer(
    name: string,
    limits: Limits,
    submit: (held: HeldThings, token: string, call: StepCall) => Promise<TaskOutcome>,
  ): Promise<TaskOutcome>;
  /** Keeps a text that is made once; a state's own failure is not tried again. */
  keep(name: string, make: (held: HeldThings) => string | Promise<string>): Promise<string>;
  /** Answers whoever asks for it, while the run goes on and after. */
  tell(name: string, what: () => unknown): void;
}
