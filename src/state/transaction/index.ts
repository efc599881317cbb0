/**
 * Transactions over the state store: writes that belong together, the idempotency ledger and the
 * outbox.
 * @module
 */
export { transactionErrors } from "./errors.ts";
export { ledgerRetentionMs } from "./ledger.ts";
export { openOutbox, outboxChannel, payloadBytesMax } from "./outbox.ts";
export type { OpenOutbox } from "./outbox.ts";
export type { OutboxHost } from "./relay.ts";
export { keyLengthMax, makeTransactions, statementsMax } from "./transactions.ts";
export type { TransactionsHost } from "./transactions.ts";
