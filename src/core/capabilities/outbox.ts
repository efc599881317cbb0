import type { ProviderKey } from "../host.ts";
import type { Statement } from "../store.ts";

/** Where something waits to be delivered: a kind of target (`queue`) and the target's name. */
export interface OutboxTarget {
  readonly kind: string;
  readonly name: string;
}

/** Delivers one payload; called again until it resolves, always with the same `idempotencyKey`. */
export type OutboxDelivery = (
  name: string,
  payload: string,
  idempotencyKey: string,
) => Promise<void>;

/** What takes writes of the state store on to engines that are not part of it: no lost and no phantom sends. */
export interface Outbox {
  /** The statements that put `payload` (JSON text) in the outbox, and the channels to wake after the commit. */
  statements(
    target: OutboxTarget,
    payload: string,
  ): { readonly statements: readonly Statement[]; readonly wake: readonly string[] };
  /** Names who delivers the payloads of a kind of target. */
  deliver(kind: string, fn: OutboxDelivery): void;
}

/** The key under which the transactional outbox is provided. */
export const outbox: ProviderKey<Outbox> = { provider: "outbox" } as ProviderKey<Outbox>;
