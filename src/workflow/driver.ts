import type { Driver } from "../core/host.ts";

/** What an engine of workflows can do. */
export interface WorkflowFeatures extends Readonly<Record<string, boolean | number | string>> {
  /** Code workflows run on it, from a journal. */
  readonly journal: boolean;
  /** Many processes may share it. */
  readonly shared: boolean;
  /** How long a run is kept after its end, milliseconds. */
  readonly retentionMs: number;
  /** What runs state machines: `journal` or `step-functions`. */
  readonly machines: string;
}

/** What runs state machines, with the options of its driver. */
export type MachineChoice =
  | { readonly driver: "journal" }
  | ({ readonly driver: "step-functions" } & Readonly<Record<string, unknown>>);

/**
 * Where the journal is: rows of the state store. Every step's result is durable before the next
 * step begins, and two processes never both write to one run.
 */
export interface WorkflowDriver extends Driver {
  readonly features: WorkflowFeatures;
  /** What was chosen for state machines: each process opens it for itself. */
  machines(): Promise<MachineChoice>;
}
