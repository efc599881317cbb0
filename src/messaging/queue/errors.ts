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
});
