import type { Driver } from "../../core/host.ts";
import type { Statement } from "../../core/store.ts";

/** Positive flags of a queue driver. A call that a false flag excludes throws `MOR_UNSUPPORTED`. */
export interface QueueFeatures extends Readonly<Record<string, boolean | number | string>> {
  /** FIFO queues: group order, group lock, deduplication. */
  readonly fifo: boolean;
  /** A message group on a standard queue is a tenant that cannot starve the others. */
  readonly fair: boolean;
  /** `priority` on a standard queue. */
  readonly priority: boolean;
  /** `cancel`: takes a message back that nobody has received. */
  readonly cancel: boolean;
  /** `peek`: looks at messages and searches them without receiving. */
  readonly peek: boolean;
  /** `tenants`: how much waits, by message group. */
  readonly tenants: boolean;
  /** `statements`: messages commit together with other writes of the state store. */
  readonly transactional: boolean;
  /** `redriveSome`: dead letters can be redriven by id, or edited. */
  readonly redriveSome: boolean;
  /** Longest delay of one message, milliseconds; `Infinity` where there is no limit. */
  readonly delayMsMax: number;
}

/**
 * A queue as its driver sees it. Durations are whole seconds in milliseconds unless `portable` is
 * false.
 */
export interface QueueSpec {
  /**
   * Logical name, unique in the app; the driver makes the physical one with `host.physicalName`.
   */
  readonly name: string;
  readonly fifo: boolean;
  /** How long a received message stays invisible, 0 to 12 h. */
  readonly visibilityMs: number;
  /** Delay of every message, 0 to 15 min. */
  readonly delayMs: number;
  /** How long a message is kept, 60 s to 14 days. */
  readonly retentionMs: number;
  /** Deliveries before a message is moved to `deadLetters`; undefined: for ever. */
  readonly receivesMax?: number;
  /** Logical name of the dead-letter queue. */
  readonly deadLetters?: string;
  /** FIFO: whether a message without an id is deduplicated by the SHA-256 of its body. */
  readonly contentDeduplication: boolean;
  /** FIFO: where a deduplication id must be unique. */
  readonly deduplicationScope: "queue" | "group";
}

/** One message to send. */
export interface SendEntry {
  /** Text within SQS's character range; with its attributes at most 1 MiB of UTF-8. */
  readonly body: string;
  /** At most 10, the reserved `morning` included. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** FIFO: the group, required. Standard: the tenant. At most 128 characters. */
  readonly group?: string;
  readonly deduplicationId?: string;
  readonly delayMs?: number;
  /** Higher first, -100 to 100; 0 if left out. */
  readonly priority?: number;
}

/**
 * What became of one entry of a send: its message id, or why it was refused. In the order of the
 * entries.
 */
export type SendResult =
  | { readonly id: string; readonly sequence?: string; readonly duplicate?: boolean }
  | { readonly error: { readonly code: string; readonly message: string } };

/** What to receive. */
export interface ReceiveOptions {
  /** Messages at most; a driver may give fewer. */
  readonly max: number;
  /** How long to wait for the first message, 0 to 20 s. */
  readonly waitMs: number;
  /** Overrides the queue's visibility timeout. */
  readonly visibilityMs?: number;
}

/** A message in flight. */
export interface ReceivedMessage {
  readonly id: string;
  /** Names this delivery; a later delivery has another. */
  readonly receipt: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** 1 on the first delivery. */
  readonly receiveCount: number;
  readonly sentAtMs: number;
  readonly firstReceivedAtMs: number;
  readonly group?: string;
  readonly deduplicationId?: string;
  /** FIFO: grows within a group. */
  readonly sequence?: string;
}

/**
 * What became of one receipt: `ok`, or `stale` when the delivery is no longer the message's latest.
 */
export type ReceiptResult = "ok" | "stale";

/** Approximate figures of a queue. */
export interface QueueStats {
  /** Messages that can be received now. */
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  /** Age of the oldest message that waits, milliseconds; 0 when none does. */
  readonly oldestMs: number;
}

/** What one message group, a tenant on a standard queue, has in a queue. */
export interface TenantStats extends QueueStats {
  readonly group: string;
}

/** The tenants that have the most waiting. */
export interface TenantsPage {
  /** Those with the most that waits (visible and delayed) first. */
  readonly tenants: readonly TenantStats[];
  /** There are more tenants, or more messages than were counted: figures are then at least so. */
  readonly truncated: boolean;
}

/** What to look at without receiving. */
export interface PeekOptions {
  /** Messages at most, 1 to 100. */
  readonly limit: number;
  /** Where the page before ended. */
  readonly cursor?: string;
  readonly state?: "visible" | "inFlight" | "delayed";
  /** Only messages whose body or attribute values contain this text. */
  readonly contains?: string;
  readonly group?: string;
  readonly id?: string;
}

/** A message looked at. */
export interface PeekedMessage extends Omit<ReceivedMessage, "receipt" | "firstReceivedAtMs"> {
  readonly state: "visible" | "inFlight" | "delayed";
  readonly priority: number;
  /** When it can be received next, milliseconds since the epoch. */
  readonly visibleAtMs: number;
  /** On a dead letter: the queue that it came from, and the error of its last delivery if known. */
  readonly source?: string;
  readonly lastError?: string;
}

/** A page of messages looked at; no `cursor` on the last. */
export interface PeekPage {
  readonly messages: readonly PeekedMessage[];
  readonly cursor?: string;
}

/** What to redrive from a dead-letter queue to where its messages came from. */
export interface RedriveOptions {
  /** Logical name of the dead-letter queue. */
  readonly deadLetters: string;
  /** Another target than the source queue. */
  readonly to?: string;
  /** Messages a second at most, 1 to 500; as fast as possible if left out. */
  readonly ratePerSecond?: number;
  /** Only these messages (`redriveSome`). */
  readonly ids?: readonly string[];
  /** A new body for them (`redriveSome`, with one id). */
  readonly body?: string;
}

/** How far a redrive is. */
export interface RedriveTask {
  readonly id: string;
  readonly deadLetters: string;
  readonly state: "running" | "done" | "cancelled" | "failed";
  readonly moved: number;
  /** How many it set out to move, approximately. */
  readonly total: number;
  readonly startedAtMs: number;
  readonly error?: string;
}

/**
 * A queue engine with the semantics of SQS.
 *
 * Guarantees, on every driver:
 * - `send` resolves when the message is durable; each entry succeeds or fails alone.
 * - At least once: a message is delivered until a delivery of it is deleted, its retention ends, or
 *   it has been received `receivesMax` times; then the next receive moves it to the dead-letter
 *   queue.
 * - A received message is invisible for the visibility timeout, which `extend` sets anew from now;
 *   0 releases it.
 * - FIFO: within a group messages are delivered in the order of their sends; while one of a group
 *   is in flight, no later one is delivered to another receive. A duplicate within five minutes of
 *   the accepted send, also of a message that is already deleted, answers with the first message's
 *   id. A dead-lettered message unblocks its group and so breaks the order on purpose.
 * - Fair (standard queues): while several tenants wait, none is served more than its share.
 * - `receive` with `waitMs` is woken by a send; it does not poll.
 */
export interface QueueDriver extends Driver {
  readonly features: QueueFeatures;
  /**
   * Makes queues known. A queue on a managed engine must exist: drivers never create cloud
   * resources.
   */
  declare(specs: readonly QueueSpec[]): Promise<void>;
  /** Drops a queue of the platform's own and what is in it. */
  remove(queue: string): Promise<void>;
  /** @throws MOR_NOT_FOUND when the queue was not declared */
  send(queue: string, entries: readonly SendEntry[]): Promise<readonly SendResult[]>;
  receive(
    queue: string,
    options: ReceiveOptions,
    signal?: AbortSignal,
  ): Promise<readonly ReceivedMessage[]>;
  delete(queue: string, receipts: readonly string[]): Promise<readonly ReceiptResult[]>;
  /** Sets the visibility timeout of deliveries, from now; `error` is kept for the dead letter. */
  extend(
    queue: string,
    changes: readonly {
      readonly receipt: string;
      readonly visibilityMs: number;
      readonly error?: string;
    }[],
  ): Promise<readonly ReceiptResult[]>;
  stats(queue: string): Promise<QueueStats>;
  /**
   * The `limit` groups that have the most waiting, 1 to 1,000; messages without a group are in
   * none.
   * @throws MOR_UNSUPPORTED without `tenants`
   */
  tenants(queue: string, limit: number): Promise<TenantsPage>;
  /** Drops every message; answers how many where the engine knows. */
  purge(queue: string): Promise<{ readonly dropped?: number }>;
  /** @throws MOR_UNSUPPORTED without `peek` */
  peek(queue: string, options: PeekOptions): Promise<PeekPage>;
  /** Answers which of the ids were taken back. @throws MOR_UNSUPPORTED without `cancel` */
  cancel(queue: string, ids: readonly string[]): Promise<readonly string[]>;
  /** @throws MOR_UNSUPPORTED for `ids` and `body` without `redriveSome` */
  redrive(options: RedriveOptions): Promise<RedriveTask>;
  redrives(deadLetters: string): Promise<readonly RedriveTask[]>;
  cancelRedrive(id: string): Promise<void>;
  /**
   * The statements that send `entries` within a write of the state store, and what to wake after
   * it.
   * @throws MOR_UNSUPPORTED without `transactional`
   */
  statements(
    queue: string,
    entries: readonly SendEntry[],
  ): Promise<{ readonly statements: readonly Statement[]; readonly wake: readonly string[] }>;
}
