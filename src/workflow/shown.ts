import { resourceId } from "../core/graph.ts";
import { toJsonSchema } from "../core/schema.ts";
import { failureOf, decodeError } from "./engine/failure.ts";
import type { RunCount } from "./engine/records.ts";
import type { Entry, RunRow, RunSummary } from "./engine/rows.ts";
import type { WorkflowRuntime } from "./runtime.ts";
import { startKeys } from "./workflow.ts";
import type { AnyWorkflow } from "./workflow.ts";
import type {
  AttributeValues,
  EntryView,
  FailureView,
  RunCounts,
  RunDetail,
  RunStatus,
  RunView,
  ShownValue,
  WorkflowView,
} from "./view.ts";

/** Characters of a value that are shown. */
const shownMax = 64 * 1024;
/** In a list of many. */
const shownInListMax = 4 * 1024;

/** Nothing has run yet. */
const noRuns: RunCounts = {
  ready: 0,
  running: 0,
  waiting: 0,
  paused: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  terminated: 0,
  continued: 0,
};

/** How the runs of each workflow stand. */
export function countsOf(counts: readonly RunCount[]): (workflow: string) => RunCounts {
  const found = new Map<string, Record<RunStatus, number>>();
  for (const { workflow, status, count } of counts) {
    const known = found.get(workflow) ?? { ...noRuns };
    found.set(workflow, { ...known, [status]: count });
  }
  return (workflow) => found.get(workflow) ?? noRuns;
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
  runs: RunCounts,
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
    input: input === undefined ? {} : toJsonSchema(input),
    uses: [...new Set(own.map(([, { resource }]) => resourceId(resource)))],
    runs,
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

/** A run with what went in and came out. */
export function runDetailShown(run: RunRow): RunDetail {
  return {
    ...runShown(run),
    input: shownText(run.input),
    output: run.output === undefined ? null : shownText(run.output),
  };
}

/** What a run recorded, as a page of its history shows it. */
export function entryShown(entry: Entry): EntryView {
  const { at, kind, name, status, place, attempt, value, progress } = entry;
  return {
    at,
    kind,
    name,
    status,
    place,
    attempt,
    startedAtMs: entry.startedAtMs,
    endedAtMs: entry.endedAtMs ?? null,
    dueAtMs: entry.dueAtMs ?? null,
    value: value === "" ? null : shownText(value, shownInListMax),
    error: failureShown(entry.error),
    progress:
      progress === undefined
        ? null
        : { done: progress.done, total: progress.total ?? null, note: progress.note ?? null },
  };
}
