import type { Clock } from "../../core/clock.ts";
import type { Notification, Notifier } from "../../core/capabilities/notifier.ts";
import type { Random } from "../../core/ids.ts";
import type { Log } from "../../core/log.ts";
import type { Metrics } from "../../core/metrics.ts";
import { backoffMs } from "../../core/retry.ts";
import type { Row, Statement, Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";
import { MorningError } from "../../core/errors.ts";

/** What delivers notifications needs. */
export interface DispatchContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly notifiers: ReadonlyMap<string, Notifier>;
}

/** Attempts of one notification: with the delays below they last about two hours. */
const attemptsMax = 16;
const delays = { baseMs: 5000, delayMsMax: 900_000 };
const sendMs = 20_000;
/** Notifications that one round looks at. */
const roundMax = 500;

/** Errors that another attempt does not mend. */
const final: ReadonlySet<string> = new Set(["MOR_EVENT_WEBHOOK_ADDRESS", "MOR_CONFIG"]);

/** Statements that put a notification in the outbox, one row a notifier. */
export function outboxStatements(
  dialect: Store["dialect"],
  notification: Notification,
  groupKey: string,
  notify: readonly string[],
  known: ReadonlyMap<string, Notifier>,
): readonly Statement[] {
  const text = `insert into alert_notification (id, notifier, group_key, at_ms, kind, payload,
      status, attempts, next_at, error, done_at) values (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)`;
  const { id, atMs, kind } = notification;
  const payload = JSON.stringify(notification);
  const rows = [...new Set(notify)].map((name) => {
    const isKnown = known.has(name);
    const error = isKnown ? "" : `there is no notifier ${name}`;
    const status = isKnown ? "waiting" : "failed";
    return [id, name, groupKey, atMs, kind, payload, status, atMs, error, isKnown ? 0 : atMs];
  });
  return rows.length === 0 ? [] : [{ sql: placeholders(dialect, text), each: rows }];
}

/** Sends within {@link sendMs}. */
async function sendWithin(
  { clock }: DispatchContext,
  notifier: Notifier,
  notification: Notification,
): Promise<void> {
  const abort = new AbortController();
  let cancel = (): void => {};
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(sendMs, () => {
      abort.abort();
      reject(new Error(`no answer within ${sendMs / 1000} s`));
    });
  });
  try {
    await Promise.race([notifier.send(notification, abort.signal), late]);
  } finally {
    cancel();
  }
}

const done = `update alert_notification set status = ?, attempts = ?, next_at = ?, error = ?,
    done_at = ? where id = ? and notifier = ? and status = 'waiting'`;

/** One attempt; whether it was taken. */
async function attempt(context: DispatchContext, row: Row): Promise<boolean> {
  const { store, clock, random, log, metrics, notifiers } = context;
  const [id, name] = [String(row["id"]), String(row["notifier"])];
  const attempts = Number(row["attempts"]) + 1;
  const sql = placeholders(store.dialect, done);
  const notifier = notifiers.get(name);
  try {
    if (notifier === undefined) throw new Error(`there is no notifier ${name}`);
    const notification = JSON.parse(String(row["payload"])) as Notification;
    await sendWithin(context, notifier, notification);
  } catch (error) {
    const reason = (error as Error).message.slice(0, 1000);
    const over = attempts >= attemptsMax || (MorningError.is(error) && final.has(error.code));
    const nextMs = clock.now() + delays.baseMs + backoffMs(attempts, delays, random);
    const status = over ? "failed" : "waiting";
    const doneMs = over ? clock.now() : 0;
    const params = [status, attempts, nextMs, reason, doneMs, id, name];
    await store.write({ statements: [{ sql, params }] });
    metrics.count("morning_alert_notifications_total", { notifier: name, result: "failed" });
    log.warn("a notification was not taken", { notifier: name, attempts, over, reason });
    return over;
  }
  const params = ["sent", attempts, 0, "", clock.now(), id, name];
  await store.write({ statements: [{ sql, params }] });
  metrics.count("morning_alert_notifications_total", { notifier: name, result: "sent" });
  return true;
}

/**
 * Delivers what is due: at least once, and to each notifier in the order of the group, so that what
 * is over is never told before it was told to have begun.
 */
export async function dispatch(context: DispatchContext): Promise<void> {
  const { store, clock } = context;
  const text = `select * from alert_notification where status = 'waiting'
    order by id, notifier limit ?`;
  const rows = await store.read(placeholders(store.dialect, text), [roundMax]);
  const lines = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify([row["notifier"], row["group_key"]]);
    lines.set(key, [...(lines.get(key) ?? []), row]);
  }
  await Promise.all(
    [...lines.values()].map(async (line) => {
      for (const row of line) {
        if (Number(row["next_at"]) > clock.now()) return;
        if (!(await attempt(context, row))) return;
      }
    }),
  );
}
