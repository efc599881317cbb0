import type { Clock } from "../clock.ts";
import type { HandlerCall, MessageInfo, Receiving } from "../receiver.ts";
import type { ProviderKey } from "../host.ts";
import type { Context } from "../context.ts";
import type { Statement } from "../store.ts";
import type { SpanForm } from "../tracing.ts";

/** A queue that a pillar keeps for itself: an event's subscription, a schedule's target. */
export interface InternalQueue {
  /** Logical name: `subscription.orders.payment-succeeded`; may be longer than a declared name. */
  readonly name: string;
  /** Deliveries before the message is dead-lettered. */
  readonly receivesMax: number;
  /** How long an unhandled message is kept, milliseconds. */
  readonly retentionMs: number;
  /** Delay before a delivery that failed is repeated, exponential with jitter between the two. */
  readonly retryBaseMs: number;
  readonly retryMsMax: number;
}

/** One message of an internal queue. */
export interface InternalMessage {
  /** JSON text, at most 1 MiB. */
  readonly body: string;
  /** Travels beside the body; the trace context is among them. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly delayMs?: number;
}

/** How the handler of an internal queue runs. */
export interface InternalConsumer {
  readonly service: string;
  readonly concurrency?: number;
  /** How spans of its calls look. */
  readonly form?: SpanForm;
  /** The context in a message whose attributes bear none. */
  contextIn?(message: InternalMessage): Context | undefined;
  handle(message: InternalMessage & { readonly info: MessageInfo }, call: HandlerCall): unknown;
}

/** The queue pillar, as the event bus and the scheduler use it. */
export interface Queueing {
  /** Makes an internal queue and its dead-letter queue known; both appear in the console. */
  declare(queue: InternalQueue): Promise<void>;
  /** Takes a queue off again; what is left in it is dropped. */
  remove(name: string): Promise<void>;
  send(queue: string, messages: readonly InternalMessage[]): Promise<void>;
  /**
   * The statements that put `messages` on a queue within a write of the state store, and the
   * channels to wake.
   * @throws MOR_UNSUPPORTED when the queue driver does not live in the state store
   */
  statements(
    queue: string,
    messages: readonly InternalMessage[],
  ): Promise<{ readonly statements: readonly Statement[]; readonly wake: readonly string[] }>;
  /** Whether {@link Queueing.statements} works: the queue driver lives in the state store. */
  readonly transactional: boolean;
  consume(queue: string, consumer: InternalConsumer): Receiving;
  readonly clock: Clock;
}

/** The key under which the queue pillar provides itself. */
export const queueing: ProviderKey<Queueing> = { provider: "queueing" };
