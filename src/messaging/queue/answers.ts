import { z } from "zod";
import type { JsonSchema } from "../../core/schema.ts";
import { Features } from "../features.ts";
import type { ShownFeatures } from "../features.ts";
import type { PeekedMessage, QueueSpec, QueueStats, RedriveTask, TenantsPage } from "./driver.ts";
import type { QueueRole } from "./entries.ts";
import type { Sent } from "./queue.ts";

/** A queue as the API shows it. */
export interface QueueView {
  readonly name: string;
  readonly role: QueueRole;
  readonly description: string;
  readonly spec: QueueSpec;
  readonly stats: QueueStats;
  /** Messages in its dead-letter queue. */
  readonly deadLetters?: number;
  /** Schema of a message, of a declared queue. */
  readonly message?: JsonSchema;
}

/** A message looked at, with its trace. */
export interface MessageView extends PeekedMessage {
  readonly traceparent?: string;
  /** Characters of the whole body; more than `body` has where that was cut. */
  readonly bodyLength: number;
}

const Spec: z.ZodType<QueueSpec> = z.object({
  name: z.string(),
  fifo: z.boolean(),
  visibilityMs: z.number(),
  delayMs: z.number(),
  retentionMs: z.number(),
  receivesMax: z.exactOptional(z.number()),
  deadLetters: z.exactOptional(z.string()),
  contentDeduplication: z.boolean(),
  deduplicationScope: z.enum(["queue", "group"]),
});

const Stats: z.ZodType<QueueStats> = z.object({
  visible: z.number(),
  inFlight: z.number(),
  delayed: z.number(),
  oldestMs: z.number(),
});

/** One queue. */
export const QueueAnswer: z.ZodType<QueueView> = z.object({
  name: z.string(),
  role: z.enum(["declared", "internal", "dead"]),
  description: z.string(),
  spec: Spec,
  stats: Stats,
  deadLetters: z.exactOptional(z.number()),
  message: z.exactOptional(z.record(z.string(), z.unknown())),
});

/** Every queue, and what the driver can do. */
export const QueuesAnswer: z.ZodType<{
  readonly driver: ShownFeatures;
  readonly queues: readonly QueueView[];
}> = z.object({ driver: Features, queues: z.array(QueueAnswer) });

const Message: z.ZodType<MessageView> = z.object({
  id: z.string(),
  state: z.enum(["visible", "inFlight", "delayed"]),
  body: z.string(),
  attributes: z.record(z.string(), z.string()),
  receiveCount: z.number(),
  sentAtMs: z.number(),
  visibleAtMs: z.number(),
  priority: z.number(),
  group: z.exactOptional(z.string()),
  deduplicationId: z.exactOptional(z.string()),
  sequence: z.exactOptional(z.string()),
  source: z.exactOptional(z.string()),
  lastError: z.exactOptional(z.string()),
  traceparent: z.exactOptional(z.string()),
  bodyLength: z.number(),
});

/** A page of messages. */
export const MessagesAnswer: z.ZodType<{
  readonly messages: readonly MessageView[];
  readonly cursor?: string;
}> = z.object({ messages: z.array(Message), cursor: z.exactOptional(z.string()) });

/** One redrive. */
export const RedriveAnswer: z.ZodType<RedriveTask> = z.object({
  id: z.string(),
  deadLetters: z.string(),
  state: z.enum(["running", "done", "cancelled", "failed"]),
  moved: z.number(),
  total: z.number(),
  startedAtMs: z.number(),
  error: z.exactOptional(z.string()),
});

/** Redrives, the latest first. */
export const RedrivesAnswer: z.ZodType<{ readonly redrives: readonly RedriveTask[] }> = z.object({
  redrives: z.array(RedriveAnswer),
});

/** What the busiest tenants of a queue have in it. */
export interface TenantsView extends TenantsPage {
  /** Whether the driver can tell; without it the list is empty. */
  readonly supported: boolean;
}

/** The busiest tenants. */
export const TenantsAnswer: z.ZodType<TenantsView> = z.object({
  supported: z.boolean(),
  tenants: z.array(
    z.object({
      group: z.string(),
      visible: z.number(),
      inFlight: z.number(),
      delayed: z.number(),
      oldestMs: z.number(),
    }),
  ),
  truncated: z.boolean(),
});

/** What became of a send. */
export const SentAnswer: z.ZodType<Sent> = z.object({
  id: z.string(),
  duplicate: z.exactOptional(z.boolean()),
  outcome: z.enum(["sent", "skipped", "debounced"]),
});

/** How many messages a purge dropped, where the engine knows. */
export const PurgedAnswer: z.ZodType<{ readonly dropped?: number }> = z.object({
  dropped: z.exactOptional(z.number()),
});
