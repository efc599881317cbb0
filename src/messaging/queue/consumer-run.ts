import { parseTraceparent, withContext } from "../../core/context.ts";
import type { Context, TraceContext } from "../../core/context.ts";
import { coreErrors } from "../../core/errors.ts";
import type { BatchResult } from "../../core/receiver.ts";
import { contextAt, failSpan, recordFailure } from "../../core/tracing.ts";
import { release } from "./consumer-state.ts";
import type { ConsumerState } from "./consumer-state.ts";
import { done, fail, failRun, settleBatch } from "./consumer-settle.ts";
import { abortRun, batchCall, handlerCall, infoOf, makeRun } from "./delivery.ts";
import type { Delivery, Run } from "./delivery.ts";
import type { Gate } from "./flow-gate.ts";
import { contextOf } from "./message.ts";

/** Starts what may start. */
export function pump(state: ConsumerState): void {
  if (state.pumping) return;
  state.pumping = true;
  try {
    for (let run = nextRun(state); run !== undefined; run = nextRun(state)) {
      if (state.gate) ask(state, state.gate, run);
      else start(state, run);
    }
  } finally {
    state.pumping = false;
  }
  state.rouse();
}

/** Asks the gate; a message whose key cannot be told fails like one whose handler does. */
function ask(state: ConsumerState, gate: Gate, run: Run): void {
  const unacceptable = run.deliveries.some(({ rejection }) => rejection !== undefined);
  try {
    if (unacceptable) start(state, run);
    else gate.ask(run);
  } catch (error) {
    failed(state, run, error);
  }
}

function nextRun(state: ConsumerState): Run | undefined {
  const { running, gate, sizes, lanes } = state;
  if (state.stopping || running.size + (gate?.asking ?? 0) >= sizes.concurrency) return undefined;
  const parked = gate?.next();
  if (parked !== undefined) return parked;
  if (lanes.ready === 0 || waitsForMore(state)) return undefined;
  return makeRun(lanes.take(sizes.batchSize));
}

/** Whether a batch that is not full should wait for the rest of its window. */
function waitsForMore(state: ConsumerState): boolean {
  const { sizes, lanes } = state;
  const { batchWindowMs } = sizes;
  if (batchWindowMs === 0 || lanes.ready >= sizes.batchSize || state.windowOver) {
    state.windowOver = false;
    state.cancelWindow?.();
    state.cancelWindow = undefined;
    return false;
  }
  state.cancelWindow ??= state.options.surroundings.clock.after(batchWindowMs, () => {
    state.cancelWindow = undefined;
    state.windowOver = true;
    pump(state);
  });
  return true;
}

/** Runs a call, unless all of it was settled while it waited. */
export function start(state: ConsumerState, waiting: Run): void {
  const run = acceptable(state, waiting);
  if (run === undefined) return;
  const { surroundings } = state.options;
  run.startedMs = surroundings.clock.monotonic();
  state.running.add(run);
  for (const delivery of run.deliveries) delivery.run = run;
  armDeadline(state);
  let result: unknown;
  try {
    result = invoke(state, run);
  } catch (error) {
    failed(state, run, error);
    return;
  }
  if (isThenable(result)) {
    result.then(
      (value) => succeeded(state, run, value),
      (error: unknown) => failed(state, run, error),
    );
  } else succeeded(state, run, result);
}

function isThenable(value: unknown): value is Promise<unknown> {
  return typeof (value as Promise<unknown> | undefined)?.then === "function";
}

/** The part of a call that the handler may see; what must not reach it is settled here. */
function acceptable(state: ConsumerState, run: Run): Run | undefined {
  const [only] = run.deliveries;
  const simple = run.deliveries.length === 1 && only?.rejection === undefined && !only?.settled;
  if (simple && !state.stopping) return run;
  const accepted: Delivery[] = [];
  for (const delivery of run.deliveries) {
    if (delivery.settled) continue;
    if (state.stopping) release(state, delivery);
    else if (delivery.rejection === undefined) accepted.push(delivery);
    else reject(state, run, delivery);
  }
  const kept = accepted.filter(({ settled }) => !settled);
  if (kept.length > 0) {
    const shorter = makeRun(kept);
    const gone = run.deliveries.filter((delivery) => !kept.includes(delivery));
    const busy = new Set(kept.map(({ message }) => message.group));
    state.lanes.finish(gone.filter(({ message }) => !busy.has(message.group)));
    return shorter;
  }
  over(state, run);
  return undefined;
}

/**
 * Fails a message that must not reach the handler; FIFO: what follows it in the same batch comes
 * again.
 */
function reject(state: ConsumerState, run: Run, delivery: Delivery): void {
  const parent = parentOf(state, delivery);
  const span = state.tracer.start(state.form, parent?.trace);
  span.setAttribute("messaging.message.id", delivery.message.id);
  recordFailure(span, delivery.rejection);
  withContext(contextAt(span, parent), () => fail(state, delivery, delivery.rejection, "rejected"));
  span.end();
  const { receivesMax = Infinity, fifo } = state.options.spec;
  if (!fifo || delivery.message.receiveCount >= receivesMax) return;
  const after = run.deliveries.slice(run.deliveries.indexOf(delivery) + 1);
  for (const follower of after) {
    if (follower.message.group === delivery.message.group) release(state, follower);
  }
}

/** Where a message comes from: its attribute, or what its own kind of message says. */
function parentOf(state: ConsumerState, { envelope, message }: Delivery): Context | undefined {
  return contextOf(envelope) ?? state.options.contextIn?.(message);
}

/** The position that a message came from, without what else travels with it. */
function positionOf(state: ConsumerState, delivery: Delivery): TraceContext | undefined {
  const { traceparent } = delivery.envelope ?? {};
  if (typeof traceparent === "string") return parseTraceparent(traceparent);
  return parentOf(state, delivery)?.trace;
}

/** Messages of a batch that its span points to at most. */
const linksMax = 128;

/**
 * Begins the span of a call: below the position that its only message came with, one span deeper.
 * A batch is a root of its own that points to where its messages came from; so is a message that
 * brought none. The context that happens to be current does not count: whoever woke us has nothing
 * to do with this message.
 */
function begin(state: ConsumerState, run: Run): Context {
  const { tracer, form } = state;
  const [first] = run.deliveries as readonly [Delivery];
  const count = run.deliveries.length;
  const parent = count === 1 ? parentOf(state, first) : undefined;
  const linked = count > 1 && tracer.recording ? run.deliveries.slice(0, linksMax) : [];
  const links = linked.flatMap((delivery) => positionOf(state, delivery) ?? []);
  const span = tracer.start(form, parent?.trace, links);
  if (span.isRecording()) {
    if (count > 1) span.setAttribute("messaging.batch.message_count", count);
    else span.setAttribute("messaging.message.id", first.message.id);
    const { receiveCount } = first.message;
    if (receiveCount > 1) span.setAttribute("morning.message.receive_count", receiveCount);
  }
  run.span = span;
  return (run.context = contextAt(span, parent));
}

function invoke(state: ConsumerState, run: Run): unknown {
  const { handling, spec, service, surroundings, transactions } = state.options;
  const { log } = surroundings;
  const [first] = run.deliveries as readonly [Delivery];
  const nowMs = surroundings.clock.now();
  const labels = { queue: spec.name, service };
  for (const { message } of run.deliveries) {
    const seconds = Math.max(0, nowMs - message.sentAtMs) / 1000;
    surroundings.metrics.observe("morning_queue_dwell_seconds", labels, seconds);
  }
  const context = begin(state, run);
  if (!handling.batch) {
    const call = handlerCall(run, infoOf(spec.name, first.message), transactions, log);
    return withContext(context, () => handling.run(first.value, call));
  }
  const messages = run.deliveries.map(({ value, message }) => ({
    message: value,
    info: infoOf(spec.name, message),
  }));
  return withContext(context, () => handling.run(messages, batchCall(run, transactions, log)));
}

/** Fails the messages of a call within its context, so that what is said of it bears its trace. */
function failWithin(
  state: ConsumerState,
  run: Run,
  error: unknown,
  outcome: "failed" | "timeout",
): void {
  const { span, context } = run;
  if (span !== undefined) recordFailure(span, error);
  if (context === undefined) failRun(state, run, error, outcome);
  else withContext(context, () => failRun(state, run, error, outcome));
}

function succeeded(state: ConsumerState, run: Run, answer: unknown): void {
  if (run.settled) return;
  const [first] = run.deliveries as readonly [Delivery];
  if (state.options.handling.batch) settleBatch(state, run, answer as BatchResult | void);
  else done(state, first);
  over(state, run);
}

function failed(state: ConsumerState, run: Run, error: unknown): void {
  if (run.settled) return;
  failWithin(state, run, error, "failed");
  over(state, run);
}

/** A call is over: its place, its slot and its groups are free. */
function over(state: ConsumerState, run: Run): void {
  run.settled = true;
  run.span?.end();
  if (state.running.delete(run)) {
    const { spec, service, surroundings } = state.options;
    const seconds = (surroundings.clock.monotonic() - run.startedMs) / 1000;
    const labels = { queue: spec.name, service };
    surroundings.metrics.observe("morning_queue_handle_seconds", labels, seconds);
  }
  state.gate?.finish(run);
  state.lanes.finish(run.deliveries);
  pump(state);
}

/** One timer for the oldest call: all have the same time. */
function armDeadline(state: ConsumerState): void {
  const { timeoutMs } = state.options.consume;
  if (timeoutMs === undefined || state.cancelDeadline !== undefined) return;
  const { clock } = state.options.surroundings;
  const [oldest] = state.running;
  if (oldest === undefined) return;
  const leftMs = Math.max(0, oldest.startedMs + timeoutMs - clock.monotonic());
  state.cancelDeadline = clock.after(leftMs, () => {
    state.cancelDeadline = undefined;
    const dueMs = clock.monotonic() - timeoutMs;
    for (const run of state.running) if (run.startedMs <= dueMs) timeOut(state, run, timeoutMs);
    armDeadline(state);
  });
}

/** A call took too long: its signal aborts, its place is free, and its messages come again. */
function timeOut(state: ConsumerState, run: Run, timeoutMs: number): void {
  const error = coreErrors.MOR_TIMEOUT(
    `queue ${state.options.spec.name}: the handler took longer than ${timeoutMs} ms`,
  );
  abortRun(run, error);
  if (run.settled) return;
  failWithin(state, run, error, "timeout");
  over(state, run);
}

/**
 * Ends a call without waiting for its handler: the signal aborts and the messages can be received
 * again.
 */
export function abandon(state: ConsumerState, run: Run): void {
  const reason = coreErrors.MOR_STOPPING(`queue ${state.options.spec.name}: the process stops`);
  if (run.span !== undefined) failSpan(run.span, reason);
  abortRun(run, reason);
  for (const delivery of run.deliveries) release(state, delivery);
  over(state, run);
}
