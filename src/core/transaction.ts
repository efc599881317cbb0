import type { Statement } from "./store.ts";
import type { Span, SpanForm } from "./tracing.ts";

/** Marks what can take part in a transaction. */
export const transactional: unique symbol = Symbol.for("morning-ai/transactional");

/** Where a transaction collects what it will write. */
export interface Writes {
  /** Adds statements (or a promise of them) and the channels to wake after the commit. */
  add(
    statements: readonly Statement[] | Promise<readonly Statement[]>,
    wake?: readonly string[],
  ): void;
  /** Calls back once what was collected is committed; never when it is not. */
  committed(callback: () => void): void;
  /**
   * The span of what is written to one resource: the same for the same form, ended with the
   * transaction. Left out where nobody records.
   */
  readonly span?: (form: SpanForm) => Span;
}

/** A held capability that a transaction can write through; `Face` are its calls inside one. */
export interface Transactional<Face> {
  readonly [transactional]: (writes: Writes) => Face;
}

/** The inside of a transaction: `tx(held.orders).put(order)`. It collects; it does not read. */
export type Tx = <Face>(held: Transactional<Face>) => Face;

/** Writes that belong together. */
export interface Transactions {
  /**
   * Commits what `collect` writes through `tx`, all or nothing; messages and events in it included.
   */
  readonly transact: (collect: (tx: Tx) => void | Promise<void>) => Promise<void>;
  /**
   * Commits what `collect` writes through `tx` together with an entry for `key` in the idempotency
   * ledger: exactly once, however often it is called. An effect outside of `tx` is at least once.
   * @param key at most 256 characters; its scope is the handler or service that calls
   * @returns whether this call was the first
   */
  readonly once: (key: string, collect: (tx: Tx) => void | Promise<void>) => Promise<boolean>;
}
