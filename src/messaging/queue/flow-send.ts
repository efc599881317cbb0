import type { Statement } from "../../core/store.ts";
import type { SendEntry } from "./driver.ts";
import { queueErrors } from "./errors.ts";
import { debounceChannel, debounceStatement } from "./flow-debounce.ts";
import { takeStatements } from "./flow-store.ts";
import type { FlowStore, Slot, TakeWish } from "./flow-store.ts";
import type { Envelope } from "./message.ts";
import { reservedAttribute } from "./message.ts";
import type { SendOptions } from "./queue.ts";

/** A message that waits outside of its queue: in a debounce window or the outbox. */
export interface Stored {
  readonly entry: SendEntry;
  readonly singleton?: NonNullable<SendOptions["singleton"]>;
}

/** The scope of the singleton slots of a queue. */
export function singletonScope(queue: string): string {
  return `singleton/${queue}`;
}

function rateWish(queue: string, limit: NonNullable<SendOptions["rateLimit"]>): TakeWish {
  const { key, max, periodMs } = limit;
  return { scope: `rate/${queue}`, key, max, periodMs, count: 1 };
}

function limitedText(queue: string, { key, max, periodMs }: TakeWish): string {
  return `queue ${queue}: more than ${max} messages of key ${key} within ${periodMs} ms`;
}

/**
 * Counts one message of a rate limit.
 * @throws MOR_QUEUE_RATE_LIMITED with `details.retryAfterMs`
 */
export async function passRate(
  flow: FlowStore,
  queue: string,
  limit: NonNullable<SendOptions["rateLimit"]>,
  nowMs: number,
): Promise<void> {
  const wish = rateWish(queue, limit);
  const [taken] = await flow.take([wish]);
  if ((taken?.granted ?? 0) > 0) return;
  const retryAfterMs = Math.max(0, (taken?.retryAtMs ?? nowMs) - nowMs);
  throw queueErrors.MOR_QUEUE_RATE_LIMITED(limitedText(queue, wish), { details: { retryAfterMs } });
}

/** The same within a transaction, which fails as a whole past the limit. */
export function rateStatements(
  queue: string,
  limit: NonNullable<SendOptions["rateLimit"]>,
  nowMs: number,
): readonly Statement[] {
  const wish = rateWish(queue, limit);
  const error = { code: "MOR_QUEUE_RATE_LIMITED", message: limitedText(queue, wish) };
  return takeStatements(wish, nowMs).map((statement) =>
    statement.sql.includes("taken + excluded.taken")
      ? { ...statement, expect: { rows: 1, error } }
      : statement,
  );
}

/** Takes the slot of a singleton key for a message; undefined while another message has it. */
export async function takeSingleton(
  flow: FlowStore,
  queue: string,
  singleton: NonNullable<SendOptions["singleton"]>,
  token: string,
): Promise<Slot | undefined> {
  const { key, ttlMs } = singleton;
  const wish = { scope: singletonScope(queue), key, max: 1, holder: token, ttlMs };
  const [slot] = await flow.slots([wish]);
  return slot;
}

/** The entry with the singleton slot that it holds written in its envelope. */
export function withSingleton(entry: SendEntry, key: string, token: string): SendEntry {
  const text = entry.attributes?.[reservedAttribute];
  const envelope = (text === undefined ? {} : JSON.parse(text)) as Envelope;
  const written = JSON.stringify({ ...envelope, singleton: { key, token } });
  return { ...entry, attributes: { ...entry.attributes, [reservedAttribute]: written } };
}

/** What puts a message in its debounce window, and what to wake. */
export function debounceWrite(
  queue: string,
  id: string,
  stored: Stored,
  debounce: NonNullable<SendOptions["debounce"]>,
  nowMs: number,
): { readonly statements: readonly Statement[]; readonly wake: readonly string[] } {
  const one = { queue, key: debounce.key, id, stored: JSON.stringify(stored) };
  return {
    statements: [debounceStatement(one, nowMs + debounce.quietMs)],
    wake: [debounceChannel],
  };
}
