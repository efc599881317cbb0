import type { Driver } from "../core/host.ts";

/** What an engine of workflows can do. */
export interface WorkflowFeatures extends Readonly<Record<string, boolean | number | string>> {
  /** Code workflows run on it, from a journal. */
  readonly journal: boolean;
  /** Many processes may share it. */
  readonly shared: boolean;
  /** How long a run is kept after its end, milliseconds. */
  readonly retentionMs: number;
}

/**
 * Where the journal is: rows of the state store. Every step's result is durable before the next
 * step begins, and two processes never both write to one run.
 */
export interface WorkflowDriver extends Driver {
  readonly features: WorkflowFeatures;
}
