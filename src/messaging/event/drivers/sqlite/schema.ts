import type { Schema } from "../../../../core/store.ts";

const indexes = [
  "create unique index event_log_id on event_log (id)",
  "create index event_log_at on event_log (at, seq)",
  "create index event_log_type on event_log (type, seq)",
];

const columns = `id text not null, type text not null, source text not null, at bigint not null,
  published bigint not null, bytes integer not null, envelope text not null,
  delivered text not null`;

const others = [
  "create table event_total (type text primary key, count bigint not null)",
  `create table event_replay (name text primary key, state text not null, options text not null,
    progress bigint not null, until bigint not null, read bigint not null, total bigint not null,
    delivered text not null, started bigint not null, error text)`,
];

/** The log of events with its totals, and replays with their progress. */
export const eventSchema: Schema = {
  component: "event",
  migrations: [
    {
      version: 1,
      sqlite: [
        `create table event_log (seq integer primary key autoincrement, ${columns})`,
        ...indexes,
        ...others,
      ],
      postgres: [
        `create table event_log (seq bigint generated always as identity primary key, ${columns})`,
        ...indexes,
        ...others,
      ],
    },
  ],
};
