import type { Schema } from "../../core/store.ts";

/**
 * Tables of the embedded queue. What a row is stands in its columns:
 *
 * - standard and ready: `rank` set, `visible_at` null; received in the order `priority`, `rank`,
 * `seq`
 *   (`priority` is stored negated);
 * - standard and not ready: `visible_at` says when; delayed while `receives` is 0, in flight after;
 * - FIFO: `rank` null; received in the order `seq` of its group, when `queue_group.due` has come;
 * - a large payload lies in `queue_payload`, so that a delivery does not rewrite it.
 */
const sqlite: readonly string[] = [
  `create table queue (id integer primary key, name text not null unique, fifo integer not null,
    virtual_time integer not null default 0)`,
  `create table queue_counter (
    id integer primary key check (id = 1), next_seq integer not null, salt integer not null)`,
  `insert into queue_counter (id, next_seq, salt) values (1, 1, abs(random() % 2097152))`,
  `create table queue_message (
    seq integer primary key,
    queue integer not null,
    priority integer not null,
    rank integer,
    visible_at integer,
    receives integer not null default 0,
    first_at integer,
    sent_at integer not null,
    expires_at integer not null,
    group_name text,
    dedup text,
    origin integer,
    error text,
    body text,
    attributes text)`,
  `create index queue_ready on queue_message (queue, priority, rank)
    where visible_at is null and rank is not null`,
  `create index queue_due on queue_message (queue, visible_at) where visible_at is not null`,
  `create index queue_fifo on queue_message (queue, group_name) where rank is null`,
  `create table queue_payload (seq integer primary key, body text not null, attributes text)`,
  `create trigger queue_payload_gone after delete on queue_message when old.body is null
    begin delete from queue_payload where seq = old.seq; end`,
  `create trigger queue_payload_moved after update of seq on queue_message when old.body is null
    begin update queue_payload set seq = new.seq where seq = old.seq; end`,
  `create table queue_group (
    queue integer not null, name text not null, due integer not null,
    primary key (queue, name)) without rowid`,
  `create index queue_group_due on queue_group (queue, due)`,
  `create table queue_dedup (
    queue integer not null, scope text not null, key text not null,
    seq integer not null, sent_at integer not null, expires_at integer not null,
    primary key (queue, scope, key)) without rowid`,
  `create index queue_dedup_end on queue_dedup (queue, expires_at)`,
  `create table queue_outbox (
    id integer primary key autoincrement, queue text not null, entry text not null)`,
  `create table queue_redrive (
    id text primary key, dead_letters text not null, target text, rate integer, ids text, body text,
    state text not null, moved integer not null, total integer not null, last_seq integer not null,
    started_at integer not null, error text)`,
];

/** The schema of the embedded queue; it lives in SQLite alone. */
export const queueSchema: Schema = {
  component: "queue",
  migrations: [{ version: 1, sqlite, postgres: [] }],
};
