import { z } from "zod";
import { accepted, created, get, noContent, post } from "../core/http.ts";
import type { AnyRoute } from "../core/http.ts";
import {
  CallbacksAnswer,
  DaysAnswer,
  EntriesAnswer,
  EntryAnswer,
  QueryAnswer,
  ReplayedAnswer,
  RunAnswer,
  RunsAnswer,
  StartedAnswer,
  Status,
  WorkflowAnswer,
  WorkflowsAnswer,
} from "./answers.ts";
import type { RunFilter } from "./engine/records.ts";
import { decodeValue, encodeValue } from "./engine/value.ts";
import { RecordingForm } from "./recording.ts";
import type { WorkflowRuntime } from "./runtime.ts";
import type { RunStatus } from "./view.ts";
import {
  daysShown,
  entryShown,
  runDetailShown,
  runShown,
  shownMax,
  shownText,
  standings,
  workflowShown,
} from "./shown.ts";
import { startChecked } from "./starting.ts";

const Id = z.string().min(1).max(256);
const instant = z.coerce.number().int().min(0);

const Filter = z.object({
  workflow: z.string().optional(),
  /** Several, apart by commas. */
  status: z
    .string()
    .transform((text) => text.split(","))
    .pipe(z.array(Status) as z.ZodType<RunStatus[], string[]>)
    .optional(),
  /** `orderId:A-17`: a name and a value of an attribute. */
  attribute: z.string().max(600).optional(),
  idPrefix: z.string().max(256).optional(),
  parent: Id.optional(),
  origin: Id.optional(),
  fromMs: instant.optional(),
  untilMs: instant.optional(),
});

const RunsQuery = Filter.extend({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(600).optional(),
});

/** A number or a boolean is meant where the text is one; as text it is found too. */
function attributeOf(text: string | undefined): RunFilter["attribute"] {
  if (text === undefined) return undefined;
  const colon = text.indexOf(":");
  return { name: text.slice(0, colon), value: text.slice(colon + 1) };
}

function filterOf(asked: z.infer<typeof Filter>): RunFilter {
  const { status, attribute, ...others } = asked;
  const about = attributeOf(attribute);
  const given = Object.fromEntries(
    Object.entries(others).filter(([, value]) => value !== undefined),
  ) as Omit<RunFilter, "statuses" | "attribute">;
  return {
    ...given,
    ...(status === undefined ? {} : { statuses: status }),
    ...(about === undefined ? {} : { attribute: about }),
  };
}

function listRoutes(runtime: WorkflowRuntime): readonly AnyRoute[] {
  const { engine } = runtime;
  return [
    get(
      "/workflows",
      { role: "viewer", summary: "Workflows and how their runs stand", answer: WorkflowsAnswer },
      async () => {
        const standing = standings(await engine.counts());
        return {
          workflows: runtime.workflows.map((one) =>
            workflowShown(runtime, one, standing(one.name)),
          ),
        };
      },
    ),
    get(
      "/workflows/:name",
      { role: "viewer", summary: "One workflow", answer: WorkflowAnswer },
      async ({ params }) => {
        const one = runtime.declared(params.name);
        return workflowShown(runtime, one, standings(await engine.counts())(one.name));
      },
    ),
    get(
      "/workflows/:name/days",
      {
        role: "viewer",
        summary: "How many runs were started on each day, by how they stand",
        query: z.object({
          fromMs: instant,
          untilMs: instant,
          /** Local time minus UTC, for where days begin. */
          offsetMs: z.coerce.number().int().min(-86_400_000).max(86_400_000).default(0),
        }),
        answer: DaysAnswer,
      },
      async ({ params, query }) => {
        const { fromMs, untilMs, offsetMs } = query;
        const { name } = runtime.declared(params.name);
        return { days: daysShown(await runtime.overview.days(name, fromMs, untilMs, offsetMs)) };
      },
    ),
    post(
      "/workflows/:name/runs",
      {
        role: "operator",
        status: 201,
        summary: "Start a run; the same id twice is one run",
        body: z.strictObject({
          input: z.unknown().optional(),
          id: Id.optional(),
          priority: z.int().min(-100).max(100).optional(),
        }),
        answer: StartedAnswer,
      },
      async ({ params, body }) => {
        const { input, id, priority } = body;
        const options = {
          ...(id === undefined ? {} : { id }),
          ...(priority === undefined ? {} : { priority }),
        };
        const one = runtime.declared(params.name);
        return created({ id: await startChecked(engine, one, input, options) });
      },
    ),
    get(
      "/workflow-runs",
      {
        role: "viewer",
        summary: "Search runs, newest first",
        query: RunsQuery,
        answer: RunsAnswer,
      },
      async ({ query }) => {
        const { limit, cursor, ...filter } = query;
        const page = await engine.list({
          ...filterOf(filter),
          limit,
          ...(cursor === undefined ? {} : { cursor }),
        });
        return {
          runs: page.items.map(runShown),
          ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
        };
      },
    ),
    post(
      "/workflow-runs/replay",
      {
        role: "operator",
        status: 202,
        summary: "Try the failed runs that a search finds again, from where they failed",
        body: Filter.extend({
          limit: z.int().min(1).max(1000).default(100),
          cursor: z.string().max(600).optional(),
        }),
        answer: ReplayedAnswer,
      },
      async ({ body }) => {
        const { limit, cursor, ...filter } = body;
        const asked = { ...filterOf(filter), limit, ...(cursor === undefined ? {} : { cursor }) };
        const page = await engine.replay(asked);
        const more = page.cursor === undefined ? {} : { cursor: page.cursor };
        return accepted({ runs: page.items, ...more });
      },
    ),
  ];
}

function runRoutes({ engine, overview, recording }: WorkflowRuntime): readonly AnyRoute[] {
  return [
    get(
      "/workflow-runs/:id",
      { role: "viewer", summary: "One run, with its input and output", answer: RunAnswer },
      async ({ params }) =>
        runDetailShown(await engine.state(params.id), await overview.extent(params.id)),
    ),
    get(
      "/workflow-runs/:id/entries",
      {
        role: "viewer",
        summary: "What a run recorded, by position",
        query: z.object({
          after: z.string().max(2000).optional(),
          limit: z.coerce.number().int().min(1).max(5000).default(500),
          /** `false`: `value` is null, for pictures of many. */
          values: z.enum(["true", "false"]).default("true"),
          /** Only what ended after this place, or is open. */
          changedAfter: z.coerce.number().int().min(0).optional(),
        }),
        answer: EntriesAnswer,
      },
      async ({ params, query }) => {
        const { after, limit, values, changedAfter } = query;
        const asked = { after, limit, values: values === "true", changedAfter };
        const [read] = await Promise.all([
          overview.entries(params.id, asked),
          engine.state(params.id),
        ]);
        const children = await overview.children(params.id, read.entries);
        const entries = read.entries.map((entry) =>
          entryShown(entry, { child: children.get(entry.at) }),
        );
        return { entries, ...(read.after === undefined ? {} : { after: read.after }) };
      },
    ),
    get(
      "/workflow-runs/:id/entries/:at",
      { role: "viewer", summary: "One entry, with its whole value", answer: EntryAnswer },
      async ({ params }) => {
        const entry = await overview.entry(params.id, params.at);
        const child = (await overview.children(params.id, [entry])).get(params.at);
        return entryShown(entry, { child, max: shownMax });
      },
    ),
    get(
      "/workflow-runs/:id/recording",
      {
        role: "viewer",
        summary: "All that a run recorded, for a test that replays it against other code",
        answer: RecordingForm,
      },
      ({ params }) => recording(params.id),
    ),
    get(
      "/workflow-runs/:id/queries/:name",
      { role: "viewer", summary: "Ask a run what it answers to a name", answer: QueryAnswer },
      async ({ params }) => {
        const value = await engine.query(params.id, params.name);
        return { value: shownText(encodeValue(value, `the answer to ${params.name}`)) };
      },
    ),
    post(
      "/workflow-runs/:id/signals",
      {
        role: "operator",
        status: 204,
        summary: "Send a run a signal; kept until it waits for it",
        body: z.strictObject({ name: z.string().min(1).max(256), value: z.unknown().optional() }),
      },
      async ({ params, body }) => {
        await engine.signal(params.id, body.name, body.value);
        return noContent();
      },
    ),
    post(
      "/workflow-runs/:id/fork",
      {
        role: "operator",
        status: 201,
        summary: "Begin a new run from an entry of this one, or from its start, with today's code",
        body: z.strictObject({
          at: z.string().max(2000).optional(),
          input: z.unknown().optional(),
          id: Id.optional(),
        }),
        answer: StartedAnswer,
      },
      async ({ params, body }) => {
        const { at, id } = body;
        const given = {
          ...("input" in body ? { input: body.input } : {}),
          ...(id === undefined ? {} : { id }),
        };
        if (at !== undefined)
          return created({ id: await engine.fork(params.id, { ...given, at }) });
        const { workflow, input } = await engine.state(params.id);
        const again = "input" in body ? body.input : decodeValue(input);
        return created({ id: await engine.run(workflow, again, given) });
      },
    ),
    post(
      "/workflow-runs/:id/retry",
      {
        role: "operator",
        status: 201,
        summary: "Go on from the step that failed, as a new run",
        answer: StartedAnswer,
      },
      async ({ params }) => created({ id: await engine.retry(params.id) }),
    ),
  ];
}

const Reason = z.strictObject({ reason: z.string().max(1000).default("") });

function stopRoutes({ engine }: WorkflowRuntime): readonly AnyRoute[] {
  const act = (verb: string, summary: string, work: (id: string) => Promise<void>): AnyRoute =>
    post(
      `/workflow-runs/:id/${verb}`,
      { role: "operator", status: 204, summary },
      async ({ params }) => {
        await work((params as { readonly id: string }).id);
        return noContent();
      },
    );
  return [
    act("cancel", "Ask a run to undo what it did and to end", (id) => engine.cancel(id)),
    act("pause", "Keep a run from going on; a step under way may end", (id) => engine.pause(id)),
    act("resume", "Let a paused run go on", (id) => engine.resume(id)),
    post(
      "/workflow-runs/:id/terminate",
      {
        role: "operator",
        status: 204,
        summary: "End a run where it is, without undoing anything",
        body: Reason,
      },
      async ({ params, body }) => {
        await engine.terminate(params.id, body.reason);
        return noContent();
      },
    ),
  ];
}

const Value = z.strictObject({ value: z.unknown() });
const Refusal = z.strictObject({ error: z.string().min(1).max(4000) });
const where = { at: z.string().max(2000) };

/** An error is thrown in the workflow as it was said. */
function verdictOf(said: z.infer<typeof Value> | z.infer<typeof Refusal>) {
  return "error" in said ? { error: new Error(said.error) } : said;
}

function answerRoutes({ engine }: WorkflowRuntime): readonly AnyRoute[] {
  return [
    get(
      "/workflow-callbacks",
      {
        role: "viewer",
        summary: "What waits for somebody's answer, oldest first",
        query: z.object({ limit: z.coerce.number().int().min(1).max(500).default(100) }),
        answer: CallbacksAnswer,
      },
      async ({ query }) => {
        const open = await engine.openCallbacks({ limit: query.limit });
        return {
          callbacks: open.items.map(({ run, workflow, at, name, sinceMs, dueAtMs }) => ({
            run,
            workflow,
            at,
            name,
            startedAtMs: sinceMs,
            dueAtMs: dueAtMs ?? null,
          })),
        };
      },
    ),
    post(
      "/workflow-runs/:id/answers",
      {
        role: "operator",
        status: 204,
        summary: "Answer what a run waits for: a value, or an error",
        body: z.union([Refusal.extend(where), Value.extend(where)]),
      },
      async ({ params, body }) => {
        const { at, ...verdict } = body;
        await engine.answerAt(params.id, at, verdictOf(verdict));
        return noContent();
      },
    ),
    post(
      "/workflow-callbacks/:token",
      {
        role: "operator",
        status: 204,
        summary: "Answer a callback by its token: a value, or an error",
        body: z.union([Refusal, Value]),
      },
      async ({ params, body }) => {
        if ("error" in body) await engine.fail(params.token, new Error(body.error));
        else await engine.answer(params.token, body.value);
        return noContent();
      },
    ),
  ];
}

/** The API of workflows, below `/api/v1`. */
export function workflowRoutes(runtime: WorkflowRuntime): readonly AnyRoute[] {
  return [
    ...listRoutes(runtime),
    ...runRoutes(runtime),
    ...stopRoutes(runtime),
    ...answerRoutes(runtime),
  ];
}
