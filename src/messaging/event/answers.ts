import { z } from "zod";
import type { JsonSchema } from "../../core/schema.ts";
import { Features } from "../features.ts";
import type { ShownFeatures } from "../features.ts";
import type { LoggedEvent, ReplayTask } from "./driver.ts";
import type { EventEnvelope } from "./envelope.ts";
import type { EventExplanation } from "./explanation.ts";
import type { InputTransformer } from "./input.ts";
import type { LeafCondition, PositiveCondition } from "./pattern/index.ts";
import type { RecordedSchema } from "./registry.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** Who gets an event, and how. */
export interface ConsumerView {
  readonly subscription: string;
  readonly service: string;
  readonly queue: string;
  readonly pattern: JsonObject;
  readonly input?: InputTransformer;
  readonly attemptsMax: number;
  readonly ageMsMax: number;
  /** The address that the platform posts to. */
  readonly webhook?: string;
}

/** An event of the catalogue. */
export interface EventView {
  readonly name: string;
  readonly description: string;
  readonly version: number;
  readonly schema: JsonSchema;
  readonly versions: readonly Pick<RecordedSchema, "version" | "revision" | "recordedAtMs">[];
  readonly producers: readonly string[];
  readonly consumers: readonly ConsumerView[];
  /** How many were published, where the driver has a log. */
  readonly published?: number;
}

/** An event of the log as the API shows it: the envelope without what is the platform's own. */
export interface LoggedEventView extends EventEnvelope, Omit<LoggedEvent, "envelope"> {
  readonly traceparent?: string;
  readonly schemaVersion: number;
}

/** Why an event reaches each subscription, and the envelope that was asked about. */
export interface ExplainView extends EventExplanation {
  readonly event: JsonObject;
}

/** What became of one event of a list that was published. */
export type PublishedView =
  | { readonly id: string }
  | {
      readonly error: { readonly code: string; readonly message: string; readonly fix: string };
    };

const JsonValue = z.record(z.string(), z.unknown());

const Consumer: z.ZodType<ConsumerView> = z.object({
  subscription: z.string(),
  service: z.string(),
  queue: z.string(),
  pattern: JsonValue,
  input: z.exactOptional(
    z.object({ paths: z.record(z.string(), z.string()), template: z.string() }),
  ),
  attemptsMax: z.number(),
  ageMsMax: z.number(),
  webhook: z.exactOptional(z.string()),
});

const Event: z.ZodType<EventView> = z.object({
  name: z.string(),
  description: z.string(),
  version: z.number(),
  schema: JsonValue,
  versions: z.array(
    z.object({ version: z.number(), revision: z.number(), recordedAtMs: z.number() }),
  ),
  producers: z.array(z.string()),
  consumers: z.array(Consumer),
  published: z.exactOptional(z.number()),
});

/** The catalogue, and what the driver can do. */
export const EventsAnswer: z.ZodType<{
  readonly driver: ShownFeatures;
  readonly events: readonly EventView[];
}> = z.object({ driver: Features, events: z.array(Event) });

const Logged: z.ZodType<LoggedEventView> = z.object({
  version: z.literal("0"),
  id: z.string(),
  "detail-type": z.string(),
  source: z.string(),
  account: z.string(),
  time: z.string(),
  region: z.string(),
  resources: z.array(z.string()),
  detail: JsonValue,
  "replay-name": z.exactOptional(z.string()),
  atMs: z.number(),
  publishedAtMs: z.number(),
  deliveredTo: z.array(z.string()),
  traceparent: z.exactOptional(z.string()),
  schemaVersion: z.number(),
});

/** A page of the log. */
export const LogAnswer: z.ZodType<{
  readonly events: readonly LoggedEventView[];
  readonly cursor?: string;
}> = z.object({ events: z.array(Logged), cursor: z.exactOptional(z.string()) });

/** A CloudEvent in JSON, as whoever accepts `application/cloudevents+json` gets it. */
const Cloud: z.ZodType<JsonObject> = z.looseObject({
  specversion: z.literal("1.0"),
  id: z.string(),
  source: z.string(),
  type: z.string(),
});

/** One event of the log; a CloudEvent where that is accepted. */
export const LoggedAnswer: z.ZodType<LoggedEventView | JsonObject> = z.union([Logged, Cloud]);

/** Every schema of an event. */
export const SchemasAnswer: z.ZodType<{ readonly schemas: readonly RecordedSchema[] }> = z.object({
  schemas: z.array(
    z.object({
      event: z.string(),
      version: z.number(),
      revision: z.number(),
      schema: JsonValue,
      recordedAtMs: z.number(),
    }),
  ),
});

/** One replay. */
export const ReplayAnswer: z.ZodType<ReplayTask> = z.object({
  name: z.string(),
  state: z.enum(["running", "done", "cancelled", "failed"]),
  read: z.number(),
  total: z.number(),
  delivered: z.record(z.string(), z.number()),
  startedAtMs: z.number(),
  error: z.exactOptional(z.string()),
});

/** Replays, the latest first. */
export const ReplaysAnswer: z.ZodType<{ readonly replays: readonly ReplayTask[] }> = z.object({
  replays: z.array(ReplayAnswer),
});

const Published: z.ZodType<PublishedView> = z.union([
  z.object({ id: z.string() }),
  z.object({ error: z.object({ code: z.string(), message: z.string(), fix: z.string() }) }),
]);

/** The id of what was published, or one result for each event of a list. */
export const PublishAnswer: z.ZodType<
  { readonly id: string } | { readonly results: readonly PublishedView[] }
> = z.union([z.object({ id: z.string() }), z.object({ results: z.array(Published) })]);

const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const Positive: z.ZodType<PositiveCondition> = z.union([
  z.object({ op: z.literal("exact"), value: Scalar }),
  z.object({
    op: z.enum(["prefix", "suffix"]),
    value: z.string(),
    ignoreCase: z.exactOptional(z.literal(true)),
  }),
  z.object({ op: z.enum(["equals-ignore-case", "wildcard"]), value: z.string() }),
]);

const Condition: z.ZodType<LeafCondition> = z
  .union([
    Positive,
    z.object({
      op: z.literal("numeric"),
      equals: z.exactOptional(z.number()),
      above: z.exactOptional(z.number()),
      atLeast: z.exactOptional(z.number()),
      below: z.exactOptional(z.number()),
      atMost: z.exactOptional(z.number()),
    }),
    z.object({ op: z.literal("exists"), present: z.boolean() }),
    z.object({ op: z.literal("cidr"), value: z.string() }),
    z.object({ op: z.literal("anything-but"), but: z.array(Positive) }),
  ])
  .describe("What the leaf asks for, as data: its operator and operand");

const Path = z.object({
  path: z.string(),
  matched: z.boolean(),
  leaves: z.array(z.object({ wants: z.string(), condition: Condition, matched: z.boolean() })),
  found: z.array(Scalar),
  foundCount: z.number(),
  sentence: z.string(),
});

const Branch = z.object({
  matched: z.boolean(),
  paths: z.array(Path),
  reason: z.exactOptional(z.enum(["elements", "undecided"])),
});

/** Rule by rule why an event matches. */
export const ExplainAnswer: z.ZodType<ExplainView> = z.object({
  event: JsonValue,
  delivered: z.array(z.string()),
  subscriptions: z.array(
    z.object({
      name: z.string(),
      service: z.string(),
      event: z.string(),
      pattern: JsonValue,
      matched: z.boolean(),
      branches: z.array(Branch),
      sentence: z.string(),
    }),
  ),
});
