import { eventTail } from "../../core/capabilities/figures.ts";
import { outbox } from "../../core/capabilities/outbox.ts";
import { queueing } from "../../core/capabilities/queueing.ts";
import { eventTasks } from "../../core/capabilities/tasks.ts";
import { coreErrors } from "../../core/errors.ts";
import type { CapabilityRuntime, Holder, Host } from "../../core/host.ts";
import type { Receiving } from "../../core/receiver.ts";
import type { Capability, Resource } from "../../core/resource.ts";
import type { TaskWatch } from "../task-watch.ts";
import type { EventDriver, EventEntry, ReplayOptions, ReplayTask } from "./driver.ts";
import type { Event } from "./event.ts";
import { explainEvent } from "./explanation.ts";
import type { EventExplanation } from "./explanation.ts";
import { makePublisher, outboxKind } from "./publisher.ts";
import type { PublisherContext } from "./publisher.ts";
import { makePublishing, refusal } from "./publishing.ts";
import { recordSchemas } from "./registry.ts";
import type { Registry } from "./registry.ts";
import { makeSubscriber } from "./subscriber.ts";
import type { SubscriberContext } from "./subscriber.ts";
import { subscriptionsOf } from "./subscriptions.ts";
import type { Subscription } from "./subscriptions.ts";
import { replayProgress, watchReplays } from "./tasks.ts";
import { eventTailOf } from "./tail.ts";
import { startWebhooks } from "./webhooks.ts";

/** The event pillar of one process. */
export interface EventRuntime extends CapabilityRuntime {
  readonly driver: EventDriver;
  readonly events: readonly Event[];
  readonly subscriptions: readonly Subscription[];
  /** Schemas on record. */
  readonly registry: Registry;
  /** @throws MOR_NOT_FOUND */
  get(name: string): Event;
  /** Publishes an entry that was made by the platform's own API. */
  publish(entry: EventEntry): Promise<{ readonly id: string }>;
  /** Starts a replay, which then is among the platform's tasks unless it is a dry run. */
  replay(options: ReplayOptions): Promise<ReplayTask>;
  /** Says of each subscription why an event would reach it or not. */
  explain(envelope: Readonly<Record<string, unknown>>): EventExplanation;
}

/**
 * Delay before a failed delivery is repeated: doubled from the first to the second, with jitter.
 */
const retryBaseMs = 1000;
const retryMsMax = 300_000;

interface Parts {
  readonly host: Host;
  readonly driver: EventDriver;
  readonly subscriptions: readonly Subscription[];
  readonly publisher: PublisherContext;
  readonly subscriber: SubscriberContext;
  readonly tasks: TaskWatch;
}

/**
 * The queue of each subscription, known in every process; the rules, in the one that has the
 * engine.
 */
async function declareAll(
  host: Host,
  driver: EventDriver,
  subscriptions: readonly Subscription[],
): Promise<void> {
  const queues = host.need(queueing);
  for (const { spec, attemptsMax, ageMsMax } of subscriptions) {
    await queues.declare({
      name: spec.queue,
      receivesMax: attemptsMax,
      retentionMs: ageMsMax,
      retryBaseMs,
      retryMsMax,
    });
  }
  if (host.owner) await driver.declare(subscriptions.map(({ spec }) => spec));
}

/** Opens the event pillar: records schemas, declares subscriptions, provides the latest events. */
export async function openEvents(
  host: Host,
  driver: EventDriver,
  resources: readonly Resource[],
): Promise<EventRuntime> {
  const events = resources as readonly Event[];
  const { metrics } = host;
  metrics.describe("morning_event_published_total", "Events published, by event and service.");
  metrics.describe("morning_event_handled_total", "Events handled, by event, service, outcome.");
  const subscriptions = subscriptionsOf(host.app);
  const registry = await recordSchemas(host, events);
  await declareAll(host, driver, subscriptions);
  const transactionWake = driver.features.transactional
    ? (await driver.statements([])).wake
    : undefined;
  const box = (): ReturnType<PublisherContext["outbox"]> => host.need(outbox);
  const publishing = makePublishing(driver);
  const publisher: PublisherContext = {
    host,
    driver,
    publishing,
    outbox: box,
    wake: () => transactionWake ?? box().statements({ kind: outboxKind, name: "" }, "null").wake,
  };
  const subscriber = { host, queueing: host.need(queueing) };
  host.provide(eventTail, eventTailOf(driver, host.app.name, metrics));
  const tasks = watchReplays(host, driver);
  host.provide(eventTasks, tasks);
  const parts = { host, driver, subscriptions, publisher, subscriber, tasks };
  return runtimeOf(parts, events, registry);
}

function runtimeOf(parts: Parts, events: readonly Event[], registry: Registry): EventRuntime {
  const { driver, subscriptions, publisher, subscriber } = parts;
  const byName = new Map(events.map((event) => [event.name, event]));
  let webhooks: readonly Receiving[] = [];
  return {
    driver,
    events,
    subscriptions,
    registry,
    get(name) {
      const event = byName.get(name);
      if (event !== undefined) return event;
      throw coreErrors.MOR_NOT_FOUND(`there is no event ${name}`);
    },
    publish: (entry) => publisher.publishing.one(entry),
    async replay(options) {
      const task = await driver.replay(options);
      if (options.dryRun !== true) parts.tasks.started(replayProgress(task));
      return task;
    },
    explain: (envelope) => explainEvent(subscriptions, envelope),
    hold: (capability, holder) => hold(parts, capability, holder),
    async start() {
      if (!driver.features.transactional) deliverOutbox(parts);
      webhooks = startWebhooks(subscriber, subscriptions);
    },
    async drain() {
      await Promise.all(webhooks.map((webhook) => webhook.stop(5000)));
      await publisher.publishing.flushed();
    },
    close: () => Promise.resolve(),
  };
}

function hold(parts: Parts, capability: Capability, holder: Holder): unknown {
  const event = capability.resource as Event;
  if (capability.verb === "publish") return makePublisher(parts.publisher, event, holder.service);
  const found = parts.subscriptions.find(
    (one) => one.service === holder.service && one.capability === capability,
  );
  if (found === undefined) {
    throw coreErrors.MOR_UNSUPPORTED(`event ${event.name}: there is no ${capability.verb}`);
  }
  if (found.webhook !== undefined) return { subscription: found.name };
  return makeSubscriber(parts.subscriber, found);
}

/** Publishes what transactions left in the outbox. */
function deliverOutbox({ driver, publisher }: Parts): void {
  publisher.outbox().deliver(outboxKind, async (_name, payload) => {
    const entry = JSON.parse(payload) as EventEntry;
    const [result] = await driver.publish([entry]);
    if (result === undefined) throw coreErrors.MOR_INTERNAL(`event ${entry.type}: no answer`);
    if ("error" in result) throw refusal(entry, result.error);
  });
}
