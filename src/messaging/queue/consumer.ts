import { sleep } from "../../core/clock.ts";
import { coreErrors } from "../../core/errors.ts";
import type { Receiving } from "../../core/receiver.ts";
import { consumerForm } from "../spans.ts";
import { makeAcks } from "./acks.ts";
import { abandon, pump, start } from "./consumer-run.ts";
import { lose } from "./consumer-settle.ts";
import { bodySizeMax, holdAll, release, roomFor, sizesOf } from "./consumer-state.ts";
import type { ConsumerOptions, ConsumerState } from "./consumer-state.ts";
import { abortRun } from "./delivery.ts";
import type { Delivery } from "./delivery.ts";
import type { ReceivedMessage } from "./driver.ts";
import { queueErrors } from "./errors.ts";
import { makeGate } from "./flow-gate.ts";
import type { Gate } from "./flow-gate.ts";
import { fifoLanes, standardLanes } from "./lanes.ts";
import { makeHeartbeat } from "./lease.ts";
import { queueLimits } from "./limits.ts";
import { envelopeOf } from "./message.ts";

/** Delay after a receive that failed, milliseconds. */
const receiveRetryMs = 1000;

/** Slots of flow control live at least this long without renewal, milliseconds. */
const slotMsMin = 30_000;

/**
 * Starts a consumer: receives while it has room, hands messages to the handler, keeps their leases,
 * and acknowledges. It never holds more than `concurrency` (times the batch size) and `prefetch`
 * messages.
 * @throws MOR_DECLARATION when the options make no sense together
 */
export function startConsumer(options: ConsumerOptions): Receiving {
  checkOptions(options);
  const state = makeState(options);
  const aborter = new AbortController();
  const receiving = receiveLoop(state, aborter.signal);
  let stopped: Promise<void> | undefined;
  return {
    stop: (graceMs) => (stopped ??= stop(state, aborter, receiving, graceMs)),
  };
}

function checkOptions({ consume, handling, spec }: ConsumerOptions): void {
  const whole: readonly [string, number | undefined, number][] = [
    ["concurrency", consume.concurrency, 1],
    ["prefetch", consume.prefetch, 0],
    ["batchSize", consume.batchSize, 1],
    ["concurrencyKey.max", consume.concurrencyKey?.max, 1],
    ["throttle.max", consume.throttle?.max, 1],
  ];
  for (const [name, value, min] of whole) {
    if (value === undefined || (Number.isInteger(value) && value >= min)) continue;
    throw coreErrors.MOR_DECLARATION(
      `queue ${spec.name}: ${name} is ${value}; it is a whole number from ${min}`,
    );
  }
  const keyed = consume.concurrencyKey !== undefined || "key" in (consume.throttle ?? {});
  if (handling.batch && keyed) {
    throw coreErrors.MOR_DECLARATION(
      `queue ${spec.name}: a key is of one message; a batch handler cannot have one`,
      { fix: "Use handle instead of handleBatch, or throttle without a key." },
    );
  }
}

function makeState(options: ConsumerOptions): ConsumerState {
  const { spec, driver, consume, surroundings, handling } = options;
  const { clock } = surroundings;
  const log = surroundings.log.with({ queue: spec.name, service: options.service });
  const held = new Set<Delivery>();
  const heartbeat = makeHeartbeat({
    driver,
    queue: spec.name,
    visibilityMs: spec.visibilityMs,
    clock,
    log,
    held,
    lost: (delivery) => lose(state, delivery),
    swept: () => {
      state.gate?.renew();
      gauge(state);
    },
  });
  const acks = makeAcks(driver, spec.name, { clock, log }, () => state.rouse());
  const state: ConsumerState = {
    options: { ...options, surroundings: { ...surroundings, log } },
    tracer: surroundings.tracing.tracerFor(options.service),
    form:
      options.form ??
      consumerForm(surroundings, { kind: "queue", name: spec.name, operation: "process" }),
    sizes: sizesOf(consume, handling.batch),
    held,
    heldSize: 0,
    bodySize: bodySizeMax,
    running: new Set(),
    lanes: spec.fifo ? fifoLanes() : standardLanes(),
    acks,
    gate: gateOf(options, () => state),
    heartbeat,
    stopping: false,
    pumping: false,
    windowOver: false,
    cancelWindow: undefined,
    cancelDeadline: undefined,
    rouse: () => {},
  };
  return state;
}

function gateOf(options: ConsumerOptions, state: () => ConsumerState): Gate | undefined {
  const { spec, service, consume, surroundings, flow } = options;
  const { concurrencyKey, throttle } = consume;
  if (concurrencyKey === undefined && throttle === undefined) return undefined;
  const { clock, ids, log } = surroundings;
  return makeGate({
    flow,
    scope: `${service}/${spec.name}`,
    limits: consume,
    clock,
    ids,
    log,
    slotMs: Math.max(slotMsMin, spec.visibilityMs),
    start: (run) => start(state(), run),
    wake: () => pump(state()),
    lost: (run) =>
      abortRun(
        run,
        queueErrors.MOR_QUEUE_LEASE_LOST(`queue ${spec.name}: the concurrency key was lost`),
      ),
  });
}

function gauge({ options, held }: ConsumerState): void {
  const { spec, service, surroundings } = options;
  const labels = { queue: spec.name, service };
  surroundings.metrics.gauge("morning_queue_in_flight", labels, held.size);
}

/** Whether another receive would bring what can be handled soon. */
function wantsMore(state: ConsumerState): boolean {
  const { lanes, acks, sizes } = state;
  const room = roomFor(state) > 0 && acks.pending <= sizes.capacity;
  return room && lanes.ready <= Math.max(Math.floor(sizes.prefetch / 2), sizes.batchSize - 1);
}

async function receiveLoop(state: ConsumerState, signal: AbortSignal): Promise<void> {
  while (!state.stopping) {
    if (!wantsMore(state)) {
      await new Promise<void>((resolve) => (state.rouse = resolve));
      continue;
    }
    await admit(state, await receive(state, signal));
    gauge(state);
    pump(state);
  }
}

async function receive(
  state: ConsumerState,
  signal: AbortSignal,
): Promise<readonly ReceivedMessage[]> {
  const { driver, spec, surroundings } = state.options;
  const max = roomFor(state);
  try {
    return await driver.receive(spec.name, { max, waitMs: queueLimits.waitMsMax }, signal);
  } catch (error) {
    if (signal.aborted) return [];
    surroundings.log.warn("receive failed", { error: String(error) });
    await sleep(surroundings.clock, receiveRetryMs, signal);
    return [];
  }
}

/** Takes messages in, in their order; those that are not acceptable come along with the reason. */
async function admit(state: ConsumerState, messages: readonly ReceivedMessage[]): Promise<void> {
  if (messages.length === 0) return;
  const { spec, surroundings } = state.options;
  const leaseMs = surroundings.clock.monotonic() + spec.visibilityMs;
  const deliveries: Delivery[] = [];
  for (const message of messages) {
    const delivery = decoded(state, message, leaseMs);
    deliveries.push(delivery instanceof Promise ? await delivery : delivery);
  }
  holdAll(state, deliveries);
  for (const delivery of deliveries) {
    if (state.stopping) release(state, delivery);
    else state.lanes.add(delivery);
  }
  state.heartbeat.beat();
}

function decoded(
  state: ConsumerState,
  message: ReceivedMessage,
  leaseMs: number,
): Delivery | Promise<Delivery> {
  const envelope = envelopeOf(message);
  const made = { message, envelope, leaseMs, settled: false, run: undefined };
  try {
    const value = state.options.decode(message);
    if (!(value instanceof Promise)) return { ...made, value };
    return value.then(
      (settled: unknown) => ({ ...made, value: settled }),
      (rejection: unknown) => ({ ...made, value: undefined, rejection }),
    );
  } catch (rejection) {
    return { ...made, value: undefined, rejection };
  }
}

/** Lets go what has not begun, waits for what has, and at the end of the grace lets go that too. */
async function stop(
  state: ConsumerState,
  aborter: AbortController,
  receiving: Promise<void>,
  graceMs: number,
): Promise<void> {
  state.stopping = true;
  aborter.abort();
  state.rouse();
  state.cancelWindow?.();
  for (const delivery of state.lanes.drain()) release(state, delivery);
  for (const run of state.gate?.drain() ?? []) {
    for (const delivery of run.deliveries) release(state, delivery);
  }
  const grace = new AbortController();
  const quiet = Promise.all([receiving, idle(state)]);
  await Promise.race([quiet, sleep(state.options.surroundings.clock, graceMs, grace.signal)]);
  grace.abort();
  for (const run of state.running) abandon(state, run);
  state.cancelDeadline?.();
  await state.gate?.close();
  await state.acks.flushed();
  state.heartbeat.stop();
  gauge(state);
}

/** Resolves when no handler runs. */
async function idle(state: ConsumerState): Promise<void> {
  while (state.running.size + (state.gate?.asking ?? 0) > 0) {
    await new Promise<void>((resolve) => (state.rouse = resolve));
  }
}
