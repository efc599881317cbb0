import type { Schema } from "../../core/store.ts";

const tables = (whole: string, real: string, strict: string): readonly string[] => [
  `create table alert_spec (name text primary key, spec text not null,
    updated_at ${whole} not null, updated_by text not null)${strict}`,
  `create table alert_status (alert text primary key, evaluated_at ${whole} not null,
    took_ms ${real} not null, left_out ${whole} not null, error text not null,
    error_since ${whole} not null)${strict}`,
  `create table alert_instance (fingerprint text primary key, alert text not null,
    state text not null, data text not null, ack_firing text not null,
    ack_by text not null)${strict}`,
  "create index alert_instance_alert on alert_instance (alert)",
  "create index alert_instance_state on alert_instance (state)",
  `create table alert_history (id text primary key, alert text not null,
    fingerprint text not null, labels text not null, at_ms ${whole} not null, state text not null,
    firing_id text not null, value ${real}, note text not null)${strict}`,
  "create index alert_history_alert on alert_history (alert, at_ms)",
  "create index alert_history_at on alert_history (at_ms)",
  `create table alert_silence (id text primary key, until_at ${whole} not null,
    data text not null)${strict}`,
  `create table alert_maintenance (name text primary key, data text not null)${strict}`,
  `create table alert_group (group_key text primary key, data text not null)${strict}`,
  `create table alert_notification (id text not null, notifier text not null,
    group_key text not null, at_ms ${whole} not null, kind text not null, payload text not null,
    status text not null, attempts ${whole} not null, next_at ${whole} not null,
    error text not null, done_at ${whole} not null, primary key (id, notifier))${strict}`,
  "create index alert_notification_status on alert_notification (status, id)",
  `create table alert_lease (id ${whole} primary key, holder text not null,
    epoch ${whole} not null, until_at ${whole} not null)${strict}`,
  "insert into alert_lease (id, holder, epoch, until_at) values (1, '', 0, 0)",
];

/** Alerts that people saved, where every alert stands, and what is still to be told to whom. */
export const alertSchema: Schema = {
  component: "alerts",
  migrations: [
    {
      version: 1,
      sqlite: tables("integer", "real", " strict"),
      postgres: tables("bigint", "double precision", ""),
    },
    {
      version: 2,
      sqlite: ["alter table alert_history add column reason text not null default ''"],
      postgres: ["alter table alert_history add column reason text not null default ''"],
    },
  ],
};
