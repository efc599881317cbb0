import { z } from "zod";
import type { ArtefactView } from "./artefacts.ts";
import { runStatuses } from "./view.ts";
import type {
  AttributeValues,
  DayView,
  EntryView,
  FailureView,
  OpenCallback,
  RunCounts,
  RunDetail,
  RunStatus,
  RunView,
  ShownValue,
  WorkflowView,
} from "./view.ts";

const Counts: z.ZodType<RunCounts> = z.object(
  Object.fromEntries(runStatuses.map((status) => [status, z.number()])) as Record<
    RunStatus,
    z.ZodNumber
  >,
);

/** How a run may stand. */
export const Status: z.ZodType<RunStatus> = z.enum(runStatuses);

/** One workflow. */
export const WorkflowAnswer: z.ZodType<WorkflowView> = z.object({
  name: z.string(),
  description: z.string(),
  service: z.string(),
  version: z.string(),
  previous: z.array(z.string()),
  schedule: z.nullable(z.string()),
  event: z.nullable(z.string()),
  concurrency: z.nullable(z.number()),
  timeoutMs: z.nullable(z.number()),
  definition: z.nullable(z.record(z.string(), z.unknown())),
  input: z.record(z.string(), z.unknown()),
  uses: z.array(z.string()),
  runs: Counts,
  lastAtMs: z.nullable(z.number()),
});

/** Days with runs. */
export const DaysAnswer: z.ZodType<{ readonly days: readonly DayView[] }> = z.object({
  days: z.array(z.object({ dayMs: z.number(), runs: Counts })),
});

/** Every workflow. */
export const WorkflowsAnswer: z.ZodType<{ readonly workflows: readonly WorkflowView[] }> = z.object(
  { workflows: z.array(WorkflowAnswer) },
);

const Failure: z.ZodType<FailureView> = z.object({
  name: z.string(),
  message: z.string(),
  code: z.exactOptional(z.string()),
});

const Attributes: z.ZodType<AttributeValues> = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean()]),
);

const runFields = {
  id: z.string(),
  workflow: z.string(),
  version: z.string(),
  status: Status,
  priority: z.number(),
  attributes: Attributes,
  createdAtMs: z.number(),
  startedAtMs: z.nullable(z.number()),
  endedAtMs: z.nullable(z.number()),
  wakeAtMs: z.nullable(z.number()),
  cancelling: z.boolean(),
  parent: z.nullable(z.string()),
  origin: z.nullable(z.string()),
  error: z.nullable(Failure),
  traceId: z.nullable(z.string()),
};

const Run: z.ZodType<RunView> = z.object(runFields);

/** A page of runs. */
export interface RunsPage {
  readonly runs: readonly RunView[];
  readonly cursor?: string;
}

/** A page of runs, newest first. */
export const RunsAnswer: z.ZodType<RunsPage> = z.object({
  runs: z.array(Run),
  cursor: z.exactOptional(z.string()),
});

const Shown: z.ZodType<ShownValue> = z.object({ json: z.string(), length: z.number() });

/** One run. */
export const RunAnswer: z.ZodType<RunDetail> = z.object({
  ...runFields,
  input: Shown,
  output: z.nullable(Shown),
  costs: z.array(z.object({ currency: z.string(), amount: z.number() })),
  entries: z.number(),
  place: z.number(),
});

/** One entry. */
export const EntryAnswer: z.ZodType<EntryView> = z.object({
  at: z.string(),
  kind: z.string(),
  name: z.string(),
  status: z.enum(["open", "done", "failed"]),
  place: z.number(),
  attempt: z.number(),
  attempts: z.array(
    z.object({
      attempt: z.number(),
      startedAtMs: z.number(),
      endedAtMs: z.number(),
      error: Failure,
    }),
  ),
  costs: z.array(
    z.object({ currency: z.string(), amount: z.number(), what: z.nullable(z.string()) }),
  ),
  startedAtMs: z.number(),
  endedAtMs: z.nullable(z.number()),
  dueAtMs: z.nullable(z.number()),
  value: z.nullable(Shown),
  error: z.nullable(Failure),
  progress: z.nullable(
    z.object({ done: z.number(), total: z.nullable(z.number()), note: z.nullable(z.string()) }),
  ),
  child: z.nullable(z.string()),
});

/** A page of a run's history. */
export interface EntriesPage {
  readonly entries: readonly EntryView[];
  /** What the next page begins after. */
  readonly after?: string;
}

/** A page of a run's history, by position. */
export const EntriesAnswer: z.ZodType<EntriesPage> = z.object({
  entries: z.array(EntryAnswer),
  after: z.exactOptional(z.string()),
});

/** The id of a run that was started. */
export const StartedAnswer: z.ZodType<{ readonly id: string }> = z.object({ id: z.string() });

/** What a run can be asked. */
export const QueriesAnswer: z.ZodType<{ readonly queries: readonly string[] }> = z.object({
  queries: z.array(z.string()),
});

/** What a run answered. */
export const QueryAnswer: z.ZodType<{ readonly value: ShownValue }> = z.object({ value: Shown });

/** Callbacks that wait for an answer. */
export const CallbacksAnswer: z.ZodType<{ readonly callbacks: readonly OpenCallback[] }> = z.object(
  {
    callbacks: z.array(
      z.object({
        run: z.string(),
        workflow: z.string(),
        at: z.string(),
        name: z.string(),
        startedAtMs: z.number(),
        dueAtMs: z.nullable(z.number()),
        attributes: Attributes,
        input: z.nullable(Shown),
        about: z.nullable(Shown),
      }),
    ),
  },
);

/** Runs that are tried again, each as a run of its own. */
export const ReplayedAnswer: z.ZodType<{
  readonly runs: readonly { readonly run: string; readonly fork: string }[];
  readonly cursor?: string;
}> = z.object({
  runs: z.array(z.object({ run: z.string(), fork: z.string() })),
  cursor: z.exactOptional(z.string()),
});

/** The history of a state machine's run, in the shape of GetExecutionHistory. */
export const HistoryAnswer: z.ZodType<{
  readonly events: readonly Readonly<Record<string, unknown>>[];
}> = z.object({ events: z.array(z.record(z.string(), z.unknown())) });

/** Files that steps left behind. */
export const ArtefactsAnswer: z.ZodType<{ readonly artefacts: readonly ArtefactView[] }> = z.object(
  { artefacts: z.array(z.object({ at: z.string(), name: z.string() })) },
);
