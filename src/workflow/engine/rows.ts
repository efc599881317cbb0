import type { Row, SqlValue } from "../../core/store.ts";
import type { Attributes, Failure, Progress, StepCost } from "./program.ts";
import { positionOf } from "./position.ts";
import type { RunStatus } from "./status.ts";

/** A run as lists have it: without what may be large. */
export interface RunSummary {
  readonly id: string;
  readonly workflow: string;
  readonly version: string;
  readonly status: RunStatus;
  readonly priority: number;
  /** What the run ended with, as the journal keeps errors. */
  readonly error: string | undefined;
  readonly attributes: Attributes;
  readonly owner: string | undefined;
  readonly epoch: number;
  /** The epoch whose process died. */
  readonly died: number | undefined;
  readonly cancel: boolean;
  readonly paused: boolean;
  readonly wakeAtMs: number | undefined;
  /** When its time is over. */
  readonly dueAtMs: number | undefined;
  readonly parent: string | undefined;
  readonly parentAt: string | undefined;
  /** The first run of its chain, and which one it is in it. */
  readonly chain: string | undefined;
  readonly link: number;
  /** The run before it in its chain. */
  readonly continues: string | undefined;
  readonly forkOf: string | undefined;
  /** What its random numbers are drawn by; its id if left out. */
  readonly seed: string | undefined;
  /** Position in the trace that began it: a `traceparent`. */
  readonly trace: string | undefined;
  /** Time at its beginning, as its program sees it. */
  readonly beginAtMs: number;
  readonly createdAtMs: number;
  readonly startedAtMs: number | undefined;
  readonly endedAtMs: number | undefined;
}

/** A run as the journal has it. */
export interface RunRow extends RunSummary {
  readonly input: string;
  readonly output: string | undefined;
}

/** An attempt that failed: when, and why. */
export interface FailedAttempt {
  /** From 1. */
  readonly attempt: number;
  /** Of one whose process died: since when it may have run, and when that was noticed. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly error: Failure;
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
  /** Attempts that ended; 0 for a result that another run left in the cache. */
  readonly attempt: number;
  /** How many of them ended with their process. */
  readonly deaths: number;
  readonly progress: Progress | undefined;
  /** The last attempts that failed, oldest first. */
  readonly failures: readonly FailedAttempt[];
  /** What all its attempts paid. */
  readonly costs: readonly StepCost[];
  readonly dueAtMs: number | undefined;
  readonly token: string | undefined;
  readonly startedAtMs: number;
  readonly endedAtMs: number | undefined;
}

/** What a workflow may ask of its context. */
export type EntryKind =
  | "step"
  | "invoke"
  | "once"
  | "sleep"
  | "signal"
  | "event"
  | "callback"
  | "child"
  | "patch"
  | "attributes"
  /** The run was cancelled, or its time was over: from here on it is undone. */
  | "stop";

/** Where a run records that it was stopped. */
export const stopAt = "stop";

/** Whether a position is of what undoes a run. */
export const isUndo = (at: string): boolean => at.startsWith("undo.");

/** An entry that has not ended. */
export function opened(at: string, kind: EntryKind, name: string, startedAtMs: number): Entry {
  return {
    at,
    place: 0,
    kind,
    name,
    status: "open",
    value: "",
    error: undefined,
    attempt: 0,
    deaths: 0,
    progress: undefined,
    failures: [],
    costs: [],
    dueAtMs: undefined,
    token: undefined,
    startedAtMs,
    endedAtMs: undefined,
  };
}

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
  /** Empty where the newest one is not known. */
  readonly version: string;
  readonly input: string;
  readonly priority: number;
  /** Now if left out. */
  readonly createdAtMs?: number;
  readonly dueAtMs?: number | undefined;
  readonly attributes?: Attributes;
  readonly trace?: string | undefined;
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
const optionalAt = (value: SqlValue | undefined): string | undefined =>
  value === null || value === undefined ? undefined : positionOf(String(value));
const optionalJson = (value: SqlValue | undefined): unknown =>
  value === null || value === undefined ? undefined : (JSON.parse(String(value)) as unknown);

/** What a run is found by, of its column. */
export const attributesOf = (value: SqlValue | undefined): Attributes =>
  (optionalJson(value) ?? {}) as Attributes;

/** Columns of {@link RunSummary}. */
export const summaryColumns: string = `id workflow version status priority error attributes owner
  epoch died cancel paused wake_at due_at parent parent_at chain link continues fork_of seed trace
  begin_at created_at started_at ended_at`
  .split(/\s+/)
  .map((name) => `r.${name}`)
  .join(", ");

/** Reads a row of runs, without what may be large. */
export function summaryOf(row: Row): RunSummary {
  return {
    id: String(row["id"]),
    workflow: String(row["workflow"]),
    version: String(row["version"]),
    status: String(row["status"]) as RunStatus,
    priority: Number(row["priority"]),
    error: optionalText(row["error"]),
    attributes: attributesOf(row["attributes"]),
    owner: optionalText(row["owner"]),
    epoch: Number(row["epoch"]),
    died: optional(row["died"]),
    cancel: Number(row["cancel"]) === 1,
    paused: Number(row["paused"]) === 1,
    wakeAtMs: optional(row["wake_at"]),
    dueAtMs: optional(row["due_at"]),
    parent: optionalText(row["parent"]),
    parentAt: optionalAt(row["parent_at"]),
    chain: optionalText(row["chain"]),
    link: Number(row["link"]),
    continues: optionalText(row["continues"]),
    forkOf: optionalText(row["fork_of"]),
    seed: optionalText(row["seed"]),
    trace: optionalText(row["trace"]),
    beginAtMs: optional(row["begin_at"]) ?? Number(row["created_at"]),
    createdAtMs: Number(row["created_at"]),
    startedAtMs: optional(row["started_at"]),
    endedAtMs: optional(row["ended_at"]),
  };
}

/** Reads a row of runs. */
export function runOf(row: Row): RunRow {
  return { ...summaryOf(row), input: String(row["input"]), output: optionalText(row["output"]) };
}

/** Reads a row of entries. */
export function entryOf(row: Row): Entry {
  return {
    at: positionOf(String(row["at"])),
    place: Number(row["place"] ?? 0),
    kind: String(row["kind"]) as EntryKind,
    name: String(row["name"]),
    status: String(row["status"]) as Entry["status"],
    value: String(row["value"]),
    error: optionalText(row["error"]),
    attempt: Number(row["attempt"]),
    deaths: Number(row["deaths"]),
    progress: optionalJson(row["progress"]) as Progress | undefined,
    failures: (optionalJson(row["failures"]) ?? []) as readonly FailedAttempt[],
    costs: (optionalJson(row["costs"]) ?? []) as readonly StepCost[],
    dueAtMs: optional(row["due_at"]),
    token: optionalText(row["token"]),
    startedAtMs: Number(row["started_at"]),
    endedAtMs: optional(row["ended_at"]),
  };
}
