import type { Schema } from "../../core/store.ts";

/** Where each schedule of the embedded engine stands. */
export const scheduleSchema: Schema = {
  component: "schedule",
  migrations: [
    {
      version: 1,
      sqlite: [
        `create table schedule (name text primary key, expression text not null,
          queue text not null, last_at integer not null, fired integer not null default 0,
          paused integer not null default 0) strict`,
      ],
      postgres: [
        `create table schedule (name text primary key, expression text not null,
          queue text not null, last_at bigint not null, fired integer not null default 0,
          paused integer not null default 0)`,
      ],
    },
    {
      version: 2,
      sqlite: [
        "alter table schedule add column missed integer not null default 0",
        "alter table schedule add column last_missed integer",
      ],
      postgres: [
        "alter table schedule add column missed bigint not null default 0",
        "alter table schedule add column last_missed bigint",
      ],
    },
  ],
};
