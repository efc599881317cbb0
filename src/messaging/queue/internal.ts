import type {
  InternalConsumer,
  InternalMessage,
  Queueing,
} from "../../core/capabilities/queueing.ts";
import type { Clock } from "../../core/clock.ts";
import type { Host } from "../../core/host.ts";
import type { Receiving } from "../../core/receiver.ts";
import { startConsumer } from "./consumer.ts";
import { transactionCalls } from "./delivery.ts";
import { refusal } from "./sending.ts";
import type { DispatchContext } from "./dispatch.ts";
import type { QueueDriver, ReceivedMessage, SendEntry } from "./driver.ts";
import { internalSpec } from "./entries.ts";
import type { Entries } from "./entries.ts";
import { envelopeText, portableText, reservedAttribute } from "./message.ts";

/** What the provider of internal queues works with. */
export interface QueueingOptions {
  readonly host: Host;
  readonly driver: QueueDriver;
  readonly entries: Entries;
  readonly context: DispatchContext;
  readonly clock: Clock;
}

/** An internal message as an entry; the context of the caller goes along unless it brings one. */
function entryOf(message: InternalMessage): SendEntry {
  const { attributes = {}, delayMs } = message;
  const envelope = attributes[reservedAttribute] ?? envelopeText();
  const all =
    envelope === undefined ? attributes : { ...attributes, [reservedAttribute]: envelope };
  return {
    body: portableText(message.body),
    ...(Object.keys(all).length === 0 ? {} : { attributes: all }),
    ...(delayMs === undefined ? {} : { delayMs }),
  };
}

function decode({ body, attributes }: ReceivedMessage): InternalMessage {
  return { body, attributes };
}

function consume(options: QueueingOptions, queue: string, consumer: InternalConsumer): Receiving {
  const { host, driver, entries, context } = options;
  const { spec, internal } = entries.get(queue);
  const { service, concurrency } = consumer;
  return startConsumer({
    spec,
    driver,
    service,
    surroundings: host,
    transactions: transactionCalls(host.transactions(`${service}/${queue}`)),
    flow: context.flow,
    handling: {
      batch: false,
      run: (value, call) =>
        consumer.handle({ ...(value as InternalMessage), info: call.info }, call),
    },
    consume: {
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(internal === undefined
        ? {}
        : { retry: { baseMs: internal.retryBaseMs, delayMsMax: internal.retryMsMax } }),
    },
    decode,
    ...(consumer.form === undefined ? {} : { form: consumer.form }),
    contextIn: (message) => consumer.contextIn?.(decode(message)),
  });
}

/** The queue pillar as the event bus and the scheduler use it. */
export function makeQueueing(options: QueueingOptions): Queueing {
  const { driver, entries, clock } = options;
  return {
    transactional: driver.features.transactional,
    clock,
    declare: (internal) => entries.declare([{ spec: internalSpec(internal), internal }]),
    async remove(name) {
      const { spec } = entries.get(name);
      for (const one of [spec.name, spec.deadLetters]) {
        if (one === undefined) continue;
        await driver.remove(one);
        entries.drop(one);
      }
    },
    async send(queue, messages) {
      const results = await driver.send(queue, messages.map(entryOf));
      const refused = results.find((result) => "error" in result);
      if (refused !== undefined && "error" in refused) throw refusal(queue, refused.error);
    },
    statements: (queue, messages) => driver.statements(queue, messages.map(entryOf)),
    consume: (queue, consumer) => consume(options, queue, consumer),
  };
}
