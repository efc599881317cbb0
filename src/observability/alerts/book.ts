import type { Clock } from "../../core/clock.ts";
import { coreErrors, MorningError } from "../../core/errors.ts";
import type { Ids } from "../../core/ids.ts";
import { checkName } from "../../core/resource.ts";
import type { Row, SqlValue, Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";
import type { Notification } from "../../core/capabilities/notifier.ts";
import type { Reason } from "./reason.ts";
import { alertSchema } from "./schema.ts";
import { checkSilenceCount, silencesMax } from "./silences.ts";
import type { Maintenance, MaintenanceSpec, Silence, SilenceSpec } from "./silences.ts";
import type { Instance, Transition } from "./state.ts";

/** How an alert was evaluated last. */
export interface AlertStatus {
  readonly alert: string;
  readonly evaluatedAtMs: number;
  readonly tookMs: number;
  /** Groups that were too many to judge. */
  readonly leftOut: number;
  /** Why it cannot be evaluated; empty while it can. */
  readonly error: string;
  readonly errorSinceMs: number | null;
}

/** A change of an instance, as history has it. */
export interface HistoryEntry extends Transition {
  readonly id: string;
  readonly alert: string;
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What was, or is to be, told by one notifier. */
export interface NotificationEntry {
  readonly id: string;
  readonly notifier: string;
  readonly atMs: number;
  readonly kind: Notification["kind"];
  readonly status: "waiting" | "sent" | "failed";
  readonly attempts: number;
  readonly nextAtMs: number | null;
  readonly error: string;
  readonly doneAtMs: number | null;
  readonly notification: Notification;
}

/** What is known of alerts, over the state store. */
export interface AlertBook {
  /** Of one alert, or of all. */
  instances(alert?: string): Promise<readonly Instance[]>;
  firing(): Promise<readonly Instance[]>;
  /** Names of the alerts that have instances. */
  alerts(): Promise<readonly string[]>;
  /**
   * Says that somebody takes care of a firing: it is not told again until it is over.
   * @throws MOR_NOT_FOUND when it is not firing
   */
  acknowledge(fingerprint: string, who: string): Promise<Instance>;
  statuses(): Promise<ReadonlyMap<string, AlertStatus>>;
  /** The newest first; of one alert, or of all. */
  history(query: {
    readonly alert?: string | undefined;
    readonly beforeMs?: number | undefined;
    readonly limit: number;
  }): Promise<readonly HistoryEntry[]>;
  /** The newest first. */
  notifications(query: {
    readonly status?: NotificationEntry["status"] | undefined;
    readonly limit: number;
  }): Promise<readonly NotificationEntry[]>;
  /** Those that have not ended, and those that ended within the last week. */
  silences(): Promise<readonly Silence[]>;
  silence(spec: SilenceSpec, who: string): Promise<Silence>;
  /** Ends a silence now. @throws MOR_NOT_FOUND */
  unsilence(id: string): Promise<void>;
  windows(): Promise<readonly Maintenance[]>;
  putWindow(name: string, spec: MaintenanceSpec, who: string): Promise<Maintenance>;
  /** @throws MOR_NOT_FOUND */
  removeWindow(name: string): Promise<void>;
}

const weekMs = 7 * 86_400_000;
const instancesReadMax = 50_000;

/** An instance from its row: who acknowledged it counts for one firing alone. */
export function instanceOf(row: Row): Instance {
  // Those of before reasons were told have none.
  const stored = JSON.parse(String(row["data"])) as Omit<Instance, "reason"> & Partial<Instance>;
  const instance: Instance = { ...stored, reason: stored.reason ?? null };
  const isOurs = instance.firingId !== "" && row["ack_firing"] === instance.firingId;
  return { ...instance, acknowledgedBy: isOurs ? String(row["ack_by"]) : "" };
}

function orNull(value: SqlValue | undefined): number | null {
  return Number(value) === 0 ? null : Number(value);
}

function statusOf(row: Row): AlertStatus {
  return {
    alert: String(row["alert"]),
    evaluatedAtMs: Number(row["evaluated_at"]),
    tookMs: Number(row["took_ms"]),
    leftOut: Number(row["left_out"]),
    error: String(row["error"]),
    errorSinceMs: orNull(row["error_since"]),
  };
}

function historyOf(row: Row): HistoryEntry {
  const value = row["value"] ?? null;
  return {
    id: String(row["id"]),
    alert: String(row["alert"]),
    fingerprint: String(row["fingerprint"]),
    labels: JSON.parse(String(row["labels"])) as Record<string, string>,
    atMs: Number(row["at_ms"]),
    to: String(row["state"]) as Transition["to"],
    firingId: String(row["firing_id"]),
    value: value === null ? null : Number(value),
    note: String(row["note"]),
    reason: row["reason"] === "" ? null : (JSON.parse(String(row["reason"])) as Reason),
  };
}

/** A notification from its row. */
export function notificationOf(row: Row): NotificationEntry {
  const status = String(row["status"]) as NotificationEntry["status"];
  return {
    id: String(row["id"]),
    notifier: String(row["notifier"]),
    atMs: Number(row["at_ms"]),
    kind: String(row["kind"]) as Notification["kind"],
    status,
    attempts: Number(row["attempts"]),
    nextAtMs: status === "waiting" ? Number(row["next_at"]) : null,
    error: String(row["error"]),
    doneAtMs: orNull(row["done_at"]),
    notification: JSON.parse(String(row["payload"])) as Notification,
  };
}

type Run = (text: string, params: readonly SqlValue[]) => Promise<readonly Row[]>;

function quiet(
  store: Store,
  clock: Clock,
  ids: Ids,
  read: Run,
): Pick<
  AlertBook,
  "silences" | "silence" | "unsilence" | "windows" | "putWindow" | "removeWindow"
> {
  const write = async (text: string, params: readonly SqlValue[], missing?: string) => {
    const error = { code: "MOR_NOT_FOUND", message: missing ?? "" };
    const expect = missing === undefined ? {} : { expect: { rows: "some" as const, error } };
    const sql = placeholders(store.dialect, text);
    await store.write({ statements: [{ sql, params, ...expect }] }).catch((cause: unknown) => {
      if (missing === undefined || !MorningError.is(cause, "MOR_NOT_FOUND")) throw cause;
      throw coreErrors.MOR_NOT_FOUND(missing);
    });
  };
  const standing = async (): Promise<readonly Silence[]> => {
    const text = "select data from alert_silence where until_at > ? order by until_at desc limit ?";
    const rows = await read(text, [clock.now() - weekMs, silencesMax * 2]);
    return rows.map((row) => JSON.parse(String(row["data"])) as Silence);
  };
  const windows = async (): Promise<readonly Maintenance[]> => {
    const text = "select data from alert_maintenance order by name limit ?";
    const rows = await read(text, [silencesMax]);
    return rows.map((row) => JSON.parse(String(row["data"])) as Maintenance);
  };
  return {
    silences: standing,
    async silence(spec, who) {
      const active = (await standing()).filter(({ untilMs }) => untilMs > clock.now());
      checkSilenceCount(active.length);
      const silence: Silence = { id: ids.uuid(), ...spec, who, createdAtMs: clock.now() };
      const text = "insert into alert_silence (id, until_at, data) values (?, ?, ?)";
      await write(text, [silence.id, silence.untilMs, JSON.stringify(silence)]);
      return silence;
    },
    async unsilence(id) {
      const nowMs = clock.now();
      const found = (await standing()).find((one) => one.id === id && one.untilMs > nowMs);
      const missing = `there is no silence ${id} that stands`;
      if (found === undefined) throw coreErrors.MOR_NOT_FOUND(missing);
      const data = JSON.stringify({ ...found, untilMs: nowMs });
      const text = "update alert_silence set until_at = ?, data = ? where id = ?";
      await write(text, [nowMs, data, id], missing);
    },
    windows,
    async putWindow(name, spec, who) {
      checkName("maintenance", name);
      checkSilenceCount((await windows()).filter((one) => one.name !== name).length);
      const window: Maintenance = { name, ...spec, who, updatedAtMs: clock.now() };
      const text = `insert into alert_maintenance (name, data) values (?, ?)
        on conflict (name) do update set data = excluded.data`;
      await write(text, [name, JSON.stringify(window)]);
      return window;
    },
    removeWindow: (name) =>
      write(
        "delete from alert_maintenance where name = ?",
        [name],
        `there is no maintenance window ${name}`,
      ),
  };
}

/** Opens the book of alerts in `store`. */
export async function openAlertBook(store: Store, clock: Clock, ids: Ids): Promise<AlertBook> {
  await store.migrate(alertSchema);
  const read: Run = (text, params) => store.read(placeholders(store.dialect, text), params);
  return {
    ...quiet(store, clock, ids, read),
    async instances(alert = "") {
      const text = `select * from alert_instance where (? = '' or alert = ?)
        order by alert, fingerprint limit ?`;
      return (await read(text, [alert, alert, instancesReadMax])).map(instanceOf);
    },
    async firing() {
      const text = "select * from alert_instance where state = 'firing' limit ?";
      return (await read(text, [instancesReadMax])).map(instanceOf);
    },
    async alerts() {
      const rows = await read("select distinct alert from alert_instance limit ?", [10_000]);
      return rows.map((row) => String(row["alert"]));
    },
    async acknowledge(fingerprint, who) {
      const one = "select * from alert_instance where fingerprint = ? and state = 'firing'";
      const [row] = await read(one, [fingerprint]);
      if (row === undefined) {
        throw coreErrors.MOR_NOT_FOUND(`no alert with the fingerprint ${fingerprint} is firing`);
      }
      const { firingId } = instanceOf(row);
      const text = "update alert_instance set ack_firing = ?, ack_by = ? where fingerprint = ?";
      const sql = placeholders(store.dialect, text);
      await store.write({ statements: [{ sql, params: [firingId, who, fingerprint] }] });
      return { ...instanceOf(row), acknowledgedBy: who };
    },
    async statuses() {
      const rows = await read("select * from alert_status limit ?", [10_000]);
      return new Map(rows.map((row) => [String(row["alert"]), statusOf(row)]));
    },
    async history({ alert = "", beforeMs, limit }) {
      const text = `select * from alert_history where (? = '' or alert = ?) and at_ms < ?
        order by at_ms desc, id desc limit ?`;
      const until = beforeMs ?? Number.MAX_SAFE_INTEGER;
      return (await read(text, [alert, alert, until, limit])).map(historyOf);
    },
    async notifications({ status = "", limit }) {
      const text = `select * from alert_notification where (? = '' or status = ?)
        order by id desc, notifier limit ?`;
      return (await read(text, [status, status, limit])).map(notificationOf);
    },
  };
}
