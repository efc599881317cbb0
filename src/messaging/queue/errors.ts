import { errorCatalogue } from "../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../core/errors.ts";

/** Errors of the queue. */
export const queueErrors: ErrorCatalogue<{
  readonly MOR_QUEUE_MESSAGE_TOO_LARGE: ErrorSpec;
  readonly MOR_QUEUE_ATTRIBUTE: ErrorSpec;
  readonly MOR_QUEUE_GROUP: ErrorSpec;
  readonly MOR_QUEUE_RATE_LIMITED: ErrorSpec;
  readonly MOR_QUEUE_MESSAGE_REJECTED: ErrorSpec;
  readonly MOR_QUEUE_LEASE_LOST: ErrorSpec;
  readonly MOR_QUEUE_BODY_CHARACTERS: ErrorSpec;
  readonly MOR_QUEUE_RECEIPT: ErrorSpec;
  readonly MOR_QUEUE_SEND_FAILED: ErrorSpec;
  readonly MOR_QUEUE_VISIBILITY: ErrorSpec;
  readonly MOR_QUEUE_KIND: ErrorSpec;
  readonly MOR_QUEUE_REDRIVE: ErrorSpec;
}> = errorCatalogue({
  MOR_QUEUE_MESSAGE_TOO_LARGE: {
    status: 413,
    title: "A message with its attributes is larger than 1 MiB.",
    fix: "Put the content in a blob and send its key.",
  },
  MOR_QUEUE_ATTRIBUTE: {
    status: 400,
    title: "A message attribute is not usable on every engine.",
    fix: "At most 9 attributes; names of letters, digits, _ - . up to 256; values not empty.",
  },
  MOR_QUEUE_GROUP: {
    status: 400,
    title: "A group, a deduplication id or another option does not fit the queue.",
    fix: "FIFO needs `group`; groups and ids are 1 to 128 letters, digits or punctuation marks.",
  },
  MOR_QUEUE_RATE_LIMITED: {
    status: 429,
    title: "More messages of the key than its rate limit allows.",
    fix: "Send again after the time that `details.retryAfterMs` names, or raise the limit.",
  },
  MOR_QUEUE_MESSAGE_REJECTED: {
    status: 422,
    title: "A message does not fit its queue's schema and is not handed to the handler.",
    fix: "Look at it with `morning queue peek`; correct the sender, or redrive it with a new body.",
  },
  MOR_QUEUE_LEASE_LOST: {
    status: 409,
    title: "The lease on a message ended while its handler ran; the message comes again.",
    fix: "Stop at the signal; do not block the event loop for longer than half of `visibilityMs`.",
  },
  MOR_QUEUE_BODY_CHARACTERS: {
    status: 400,
    title: "A body is empty or holds characters that SQS does not carry.",
    fix: "Send tab, line feed, carriage return and U+0020 upwards; escape or encode the rest.",
  },
  MOR_QUEUE_RECEIPT: {
    status: 400,
    title: "A receipt was not given by this queue.",
    fix: "Pass the receipt of the received message on, unchanged.",
  },
  MOR_QUEUE_VISIBILITY: {
    status: 400,
    title: "A visibility timeout is out of range.",
    fix: "0 to 12 hours, and the whole of a delivery not longer than 12 hours.",
  },
  MOR_QUEUE_KIND: {
    status: 409,
    title:
      "A queue exists as the other kind: standard and FIFO queues do not change into each other.",
    fix: "Declare the queue under a new name, or remove the old one first.",
  },
  MOR_QUEUE_REDRIVE: {
    status: 409,
    title: "A redrive cannot be started or continued.",
    fix: "Wait for the running one or cancel it; name the target with `to` if it is unknown.",
  },
  MOR_QUEUE_SEND_FAILED: {
    status: 502,
    title: "The queue's engine refused one message of a batch.",
    fix: "The message names the engine's reason; send that entry again if it is a passing one.",
  },
});
