import type { Cancel } from "../../core/clock.ts";
import type { Context } from "../../core/context.ts";
import type { Host } from "../../core/host.ts";
import type { Handling } from "../../core/receiver.ts";
import type { SpanForm, Tracer } from "../../core/tracing.ts";
import type { Acks } from "./acks.ts";
import type { Delivery, Run, TransactionCalls } from "./delivery.ts";
import type { QueueDriver, QueueSpec, ReceivedMessage } from "./driver.ts";
import type { Gate } from "./flow-gate.ts";
import type { FlowStore } from "./flow-store.ts";
import type { Heartbeat } from "./lease.ts";
import type { Lanes } from "./lanes.ts";
import type { ConsumeOptions } from "./queue.ts";

/** What the runtime takes from the process that runs it. */
export type Surroundings = Pick<
  Host,
  "clock" | "random" | "ids" | "log" | "metrics" | "tracing" | "engines"
>;

/** A consumer before it starts. */
export interface ConsumerOptions {
  readonly spec: QueueSpec;
  readonly driver: QueueDriver;
  readonly service: string;
  readonly surroundings: Surroundings;
  readonly transactions: TransactionCalls;
  readonly flow: () => Promise<FlowStore>;
  readonly handling: Handling<unknown>;
  readonly consume: ConsumeOptions<never>;
  /**
   * The handler's value of a message, or a promise of it; throws when the message is not
   * acceptable.
   */
  decode(message: ReceivedMessage): unknown;
  /** How spans of its handler calls look; as of the queue if left out. */
  readonly form?: SpanForm;
  /** The context of a message that came without one in its attribute. */
  contextIn?(message: ReceivedMessage): Context | undefined;
}

/** Sizes of a consumer, defaults filled in. */
export interface Sizes {
  /** Handler calls at once. */
  readonly concurrency: number;
  /** Messages a call. */
  readonly batchSize: number;
  readonly batchWindowMs: number;
  readonly prefetch: number;
  /** Messages held at most. */
  readonly capacity: number;
}

/** A consumer while it runs. */
export interface ConsumerState {
  readonly options: ConsumerOptions;
  readonly tracer: Tracer;
  readonly form: SpanForm;
  readonly sizes: Sizes;
  /** Every message from its receive until it is settled. */
  readonly held: Set<Delivery>;
  /** Characters of the bodies held. */
  heldSize: number;
  /** Characters of a body as far as was seen lately, rather more than less. */
  bodySize: number;
  /** Handler calls under way, oldest first. */
  readonly running: Set<Run>;
  readonly lanes: Lanes;
  readonly acks: Acks;
  readonly gate: Gate | undefined;
  readonly heartbeat: Heartbeat;
  stopping: boolean;
  pumping: boolean;
  /** A batch that is not full may start: its window is over. */
  windowOver: boolean;
  cancelWindow: Cancel | undefined;
  cancelDeadline: Cancel | undefined;
  /** Resumes the receive loop. */
  rouse: () => void;
}

/** Default handler calls at once. */
const concurrencyDefault = 10;
const batchSizeDefault = 10;

/**
 * Sizes from what the handler's binding says. A batch handler runs one call at a time unless told
 * otherwise.
 */
export function sizesOf(consume: ConsumeOptions<never>, batch: boolean): Sizes {
  const batchSize = batch ? (consume.batchSize ?? batchSizeDefault) : 1;
  const concurrency = consume.concurrency ?? (batch ? 1 : concurrencyDefault);
  const prefetch = consume.prefetch ?? concurrency * batchSize;
  const capacity = concurrency * batchSize + prefetch;
  return { concurrency, batchSize, batchWindowMs: consume.batchWindowMs ?? 0, prefetch, capacity };
}

/** Characters of bodies that one consumer holds at most, give or take what the estimate misses. */
const heldSizeMax = 64 * 2 ** 20;

/** Largest body; what is expected until smaller ones were seen. */
export const bodySizeMax: number = 2 ** 20;

/** How many more messages there is room for: by their number, and by how large they were lately. */
export function roomFor({ sizes, held, heldSize, bodySize }: ConsumerState): number {
  const byNumber = sizes.capacity - held.size;
  const bySize = Math.floor((heldSizeMax - heldSize) / bodySize);
  // One message always fits: else nothing would move.
  return held.size === 0 ? Math.max(1, Math.min(byNumber, bySize)) : Math.min(byNumber, bySize);
}

/** Takes messages in and learns from their size. */
export function holdAll(state: ConsumerState, deliveries: readonly Delivery[]): void {
  let size = 0;
  for (const delivery of deliveries) {
    state.held.add(delivery);
    size += delivery.message.body.length;
  }
  state.heldSize += size;
  const average = Math.max(1, size / deliveries.length);
  state.bodySize = Math.max(average, (state.bodySize + average) / 2);
}

/** The message is settled; false when it was before. */
export function settle(state: ConsumerState, delivery: Delivery): boolean {
  if (delivery.settled) return false;
  delivery.settled = true;
  if (state.held.delete(delivery)) state.heldSize -= delivery.message.body.length;
  return true;
}

/** Lets a message go unhandled: it can be received again at once. */
export function release(state: ConsumerState, delivery: Delivery): void {
  if (!settle(state, delivery)) return;
  state.acks.change({ receipt: delivery.message.receipt, visibilityMs: 0 });
}

/** FIFO: lets go what follows a message of the group that will come again. */
export function releaseFollowers(state: ConsumerState, delivery: Delivery): void {
  if (!state.options.spec.fifo) return;
  for (const follower of state.lanes.drop(delivery.message.group)) release(state, follower);
}
