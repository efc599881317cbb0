import type { Row, SqlValue } from "../../core/store.ts";

/** How a run stands. `waiting` runs are in nobody's memory. */
export type RunStatus =
  | "ready"
  | "running"
  | "waiting"
  | "paused"
  | "completed"
  | "failed"
  | "cancelled"
  | "terminated";

/** A run as the journal has it. */
export interface RunRow {
  readonly id: string;
  readonly workflow: string;
  readonly version: string;
  readonly status: RunStatus;
  readonly priority: number;
  readonly input: string;
  readonly output: string | undefined;
  readonly error: string | undefined;
  readonly owner: string | undefined;
  readonly epoch: number;
  readonly cancel: boolean;
  readonly wakeAtMs: number | undefined;
  readonly parent: string | undefined;
  readonly parentAt: string | undefined;
  readonly createdAtMs: number;
  readonly startedAtMs: number | undefined;
  readonly endedAtMs: number | undefined;
}

/** What a run recorded at one position of its program. */
export interface Entry {
  /** Position: numbers of calls, from the outside in: `3.0.1`. */
  readonly at: string;
  /** In which order it ended, from 1; 0 while it has not. */
  readonly place: number;
  readonly kind: EntryKind;
  readonly name: string;
  readonly status: "open" | "done" | "failed";
  readonly value: string;
  readonly error: string | undefined;
  readonly attempt: number;
  readonly dueAtMs: number | undefined;
  readonly token: string | undefined;
  readonly startedAtMs: number;
  readonly endedAtMs: number | undefined;
}

/** What a workflow may ask of its context. */
export type EntryKind = "step" | "sleep" | "signal" | "callback" | "child" | "patch";

/** A run and the right to write to it. */
export interface Lease {
  readonly run: string;
  readonly owner: string;
  readonly epoch: number;
}

/** A run to begin. */
export interface NewRun {
  readonly id: string;
  readonly workflow: string;
  readonly version: string;
  readonly input: string;
  readonly priority: number;
  readonly parent?: { readonly run: string; readonly at: string };
}

/** How a run ended. */
export interface Ending {
  readonly status: "completed" | "failed" | "cancelled";
  readonly output?: string;
  readonly error?: string;
}

/** A number that may be missing. */
export const optional = (value: SqlValue | undefined): number | undefined =>
  value === null || value === undefined ? undefined : Number(value);
const optionalText = (value: SqlValue | undefined): string | undefined =>
  value === null || value === undefined ? undefined : String(value);

/** Reads a row of runs. */
export function runOf(row: Row): RunRow {
  return {
    id: String(row["id"]),
    workflow: String(row["workflow"]),
    version: String(row["version"]),
    status: String(row["status"]) as RunStatus,
    priority: Number(row["priority"]),
    input: String(row["input"]),
    output: optionalText(row["output"]),
    error: optionalText(row["error"]),
    owner: optionalText(row["owner"]),
    epoch: Number(row["epoch"]),
    cancel: Number(row["cancel"]) === 1,
    wakeAtMs: optional(row["wake_at"]),
    parent: optionalText(row["parent"]),
    parentAt: optionalText(row["parent_at"]),
    createdAtMs: Number(row["created_at"]),
    startedAtMs: optional(row["started_at"]),
    endedAtMs: optional(row["ended_at"]),
  };
}

/** Reads a row of entries. */
export function entryOf(row: Row): Entry {
  return {
    at: String(row["at"]),
    place: Number(row["place"] ?? 0),
    kind: String(row["kind"]) as EntryKind,
    name: String(row["name"]),
    status: String(row["status"]) as Entry["status"],
    value: String(row["value"]),
    error: optionalText(row["error"]),
    attempt: Number(row["attempt"]),
    dueAtMs: optional(row["due_at"]),
    token: optionalText(row["token"]),
    startedAtMs: Number(row["started_at"]),
    endedAtMs: optional(row["ended_at"]),
  };
}
