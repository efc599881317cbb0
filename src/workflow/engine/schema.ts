import type { Schema, Store } from "../../core/store.ts";

/** Types of columns by dialect. `text` is what is compared by code unit. */
const dialects = {
  sqlite: { integer: "integer", text: "text", strict: " strict", least: " without rowid" },
  postgres: { integer: "bigint", text: 'text collate "C"', strict: "", least: "" },
} as const;

function runs(dialect: Store["dialect"]): readonly string[] {
  const { integer, text, strict } = dialects[dialect];
  return [
    `create table workflow_run (id ${text} primary key, workflow text not null,
      version text not null, status text not null, priority ${integer} not null,
      input text not null, output text, error text, attributes text, owner text,
      epoch ${integer} not null default 0, died ${integer}, nudged ${integer} not null default 0,
      cancel ${integer} not null default 0, paused ${integer} not null default 0,
      wake_at ${integer}, due_at ${integer}, parent ${text}, parent_at text, chain ${text},
      link ${integer} not null default 1, continues text, fork_of text, seed text, trace text,
      begin_at ${integer}, ready_at ${integer} not null, created_at ${integer} not null,
      started_at ${integer}, ended_at ${integer})${strict}`,
    `create index workflow_ready on workflow_run (workflow, version, priority desc, ready_at)
      where status = 'ready'`,
    "create index workflow_running on workflow_run (workflow) where status = 'running'",
    "create index workflow_wake on workflow_run (wake_at) where status = 'waiting'",
    "create index workflow_nudged on workflow_run (owner) where nudged = 1",
    "create index workflow_parent on workflow_run (parent) where parent is not null",
    "create index workflow_forked on workflow_run (fork_of) where fork_of is not null",
    "create index workflow_next on workflow_run (continues) where continues is not null",
    "create index workflow_chain on workflow_run (chain, link) where chain is not null",
    "create index workflow_created on workflow_run (created_at, id)",
    "create index workflow_found on workflow_run (workflow, created_at, id)",
    "create index workflow_failed on workflow_run (created_at, id) where status = 'failed'",
    "create index workflow_ended on workflow_run (ended_at) where ended_at is not null",
  ];
}

function recorded(dialect: Store["dialect"]): readonly string[] {
  const { integer, text, strict } = dialects[dialect];
  return [
    `create table workflow_entry (run ${text} not null, at ${text} not null, place ${integer},
      kind text not null, name text not null, status text not null, value text not null,
      error text, attempt ${integer} not null, progress text, due_at ${integer}, token text,
      started_at ${integer} not null, ended_at ${integer}, primary key (run, at))${strict}`,
    "create unique index workflow_token on workflow_entry (token) where token is not null",
    `create index workflow_callback on workflow_entry (started_at, run, at)
      where kind = 'callback' and status = 'open'`,
    `create index workflow_awaited on workflow_entry (run, name, started_at)
      where kind = 'signal' and status = 'open'`,
    `create index workflow_unseen on workflow_entry (run, at)
      where place is null and status <> 'open'`,
    `create index workflow_expected on workflow_entry (name, run, at)
      where kind = 'event' and status = 'open'`,
  ];
}

function beside(dialect: Store["dialect"]): readonly string[] {
  const { integer, text, strict, least } = dialects[dialect];
  const keyed = dialect === "sqlite" ? `${strict},${least}` : "";
  return [
    `create table workflow_signal (run ${text} not null, number ${integer} not null,
      name text not null, value text not null, primary key (run, number))${strict}`,
    `create table workflow_delivered (run ${text} not null, event ${text} not null,
      at ${text} not null, primary key (run, event))${keyed}`,
    `create table workflow_arrival (id ${text} primary key, name ${text} not null,
      value text not null, at ${integer} not null)${strict}`,
    "create index workflow_arrived on workflow_arrival (name, at)",
    "create index workflow_arrival_age on workflow_arrival (at)",
    `create table workflow_attribute (run ${text} not null, name ${text} not null,
      value ${text} not null, created_at ${integer} not null, primary key (run, name))${keyed}`,
    `create index workflow_attributed on workflow_attribute (name, value, created_at, run)`,
    `create table workflow_cache (key ${text} primary key, value text not null,
      expires_at ${integer} not null)${strict}`,
    "create index workflow_cache_expiry on workflow_cache (expires_at)",
    `create table workflow_worker (id text primary key, lease_until ${integer} not null)${strict}`,
  ];
}

const tables = (dialect: Store["dialect"]): readonly string[] => [
  ...runs(dialect),
  ...recorded(dialect),
  ...beside(dialect),
];

/** The attempts of a step that failed, as JSON. */
const failures = ["alter table workflow_entry add column failures text"];

/** What a step paid, as JSON; few do, and a run is asked for what all of its steps paid. */
const costs = [
  "alter table workflow_entry add column costs text",
  "create index workflow_costly on workflow_entry (run) where costs is not null",
];

/**
 * What runs are counted by without reading them: those that ended, once each; of those that go on
 * each status has an index of its own, which is as long as there are such runs.
 */
const counted = [
  `create index workflow_outcome on workflow_run (workflow, status) where status in
    ('completed', 'failed', 'cancelled', 'terminated', 'continued')`,
  "create index workflow_waiting on workflow_run (workflow) where status = 'waiting'",
  "create index workflow_paused on workflow_run (workflow) where status = 'paused'",
];

/** How a callback is watched, as JSON. */
const beats = ["alter table workflow_entry add column beats text"];

/** How many attempts of an entry ended with their process. */
const deaths = (dialect: Store["dialect"]): readonly string[] => [
  `alter table workflow_entry add column deaths ${dialects[dialect].integer} not null default 0`,
];

/**
 * The journal. A run is a row; what it recorded are entries by their position in the program
 * (`3.0.1`), in the order in which they ended (`place`). A worker holds its runs by one lease.
 */
export const workflowSchema: Schema = {
  component: "workflow",
  migrations: [
    { version: 1, sqlite: tables("sqlite"), postgres: tables("postgres") },
    { version: 2, sqlite: failures, postgres: failures },
    { version: 3, sqlite: costs, postgres: costs },
    { version: 4, sqlite: counted, postgres: counted },
    { version: 5, sqlite: beats, postgres: beats },
    { version: 6, sqlite: deaths("sqlite"), postgres: deaths("postgres") },
  ],
};
