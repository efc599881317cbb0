import { capability, checkName } from "../../core/resource.ts";
import type { Capability, Resource } from "../../core/resource.ts";
import type { Receiver } from "../../core/receiver.ts";
import type { Schema } from "../../core/schema.ts";
import type { Transactional } from "../../core/transaction.ts";
import type { QueueSpec } from "./driver.ts";
import { queueSpec } from "./limits.ts";

/** What a queue declares. */
export interface QueueOptions<Message> {
  /** Schema of a message; checked on send and again on receive. */
  readonly message: Schema<unknown, Message>;
  readonly description?: string;
  /** Group order and deduplication; false if left out. */
  readonly fifo?: boolean;
  /** FIFO: deduplicate by the body's SHA-256 where a message brings no id; true if left out. */
  readonly contentDeduplication?: boolean;
  /** FIFO: where a deduplication id must be unique; `queue` if left out. */
  readonly deduplicationScope?: "queue" | "group";
  /**
   * How long a received message stays invisible unless its handler still runs; 30,000 if left out.
   */
  readonly visibilityMs?: number;
  /** Delay of every message; 0 if left out. */
  readonly delayMs?: number;
  /** How long a message is kept; 4 days if left out. */
  readonly retentionMs?: number;
  /** Deliveries before the message is dead-lettered; 5 if left out. */
  readonly receivesMax?: number;
  /**
   * `false`: values past AWS's limits are allowed, and the queue runs on embedded engines alone.
   */
  readonly portable?: boolean;
}

/** A declared queue: plain data, and the capabilities that it hands out. */
export interface Queue<Message = unknown> extends Resource<"queue"> {
  readonly description: string;
  readonly message: Schema<unknown, Message>;
  readonly portable: boolean;
  readonly spec: QueueSpec;
  /** The right to send. */
  sender(): Capability<Sender<Message>, Queue<Message>>;
  /** The right to receive. */
  consumer(): Capability<Consumer<Message>, Queue<Message>>;
}

/** Options of one message. Throttle, rate limit, debounce and singleton work on every driver. */
export interface SendOptions {
  /** FIFO: the group, required. Standard: the tenant, for fairness. */
  readonly group?: string;
  readonly deduplicationId?: string;
  readonly delayMs?: number;
  /** Higher first, -100 to 100. Embedded engines only (feature `priority`). */
  readonly priority?: number;
  /** String attributes, at most 9. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Sends once the key has been quiet for `quietMs`; only the last message of a burst is sent. */
  readonly debounce?: { readonly key: string; readonly quietMs: number };
  /** Refuses (`MOR_QUEUE_RATE_LIMITED`) more than `max` messages of the key within `periodMs`. */
  readonly rateLimit?: { readonly key: string; readonly max: number; readonly periodMs: number };
  /** Not sent while another message of the key waits or is being handled; answers `skipped`. */
  readonly singleton?: { readonly key: string; readonly ttlMs: number };
}

/** What became of a send. */
export interface Sent {
  /** The message's id; the first one's for a duplicate, empty when skipped. */
  readonly id: string;
  readonly duplicate?: boolean;
  /** Held back by its singleton key, or replaced later in its debounce window. */
  readonly outcome: "sent" | "skipped" | "debounced";
}

/** Sends messages of one queue. Held by `queue.sender()`. */
export interface Sender<Message> extends Transactional<{
  /** Sends when the transaction commits. */
  send(message: Message, options?: SendOptions): void;
}> {
  /**
   * Sends one message; resolves when it is durable.
   * @throws MOR_INVALID when the message does not fit the schema
   * @throws MOR_QUEUE_MESSAGE_TOO_LARGE past 1 MiB
   * @throws MOR_QUEUE_RATE_LIMITED past `rateLimit`
   */
  send(message: Message, options?: SendOptions): Promise<Sent>;
  /** Sends many; each succeeds or fails alone, in order. */
  sendBatch(
    messages: readonly { readonly message: Message; readonly options?: SendOptions }[],
  ): Promise<readonly (Sent | { readonly error: { code: string; message: string } })[]>;
  /** Takes back messages that nobody has received; answers which. @throws MOR_UNSUPPORTED */
  cancel(ids: readonly string[]): Promise<readonly string[]>;
}

/** How a handler of a queue runs. */
export interface ConsumeOptions<Message = unknown> {
  /** Messages handled at once in this process, 10 if left out; calls of `handleBatch`, 1. */
  readonly concurrency?: number;
  /** Messages received ahead of need; `concurrency` if left out. */
  readonly prefetch?: number;
  /**
   * At most `max` handled at once of those with the same key, over all processes of the service.
   */
  readonly concurrencyKey?: { key(message: Message): string; readonly max: number };
  /** At most `max` handler starts within `periodMs`, a key if one is given; the rest waits. */
  readonly throttle?: {
    readonly max: number;
    readonly periodMs: number;
    key?(message: Message): string;
  };
  /** `handleBatch`: messages a call at most; 10 if left out. */
  readonly batchSize?: number;
  /** `handleBatch`: how long a call waits to fill; 0 if left out. */
  readonly batchWindowMs?: number;
  /** Delay before a failed message comes again: exponential with jitter between the two. */
  readonly retry?: { readonly baseMs: number; readonly delayMsMax: number };
  /** Longest run of the handler; its signal aborts then and the message comes again. */
  readonly timeoutMs?: number;
}

/**
 * Receives messages of one queue: `handle(held.jobs, { concurrency: 10 }, async (job) => { ... })`.
 */
export type Consumer<Message> = Receiver<Message, ConsumeOptions<Message>>;

/**
 * Declares a queue with the semantics of SQS and a dead-letter queue of its own (`<name>.dead`).
 * @example
 * export const welcomeEmail = queue("welcome-email", {
 *   message: z.object({ userId: z.string() }),
 *   receivesMax: 5,
 * });
 * @throws MOR_NAME, MOR_DECLARATION when a value is past AWS's limits and `portable` is not false
 */
export function queue<Message>(name: string, options: QueueOptions<Message>): Queue<Message> {
  checkName("queue", name);
  const declared: Queue<Message> = {
    kind: "queue",
    name,
    description: options.description ?? "",
    message: options.message,
    portable: options.portable ?? true,
    spec: queueSpec(name, options),
    sender: () => capability<Sender<Message>, Queue<Message>>(declared, "send", "out"),
    consumer: () => capability<Consumer<Message>, Queue<Message>>(declared, "consume", "in"),
  };
  return Object.freeze(declared);
}
