import { outbox } from "../../core/capabilities/outbox.ts";
import { queueing } from "../../core/capabilities/queueing.ts";
import type { Host } from "../../core/host.ts";
import { seededRandom } from "../../core/ids.ts";
import type { Receiving } from "../../core/receiver.ts";
import { app } from "../../core/service.ts";
import type { AnyService, App } from "../../core/service.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import type { InlineFaults, InlineStore } from "../../engines/sqlite/inline.ts";
import { openOutbox } from "../../state/transaction/index.ts";
import { simulatedClock } from "../../testing/clock.ts";
import type { SimulatedClock } from "../../testing/clock.ts";
import { testHost } from "../../testing/host.ts";
import { driver as queueSqlite } from "../queue/drivers/sqlite.ts";
import { openQueues } from "../queue/runtime.ts";
import type { QueueRuntime } from "../queue/runtime.ts";
import type { EventDriver } from "./driver.ts";
import { driver as eventSqlite } from "./drivers/sqlite.ts";
import { openEvents } from "./runtime.ts";
import type { EventRuntime } from "./runtime.ts";

/** One process of an app with queue and bus, on a simulated clock and a real store. */
export interface EventRig {
  readonly app: App;
  readonly clock: SimulatedClock;
  readonly store: InlineStore;
  readonly host: Host;
  readonly queues: QueueRuntime;
  readonly driver: EventDriver;
  readonly runtime: EventRuntime;
  /** What a service holds, by the names of its `uses`. */
  held(service: string): Record<string, unknown>;
  /** Starts the handlers of all services, and the platform's own work. */
  start(): Promise<void>;
  settle(): Promise<void>;
  /** Lets things run until `done` holds; time stands still. */
  until(done: () => boolean): Promise<void>;
  /** Moves time on from timer to timer, and lets everything run in between. */
  advance(byMs: number): Promise<void>;
  counted(name: string, labels?: Readonly<Record<string, string>>): number;
  /** The process dies; the next one opens on what was committed. */
  crash(faults?: InlineFaults): Promise<EventRig>;
  close(): Promise<void>;
}

/** How a rig differs from the plain one. */
export interface EventRigOptions {
  readonly clock?: SimulatedClock;
  readonly store?: InlineStore;
  readonly seed?: number;
  /** Settings of the bus's driver. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** As if queues lived elsewhere: deliveries go through the outbox. */
  readonly remoteQueues?: boolean;
  /** Another bus than the embedded one. */
  readonly driver?: EventDriver;
}

const turns = 6;

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
export async function openEventRig(
  services: readonly AnyService[],
  options: EventRigOptions = {},
): Promise<EventRig> {
  const declared = app("shop", { services });
  const clock = options.clock ?? simulatedClock();
  const store = options.store ?? openInline({ clock });
  const base = testHost({ clock, store, random: seededRandom(options.seed ?? 1), app: "shop" });
  const host: Host = { ...base, app: declared };
  const box = await openOutbox(store, host);
  host.provide(outbox, box);
  const queueDriver = await queueSqlite.open(host, {});
  const queues = await openQueues(host, queueDriver, []);
  if (options.remoteQueues === true) {
    host.provide(queueing, { ...host.need(queueing), transactional: false });
  }
  const driver = options.driver ?? (await eventSqlite.open(host, options.options ?? {}));
  const events = declared.resources.filter(({ kind }) => kind === "event");
  const runtime = await openEvents(host, driver, events);
  const held = (name: string): Record<string, unknown> => {
    const service = declared.services.find((one) => one.name === name);
    const uses = Object.entries(service?.uses ?? {});
    return Object.fromEntries(
      uses
        .filter(([, { resource }]) => resource.kind === "event")
        .map(([key, capability]) => [key, runtime.hold(capability, { service: name })]),
    );
  };
  const started: Receiving[] = [];
  return {
    app: declared,
    clock,
    store,
    host,
    queues,
    driver,
    runtime,
    held,
    async start() {
      await queues.start?.();
      await runtime.start?.();
      for (const service of declared.services) {
        for (const binding of service.handlers(held(service.name))) started.push(binding.start());
      }
    },
    settle,
    async until(done) {
      for (let turn = 0; turn < 10_000 && !done(); turn++) await settle();
    },
    advance: (byMs) => advance(clock, byMs),
    counted: (name, labels = {}) =>
      host.metrics
        .snapshot()
        .filter((series) => series.name === name)
        .filter((series) => Object.entries(labels).every(([key, is]) => series.labels[key] === is))
        .reduce((sum, { value }) => sum + value, 0),
    crash: (faults) =>
      openEventRig(services, { ...options, clock, store: store.crash(faults), seed: clock.now() }),
    async close() {
      await Promise.all(started.map((one) => one.stop(0)));
      await advance(clock, 0);
      await runtime.drain?.();
      await queues.drain?.();
      await runtime.close();
      await queues.close();
      await box.close();
      await driver.close();
      await queueDriver.close();
      await store.close();
    },
  };
}
