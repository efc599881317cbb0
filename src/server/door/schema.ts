import type { Schema } from "../../core/store.ts";

/**
 * Keys, sessions and the audit log. Rows of the audit log can be added, never changed or removed.
 */
export const doorSchema: Schema = {
  component: "door",
  migrations: [
    {
      version: 1,
      sqlite: [
        `create table api_key (id text primary key, name text not null, role text not null,
          hash text not null, created_at integer not null, used_at integer,
          revoked_at integer) strict`,
        `create table session (hash text primary key, key_id text not null, role text not null,
          name text not null, csrf text not null, created_at integer not null,
          expires_at integer not null) strict`,
        `create table audit (seq integer primary key autoincrement, at integer not null,
          actor text not null, role text not null, method text not null, path text not null,
          status integer not null, trace text) strict`,
        `create trigger audit_no_update before update on audit
          begin select raise(abort, 'the audit log is append-only'); end`,
        `create trigger audit_no_delete before delete on audit
          begin select raise(abort, 'the audit log is append-only'); end`,
      ],
      postgres: [
        `create table api_key (id text primary key, name text not null, role text not null,
          hash text not null, created_at bigint not null, used_at bigint, revoked_at bigint)`,
        `create table session (hash text primary key, key_id text not null, role text not null,
          name text not null, csrf text not null, created_at bigint not null,
          expires_at bigint not null)`,
        `create table audit (seq bigint generated always as identity primary key,
          at bigint not null, actor text not null, role text not null, method text not null,
          path text not null, status integer not null, trace text)`,
        `create function audit_append_only() returns trigger language plpgsql as
          $$ begin raise exception 'the audit log is append-only'; end $$`,
        `create trigger audit_append_only before update or delete or truncate on audit
          for each statement execute function audit_append_only()`,
      ],
    },
    {
      version: 2,
      // SQLite's `insert or replace` removes the old row without asking a delete trigger.
      sqlite: [
        `create trigger audit_no_replace before insert on audit
          when exists (select 1 from audit where seq = new.seq)
          begin select raise(abort, 'the audit log is append-only'); end`,
      ],
      postgres: [],
    },
    {
      version: 3,
      // Who did it, what failed, and what belongs to a trace; the rest is read newest first.
      sqlite: [
        "create index audit_actor on audit (actor, seq)",
        "create index audit_failed on audit (seq) where status >= 400",
        "create index audit_trace on audit (trace) where trace is not null",
      ],
      postgres: [
        "create index audit_actor on audit (actor, seq)",
        "create index audit_failed on audit (seq) where status >= 400",
        "create index audit_trace on audit (trace) where trace is not null",
      ],
    },
  ],
};
