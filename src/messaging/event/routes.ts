import { z } from "zod";
import { coreErrors } from "../../core/errors.ts";
import { MorningError } from "../../core/errors.ts";
import type { Host } from "../../core/host.ts";
import { accepted, created, del, get, noContent, ok, post, reply } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import { toJsonSchema } from "../../core/schema.ts";
import { shownFeatures } from "../features.ts";
import {
  EventsAnswer,
  ExplainAnswer,
  LogAnswer,
  LoggedAnswer,
  PublishAnswer,
  ReplayAnswer,
  ReplaysAnswer,
  SchemasAnswer,
} from "./answers.ts";
import type { EventView, LoggedEventView, PublishedView } from "./answers.ts";
import { cloudEventMessage, cloudEventMode, readCloudEvents } from "./cloudevents.ts";
import type { LogOptions, LoggedEvent, ReplayOptions } from "./driver.ts";
import { envelopeTime, isObject, openDetail, plainEnvelope } from "./envelope.ts";
import type { Event } from "./event.ts";
import { validEntry } from "./publisher.ts";
import type { EventRuntime } from "./runtime.ts";

const bodyBytesMax = 8 * 2 ** 20;
const listMax = 1000;

const LogQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(20).optional(),
  from: z.coerce.number().int().min(0).optional(),
  to: z.coerce.number().int().min(0).optional(),
  type: z.string().max(128).optional(),
  source: z.string().max(256).optional(),
  traceId: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional(),
  contains: z.string().min(1).max(200).optional(),
  order: z.enum(["oldest", "newest"]).optional(),
});

const NewEvent = z.object({
  type: z.string(),
  data: z.unknown(),
  atMs: z.number().int().min(0).optional(),
  resources: z.array(z.string()).max(100).optional(),
});

const ExplainBody = z.object({
  type: z.string().optional(),
  data: z.unknown().optional(),
  /** A whole envelope, instead of type and data. */
  event: z.record(z.string(), z.unknown()).optional(),
});

const ReplayBody = z.strictObject({
  name: z.string(),
  from: z.number().int().min(0),
  to: z.number().int().min(0),
  pattern: z.record(z.string(), z.unknown()).optional(),
  subscriptions: z.array(z.string()).max(300).optional(),
  dryRun: z.boolean().optional(),
  ratePerSecond: z.number().optional(),
});

/** Members without those that are undefined, as exact optional properties want it. */
function given<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const pairs = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(pairs) as { [K in keyof T]: Exclude<T[K], undefined> };
}

/** One event to publish, as a request has it. */
interface Wanted {
  readonly type: string;
  readonly data: unknown;
  readonly source: string;
  readonly atMs?: number;
  readonly resources?: readonly string[];
  readonly cloudevent?: Readonly<Record<string, unknown>>;
}

async function wantedOf(headers: Headers, body: unknown, app: string): Promise<readonly Wanted[]> {
  if (cloudEventMode(headers) !== undefined) return readCloudEvents(headers, body);
  const list = Array.isArray(body) ? (body as unknown[]) : [body];
  if (list.length > listMax) throw coreErrors.MOR_INVALID(`over ${listMax} events in one request`);
  return list.map((one) => {
    const parsed = NewEvent.safeParse(one);
    if (!parsed.success) {
      throw coreErrors.MOR_INVALID(
        `an event has type and data: ${parsed.error.issues[0]?.message}`,
      );
    }
    const { type, data, ...rest } = parsed.data;
    return { type, data, source: `${app}.api`, ...given(rest) };
  });
}

/** Source of an event from outside; what looks like a service of ours must be one. */
function checkSource({ app }: Host, source: string): void {
  if (source !== `${app.name}.api` && source.startsWith(`${app.name}.`)) {
    throw coreErrors.MOR_INVALID(`the source ${source} is a service's own; choose another`);
  }
}

async function publishOne(
  runtime: EventRuntime,
  host: Host,
  wanted: Wanted,
): Promise<{ id: string }> {
  const { type, data, source, ...options } = wanted;
  checkSource(host, source);
  const entry = await validEntry(runtime.get(type), source, data, options);
  const answer = await runtime.publish(entry);
  host.metrics.count("morning_event_published_total", { event: type, service: "api" });
  return answer;
}

async function publishAll(
  runtime: EventRuntime,
  host: Host,
  wanted: readonly Wanted[],
): Promise<readonly PublishedView[]> {
  const settled = await Promise.allSettled(wanted.map((one) => publishOne(runtime, host, one)));
  return settled.map((one) => {
    if (one.status === "fulfilled") return one.value;
    if (!MorningError.is(one.reason)) throw one.reason;
    const { code, message, fix } = one.reason;
    return { error: { code, message, fix } };
  });
}

function loggedView({ envelope, ...rest }: LoggedEvent): LoggedEventView {
  const { traceparent, version = 1 } = openDetail(envelope.detail).reserved;
  const trace = traceparent === undefined ? {} : { traceparent };
  return { ...plainEnvelope(envelope), ...rest, ...trace, schemaVersion: version };
}

async function catalogueEntry(runtime: EventRuntime, host: Host, event: Event): Promise<EventView> {
  const { name, description, version, data } = event;
  const producers = host.app.services
    .filter(({ uses }) =>
      Object.values(uses).some((held) => held.resource === event && held.verb === "publish"),
    )
    .map((service) => service.name);
  const consumers = runtime.subscriptions
    .filter((subscription) => subscription.event === event)
    .map(({ name: subscription, service, spec, attemptsMax, ageMsMax, webhook }) => ({
      subscription,
      service,
      queue: spec.queue,
      pattern: spec.pattern,
      ...(spec.input === undefined ? {} : { input: spec.input }),
      attemptsMax,
      ageMsMax,
      ...(webhook === undefined ? {} : { webhook: webhook.url }),
    }));
  const history = await runtime.registry.history(name);
  const versions = history.map(({ version: recorded, revision, recordedAtMs }) => ({
    version: recorded,
    revision,
    recordedAtMs,
  }));
  return { name, description, version, schema: toJsonSchema(data), versions, producers, consumers };
}

function reading(runtime: EventRuntime, host: Host): readonly AnyRoute[] {
  const { driver } = runtime;
  return [
    get(
      "/events",
      {
        role: "viewer",
        summary: "Every event: schema, who publishes, who gets it",
        answer: EventsAnswer,
      },
      async () => {
        const totals = driver.features.log ? await driver.totals() : {};
        const events = await Promise.all(
          runtime.events.map(async (event) => ({
            ...(await catalogueEntry(runtime, host, event)),
            ...(driver.features.log ? { published: totals[event.name] ?? 0 } : {}),
          })),
        );
        return { driver: shownFeatures(driver.features), events };
      },
    ),
    get(
      "/events/log",
      {
        role: "viewer",
        summary: "Published events, newest first",
        query: LogQuery,
        answer: LogAnswer,
      },
      async ({ query }) => {
        const { from, to, ...rest } = query;
        const options = given({ ...rest, fromMs: from, toMs: to }) as LogOptions;
        const page = await driver.log(options);
        return { ...page, events: page.events.map(loggedView) };
      },
    ),
    get(
      "/events/log/:id",
      {
        role: "viewer",
        summary: "One published event; as a CloudEvent where that is accepted",
        answer: LoggedAnswer,
      },
      async ({ params, headers }) => {
        const logged = await driver.event(params.id);
        if (headers.get("accept")?.includes("application/cloudevents+json") !== true) {
          return loggedView(logged);
        }
        const { headers: answered, body } = await cloudEventMessage(logged.envelope, "structured");
        return reply(200, JSON.parse(body) as Record<string, unknown>, answered);
      },
    ),
    get(
      "/events/schemas/:name",
      {
        role: "viewer",
        summary: "The schemas of an event, all versions",
        answer: SchemasAnswer,
      },
      async ({ params }) => ({
        schemas: await runtime.registry.history(runtime.get(params.name).name),
      }),
    ),
    get(
      "/events/replays",
      { role: "viewer", summary: "Replays and how far they are", answer: ReplaysAnswer },
      async () => ({
        replays: await driver.replays(),
      }),
    ),
  ];
}

/** The envelope that type and data would travel in. */
function envelopeFor(host: Host, type: string, data: unknown): Record<string, unknown> {
  return {
    version: "0",
    id: host.ids.uuid(),
    "detail-type": type,
    source: `${host.app.name}.api`,
    account: "000000000000",
    time: envelopeTime(host.clock.now()),
    region: "local",
    resources: [],
    detail: isObject(data) ? data : {},
  };
}

function changing(runtime: EventRuntime, host: Host): readonly AnyRoute[] {
  const { driver } = runtime;
  return [
    post(
      "/events",
      {
        role: "operator",
        summary: "Publish: { type, data }, a list of them, or CloudEvents",
        bodyBytesMax,
        answer: PublishAnswer,
        status: 201,
      },
      async ({ headers, body }) => {
        const wanted = await wantedOf(headers, body, host.app.name);
        const [only] = wanted;
        if (!Array.isArray(body) && only !== undefined)
          return created(await publishOne(runtime, host, only));
        const results = await publishAll(runtime, host, wanted);
        const failed = results.some((one) => isObject(one) && "error" in one);
        return reply(failed ? 207 : 201, { results });
      },
    ),
    post(
      "/events/explain",
      {
        role: "viewer",
        reads: true,
        summary: "Why an event would reach each subscription, or not",
        body: ExplainBody,
        answer: ExplainAnswer,
      },
      ({ body }) => {
        const { event, type, data } = body;
        if (event !== undefined) return ok({ event, ...runtime.explain(event) });
        if (type === undefined)
          throw coreErrors.MOR_INVALID("explain needs event, or type and data");
        const envelope = envelopeFor(host, type, data);
        return ok({ event: envelope, ...runtime.explain(envelope) });
      },
    ),
    post(
      "/events/replays",
      {
        role: "operator",
        summary: "Deliver published events again",
        body: ReplayBody,
        answer: ReplayAnswer,
        status: 202,
      },
      async ({ body }) => {
        const { from, to, ...rest } = body;
        const options = given({ ...rest, fromMs: from, toMs: to }) as ReplayOptions;
        return accepted(await runtime.replay(options));
      },
    ),
    del(
      "/events/replays/:name",
      { role: "operator", summary: "Stop a replay", status: 204 },
      async ({ params }) => {
        await driver.cancelReplay(params.name);
        return noContent();
      },
    ),
  ];
}

/** The event bus's HTTP API; paths are below `/api/v1`. */
export function eventRoutes(runtime: EventRuntime, host: Host): readonly AnyRoute[] {
  return [...reading(runtime, host), ...changing(runtime, host)];
}
