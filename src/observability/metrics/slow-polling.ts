import type { Clock } from "../../core/clock.ts";
import { MorningError } from "../../core/errors.ts";
import type { Random } from "../../core/ids.ts";
import { backoffMs } from "../../core/retry.ts";

/** Why something could not be read, and what mends it. */
export interface PollProblem {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
  /** Since when, without a success in between. */
  readonly sinceMs: number;
}

/** How reading goes. */
export interface PollState {
  /** The last time that it worked; null before the first. */
  readonly readAtMs: number | null;
  /** When it is tried next; null where it was stopped. */
  readonly nextAtMs: number | null;
  /** Failures one after the other. */
  readonly failures: number;
  readonly problem: PollProblem | null;
}

/** Work that is done over and over. */
export interface Polling {
  state(): PollState;
  /** Resolves when what is under way has ended. */
  stop(): Promise<void>;
}

/** What is done, and how often. */
export interface PollOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly everyMs: number;
  /** Works once. Its failures are kept, not thrown. */
  readonly work: () => Promise<void>;
  /** Told of a failure when it is another one than before. */
  readonly failed: (problem: PollProblem) => void;
}

/** Longest wait that failures add, milliseconds. */
const delayMsMax = 900_000;

function problemOf(error: unknown, sinceMs: number): PollProblem {
  if (MorningError.is(error)) {
    const { code, message, fix } = error;
    return { code, message: message.slice(0, 500), fix, sinceMs };
  }
  const message = String((error as Error | undefined)?.message ?? error).slice(0, 500);
  const fix = "Look at the engine's own log; it is asked again by itself.";
  return { code: "MOR_INTERNAL", message, fix, sinceMs };
}

/**
 * Works at once and then every `everyMs`, never twice at a time. What fails waits longer each time,
 * so that an engine in trouble is not asked the more for it, and never less than `everyMs`.
 */
export function startPolling(options: PollOptions): Polling {
  const { clock, random, everyMs, work, failed } = options;
  let state: PollState = { readAtMs: null, nextAtMs: null, failures: 0, problem: null };
  let stopped = false;
  let cancel = (): void => {};
  let running = Promise.resolve();

  const once = async (): Promise<number> => {
    try {
      await work();
      state = { readAtMs: clock.now(), nextAtMs: null, failures: 0, problem: null };
      return everyMs;
    } catch (error) {
      const problem = problemOf(error, state.problem?.sinceMs ?? clock.now());
      if (problem.message !== state.problem?.message) failed(problem);
      const failures = state.failures + 1;
      state = { ...state, failures, problem };
      return everyMs + backoffMs(failures, { baseMs: everyMs, delayMsMax }, random);
    }
  };
  const turn = async (): Promise<void> => {
    const delayMs = await once();
    if (stopped) return;
    state = { ...state, nextAtMs: clock.now() + delayMs };
    cancel = clock.after(delayMs, () => void (running = turn()));
  };
  running = turn();
  return {
    state: () => state,
    async stop() {
      stopped = true;
      cancel();
      await running;
      state = { ...state, nextAtMs: null };
    },
  };
}
