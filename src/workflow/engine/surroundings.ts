import type { Clock } from "../../core/clock.ts";
import type { Ids, Random } from "../../core/ids.ts";
import type { Log } from "../../core/log.ts";
import type { Store } from "../../core/store.ts";
import type { StepCache } from "./cache.ts";
import type { Deliveries } from "./deliveries.ts";
import type { Journal } from "./journal.ts";
import type { Program } from "./program.ts";
import type { Ending, Lease, NewRun } from "./rows.ts";

/** What the lives of an engine's runs share. */
export interface Surroundings {
  readonly journal: Journal;
  readonly cache: StepCache;
  readonly deliveries: Deliveries;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly log: Log;
  readonly program: Program;
  /** How long a run that only waits stays in memory, milliseconds. */
  readonly lingerMs: number;
  /** Entries of one run, and characters of their values. */
  readonly entriesMax: number;
  readonly historyBytesMax: number;
  /** Whether others wait for the run's place among those that run. */
  readonly isCounted: boolean;
  /** Replays what was recorded, and goes no further: nothing is written. */
  readonly reads?: true;
  /** Begins a child run. @throws MOR_WORKFLOW_ID when a run of this id is of somebody else */
  begin(run: Omit<NewRun, "version" | "priority" | "dueAtMs">, parent: Lease): Promise<void>;
  /** The run with which a chain goes on. */
  next(run: Omit<NewRun, "version" | "dueAtMs">): NewRun;
}

/** How a run's time in memory ended. */
export type Outcome =
  /** Durably; a chain that goes on with its next run has no ending. */
  | { readonly how: "ended"; readonly ending?: Ending }
  /** It waits: nothing of it is in memory any more. */
  | { readonly how: "suspended"; readonly wakeAtMs: number | undefined }
  /** Another process has it, or the journal cannot be written. */
  | { readonly how: "lost"; readonly error: unknown };
