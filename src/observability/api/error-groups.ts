import { z } from "zod";
import { del, get, noContent, post, put } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import type { ErrorGroup, GroupAction } from "../errors/groups.ts";
import type { UploadedMap } from "../errors/map-book.ts";
import { withLocalSource } from "../errors/local-source.ts";
import { sourceMapBytesMax } from "../errors/sourcemaps.ts";
import type { MappedFrame } from "../errors/sourcemaps.ts";
import { framesOf } from "../errors/stack.ts";
import type { Frame } from "../errors/stack.ts";
import type { Filter } from "../signals/filter.ts";
import { ErrorAnswer } from "./answers.ts";
import type { ApiParts } from "./parts.ts";
import { rangeOf, rangeQuery, stepOf } from "./range.ts";
import type { AskedRange } from "./range.ts";
import { errorView } from "./shapes.ts";
import type { ErrorView } from "./shapes.ts";

/** A group of errors with what happened in a range. */
export interface GroupView extends ErrorGroup {
  /** Errors in the range, by time (`atMs` of the answer). */
  readonly trend: readonly number[];
  readonly count: number;
  /** Different users in the range; 0 where none was named. */
  readonly users: number;
}

/** Groups of a range. */
export interface GroupsView {
  readonly stepMs: number;
  readonly atMs: readonly number[];
  readonly groups: readonly GroupView[];
}

const group = {
  fingerprint: z.string(),
  service: z.string(),
  type: z.string(),
  message: z.string(),
  culprit: z.string(),
  groupedBy: z.string(),
  parts: z.array(z.string()),
  status: z.enum(["open", "resolved", "ignored"]),
  assignee: z.string(),
  resolvedRelease: z.string(),
  resolvedAtMs: z.nullable(z.number()),
  regressedAtMs: z.nullable(z.number()),
  ignoredUntilMs: z.nullable(z.number()),
  firstSeenMs: z.number(),
  firstRelease: z.string(),
  lastSeenMs: z.number(),
  lastRelease: z.string(),
  times: z.number(),
};

const Group: z.ZodType<ErrorGroup> = z.object(group);

const figures = { trend: z.array(z.number()), count: z.number(), users: z.number() };
const axis = { stepMs: z.number(), atMs: z.array(z.number()) };

const GroupsAnswer: z.ZodType<GroupsView> = z.object({
  ...axis,
  groups: z.array(z.object({ ...group, ...figures })),
});

const frame = {
  file: z.string(),
  function: z.string(),
  line: z.number(),
  column: z.number(),
  inApp: z.boolean(),
};

const FrameAnswer: z.ZodType<MappedFrame> = z.object({
  ...frame,
  generated: z.exactOptional(z.object(frame) as z.ZodType<Frame>),
  context: z.exactOptional(
    z.object({ before: z.array(z.string()), line: z.string(), after: z.array(z.string()) }),
  ),
});

/** One group: its figures, its latest error, and how it is spread. */
export interface GroupDetailView {
  readonly stepMs: number;
  readonly atMs: readonly number[];
  readonly group: GroupView;
  /** The latest first. */
  readonly errors: readonly ErrorView[];
  /** The calls of the latest, where source maps lead. */
  readonly frames: readonly MappedFrame[];
  /** Errors by the values of some fields, the most frequent first. */
  readonly spread: readonly {
    readonly field: string;
    readonly values: readonly { readonly value: string; readonly count: number }[];
  }[];
}

const GroupDetailAnswer: z.ZodType<GroupDetailView> = z.object({
  ...axis,
  group: z.object({ ...group, ...figures }),
  errors: z.array(ErrorAnswer),
  frames: z.array(FrameAnswer),
  spread: z.array(
    z.object({
      field: z.string(),
      values: z.array(z.object({ value: z.string(), count: z.number() })),
    }),
  ),
});

const ListQuery = z.object({
  ...rangeQuery,
  status: z.enum(["open", "resolved", "ignored"]).optional(),
  service: z.string().max(200).optional(),
  points: z.coerce.number().int().min(1).max(200).default(40),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

const DetailQuery = z.object({
  ...rangeQuery,
  points: z.coerce.number().int().min(1).max(500).default(60),
  limit: z.coerce.number().int().min(1).max(200).default(20),
});

const monthMs = 30 * 86_400_000;

const Action: z.ZodType<GroupAction> = z.discriminatedUnion("action", [
  z.object({ action: z.literal("resolve"), release: z.string().max(200).optional() }),
  z.object({ action: z.literal("reopen") }),
  z.object({
    action: z.literal("ignore"),
    forMs: z
      .number()
      .int()
      .positive()
      .max(12 * monthMs)
      .optional(),
  }),
  z.object({ action: z.literal("assign"), assignee: z.string().max(200) }),
]);

const spreadFields = ["release", "service", "instance", "environment", "user", "http.route"];

function axisOf(range: AskedRange, points: number): { stepMs: number; atMs: number[] } {
  const stepMs = stepOf(range, points);
  const first = Math.floor(range.fromMs / stepMs);
  const steps = Math.ceil(range.toMs / stepMs) - first;
  return { stepMs, atMs: Array.from({ length: steps }, (_, at) => (first + at) * stepMs) };
}

type Figures = Pick<GroupView, "trend" | "count" | "users">;

async function figuresOf(
  { reader }: ApiParts,
  ids: readonly string[],
  range: AskedRange,
  { stepMs, atMs }: { readonly stepMs: number; readonly atMs: readonly number[] },
): Promise<(id: string) => Figures> {
  const filter: Filter = { op: "in", field: "group", values: ids };
  const limit = Math.max(1, ids.length);
  const ask = { ...range, signal: "errors" as const, filter, by: ["group"], limit };
  const [counts, users] = await Promise.all([
    reader.aggregate({ ...ask, stepMs, measures: [{ as: "count", fn: "count" }] }),
    reader.aggregate({ ...ask, measures: [{ as: "users", fn: "distinct", field: "user" }] }),
  ]);
  const first = atMs[0] ?? 0;
  const trends = new Map<string, number[]>();
  for (const { timeMs, by, values } of counts.rows) {
    const id = by[0] ?? "";
    const trend = trends.get(id) ?? Array<number>(atMs.length).fill(0);
    trends.set(id, trend);
    const at = Math.floor((timeMs - first) / stepMs);
    if (at >= 0 && at < trend.length) trend[at] = (trend[at] ?? 0) + (values["count"] ?? 0);
  }
  const known = new Map(users.rows.map(({ by, values }) => [by[0] ?? "", values["users"] ?? 0]));
  return (id) => {
    const trend = trends.get(id) ?? Array<number>(atMs.length).fill(0);
    return { trend, count: trend.reduce((sum, one) => sum + one, 0), users: known.get(id) ?? 0 };
  };
}

async function spreadOf(
  { reader }: ApiParts,
  filter: Filter,
  range: AskedRange,
): Promise<GroupDetailView["spread"]> {
  const all = await Promise.all(
    spreadFields.map(async (field) => {
      const { rows } = await reader.aggregate({
        ...range,
        signal: "errors",
        filter,
        by: [field],
        measures: [{ as: "count", fn: "count" }],
        orderBy: "count",
        limit: 6,
      });
      const values = rows
        .filter(({ by }) => by[0] !== null && by[0] !== "")
        .map(({ by, values: found }) => ({ value: by[0] ?? "", count: found["count"] ?? 0 }));
      return { field, values };
    }),
  );
  return all.filter(({ values }) => values.length > 0);
}

/** Frames where their source lies: by source maps, or in the folder that the platform runs in. */
async function sourced(
  parts: ApiParts,
  latest: ErrorView | undefined,
  frames: readonly Frame[],
): Promise<readonly MappedFrame[]> {
  const mapped = await parts.sourceMaps.map(latest?.release ?? "", frames);
  if (latest === undefined || !parts.services.has(latest.service)) return mapped;
  return Promise.all(mapped.map((frame) => withLocalSource(parts.root, frame)));
}

async function detail(
  parts: ApiParts,
  id: string,
  range: AskedRange,
  points: number,
  limit: number,
): Promise<GroupDetailView> {
  const found = await parts.groups.get(id);
  const filter: Filter = { op: "eq", field: "group", value: id };
  const axes = axisOf(range, points);
  const [figure, page, spread] = await Promise.all([
    figuresOf(parts, [id], range, axes),
    parts.reader.searchErrors({ ...range, filter, limit }),
    spreadOf(parts, filter, range),
  ]);
  const errors = page.records.map(errorView);
  const [latest] = errors;
  const frames = latest === undefined ? [] : framesOf(latest.stack);
  return {
    ...axes,
    group: { ...found, ...figure(id) },
    errors,
    frames: await sourced(parts, latest, frames),
    spread,
  };
}

function groupRoutes(parts: ApiParts): readonly AnyRoute[] {
  const { clock, groups } = parts;
  return [
    get(
      "/telemetry/errors",
      {
        role: "viewer",
        summary: "Groups of errors, the last seen first",
        query: ListQuery,
        answer: GroupsAnswer,
      },
      async ({ query }) => {
        const range = rangeOf(query, clock);
        const { status, service, limit } = query;
        const found = await groups.list({ status, service, sinceMs: range.fromMs, limit });
        const axes = axisOf(range, query.points);
        const ids = found.map(({ fingerprint }) => fingerprint);
        const figure = await figuresOf(parts, ids, range, axes);
        return { ...axes, groups: found.map((one) => ({ ...one, ...figure(one.fingerprint) })) };
      },
    ),
    get(
      "/telemetry/errors/:group",
      {
        role: "viewer",
        summary: "One group of errors: why its errors are one, the latest, how they are spread",
        query: DetailQuery,
        answer: GroupDetailAnswer,
      },
      ({ params, query }) =>
        detail(parts, params.group, rangeOf(query, clock), query.points, query.limit),
    ),
    post(
      "/telemetry/errors/:group",
      {
        role: "operator",
        summary: "Resolve, reopen, ignore or assign a group of errors",
        body: Action,
        answer: Group,
      },
      ({ params, body }) => groups.act(params.group, body),
    ),
  ];
}

const MapsAnswer: z.ZodType<{ readonly maps: readonly UploadedMap[] }> = z.object({
  maps: z.array(
    z.object({
      release: z.string(),
      file: z.string(),
      bytes: z.number(),
      uploadedAtMs: z.number(),
    }),
  ),
});

const MapName = z.object({ release: z.string().min(1).max(200), file: z.string().min(1).max(500) });
/** JSON text within JSON text: quotes and newlines of a map are escaped once more. */
const uploadBytesMax = sourceMapBytesMax * 2;

/** The API of errors, below `/api/v1`. */
export function errorRoutes(parts: ApiParts): readonly AnyRoute[] {
  const { sourceMaps } = parts;
  return [
    ...groupRoutes(parts),
    get(
      "/telemetry/source-maps",
      { role: "viewer", summary: "Source maps that were uploaded", answer: MapsAnswer },
      async () => ({ maps: await sourceMaps.list() }),
    ),
    put(
      "/telemetry/source-maps",
      {
        role: "operator",
        status: 204,
        summary: "Upload the source map of a file as a release shipped it",
        body: MapName.extend({ map: z.string() }),
        bodyBytesMax: uploadBytesMax,
      },
      async ({ body }) => {
        await sourceMaps.upload(body.release, body.file, body.map);
        return noContent();
      },
    ),
    del(
      "/telemetry/source-maps",
      { role: "operator", status: 204, summary: "Remove a source map", query: MapName },
      async ({ query }) => {
        await sourceMaps.delete(query.release, query.file);
        return noContent();
      },
    ),
  ];
}
