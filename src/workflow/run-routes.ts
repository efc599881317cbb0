import { z } from "zod";
import { created, get, noContent, post } from "../core/http.ts";
import type { AnyRoute } from "../core/http.ts";
import {
  ArtefactsAnswer,
  EntriesAnswer,
  EntryAnswer,
  HistoryAnswer,
  QueriesAnswer,
  QueryAnswer,
  RunAnswer,
  StartedAnswer,
} from "./answers.ts";
import { encodeValue } from "./engine/value.ts";
import { RecordingForm } from "./recording.ts";
import type { WorkflowRuntime } from "./runtime.ts";
import { entryShown, runDetailShown, shownMax, shownText } from "./shown.ts";

const Id = z.string().min(1).max(256);

/** Looks at one run. */
export function runReadRoutes(runtime: WorkflowRuntime): readonly AnyRoute[] {
  const { engine, overview, files, recording } = runtime;
  return [
    get(
      "/workflow-runs/:id",
      { role: "viewer", summary: "One run, with its input and output", answer: RunAnswer },
      async ({ params: { id } }) => {
        const run = await engine.state(id);
        const [extent, costs] = await Promise.all([overview.extent(id), overview.costs(id)]);
        return runDetailShown(run, extent, costs);
      },
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
      "/workflow-runs/:id/history",
      {
        role: "viewer",
        summary: "The history of a state machine's run, in the shape of GetExecutionHistory",
        answer: HistoryAnswer,
      },
      async ({ params }) => {
        const events = await runtime.history(params.id);
        return { events: events.map((event) => ({ ...event })) };
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
      "/workflow-runs/:id/queries",
      { role: "viewer", summary: "What a run can be asked, by name", answer: QueriesAnswer },
      async ({ params }) => ({ queries: await engine.queries(params.id) }),
    ),
    get(
      "/workflow-runs/:id/queries/:name",
      { role: "viewer", summary: "Ask a run what it answers to a name", answer: QueryAnswer },
      async ({ params }) => {
        const value = await engine.query(params.id, params.name);
        return { value: shownText(encodeValue(value, `the answer to ${params.name}`)) };
      },
    ),
    get(
      "/workflow-runs/:id/artefacts",
      { role: "viewer", summary: "Files that steps of a run left behind", answer: ArtefactsAnswer },
      async ({ params }) => ({ artefacts: await files.list(params.id) }),
    ),
    get(
      "/workflow-runs/:id/artefacts/:at/:name",
      { role: "viewer", summary: "One file of a step", answerType: "application/octet-stream" },
      async ({ params }) => {
        const bytes = await files.get(params.id, params.at, params.name);
        const headers = {
          "content-type": "application/octet-stream",
          "content-disposition": `attachment; filename="${params.name}"`,
        };
        return new Response(bytes as Uint8Array<ArrayBuffer>, { headers });
      },
    ),
  ];
}

/** Talks to one run. */
export function runWriteRoutes({ engine }: WorkflowRuntime): readonly AnyRoute[] {
  return [
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
        const begun =
          at === undefined
            ? engine.anew(params.id, given)
            : engine.fork(params.id, { ...given, at });
        return created({ id: await begun });
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
