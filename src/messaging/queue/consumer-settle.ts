import { MorningError } from "../../core/errors.ts";
import type { BatchResult } from "../../core/receiver.ts";
import { release, releaseFollowers, settle } from "./consumer-state.ts";
import type { ConsumerState } from "./consumer-state.ts";
import { abortRun } from "./delivery.ts";
import type { Delivery, Run } from "./delivery.ts";
import { queueErrors } from "./errors.ts";
import { singletonScope } from "./flow-send.ts";

/** How a delivery ended, as the metric's label says it. */
export type Outcome = "done" | "failed" | "rejected" | "timeout" | "lost";

/** Characters of an error's text that are kept with a message. */
const errorLengthMax = 1000;
const retryDefault = { baseMs: 1000, delayMsMax: 300_000 };

function count(state: ConsumerState, outcome: Outcome): void {
  const { spec, service, surroundings } = state.options;
  const labels = { queue: spec.name, service, outcome };
  surroundings.metrics.count("morning_queue_handled_total", labels);
}

/** What is kept of an error: code and message, no stack. */
export function errorText(error: unknown): string {
  const text = MorningError.is(error) ? `${error.code}: ${error.message}` : String(error);
  return text.slice(0, errorLengthMax);
}

/** Exponential with jitter, between the two bounds of the policy. */
function retryDelayMs(state: ConsumerState, receiveCount: number): number {
  const { baseMs, delayMsMax } = { ...retryDefault, ...state.options.consume.retry };
  const ceilingMs = Math.min(delayMsMax, baseMs * 2 ** Math.min(receiveCount, 30));
  const floorMs = Math.min(baseMs, ceilingMs);
  return Math.round(floorMs + state.options.surroundings.random.next() * (ceilingMs - floorMs));
}

/** The message is no longer waiting or handled: its singleton key is free. */
function releaseSingleton(state: ConsumerState, delivery: Delivery): void {
  const singleton = delivery.envelope?.singleton;
  if (singleton === undefined) return;
  const { flow, spec, surroundings } = state.options;
  const { key, token: holder } = singleton;
  flow()
    .then((open) => open.release([{ scope: singletonScope(spec.name), key, holder, slot: 0 }]))
    .catch((error: unknown) => {
      surroundings.log.warn("singleton key runs out by itself", { key, error: String(error) });
    });
}

/** The handler did its work: the message goes. */
export function done(state: ConsumerState, delivery: Delivery): void {
  if (!settle(state, delivery)) return;
  state.acks.done(delivery.message.receipt);
  count(state, "done");
  releaseSingleton(state, delivery);
}

/** Whether this delivery is the last before the message is dead-lettered. */
export function isLast(state: ConsumerState, delivery: Delivery): boolean {
  const { receivesMax } = state.options.spec;
  return receivesMax !== undefined && delivery.message.receiveCount >= receivesMax;
}

/**
 * The message was not handled: it comes again after a delay, or is dead-lettered by the next
 * receive. What follows it in a FIFO group comes after it; after its last delivery the group goes
 * on, since a dead letter breaks the order on purpose and followers would else be dead-lettered
 * unhandled along with it.
 */
export function fail(
  state: ConsumerState,
  delivery: Delivery,
  error: unknown,
  outcome: "failed" | "rejected" | "timeout",
): void {
  if (!settle(state, delivery)) return;
  const { message } = delivery;
  const last = isLast(state, delivery);
  const visibilityMs = last ? 0 : retryDelayMs(state, message.receiveCount);
  state.acks.change({ receipt: message.receipt, visibilityMs, error: errorText(error) });
  count(state, outcome);
  const { spec, service, surroundings } = state.options;
  if (last) {
    surroundings.metrics.count("morning_queue_dead_total", { queue: spec.name, service });
  }
  const fields = { message: message.id, receiveCount: message.receiveCount, visibilityMs };
  surroundings.log.warn(last ? "message is dead" : "message failed", {
    ...fields,
    error: errorText(error),
  });
  if (last) releaseSingleton(state, delivery);
  else releaseFollowers(state, delivery);
}

/** The lease ended while we held the message: another consumer may have it. */
export function lose(state: ConsumerState, delivery: Delivery): void {
  if (!settle(state, delivery)) return;
  count(state, "lost");
  const { spec, surroundings } = state.options;
  const text = `queue ${spec.name}: the lease on message ${delivery.message.id} ended`;
  surroundings.log.warn(text, { receiveCount: delivery.message.receiveCount });
  if (delivery.run) abortRun(delivery.run, queueErrors.MOR_QUEUE_LEASE_LOST(text));
  releaseFollowers(state, delivery);
}

/** The ids that a batch handler says failed; all of them when its answer makes no sense. */
function failedIds(run: Run, answer: BatchResult | void): ReadonlySet<string> {
  const ids = new Set(run.deliveries.map(({ message }) => message.id));
  if (answer === undefined || answer === null) return new Set();
  const { failed } = answer;
  const sensible = Array.isArray(failed) && failed.every((id) => ids.has(id as string));
  return sensible ? new Set(failed as string[]) : ids;
}

/**
 * Settles a batch by its answer. FIFO: what follows the first failure of a group comes again with
 * it.
 */
export function settleBatch(state: ConsumerState, run: Run, answer: BatchResult | void): void {
  const failed = failedIds(run, answer);
  const stopped = new Set<string | undefined>();
  const text = `queue ${state.options.spec.name}: the batch handler named the message as failed`;
  for (const delivery of run.deliveries) {
    const { id, group } = delivery.message;
    if (state.options.spec.fifo && stopped.has(group)) release(state, delivery);
    else if (!failed.has(id)) done(state, delivery);
    else {
      if (!isLast(state, delivery)) stopped.add(group);
      fail(state, delivery, text, "failed");
    }
  }
}

/**
 * Fails every message of a call; FIFO: of each group the first, and the others come again with it.
 */
export function failRun(
  state: ConsumerState,
  run: Run,
  error: unknown,
  outcome: "failed" | "timeout",
): void {
  const stopped = new Set<string | undefined>();
  for (const delivery of run.deliveries) {
    const { group } = delivery.message;
    if (state.options.spec.fifo && stopped.has(group)) release(state, delivery);
    else {
      if (!isLast(state, delivery)) stopped.add(group);
      fail(state, delivery, error, outcome);
    }
  }
}
