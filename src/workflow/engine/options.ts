import type { Clock } from "../../core/clock.ts";
import type { Ids, Random } from "../../core/ids.ts";
import type { Log } from "../../core/log.ts";
import type { Store } from "../../core/store.ts";
import type { Attributes } from "./program.ts";

/** What an engine is opened with. */
export interface WorkflowEngineOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly log: Log;
  readonly limits?: Partial<WorkflowLimits>;
  /** Removes what is kept elsewhere of runs that are removed. */
  readonly removing?: (runs: readonly string[]) => Promise<void>;
}

/** Limits of an engine. */
export interface WorkflowLimits {
  /** Runs in memory at once. */
  readonly runsMax: number;
  /** How long a worker may be silent before others take its runs, milliseconds. */
  readonly leaseMs: number;
  /** How long a run that only waits stays in memory, milliseconds. */
  readonly lingerMs: number;
  /** Entries of one run. */
  readonly entriesMax: number;
  /** Characters of all that one run recorded. */
  readonly historyBytesMax: number;
  /** Signals of one run that it has not taken. */
  readonly signalsMax: number;
  /** How long a run is kept after its end, milliseconds. */
  readonly retentionMs: number;
}

/** The limits of an engine that names none. */
export const usualLimits: WorkflowLimits = {
  runsMax: 1000,
  leaseMs: 15_000,
  lingerMs: 1000,
  entriesMax: 100_000,
  historyBytesMax: 64 * 1024 * 1024,
  signalsMax: 10_000,
  retentionMs: 30 * 86_400_000,
};

/** How a run is started. */
export interface StartOptions {
  /** Names the run: starting it again does nothing. A new one if left out. */
  readonly id?: string;
  /** Higher ones first; 0 if left out. */
  readonly priority?: number;
  /** What it is found by from its beginning. */
  readonly attributes?: Attributes;
  /** Position in the trace that begins it: a `traceparent`. */
  readonly trace?: string;
}

/** Where a fork begins. */
export interface ForkOptions {
  /** The position of the first entry that is not copied. */
  readonly at: string;
  /** Instead of the run's own input. */
  readonly input?: unknown;
  /** A new one if left out. */
  readonly id?: string;
}
