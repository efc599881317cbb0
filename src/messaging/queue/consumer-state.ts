import type { Cancel } from "../../core/clock.ts";
import type { Host } from "../../core/host.ts";
import type { Handling } from "../../core/receiver.ts";
import type { Acks } from "./acks.ts";
import type { Delivery, Run, TransactionCalls } from "./delivery.ts";
import type { QueueDriver, QueueSpec, ReceivedMessage } from "./driver.ts";
import type { Gate } from "./flow-gate.ts";
import type { FlowStore } from "./flow-store.ts";
import type { Heartbeat } from "./lease.ts";
import type { Lanes } from "./lanes.ts";
import type { ConsumeOptions } from "./queue.ts";

/** What the runtime takes from the process that runs it. */
export type Surroundings = Pick<Host, "clock" | "random" | "ids" | "log" | "metrics">;

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
  readonly sizes: Sizes;
  /** Every message from its receive until it is settled. */
  readonly held: Set<Delivery>;
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

/** Lets a message go unhandled: it can be received again at once. */
export function release(state: ConsumerState, delivery: Delivery): void {
  if (delivery.settled) return;
  delivery.settled = true;
  state.held.delete(delivery);
  state.acks.change({ receipt: delivery.message.receipt, visibilityMs: 0 });
}

/** FIFO: lets go what follows a message of the group that will come again. */
export function releaseFollowers(state: ConsumerState, delivery: Delivery): void {
  if (!state.options.spec.fifo) return;
  for (const follower of state.lanes.drop(delivery.message.group)) release(state, follower);
}
