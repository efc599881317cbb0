import type { Schema } from "../../core/store.ts";

const tables = (integer: string, strict: string): readonly string[] => [
  `create table workflow_run (id text primary key, workflow text not null, version text not null,
    status text not null, priority ${integer} not null, input text not null, output text,
    error text, owner text, epoch ${integer} not null default 0,
    nudged ${integer} not null default 0, cancel ${integer} not null default 0,
    wake_at ${integer}, parent text, parent_at text, ready_at ${integer} not null,
    created_at ${integer} not null, started_at ${integer}, ended_at ${integer})${strict}`,
  `create index workflow_ready on workflow_run (workflow, priority desc, ready_at)
    where status = 'ready'`,
  "create index workflow_wake on workflow_run (wake_at) where status = 'waiting'",
  "create index workflow_owned on workflow_run (owner) where status = 'running'",
  `create table workflow_entry (run text not null, at text not null, place ${integer},
    kind text not null, name text not null, status text not null, value text not null,
    error text, attempt ${integer} not null, due_at ${integer}, token text,
    started_at ${integer} not null, ended_at ${integer}, primary key (run, at))${strict}`,
  "create unique index workflow_token on workflow_entry (token) where token is not null",
  `create table workflow_signal (run text not null, number ${integer} not null, name text not null,
    value text not null, primary key (run, number))${strict}`,
  `create table workflow_worker (id text primary key, lease_until ${integer} not null)${strict}`,
];

/**
 * The journal. A run is a row; what it recorded are entries by their position in the program
 * (`3.0.1`), in the order in which they ended (`place`). A worker holds its runs by one lease.
 */
export const workflowSchema: Schema = {
  component: "workflow",
  migrations: [
    { version: 1, sqlite: tables("integer", " strict"), postgres: tables("bigint", "") },
  ],
};
