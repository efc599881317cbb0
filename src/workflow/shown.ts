import { resourceId } from "../core/graph.ts";
import { toJsonSchema } from "../core/schema.ts";
import { failureOf, decodeError } from "./engine/failure.ts";
import type { DayCount, Extent, RunCost } from "./engine/overview.ts";
import type { OpenCallback as Callback, RunCount } from "./engine/records.ts";
import { runStatuses } from "./engine/status.ts";
import type { Entry, RunRow, RunSummary } from "./engine/rows.ts";
import { definitionOf, isStateMachine } from "./machine/declaration.ts";
import type { WorkflowRuntime } from "./runtime.ts";
import { startKeys } from "./workflow.ts";
import type { AnyWorkflow } from "./workflow.ts";
import type {
  AttributeValues,
  DayView,
  EntryView,
  FailureView,
  OpenCallback,
  RunCounts,
  RunDetail,
  RunView,
  ShownValue,
  WorkflowView,
} from "./view.ts";

/** Characters of a value that are shown. */
export const shownMax: number = 64 * 1024;
/** In a list of many. */
const shownInListMax = 4 * 1024;

/** Nothing has run yet. */
const noRuns = Object.fromEntries(runStatuses.map((status) => [status, 0])) as RunCounts;

/** How the runs of a workflow stand, and when the newest was started. */
export type Standing = Pick<WorkflowView, "runs" | "lastAtMs">;

/** How the runs of each workflow stand. */
export function standings(counts: readonly RunCount[]): (workflow: string) => Standing {
  const found = new Map<string, Standing>();
  for (const { workflow, status, count, lastAtMs } of counts) {
    const { runs, lastAtMs: before } = found.get(workflow) ?? { runs: noRuns, lastAtMs: 0 };
    const last = Math.max(before ?? 0, lastAtMs);
    found.set(workflow, { runs: { ...runs, [status]: count }, lastAtMs: last });
  }
  return (workflow) => found.get(workflow) ?? { runs: noRuns, lastAtMs: null };
}

/** Days with runs, oldest first. */
export function daysShown(counts: readonly DayCount[]): readonly DayView[] {
  const days = new Map<number, RunCounts>();
  for (const { dayMs, status, count } of counts) {
    days.set(dayMs, { ...(days.get(dayMs) ?? noRuns), [status]: count });
  }
  return [...days].map(([dayMs, runs]) => ({ dayMs, runs }));
}

/** JSON text, cut where it is longer than `max`. */
export function shownText(json: string, max: number = shownMax): ShownValue {
  return { json: json.slice(0, max), length: json.length };
}

function failureShown(text: string | undefined): FailureView | null {
  return text === undefined ? null : failureOf(decodeError(text));
}

function traceIdOf(traceparent: string | undefined): string | null {
  return traceparent?.split("-")[1] ?? null;
}

/** A workflow as the API shows it. */
export function workflowShown(
  runtime: WorkflowRuntime,
  declared: AnyWorkflow,
  standing: Standing,
): WorkflowView {
  const { name, description, version, previous, uses, input } = declared;
  const nameOf = (key: string): string | null => uses[key]?.resource.name ?? null;
  const begins: readonly string[] = Object.values(startKeys);
  const own = Object.entries(uses).filter(([key]) => !begins.includes(key));
  return {
    name,
    description,
    service: runtime.serviceOf(name),
    version,
    previous: previous.map((one) => one.version),
    schedule: nameOf(startKeys.schedule),
    event: nameOf(startKeys.event),
    concurrency: declared.concurrency ?? null,
    timeoutMs: declared.timeoutMs ?? null,
    definition: isStateMachine(declared) ? definitionOf(declared) : null,
    input: input === undefined ? {} : toJsonSchema(input),
    uses: [...new Set(own.map(([, { resource }]) => resourceId(resource)))],
    ...standing,
  };
}

/** A run as a list shows it. */
export function runShown(run: RunSummary): RunView {
  const { id, workflow, version, status, priority, createdAtMs } = run;
  return {
    id,
    workflow,
    version,
    status: run.paused && run.endedAtMs === undefined ? "paused" : status,
    priority,
    attributes: run.attributes as AttributeValues,
    createdAtMs,
    startedAtMs: run.startedAtMs ?? null,
    endedAtMs: run.endedAtMs ?? null,
    wakeAtMs: run.wakeAtMs ?? null,
    cancelling: run.cancel && run.endedAtMs === undefined,
    parent: run.parent ?? null,
    origin: run.forkOf ?? run.continues ?? null,
    error: failureShown(run.error),
    traceId: traceIdOf(run.trace),
  };
}

/** A callback that waits for somebody, with what whoever answers should know. */
export function callbackShown(open: Callback): OpenCallback {
  const { run, workflow, at, name, sinceMs, dueAtMs, attributes, input, about } = open;
  return {
    run,
    workflow,
    at,
    name,
    startedAtMs: sinceMs,
    dueAtMs: dueAtMs ?? null,
    attributes: attributes as AttributeValues,
    input: input.length === 0 ? null : input,
    about: about.length === 0 ? null : about,
  };
}

/** A run with what went in and came out. */
export function runDetailShown(
  run: RunRow,
  { entries, place }: Extent,
  costs: readonly RunCost[],
): RunDetail {
  return {
    ...runShown(run),
    input: shownText(run.input),
    output: run.output === undefined ? null : shownText(run.output),
    costs,
    entries,
    place,
  };
}

/** What a run recorded, as a page of its history shows it. */
export function entryShown(
  entry: Entry,
  { child, max = shownInListMax }: { readonly child?: string | undefined; readonly max?: number },
): EntryView {
  const { at, kind, name, status, place, attempt, value, progress } = entry;
  return {
    at,
    kind,
    name,
    status,
    place,
    attempt,
    attempts: entry.failures,
    costs: entry.costs.map(({ what = null, ...cost }) => ({ ...cost, what })),
    startedAtMs: entry.startedAtMs,
    endedAtMs: entry.endedAtMs ?? null,
    dueAtMs: entry.dueAtMs ?? null,
    value: value === "" ? null : shownText(value, max),
    error: failureShown(entry.error),
    progress:
      progress === undefined
        ? null
        : { done: progress.done, total: progress.total ?? null, note: progress.note ?? null },
    child: child ?? null,
  };
}
