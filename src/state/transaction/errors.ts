import { errorCatalogue } from "../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../core/errors.ts";

/** Errors of transactions, the ledger and the outbox. */
export const transactionErrors: ErrorCatalogue<{
  readonly MOR_TRANSACTION_ENDED: ErrorSpec;
  readonly MOR_TRANSACTION_TOO_LARGE: ErrorSpec;
  readonly MOR_ONCE_KEY: ErrorSpec;
  readonly MOR_ONCE_DUPLICATE: ErrorSpec;
  readonly MOR_OUTBOX_TOO_LARGE: ErrorSpec;
}> = errorCatalogue({
  MOR_TRANSACTION_ENDED: {
    status: 500,
    title: "The transaction has ended; nothing can be added to it.",
    fix: "Await everything that writes through `tx` inside the function given to the transaction.",
  },
  MOR_TRANSACTION_TOO_LARGE: {
    status: 413,
    title: "The transaction has more statements than one may have.",
    fix: "Split the work into several transactions, each with a key of its own.",
  },
  MOR_ONCE_KEY: {
    status: 400,
    title: "The idempotency key is not usable.",
    fix: "Give a key of 1 to 256 characters, such as the order's id.",
  },
  MOR_ONCE_DUPLICATE: {
    status: 409,
    title: "The key was done before; `once` answers false and does not throw this.",
    fix: "Nothing to mend: what the key stands for is done.",
  },
  MOR_OUTBOX_TOO_LARGE: {
    status: 413,
    title: "The payload is larger than the outbox takes.",
    fix: "Put the content in a blob and send its key.",
  },
});
