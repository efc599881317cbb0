import type { Driver } from "../../core/host.ts";
import type { Statement } from "../../core/store.ts";
import type { EventEnvelope } from "./envelope.ts";
import type { InputTransformer } from "./input.ts";

// What drivers build upon: they import nothing else of this folder.
export { envelopeTime, eventBytesMax, isObject, openDetail } from "./envelope.ts";
export type { EventEnvelope, Reserved } from "./envelope.ts";
export { compileInput } from "./input.ts";
export type { CompiledInput, InputTransformer } from "./input.ts";
export { compileRules, filterPolicy, parsePattern } from "./pattern/index.ts";
export type { Pattern, PatternIndex } from "./pattern/index.ts";

/**
 * Positive flags of an event driver. A call that a false flag excludes throws `MOR_UNSUPPORTED`.
 */
export interface EventFeatures extends Readonly<Record<string, boolean | number | string>> {
  /** Patterns: `eventbridge` has every operator at any depth; `filter-policy` has those of SNS. */
  readonly patterns: "eventbridge" | "filter-policy";
  /** `log` and `event`: what was published can be read again. */
  readonly log: boolean;
  /** `replay`, `replays` and `cancelReplay`. */
  readonly replay: boolean;
  /** Replayed events keep the order of their publication. */
  readonly replayOrdered: boolean;
  /** `pattern`, `dryRun` and `ratePerSecond` of a replay, and its counts. */
  readonly replayShaped: boolean;
  /** Input paths and templates of a subscription. */
  readonly inputTransformer: boolean;
  /** `statements`: events commit together with other writes of the state store. */
  readonly transactional: boolean;
}

/**
 * A subscription as its driver sees it: a rule, and a queue of its own that the events are
 * delivered to.
 */
export interface SubscriptionSpec {
  /** `orders.payment.succeeded`: unique in the app; the rule's name. */
  readonly name: string;
  /** Internal queue, declared by the event runtime before the subscription is. */
  readonly queue: string;
  /** EventBridge pattern over the whole envelope, as plain data. */
  readonly pattern: Readonly<Record<string, unknown>>;
  readonly input?: InputTransformer;
}

/** One event to publish. */
export interface EventEntry {
  /** The event's type: `detail-type` in EventBridge, `type` in CloudEvents. */
  readonly type: string;
  /** `storefront.orders`: app and service. */
  readonly source: string;
  /** JSON text of an object; the reserved member `_morning` carries trace and identity. */
  readonly detail: string;
  /** When it happened; now if left out. Milliseconds since the epoch. */
  readonly atMs?: number;
  readonly resources?: readonly string[];
}

/** What became of one entry: its event id, or why it was refused. In the order of the entries. */
export type PublishResult =
  | { readonly id: string }
  | { readonly error: { readonly code: string; readonly message: string } };

/** What to read from the log of events. */
export interface LogOptions {
  readonly limit: number;
  readonly cursor?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly type?: string;
  /** Only events of this source, whole: `storefront.orders`. */
  readonly source?: string;
  /** Only events that carry this trace (32 hex). */
  readonly traceId?: string;
  /** Only events with this text in type, source or data (as JSON); case counts. */
  readonly contains?: string;
  /** Newest first if left out. */
  readonly order?: "oldest" | "newest";
}

/** An event of the log. */
export interface LoggedEvent {
  readonly envelope: EventEnvelope;
  /** When it happened; the windows of `log` and `replay` are over this. */
  readonly atMs: number;
  readonly publishedAtMs: number;
  /** Subscriptions that it was delivered to when it was published. */
  readonly deliveredTo: readonly string[];
}

/**
 * A page of the log; no `cursor` on the last. A search by `source`, `traceId` or `contains` looks
 * at a bounded part of the log: a page may hold few events, or none, and have a cursor.
 */
export interface LogPage {
  readonly events: readonly LoggedEvent[];
  readonly cursor?: string;
}

/** What to deliver again. */
export interface ReplayOptions {
  /** 1 to 64 characters; marks the replayed events as `replay-name`. */
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Only events that match this pattern too. */
  readonly pattern?: Readonly<Record<string, unknown>>;
  /** Only to these subscriptions; to all that match if left out. */
  readonly subscriptions?: readonly string[];
  /** Counts what would be delivered, and delivers nothing. */
  readonly dryRun?: boolean;
  readonly ratePerSecond?: number;
}

/** How far a replay is. */
export interface ReplayTask {
  readonly name: string;
  readonly state: "running" | "done" | "cancelled" | "failed";
  /** Events read, and deliveries made by subscription. */
  readonly read: number;
  readonly total: number;
  readonly delivered: Readonly<Record<string, number>>;
  readonly startedAtMs: number;
  readonly error?: string;
}

/**
 * An event bus with the semantics of EventBridge.
 *
 * Guarantees, on every driver:
 * - `publish` resolves when each accepted event is durable and will reach every subscription whose
 *   rule matched; each entry succeeds or fails alone.
 * - A subscription has a queue of its own: at least once, with its retry policy and dead letters;
 *   one that is slow or failing holds up no other.
 * - A changed pattern acts on the next publish (on managed engines: when the engine has taken it
 *   in, see the README).
 * - Matching cost does not grow with the number of rules where `patterns` is `eventbridge` and the
 *   engine is ours.
 */
export interface EventDriver extends Driver {
  readonly features: EventFeatures;
  /**
   * Sets the subscriptions, whole: those that are missing from the list end.
   * @throws MOR_EVENT_PATTERN_INVALID, MOR_EVENT_INPUT_INVALID; MOR_UNSUPPORTED for what a flag
   * excludes
   */
  declare(subscriptions: readonly SubscriptionSpec[]): Promise<void>;
  publish(entries: readonly EventEntry[]): Promise<readonly PublishResult[]>;
  /**
   * The statements that publish `entries` within a write of the state store, and what to wake after
   * it; the latter is the same whatever the entries are, so that asking with none tells it.
   * @throws MOR_UNSUPPORTED without `transactional`
   */
  statements(
    entries: readonly EventEntry[],
  ): Promise<{ readonly statements: readonly Statement[]; readonly wake: readonly string[] }>;
  /** @throws MOR_UNSUPPORTED without `log` */
  log(options: LogOptions): Promise<LogPage>;
  /** @throws MOR_UNSUPPORTED without `log`, MOR_NOT_FOUND */
  event(id: string): Promise<LoggedEvent>;
  /** Events published so far, by type. @throws MOR_UNSUPPORTED without `log` */
  totals(): Promise<Readonly<Record<string, number>>>;
  /** @throws MOR_UNSUPPORTED without `replay` */
  replay(options: ReplayOptions): Promise<ReplayTask>;
  replays(): Promise<readonly ReplayTask[]>;
  cancelReplay(name: string): Promise<void>;
}
