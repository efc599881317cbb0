import { z } from "zod";
import { accepted, created, get, noContent, post } from "../core/http.ts";
import type { AnyRoute } from "../core/http.ts";
import {
  CallbacksAnswer,
  DaysAnswer,
  ReplayedAnswer,
  RunsAnswer,
  StartedAnswer,
  Status,
  WorkflowAnswer,
  WorkflowsAnswer,
} from "./answers.ts";
import { daysBetween } from "./days.ts";
import type { RunFilter } from "./engine/records.ts";
import { runReadRoutes, runWriteRoutes } from "./run-routes.ts";
import type { WorkflowRuntime } from "./runtime.ts";
import type { RunStatus } from "./view.ts";
import { callbackShown, daysShown, runShown, standings, workflowShown } from "./shown.ts";
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
          /** Where days begin: an IANA time zone. */
          timezone: z.string().max(80).default("UTC"),
        }),
        answer: DaysAnswer,
      },
      async ({ params, query }) => {
        const { name } = runtime.declared(params.name);
        const days = daysBetween(query.timezone, query.fromMs, query.untilMs);
        return { days: daysShown(await runtime.overview.days(name, days)) };
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
  ];
}

function searchRoutes({ engine }: WorkflowRuntime): readonly AnyRoute[] {
  return [
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
        summary:
          "Take up the ended runs that a search finds again: those that failed from where they " +
          "failed, or all of them from their start; what goes on is left alone",
        body: Filter.extend({
          from: z.enum(["failure", "start"]).default("failure"),
          limit: z.int().min(1).max(1000).default(100),
          cursor: z.string().max(600).optional(),
        }),
        answer: ReplayedAnswer,
      },
      async ({ body }) => {
        const { limit, cursor, from, ...filter } = body;
        const asked = {
          ...filterOf(filter),
          from,
          limit,
          ...(cursor === undefined ? {} : { cursor }),
        };
        const page = await engine.replay(asked);
        const more = page.cursor === undefined ? {} : { cursor: page.cursor };
        return accepted({ runs: page.items, ...more });
      },
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
        return { callbacks: open.items.map(callbackShown) };
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
      "/workflow-callbacks/:token/heartbeat",
      { role: "operator", status: 204, summary: "Say that a callback is still worked on" },
      async ({ params }) => {
        await engine.heartbeat(params.token);
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
    ...searchRoutes(runtime),
    ...runReadRoutes(runtime),
    ...runWriteRoutes(runtime),
    ...stopRoutes(runtime),
    ...answerRoutes(runtime),
  ];
}
