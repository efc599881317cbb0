import type { Ids } from "../../core/ids.ts";
import type { SqlValue, Statement, Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";
import type { AlertStatus } from "./book.ts";
import type { GroupState } from "./grouping.ts";
import { isForgotten } from "./state.ts";
import type { Stepped } from "./state.ts";

const upsertInstance = `insert into alert_instance (fingerprint, alert, state, data, ack_firing,
    ack_by) values (?, ?, ?, ?, '', '') on conflict (fingerprint)
  do update set alert = excluded.alert, state = excluded.state, data = excluded.data`;

const insertHistory = `insert into alert_history (id, alert, fingerprint, labels, at_ms, state,
    firing_id, value, note, reason) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const upsertStatus = `insert into alert_status (alert, evaluated_at, took_ms, left_out, error,
    error_since) values (?, ?, ?, ?, ?, ?) on conflict (alert) do update set
    evaluated_at = excluded.evaluated_at, took_ms = excluded.took_ms,
    left_out = excluded.left_out, error = excluded.error, error_since = excluded.error_since`;

const upsertGroup = `insert into alert_group (group_key, data) values (?, ?)
  on conflict (group_key) do update set data = excluded.data`;

/** A statement for each row, if there is one. */
function each(
  dialect: Store["dialect"],
  text: string,
  rows: readonly (readonly SqlValue[])[],
): readonly Statement[] {
  return rows.length === 0 ? [] : [{ sql: placeholders(dialect, text), each: rows }];
}

/** What an evaluation changes: instances, their history, and those that may be forgotten. */
export function steppedStatements(
  dialect: Store["dialect"],
  ids: Ids,
  stepped: readonly Stepped[],
  nowMs: number,
): readonly Statement[] {
  const kept = stepped.filter(({ instance }) => !isForgotten(instance, nowMs));
  const gone = stepped.filter(({ instance }) => isForgotten(instance, nowMs));
  const history = stepped.flatMap(({ instance, transitions }) =>
    transitions.map(({ atMs, to, firingId, value, note, reason }) => {
      const { alert, fingerprint, labels } = instance;
      const what = [alert, fingerprint, JSON.stringify(labels)];
      const why = reason === null ? "" : JSON.stringify(reason);
      return [ids.uuid(), ...what, atMs, to, firingId, value, note, why];
    }),
  );
  return [
    ...each(
      dialect,
      upsertInstance,
      kept.map(({ instance }) => {
        const { fingerprint, alert, state } = instance;
        return [fingerprint, alert, state, JSON.stringify(instance)];
      }),
    ),
    ...each(dialect, insertHistory, history),
    ...each(
      dialect,
      "delete from alert_instance where fingerprint = ?",
      gone.map(({ instance }) => [instance.fingerprint]),
    ),
  ];
}

/** How an alert was evaluated. */
export function statusStatement(dialect: Store["dialect"], status: AlertStatus): Statement {
  const { alert, evaluatedAtMs, tookMs, leftOut, error, errorSinceMs } = status;
  const params = [alert, evaluatedAtMs, tookMs, leftOut, error, errorSinceMs ?? 0];
  return { sql: placeholders(dialect, upsertStatus), params };
}

/** A group as it stands, or that it is over. */
export function groupStatement(
  dialect: Store["dialect"],
  key: string,
  state: GroupState | undefined,
): Statement {
  if (state === undefined) {
    const sql = placeholders(dialect, "delete from alert_group where group_key = ?");
    return { sql, params: [key] };
  }
  return { sql: placeholders(dialect, upsertGroup), params: [key, JSON.stringify(state)] };
}

const dayMs = 86_400_000;
const historyKeptMs = 90 * dayMs;
const notificationsKeptMs = 30 * dayMs;
const silencesKeptMs = 30 * dayMs;

/** Forgets what is old. */
export function pruneStatements(dialect: Store["dialect"], nowMs: number): readonly Statement[] {
  const sql = (text: string): string => placeholders(dialect, text);
  return [
    { sql: sql("delete from alert_history where at_ms < ?"), params: [nowMs - historyKeptMs] },
    {
      sql: sql("delete from alert_notification where status <> 'waiting' and at_ms < ?"),
      params: [nowMs - notificationsKeptMs],
    },
    { sql: sql("delete from alert_silence where until_at < ?"), params: [nowMs - silencesKeptMs] },
  ];
}
