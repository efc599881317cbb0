import type { InternalMessage, Queueing } from "../../core/capabilities/queueing.ts";
import { currentContext, childContext, withContext } from "../../core/context.ts";
import type { Context } from "../../core/context.ts";
import { coreErrors } from "../../core/errors.ts";
import type { Host } from "../../core/host.ts";
import { receives } from "../../core/receiver.ts";
import type { HandlerCall, MessageInfo, Receiving } from "../../core/receiver.ts";
import { validate } from "../../core/schema.ts";
import { consumerForm } from "../spans.ts";
import { contextOf, isObject, openDetail, withoutReserved } from "./envelope.ts";
import type { EventEnvelope, Reserved } from "./envelope.ts";
import { eventErrors } from "./errors.ts";
import type { Subscriber } from "./event.ts";
import type { Subscription } from "./subscriptions.ts";

/** What a subscription's queue brought. */
export interface Delivered {
  /** The event's id: the same on every delivery, and of a replayed event too. */
  readonly id: string;
  readonly reserved: Reserved;
  /** Set unless the subscription transforms its events. */
  readonly envelope?: EventEnvelope;
  /** The event's data, or what the transformer made; not validated yet. */
  readonly value: unknown;
}

function rejected(subscription: Subscription, reason: string, cause?: unknown): Error {
  return eventErrors.MOR_EVENT_REJECTED(`subscription ${subscription.name}: ${reason}`, { cause });
}

/** Reads a message of a subscription's queue. @throws MOR_EVENT_REJECTED */
export function readDelivered(subscription: Subscription, body: string): Delivered {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (cause) {
    throw rejected(subscription, "a message is not JSON", cause);
  }
  if (!isObject(value) || typeof value["id"] !== "string") {
    throw rejected(subscription, "a message is no event");
  }
  const { id } = value;
  if (isObject(value["detail"])) {
    const envelope = value as unknown as EventEnvelope;
    const { data, reserved } = openDetail(envelope.detail);
    return { id, reserved, envelope, value: data };
  }
  if (!("input" in value)) throw rejected(subscription, "a message is no event");
  const own = value["_morning"];
  const reserved = isObject(own) ? (own as Reserved) : {};
  return { id, reserved, value: withoutReserved(value["input"]) };
}

/** The data as the event's schema gives it; what a transformer made has no schema. */
function accepted(subscription: Subscription, delivered: Delivered): unknown {
  if (delivered.envelope === undefined) return delivered.value;
  const { event } = subscription;
  const failed = (error: unknown): never => {
    throw rejected(subscription, `event ${delivered.id}: ${(error as Error).message}`, error);
  };
  try {
    const value = validate(event.data, delivered.value, `data of event ${event.name}`);
    return value instanceof Promise ? value.catch(failed) : value;
  } catch (error) {
    return failed(error);
  }
}

/**
 * The context in an event whose message bears none: other engines' queues carry the event alone.
 */
function contextInBody(subscription: Subscription, body: string): Context | undefined {
  try {
    return contextOf(readDelivered(subscription, body).reserved);
  } catch {
    // What is no event is rejected when it is handled.
    return undefined;
  }
}

/**
 * Runs `work` in the publisher's trace, one span deeper, unless the queue has restored it already.
 */
function inContext<T>(host: Host, reserved: Reserved, work: () => T): T {
  const context = contextOf(reserved);
  if (context === undefined) return work();
  const current = currentContext();
  const child = childContext(host.ids, context);
  const restored = current?.trace.traceId === context.trace.traceId;
  // The queue's attribute has the trace alone; identity and baggage are in the event.
  return withContext(restored ? { ...child, trace: current.trace } : child, work);
}

/** What a subscription's consumer does with one event. */
export type Handle = (delivered: Delivered, info: MessageInfo, call: HandlerCall) => unknown;

/** What subscribers work with. */
export interface SubscriberContext {
  readonly host: Host;
  readonly queueing: Queueing;
}

/** A queue's call with the event's own info; its signal is made only for a handler that asks. */
class EventCall implements HandlerCall {
  readonly info: MessageInfo;
  readonly log: HandlerCall["log"];
  readonly once: HandlerCall["once"];
  readonly transact: HandlerCall["transact"];
  readonly #call: HandlerCall;

  constructor(call: HandlerCall, info: MessageInfo) {
    this.info = info;
    this.log = call.log;
    this.once = call.once;
    this.transact = call.transact;
    this.#call = call;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }
}

async function handled(
  { host }: SubscriberContext,
  subscription: Subscription,
  message: InternalMessage & { readonly info: MessageInfo },
  call: HandlerCall,
  handle: Handle,
): Promise<void> {
  const labels = { event: subscription.event.name, service: subscription.service };
  const count = (outcome: string): void =>
    host.metrics.count("morning_event_handled_total", { ...labels, outcome });
  try {
    const delivered = readDelivered(subscription, message.body);
    const info = { ...message.info, id: delivered.id, idempotencyKey: delivered.id };
    const told = new EventCall(call, info);
    await inContext(host, delivered.reserved, () => handle(delivered, info, told));
  } catch (error) {
    count("failed");
    throw error;
  }
  count("handled");
}

/** Starts to consume a subscription. */
export function consumeSubscription(
  context: SubscriberContext,
  subscription: Subscription,
  concurrency: number | undefined,
  handle: Handle,
): Receiving {
  return context.queueing.consume(subscription.spec.queue, {
    service: subscription.service,
    ...(concurrency === undefined ? {} : { concurrency }),
    form: consumerForm(context.host, {
      kind: "event",
      name: subscription.event.name,
      operation: "process",
      subscription: subscription.name,
    }),
    contextIn: ({ body }) => contextInBody(subscription, body),
    handle: (message, call) => handled(context, subscription, message, call, handle),
  });
}

/** The subscriber of one subscription. */
export function makeSubscriber(
  context: SubscriberContext,
  subscription: Subscription,
): Subscriber<unknown> {
  return {
    [receives]: {
      start(handling, options) {
        if (handling.batch) {
          throw coreErrors.MOR_UNSUPPORTED(
            `subscription ${subscription.name}: events are handled one at a time`,
            { fix: "Bind it with `handle`; or send to a queue, which has batches." },
          );
        }
        return consumeSubscription(
          context,
          subscription,
          options.concurrency,
          async (delivered, _info, call) =>
            handling.run(await accepted(subscription, delivered), call),
        );
      },
    },
  };
}
