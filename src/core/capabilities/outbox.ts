import type { ProviderKey } from "../host.ts";
import type { Statement } from "../store.ts";

/** Where something in the outbox goes: `{ kind: "queue", name: "welcome-email" }`. */
export interface OutboxTarget {
  /** Who delivers: the pillar that called `deliver` with this kind. */
  readonly kind: string;
  /** Order is kept within a name. */
  readonly name: string;
}

/** Delivers one payload; a rejection means that it comes again, with the same key. */
export type OutboxDelivery = (
  name: string,
  payload: string,
  idempotencyKey: string,
) => Promise<void>;

/**
 * What leaves the state store for another engine after its transaction commits: no lost and no
 * phantom messages. Each payload is delivered at least once, in the order of its target, with a key
 * that stays the same.
 */
export interface Outbox {
  /**
   * The statement that puts `payload` in the outbox within a write, and the channels to wake after
   * it.
   * @throws MOR_OUTBOX_TOO_LARGE past 2 MiB
   */
  statements(
    target: OutboxTarget,
    payload: string,
  ): { readonly statements: readonly Statement[]; readonly wake: readonly string[] };
  /** Begins to deliver what is, and what will be, in the outbox for `kind`. */
  deliver(kind: string, deliver: OutboxDelivery): void;
}

/** The key under which the state layer provides the outbox. */
export const outbox: ProviderKey<Outbox> = { provider: "outbox" } as ProviderKey<Outbox>;
