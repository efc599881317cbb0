import { outbox } from "../../core/capabilities/outbox.ts";
import type { Host } from "../../core/host.ts";
import { seededRandom } from "../../core/ids.ts";
import { handle, handleBatch } from "../../core/receiver.ts";
import type { Resource } from "../../core/resource.ts";
import type { BatchMessage, BatchResult, HandlerCall, Receiving } from "../../core/receiver.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import type { InlineStore } from "../../engines/sqlite/inline.ts";
import { makeTransactions, openOutbox } from "../../state/transaction/index.ts";
import { simulatedClock } from "../../testing/clock.ts";
import type { SimulatedClock } from "../../testing/clock.ts";
import { testHost } from "../../testing/host.ts";
import type { QueueDriver } from "./driver.ts";
import { driver as sqlite } from "./drivers/sqlite.ts";
import type { ConsumeOptions, Consumer, Queue, Sender } from "./queue.ts";
import { openQueues } from "./runtime.ts";
import type { QueueRuntime } from "./runtime.ts";

/** One process of an app on a simulated clock and a real store, for tests of this folder. */
export interface Rig {
  readonly clock: SimulatedClock;
  readonly store: InlineStore;
  readonly host: Host;
  readonly driver: QueueDriver;
  readonly runtime: QueueRuntime;
  /** Lets everything run that does not wait for time. */
  settle(): Promise<void>;
  /** Moves time on from timer to timer, and lets everything run in between. */
  advance(byMs: number): Promise<void>;
  sender<M>(queue: Queue<M>, service?: string): Sender<M>;
  consume<M>(
    queue: Queue<M>,
    options: ConsumeOptions<M>,
    run: (message: M, call: HandlerCall) => unknown,
  ): Receiving;
  consumeBatch<M>(
    queue: Queue<M>,
    options: ConsumeOptions<M>,
    run: (
      messages: readonly BatchMessage<M>[],
      call: Omit<HandlerCall, "info">,
    ) => Promise<BatchResult | void> | BatchResult | void,
  ): Receiving;
  /** Another process of the same app on the same store and engine. */
  another(): Promise<Rig>;
  /** Sum of a counter over the series that have these labels. */
  counted(name: string, labels?: Readonly<Record<string, string>>): number;
  close(): Promise<void>;
}

/** How a rig differs from the plain one. */
export interface RigOptions {
  readonly clock?: SimulatedClock;
  readonly store?: InlineStore;
  readonly seed?: number;
  /** Stands between the runtime and the engine: faults, and flags of other engines. */
  readonly wrap?: (driver: QueueDriver) => QueueDriver;
}

/** Turns of the event loop after which what does not wait for time is done. */
const turns = 4;

async function settle(): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function advance(clock: SimulatedClock, byMs: number): Promise<void> {
  let leftMs = byMs;
  await settle();
  for (let next = clock.nextInMs(); next !== undefined && next <= leftMs; next = clock.nextInMs()) {
    clock.advance(next);
    leftMs -= next;
    await settle();
  }
  clock.advance(leftMs);
  await settle();
}

/** Opens a rig; whoever opens it closes it. */
export async function openRig(queues: readonly Resource[], options: RigOptions = {}): Promise<Rig> {
  const clock = options.clock ?? simulatedClock();
  const store = options.store ?? openInline({ clock });
  const host = hostOf(clock, store, options.seed ?? 1);
  const opened = await sqlite.open(host, {});
  const rig = await rigOn(host, clock, store, opened, queues, options);
  return {
    ...rig,
    async close() {
      await rig.close();
      await opened.close();
      await store.close();
    },
  };
}

function hostOf(clock: SimulatedClock, store: InlineStore, seed: number): Host {
  const host = testHost({ clock, store, random: seededRandom(seed) });
  const { ids } = host;
  return {
    ...host,
    transactions: (scope) => makeTransactions({ store: async () => store, clock, ids }, scope),
  };
}

async function rigOn(
  host: Host,
  clock: SimulatedClock,
  store: InlineStore,
  opened: QueueDriver,
  queues: readonly Resource[],
  options: RigOptions,
): Promise<Rig> {
  const driver = options.wrap?.(opened) ?? opened;
  const waiting = await openOutbox(store, host);
  host.provide(outbox, waiting);
  const runtime = await openQueues(host, driver, queues);
  await runtime.start?.();
  const started: Receiving[] = [];
  const keep = (receiving: Receiving): Receiving => {
    started.push(receiving);
    return receiving;
  };
  const consumerOf = <M>(queue: Queue<M>): Consumer<M> =>
    runtime.hold(queue.consumer(), { service: "worker" }) as Consumer<M>;
  return {
    clock,
    store,
    host,
    driver,
    runtime,
    settle,
    advance: (byMs) => advance(clock, byMs),
    sender: <M>(queue: Queue<M>, service = "shop") =>
      runtime.hold(queue.sender(), { service }) as Sender<M>,
    consume: (queue, consume, run) => keep(handle(consumerOf(queue), consume, run).start()),
    consumeBatch: (queue, consume, run) =>
      keep(handleBatch(consumerOf(queue), consume, run).start()),
    another: () => rigOn(hostOf(clock, store, 2), clock, store, opened, queues, options),
    counted: (name, labels = {}) =>
      host.metrics
        .snapshot()
        .filter((series) => series.name === name)
        .filter((series) => Object.entries(labels).every(([key, is]) => series.labels[key] === is))
        .reduce((sum, { value }) => sum + value, 0),
    async close() {
      const stopping = Promise.all(started.map((one) => one.stop(0)));
      await advance(clock, 0);
      await stopping;
      await runtime.drain?.();
      await runtime.close();
      await waiting.close();
    },
  };
}
