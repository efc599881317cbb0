import type { Outbox, OutboxDelivery } from "../../core/capabilities/outbox.ts";
import type { Cancel } from "../../core/clock.ts";
import type { Schema, Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";
import { transactionErrors } from "./errors.ts";
import { makeRelay } from "./relay.ts";
import type { OutboxHost, Relay } from "./relay.ts";

/** The outbox, and its end. */
export interface OpenOutbox extends Outbox {
  /** What waits, by target, oldest first. */
  pending(): Promise<
    readonly { readonly kind: string; readonly name: string; readonly count: number }[]
  >;
  /** Finishes what is being delivered and delivers no more. */
  close(): Promise<void>;
}

/** Largest payload in bytes: a message of 1 MiB with room for its envelope. */
export const payloadBytesMax: number = 2 * 2 ** 20;

const schema: Schema = {
  component: "outbox",
  migrations: [
    {
      version: 1,
      sqlite: [
        `create table morning_outbox (id integer primary key autoincrement, kind text not null,
          name text not null, payload text not null, idempotency_key text not null,
          at integer not null)`,
        "create index morning_outbox_target on morning_outbox (kind, name, id)",
        `create table morning_outbox_lease (kind text not null, name text not null,
          owner text not null, until integer not null, primary key (kind, name))`,
      ],
      postgres: [
        `create table morning_outbox (id bigint generated always as identity primary key,
          kind text not null, name text not null, payload text not null,
          idempotency_key text not null, at bigint not null)`,
        "create index morning_outbox_target on morning_outbox (kind, name, id)",
        `create table morning_outbox_lease (kind text not null, name text not null,
          owner text not null, until bigint not null, primary key (kind, name))`,
      ],
    },
  ],
};

/** The channel that wakes the relay of a kind. */
export function outboxChannel(kind: string): string {
  return `outbox:${kind}`;
}

/** Opens the outbox of a store; what waits is delivered once `deliver` was called for its kind. */
export async function openOutbox(store: Store, host: OutboxHost): Promise<OpenOutbox> {
  await store.migrate(schema);
  const insert = placeholders(
    store.dialect,
    "insert into morning_outbox (kind, name, payload, idempotency_key, at) values (?, ?, ?, ?, ?)",
  );
  const relays: Relay[] = [];
  const listening: Cancel[] = [];
  return {
    statements({ kind, name }, payload) {
      const bytes = Buffer.byteLength(payload);
      if (bytes > payloadBytesMax) {
        throw transactionErrors.MOR_OUTBOX_TOO_LARGE(
          `${kind} ${name}: a payload of ${bytes} bytes, at most ${payloadBytesMax}`,
        );
      }
      const params = [kind, name, payload, host.ids.uuid(), host.clock.now()];
      return { statements: [{ sql: insert, params }], wake: [outboxChannel(kind)] };
    },
    deliver(kind: string, deliver: OutboxDelivery) {
      const relay = makeRelay({ ...host, store, kind, deliver });
      relays.push(relay);
      listening.push(store.listen(outboxChannel(kind), relay.wake));
      relay.wake();
    },
    async pending() {
      const rows = await store.read(
        `select kind, name, count(*) as count from morning_outbox
         group by kind, name order by min(id) limit 1000`,
      );
      return rows.map((row) => ({
        kind: String(row["kind"]),
        name: String(row["name"]),
        count: Number(row["count"]),
      }));
    },
    async close() {
      for (const cancel of listening.splice(0)) cancel();
      await Promise.all(relays.map((relay) => relay.close()));
    },
  };
}
