import type { Schema } from "../../core/store.ts";

const columns = (whole: string, real: string): string => `(fingerprint text primary key,
  service text not null, type text not null, message text not null, culprit text not null,
  grouped_by text not null, parts text not null, status text not null, assignee text not null,
  resolved_release text not null, resolved_at ${whole} not null, regressed_at ${whole} not null,
  ignored_until ${whole} not null, first_seen ${whole} not null, first_release text not null,
  last_seen ${whole} not null, last_release text not null, times ${whole} not null)${real}`;

/** What is known of groups of errors beyond the errors themselves, which age. */
export const groupSchema: Schema = {
  component: "error-groups",
  migrations: [
    {
      version: 1,
      sqlite: [
        `create table error_group ${columns("integer", " strict")}`,
        "create index error_group_seen on error_group (status, last_seen)",
        `create table error_release (release text not null, service text not null,
          first_seen integer not null, primary key (service, release)) strict, without rowid`,
        `create table source_map (release text not null, file text not null, bytes integer not null,
          uploaded_at integer not null, text text not null, primary key (release, file)) strict`,
      ],
      postgres: [
        `create table error_group ${columns("bigint", "")}`,
        "create index error_group_seen on error_group (status, last_seen)",
        `create table error_release (release text not null, service text not null,
          first_seen bigint not null, primary key (service, release))`,
        `create table source_map (release text not null, file text not null, bytes bigint not null,
          uploaded_at bigint not null, text text not null, primary key (release, file))`,
      ],
    },
  ],
};
