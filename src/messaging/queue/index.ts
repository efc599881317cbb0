/**
 * Queues with the semantics of SQS: declare with {@link queue}, hold a sender or a consumer, handle
 * messages.
 * @module
 */
export { queueErrors } from "./errors.ts";
export { queueLimits } from "./limits.ts";
export { queue } from "./queue.ts";
export type {
  ConsumeOptions,
  Consumer,
  Queue,
  QueueOptions,
  SendOptions,
  Sender,
  Sent,
} from "./queue.ts";
export type { QueueSpec } from "./driver.ts";
