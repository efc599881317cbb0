import type { Context } from "../../core/context.ts";
import type { Log } from "../../core/log.ts";
import type { HandlerCall, MessageInfo } from "../../core/receiver.ts";
import type { Span } from "../../core/tracing.ts";
import type { Transactions } from "../../core/transaction.ts";
import type { ReceivedMessage } from "./driver.ts";
import type { Envelope } from "./message.ts";

/** The calls of {@link Transactions}, to be handed out by themselves. */
export interface TransactionCalls {
  readonly once: Transactions["once"];
  readonly transact: Transactions["transact"];
}

/** Transactions as calls that need no `this`. */
export function transactionCalls(transactions: Transactions): TransactionCalls {
  return {
    once: (key, collect) => transactions.once(key, collect),
    transact: (collect) => transactions.transact(collect),
  };
}

/** A message that a consumer holds, from its receive until it is settled. */
export interface Delivery {
  readonly message: ReceivedMessage;
  readonly envelope: Envelope | undefined;
  /** What the handler gets; meaningless when `rejection` is set. */
  readonly value: unknown;
  /** Why the message must not reach the handler. */
  readonly rejection?: unknown;
  /** End of the lease on the monotonic clock. */
  leaseMs: number;
  settled: boolean;
  /** The handler call that it is part of. */
  run: Run | undefined;
}

/** One call of the handler: one message, or a batch. */
export interface Run {
  readonly deliveries: readonly Delivery[];
  /** Monotonic. */
  startedMs: number;
  settled: boolean;
  aborted: boolean;
  reason: unknown;
  controller: AbortController | undefined;
  /** The span of the call and the context within it, from its start. */
  span: Span | undefined;
  context: Context | undefined;
}

/** A call that has not begun. */
export function makeRun(deliveries: readonly Delivery[]): Run {
  return {
    deliveries,
    startedMs: 0,
    settled: false,
    aborted: false,
    reason: undefined,
    controller: undefined,
    span: undefined,
    context: undefined,
  };
}

/** Aborts the signal of a call, also if nobody has asked for it yet. */
export function abortRun(run: Run, reason: unknown): void {
  if (run.aborted) return;
  run.aborted = true;
  run.reason = reason;
  run.controller?.abort(reason);
}

/**
 * The signal is made when a handler first asks: most do not, and it costs more than all the rest.
 */
function signalOf(run: Run): AbortSignal {
  if (run.controller === undefined) {
    run.controller = new AbortController();
    if (run.aborted) run.controller.abort(run.reason);
  }
  return run.controller.signal;
}

/**
 * What a batch handler is called with. A class, for its getter: a literal with a getter gives every
 * object a hidden class of its own, in the old generation, from where it keeps the message alive.
 */
class BatchCall {
  readonly log: Log;
  readonly once: TransactionCalls["once"];
  readonly transact: TransactionCalls["transact"];
  readonly #run: Run;

  constructor(run: Run, transactions: TransactionCalls, log: Log) {
    this.log = log;
    this.once = transactions.once;
    this.transact = transactions.transact;
    this.#run = run;
  }

  /** Made when it is first asked for: most handlers never look. */
  get signal(): AbortSignal {
    return signalOf(this.#run);
  }
}

/** What a handler is called with. */
class MessageCall extends BatchCall {
  readonly info: MessageInfo;

  constructor(run: Run, info: MessageInfo, transactions: TransactionCalls, log: Log) {
    super(run, transactions, log);
    this.info = info;
  }
}

/** What a handler is called with. */
export function handlerCall(
  run: Run,
  info: MessageInfo,
  transactions: TransactionCalls,
  log: Log,
): HandlerCall {
  return new MessageCall(run, info, transactions, log);
}

/** What a batch handler is called with. */
export function batchCall(
  run: Run,
  transactions: TransactionCalls,
  log: Log,
): Omit<HandlerCall, "info"> {
  return new BatchCall(run, transactions, log);
}

/** What a handler is told of a message. */
export function infoOf(queue: string, message: ReceivedMessage): MessageInfo {
  const { id, receiveCount, sentAtMs, group } = message;
  const idempotencyKey = `${queue}/${id}`;
  return group === undefined
    ? { id, receiveCount, sentAtMs, idempotencyKey }
    : { id, receiveCount, sentAtMs, group, idempotencyKey };
}
