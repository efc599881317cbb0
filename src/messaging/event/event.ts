import { capability, checkName } from "../../core/resource.ts";
import type { Capability, Resource } from "../../core/resource.ts";
import type { Receiver } from "../../core/receiver.ts";
import type { Schema } from "../../core/schema.ts";
import type { Transactional } from "../../core/transaction.ts";
import type { InputTransformer } from "./input.ts";

/** What an event declares. */
export interface EventOptions<Data> {
  /** Schema of the event's data; checked on publish and again on receive. */
  readonly data: Schema<unknown, Data>;
  readonly description?: string;
  /**
   * Version of the schema, 1 and up; 1 if left out. A change that breaks readers needs a new one.
   */
  readonly version?: number;
}

/** A declared event type: plain data, and the capabilities that it hands out. */
export interface Event<Data = unknown> extends Resource<"event"> {
  readonly description: string;
  readonly data: Schema<unknown, Data>;
  readonly version: number;
  /** The right to publish. */
  publisher(): Capability<Publisher<Data>, Event<Data>>;
  /**
   * The right to receive what matches. With `input`, what the transformer makes instead of the
   * data.
   */
  subscriber(
    options: SubscriberOptions & { readonly input: InputTransformer },
  ): Capability<Subscriber<unknown>, Event<Data>>;
  subscriber(options?: SubscriberOptions): Capability<Subscriber<Data>, Event<Data>>;
  /**
   * Posts what matches to an address outside, signed (Standard Webhooks). A subscription like any
   * other, with its queue, retries and dead letters; it needs no handler.
   * @param name tells it apart from other subscriptions of the service to this event: `crm`
   */
  webhook(name: string, options: WebhookOptions): Capability<Webhook, Event<Data>>;
}

/** Which events a subscription gets, and how often a failed delivery is repeated. */
export interface SubscriberOptions {
  /** Tells several subscriptions of one service to one event apart; in lower case. */
  readonly name?: string;
  /**
   * EventBridge pattern over the envelope, besides the event's type: `{ detail: { amount: [...] }
   * }`.
   */
  readonly pattern?: Readonly<Record<string, unknown>>;
  /** Deliveries in all before the event is dead-lettered, 1 to 186; 10 if left out. */
  readonly attemptsMax?: number;
  /** Oldest event that is still delivered, 60 s to 14 days; 24 h if left out. */
  readonly ageMsMax?: number;
  /** What the handler gets instead of the event's data. */
  readonly input?: InputTransformer;
}

/** Where a webhook goes and how it is signed. */
export interface WebhookOptions extends Omit<SubscriberOptions, "name" | "input"> {
  /** Address that is posted to; https, and public unless `allowPrivate` says otherwise. */
  readonly url: string;
  /**
   * Environment variable with the signing secret, `whsec_...`; several, apart by a space, all sign.
   */
  readonly secretFrom: string;
  /**
   * Body: Standard Webhooks' `{ type, timestamp, data }` (if left out), or a CloudEvent 1.0 in
   * JSON.
   */
  readonly format?: "standard" | "cloudevents";
  /** How long an answer is waited for, milliseconds; 15,000 if left out. */
  readonly timeoutMs?: number;
  /** Posts at once; 10 if left out. */
  readonly concurrency?: number;
  /**
   * Whether plain http and addresses that are not public (loopback, private networks) are allowed.
   */
  readonly allowPrivate?: boolean;
}

/** A webhook, as its service holds it. The platform delivers; there is nothing to call. */
export interface Webhook {
  /** `users.user.registered.crm`. */
  readonly subscription: string;
}

/** Options of one event. */
export interface PublishOptions {
  /** When it happened; now if left out. */
  readonly atMs?: number;
  /** Resources that it is about (EventBridge's `resources`). */
  readonly resources?: readonly string[];
}

/** Publishes one type of event. Held by `event.publisher()`. */
export interface Publisher<Data> extends Transactional<{
  /** Publishes when the transaction commits. */
  publish(data: Data, options?: PublishOptions): void;
}> {
  /**
   * Publishes one event; resolves with its id when it is durable.
   * @throws MOR_INVALID when the data does not fit the schema
   * @throws MOR_EVENT_TOO_LARGE past 1 MiB
   */
  publish(data: Data, options?: PublishOptions): Promise<{ readonly id: string }>;
}

/** How the handler of a subscription runs. */
export interface SubscribeOptions {
  /** Events handled at once in this process; 10 if left out. */
  readonly concurrency?: number;
}

/** Receives events: `handle(held.paid, { concurrency: 10 }, async (payment) => { ... })`. */
export type Subscriber<Data> = Receiver<Data, SubscribeOptions>;

/**
 * Declares a type of event on the app's bus, with the semantics of EventBridge.
 * @example
 * export const userRegistered = event("user.registered", {
 *   data: z.object({ userId: z.string(), locale: z.string() }),
 * });
 * @throws MOR_NAME
 */
export function event<Data>(name: string, options: EventOptions<Data>): Event<Data> {
  checkName("event", name);
  const declared: Event<Data> = {
    kind: "event",
    name,
    description: options.description ?? "",
    data: options.data,
    version: options.version ?? 1,
    publisher: () => capability<Publisher<Data>, Event<Data>>(declared, "publish", "out"),
    subscriber: (subscription?: SubscriberOptions) =>
      capability<Subscriber<Data>, Event<Data>>(declared, "subscribe", "in", { ...subscription }),
    webhook: (webhookName, webhook) =>
      capability<Webhook, Event<Data>>(declared, "webhook", "in", {
        ...webhook,
        name: webhookName,
      }),
  };
  return Object.freeze(declared);
}
