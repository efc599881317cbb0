import type { Log } from "./log.ts";
import type { Transactions } from "./transaction.ts";

/** Marks what a handler can be bound to. */
export const receives: unique symbol = Symbol.for("morning-ai/receives");

/** What is known of a message beside its content. */
export interface MessageInfo {
  readonly id: string;
  /** 1 on the first delivery. */
  readonly receiveCount: number;
  /** When it was sent, milliseconds since the epoch. */
  readonly sentAtMs: number;
  /** FIFO group, or tenant of a fair queue. */
  readonly group?: string;
  /** A key that stays the same over every delivery: pass it on to effects outside. */
  readonly idempotencyKey: string;
}

/** One delivery, as a handler sees it. */
export interface HandlerCall extends Transactions {
  readonly info: MessageInfo;
  /** Lines that bear the service, the queue and the trace. */
  readonly log: Log;
  /** Aborts when the lease on the message is lost or the process stops without grace left. */
  readonly signal: AbortSignal;
}

/** One message of a batch. */
export interface BatchMessage<Message> {
  readonly message: Message;
  readonly info: MessageInfo;
}

/**
 * What a batch handler may answer: the ids that failed. Nothing, or an empty list: all are done.
 */
export interface BatchResult {
  readonly failed: readonly string[];
}

/** What a started handler can be told. */
export interface Receiving {
  /**
   * Takes no more work; resolves when what is in flight is finished or, after `graceMs`, released.
   */
  stop(graceMs: number): Promise<void>;
}

/** What runs when messages come: each alone, or many together. */
export type Handling<Message> =
  | { readonly batch: false; run(message: Message, call: HandlerCall): unknown }
  | {
      readonly batch: true;
      run(
        messages: readonly BatchMessage<Message>[],
        call: Omit<HandlerCall, "info">,
      ): Promise<BatchResult | void> | BatchResult | void;
    };

/**
 * A held capability that receives: a queue's consumer, an event's subscriber, a schedule's trigger.
 */
export interface Receiver<Message, Options> {
  readonly [receives]: {
    start(handling: Handling<Message>, options: Options): Receiving;
  };
}

/** A receiver bound to a handler; what `handle` returns. */
export interface HandlerBinding {
  start(): Receiving;
}

/**
 * Binds a handler to a receiver. Once the returned promise resolves, the message is acknowledged;
 * when it rejects, the message comes again, until it is dead-lettered.
 * @example handle(held.jobs, { concurrency: 10 }, async (job, { once }) => { ... })
 */
export function handle<Message, Options>(
  receiver: Receiver<Message, Options>,
  options: Options,
  run: (message: Message, call: HandlerCall) => unknown,
): HandlerBinding {
  return { start: () => receiver[receives].start({ batch: false, run }, options) };
}

/**
 * Binds a handler that takes messages many at a time and may fail some of them.
 * @example handleBatch(held.rows, { batchSize: 100 }, async (rows) => ({ failed: [] }))
 */
export function handleBatch<Message, Options>(
  receiver: Receiver<Message, Options>,
  options: Options,
  run: (
    messages: readonly BatchMessage<Message>[],
    call: Omit<HandlerCall, "info">,
  ) => Promise<BatchResult | void> | BatchResult | void,
): HandlerBinding {
  return { start: () => receiver[receives].start({ batch: true, run }, options) };
}
