import type { Outbox } from "../../core/capabilities/outbox.ts";
import { coreErrors } from "../../core/errors.ts";
import type { Statement } from "../../core/store.ts";
import type { SendEntry, SendResult } from "./driver.ts";
import { entryProblem } from "./entry.ts";
import type { QueueEntry } from "./entries.ts";
import { debounceChannel } from "./flow-debounce.ts";
import {
  debounceWrite,
  passRate,
  rateStatements,
  takeSingleton,
  withSingleton,
} from "./flow-send.ts";
import type { Stored } from "./flow-send.ts";
import { flowKey, inDialect, writeFlow } from "./flow-store.ts";
import type { FlowStore, Slot } from "./flow-store.ts";
import type { QueueDriver } from "./driver.ts";
import type { Surroundings } from "./consumer-state.ts";
import type { SendOptions, Sent } from "./queue.ts";
import { refusal } from "./sending.ts";

/** What sending needs beside the queue. */
export interface DispatchContext {
  readonly driver: QueueDriver;
  readonly surroundings: Surroundings;
  readonly flow: () => Promise<FlowStore>;
  readonly outbox: () => Outbox;
  /** Something was debounced here: somebody must watch. */
  watchDebounced(): void;
}

/**
 * Flow options with keys as they are stored.
 * @throws MOR_INVALID when a number makes no sense
 */
function checkedFlow(queue: string, options: SendOptions): SendOptions {
  const { debounce, rateLimit, singleton } = options;
  const numbers = {
    "debounce.quietMs": debounce?.quietMs,
    "rateLimit.max": rateLimit?.max,
    "rateLimit.periodMs": rateLimit?.periodMs,
    "singleton.ttlMs": singleton?.ttlMs,
  };
  for (const [name, value] of Object.entries(numbers)) {
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
    throw coreErrors.MOR_INVALID(`queue ${queue}: ${name} is ${value}, not a whole number from 1`);
  }
  return {
    ...(debounce && { debounce: { ...debounce, key: flowKey(debounce.key) } }),
    ...(rateLimit && { rateLimit: { ...rateLimit, key: flowKey(rateLimit.key) } }),
    ...(singleton && { singleton: { ...singleton, key: flowKey(singleton.key) } }),
  };
}

/** Whether a send has more to do than to send. */
export function hasFlow(options: SendOptions | undefined): options is SendOptions {
  if (options === undefined) return false;
  const { debounce, rateLimit, singleton } = options;
  return (debounce ?? rateLimit ?? singleton) !== undefined;
}

/** @throws what the engine would refuse the entry for */
function checkEntry(context: DispatchContext, queue: QueueEntry, entry: SendEntry): void {
  const { delayMsMax, priority } = context.driver.features;
  const problem = entryProblem(queue.spec, entry, { delayMsMax, priority });
  if (problem !== undefined) throw problem;
}

/** A driver's answer as the sender's. @throws the error that the engine refused the entry with */
export function sentOf(queue: string, result: SendResult): Sent {
  if ("error" in result) throw refusal(queue, result.error);
  const { id, duplicate } = result;
  return duplicate ? { id, duplicate, outcome: "sent" } : { id, outcome: "sent" };
}

/** Sends an entry by its flow options. */
export async function sendByFlow(
  context: DispatchContext,
  queue: QueueEntry,
  entry: SendEntry,
  options: SendOptions,
): Promise<Sent> {
  checkEntry(context, queue, entry);
  const { clock, ids } = context.surroundings;
  const { debounce, rateLimit, singleton } = checkedFlow(queue.spec.name, options);
  const flow = await context.flow();
  if (rateLimit) await passRate(flow, queue.spec.name, rateLimit, clock.now());
  const stored: Stored = singleton === undefined ? { entry } : { entry, singleton };
  if (debounce === undefined) return sendStored(context, queue, stored);
  const id = ids.uuid();
  const { statements, wake } = debounceWrite(queue.spec.name, id, stored, debounce, clock.now());
  context.watchDebounced();
  await writeFlow(flow.store, statements, wake);
  return { id, outcome: "debounced" };
}

/** Sends what waited elsewhere, or what is a singleton. */
export async function sendStored(
  context: DispatchContext,
  queue: QueueEntry,
  stored: Stored,
): Promise<Sent> {
  const { entry, singleton } = stored;
  const { name } = queue.spec;
  if (singleton === undefined) return sentOf(name, await queue.sending.one(entry));
  const token = context.surroundings.ids.uuid();
  const flow = await context.flow();
  const slot = await takeSingleton(flow, name, singleton, token);
  if (slot === undefined) return { id: "", outcome: "skipped" };
  return sendHolding(flow, queue, withSingleton(entry, singleton.key, token), slot);
}

/** Sends a message that holds its singleton slot; without a new message the slot is free again. */
async function sendHolding(
  flow: FlowStore,
  queue: QueueEntry,
  entry: SendEntry,
  slot: Slot,
): Promise<Sent> {
  try {
    const sent = sentOf(queue.spec.name, await queue.sending.one(entry));
    if (sent.duplicate) await flow.release([slot]);
    return sent;
  } catch (error) {
    await flow.release([slot]);
    throw error;
  }
}

/**
 * What a transaction writes to send an entry: the message itself where the driver lives in the
 * state store, else its place in the outbox, from where it is sent after the commit.
 */
export async function sendStatements(
  context: DispatchContext,
  queue: QueueEntry,
  entry: SendEntry,
  options: SendOptions = {},
): Promise<readonly Statement[]> {
  checkEntry(context, queue, entry);
  const { name } = queue.spec;
  const { clock, ids } = context.surroundings;
  const { debounce, rateLimit, singleton } = checkedFlow(name, options);
  const stored: Stored = singleton === undefined ? { entry } : { entry, singleton };
  const limits: readonly Statement[] =
    rateLimit === undefined ? [] : rateStatements(name, rateLimit, clock.now());
  const { store } = hasFlow(options) ? await context.flow() : { store: undefined };
  const first = store === undefined ? [] : inDialect(store, limits);
  if (debounce !== undefined && store !== undefined) {
    const write = debounceWrite(name, ids.uuid(), stored, debounce, clock.now());
    context.watchDebounced();
    return [...first, ...inDialect(store, write.statements)];
  }
  return [...first, ...(await ownStatements(context, name, stored))];
}

async function ownStatements(
  context: DispatchContext,
  name: string,
  stored: Stored,
): Promise<readonly Statement[]> {
  if (throughOutbox(context, stored)) {
    return context.outbox().statements({ kind: "queue", name }, JSON.stringify(stored)).statements;
  }
  return (await context.driver.statements(name, [stored.entry])).statements;
}

/** A singleton is decided when it is sent, and other engines are not part of the commit. */
function throughOutbox(
  { driver }: DispatchContext,
  { singleton }: Pick<SendOptions, "singleton">,
): boolean {
  return singleton !== undefined || !driver.features.transactional;
}

/** The channels to wake after a commit that holds {@link sendStatements}. */
export function sendWake(
  context: DispatchContext,
  queue: QueueEntry,
  options: SendOptions = {},
): readonly string[] {
  if (options.debounce !== undefined) return [debounceChannel];
  if (!throughOutbox(context, options)) return queue.wake;
  return context.outbox().statements({ kind: "queue", name: queue.spec.name }, "null").wake;
}

/** Reads what was stored as JSON text. */
export function storedOf(text: string, subject: string): Stored {
  const value = JSON.parse(text) as Partial<Stored>;
  if (typeof value.entry?.body === "string") return value as Stored;
  throw coreErrors.MOR_INTERNAL(`${subject}: what was stored is no message`);
}
