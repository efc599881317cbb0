import { outbox } from "../../core/capabilities/outbox.ts";
import type { TaskWatch } from "../task-watch.ts";
import { figuresOf } from "./figures.ts";
import { queueFigures } from "../../core/capabilities/figures.ts";
import { queueing } from "../../core/capabilities/queueing.ts";
import type { Queueing } from "../../core/capabilities/queueing.ts";
import { queueTasks } from "../../core/capabilities/tasks.ts";
import type { Cancel } from "../../core/clock.ts";
import { coreErrors } from "../../core/errors.ts";
import type { CapabilityRuntime, Holder, Host } from "../../core/host.ts";
import { receives } from "../../core/receiver.ts";
import type { Receiving } from "../../core/receiver.ts";
import type { Capability, Resource } from "../../core/resource.ts";
import { validate } from "../../core/schema.ts";
import type { Statement } from "../../core/store.ts";
import { startConsumer } from "./consumer.ts";
import { transactionCalls } from "./delivery.ts";
import { sendStored, storedOf } from "./dispatch.ts";
import type { DispatchContext } from "./dispatch.ts";
import type { QueueDriver, ReceivedMessage, RedriveOptions, RedriveTask } from "./driver.ts";
import { makeEntries } from "./entries.ts";
import type { Entries, QueueEntry } from "./entries.ts";
import { queueErrors } from "./errors.ts";
import { makeDebounceRelay } from "./flow-debounce.ts";
import type { Debounced, DebounceRelay } from "./flow-debounce.ts";
import { singletonScope } from "./flow-send.ts";
import { flowSchema, inDialect, makeFlowStore } from "./flow-store.ts";
import type { FlowStore } from "./flow-store.ts";
import { makeQueueing } from "./internal.ts";
import type { ConsumeOptions, Consumer, Queue, Sender } from "./queue.ts";
import { makeSender } from "./sender.ts";
import { redriveProgress, watchRedrives } from "./tasks.ts";

/** The queue pillar of one process. */
export interface QueueRuntime extends CapabilityRuntime {
  readonly driver: QueueDriver;
  readonly queueing: Queueing;
  /** Every queue: declared, of other pillars, and dead-letter queues. */
  list(): readonly QueueEntry[];
  /** @throws MOR_NOT_FOUND */
  get(name: string): QueueEntry;
  /** A sender for the platform's own API: validated where the queue is declared. */
  sender(name: string): Sender<unknown>;
  /** Starts a redrive, which then is among the platform's tasks. */
  redrive(options: RedriveOptions): Promise<RedriveTask>;
  /** Drops every message of a queue, and frees the singleton keys. */
  purge(name: string): Promise<{ readonly dropped?: number }>;
}

/** What the parts of a runtime share. */
interface Parts {
  readonly host: Host;
  readonly driver: QueueDriver;
  readonly entries: Entries;
  readonly context: DispatchContext;
  readonly relay: DebounceRelay;
  readonly flowOpened: () => Promise<FlowStore> | undefined;
  readonly receiving: Set<Receiving>;
}

/** How often flow control's leftovers are removed, milliseconds. */
const pruneMs = 600_000;

/** Opens the queue pillar: makes all queues known and provides `queueing` to other pillars. */
export async function openQueues(
  host: Host,
  driver: QueueDriver,
  resources: readonly Resource[],
): Promise<QueueRuntime> {
  describe(host);
  const parts = makeParts(host, driver);
  const queues = resources as readonly Queue[];
  if (queues.length > 0) {
    await parts.entries.declare(queues.map((declared) => ({ spec: declared.spec, declared })));
  }
  const provided = makeQueueing({ ...parts, clock: host.clock });
  host.provide(queueing, provided);
  host.provide(queueFigures, figuresOf(driver, parts.entries));
  const tasks = watchRedrives(host, driver, parts.entries);
  host.provide(queueTasks, tasks);
  return runtimeOf(parts, provided, tasks);
}

function makeParts(host: Host, driver: QueueDriver): Parts {
  const entries = makeEntries(driver);
  let opened: Promise<FlowStore> | undefined;
  const flow = (): Promise<FlowStore> => (opened ??= openFlow(host));
  const relay = makeDebounceRelay({
    flow,
    clock: host.clock,
    log: host.log,
    send: (one, remove) => sendDebounced(context, entries, one, remove),
  });
  const context: DispatchContext = {
    driver,
    surroundings: host,
    flow,
    outbox: () => host.need(outbox),
    watchDebounced: () => void relay.start(),
  };
  const receiving = new Set<Receiving>();
  return { host, driver, entries, context, relay, flowOpened: () => opened, receiving };
}

async function openFlow(host: Host): Promise<FlowStore> {
  const store = await host.store();
  await store.migrate(flowSchema);
  return makeFlowStore(store, () => host.clock.now());
}

/** Puts a debounced message on its queue; in one commit with its removal where the driver can. */
async function sendDebounced(
  context: DispatchContext,
  entries: Entries,
  one: Debounced,
  remove: Statement,
): Promise<void> {
  const queue = entries.get(one.queue);
  const stored = storedOf(one.stored, `debounced message of queue ${one.queue}`);
  const { store } = await context.flow();
  const [removal = remove] = inDialect(store, [remove]);
  if (context.driver.features.transactional && stored.singleton === undefined) {
    const { statements, wake } = await context.driver.statements(one.queue, [stored.entry]);
    await store.write({ statements: [{ ...removal, expect: { rows: 1 } }, ...statements], wake });
    return;
  }
  await sendStored(context, queue, stored);
  await store.write({ statements: [removal] });
}

function runtimeOf(parts: Parts, provided: Queueing, tasks: TaskWatch): QueueRuntime {
  const { host, driver, entries, context, relay } = parts;
  let cancelPrune: Cancel | undefined;
  const prune = async (): Promise<void> => {
    const flow = parts.flowOpened();
    await flow
      ?.then((open) => open.prune())
      .catch((error: unknown) => {
        host.log.warn("queue flow control is not pruned", { error: String(error) });
      });
    cancelPrune = host.clock.after(pruneMs, () => void prune());
  };
  return {
    driver,
    queueing: provided,
    list: entries.list,
    get: entries.get,
    hold: (capability, holder) => hold(parts, capability, holder),
    sender: (name) =>
      makeSender(context, entries.get(name), "api", entries.get(name).declared?.message),
    async redrive(options) {
      const task = await driver.redrive(options);
      tasks.started(redriveProgress(task));
      return task;
    },
    async purge(name) {
      const answer = await driver.purge(entries.get(name).spec.name);
      const flow = parts.flowOpened();
      if (flow) await (await flow).clear(singletonScope(name));
      return answer;
    },
    async start() {
      await relay.start();
      cancelPrune = host.clock.after(pruneMs, () => void prune());
      deliverOutbox(host, context, entries);
    },
    async drain() {
      await Promise.all(entries.list().map(({ sending }) => sending.flushed()));
    },
    async close() {
      cancelPrune?.();
      await relay.close();
    },
  };
}

/** Sends what transactions left in the outbox. */
function deliverOutbox(host: Host, context: DispatchContext, entries: Entries): void {
  host.need(outbox).deliver("queue", async (name, payload) => {
    await sendStored(context, entries.get(name), storedOf(payload, `outbox of queue ${name}`));
  });
}

function hold(parts: Parts, capability: Capability, holder: Holder): unknown {
  const { name, message } = capability.resource as Queue;
  const entry = parts.entries.get(name);
  if (capability.verb === "send") {
    return makeSender(parts.context, entry, holder.service, message);
  }
  if (capability.verb === "consume") return consumerOf(parts, entry, holder);
  throw coreErrors.MOR_UNSUPPORTED(`queue ${name}: there is no capability ${capability.verb}`);
}

function consumerOf(parts: Parts, entry: QueueEntry, { service }: Holder): Consumer<unknown> {
  const { host, driver, context } = parts;
  const { spec, declared } = entry;
  return {
    [receives]: {
      start: (handling, consume) =>
        startConsumer({
          spec,
          driver,
          service,
          surroundings: host,
          transactions: transactionCalls(host.transactions(`${service}/${spec.name}`)),
          flow: context.flow,
          handling,
          consume: consume as ConsumeOptions<never>,
          decode: (message) => decode(declared as Queue, message),
        }),
    },
  };
}

/** A message's value by its queue's schema. @throws MOR_QUEUE_MESSAGE_REJECTED */
function decode(queue: Queue, message: ReceivedMessage): unknown {
  const rejected = (cause: unknown): Error =>
    queueErrors.MOR_QUEUE_MESSAGE_REJECTED(
      `queue ${queue.name}: message ${message.id}: ${(cause as Error).message}`,
      { cause },
    );
  try {
    const parsed: unknown = JSON.parse(message.body);
    const value = validate(queue.message, parsed, "it");
    if (!(value instanceof Promise)) return value;
    return value.catch((error: unknown) => Promise.reject(rejected(error)));
  } catch (error) {
    throw rejected(error);
  }
}

function describe({ metrics }: Host): void {
  metrics.describe("morning_queue_sent_total", "Messages sent, by queue and sending service.");
  metrics.describe("morning_queue_handled_total", "Deliveries ended, by queue, service, outcome.");
  metrics.describe("morning_queue_dead_total", "Messages that failed on their last delivery.");
  metrics.describe("morning_queue_handle_seconds", "How long handler calls took.");
  metrics.describe("morning_queue_dwell_seconds", "Time from the send of a message to its start.");
  metrics.describe("morning_queue_in_flight", "Messages that this process holds.");
}
