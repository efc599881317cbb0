import type { AnswerOf, InputOf } from "../../../api/client.ts";
import type { Health } from "../../../api/overview.ts";
import type { Span } from "./frame.ts";

/** An alert of the list, one whole, and what they are made of. */
export type AlertView = AnswerOf<"/alerts", "get">["alerts"][number];
export type AlertDetail = AnswerOf<"/alerts/{name}", "get">;
export type AlertSpec = AlertView["spec"];
export type Condition = AlertSpec["condition"];
export type AlertSource = Extract<Condition, { readonly type: "threshold" }>["source"];
export type Instance = AlertDetail["instances"][number];
export type HistoryEntry = AnswerOf<"/alerts/history", "get">["history"][number];
export type Silence = AnswerOf<"/silences", "get">["silences"][number];
export type Matcher = Silence["matchers"][number];
export type Maintenance = AnswerOf<"/maintenance", "get">["windows"][number];
export type Notification = AnswerOf<"/notifications", "get">["notifications"][number];
export type Backtest = AnswerOf<"/alerts/backtest", "post">;
/** A definition as it is sent: what is left out has its default. */
export type AlertInput = InputOf<"/alerts/{name}", "put">["body"];

/** How a state of an alert is shown. */
export const healthOf: Readonly<Record<AlertView["state"], Health>> = {
  firing: "failing",
  error: "warning",
  pending: "warning",
  inactive: "ok",
  unknown: "unknown",
};

const ranks: Readonly<Record<AlertView["state"], number>> = {
  firing: 0,
  error: 1,
  pending: 2,
  unknown: 3,
  inactive: 4,
};

const severities: Readonly<Record<AlertSpec["severity"], number>> = { page: 0, ticket: 1, info: 2 };

/** What needs somebody first: firing before failing before pending, pages before tickets. */
export function byUrgency(alerts: readonly AlertView[]): readonly AlertView[] {
  return alerts.toSorted(
    (a, b) =>
      ranks[a.state] - ranks[b.state] ||
      severities[a.spec.severity] - severities[b.spec.severity] ||
      (b.sinceMs ?? 0) - (a.sinceMs ?? 0),
  );
}

/** A time in which an instance fired. */
export interface Firing {
  readonly id: string;
  readonly alert: string;
  readonly fromMs: number;
  /** Undefined while it fires. */
  readonly toMs: number | undefined;
}

/** Firings out of history, which is the newest first; those that began before it begin with it. */
export function firingsOf(history: readonly HistoryEntry[], span: Span): readonly Firing[] {
  const open = new Map<string, Firing>();
  const done: Firing[] = [];
  for (const { to, firingId, alert, fingerprint, atMs } of history.toReversed()) {
    const key = `${alert} ${fingerprint}`;
    if (to === "firing") open.set(key, { id: firingId, alert, fromMs: atMs, toMs: undefined });
    if (to !== "resolved") continue;
    const began = open.get(key) ?? { id: firingId, alert, fromMs: span.fromMs, toMs: undefined };
    open.delete(key);
    done.push({ ...began, toMs: atMs });
  }
  return [...done, ...open.values()]
    .filter(({ fromMs, toMs }) => fromMs < span.toMs && (toMs ?? span.toMs) > span.fromMs)
    .toSorted((a, b) => a.fromMs - b.fromMs);
}

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
type SpanUnit = keyof typeof units;

/** `90s`, `5m`, `1h30m` in milliseconds; undefined for anything else. */
export function readLength(text: string): number | undefined {
  const typed = text.trim().toLowerCase();
  if (!/^(\d+(\.\d+)?\s*(ms|s|m|h|d|w)\s*)+$/.test(typed)) return typed === "0" ? 0 : undefined;
  let ms = 0;
  for (const [, amount, unit] of typed.matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)/g)) {
    ms += Number(amount) * units[unit as SpanUnit];
  }
  return Math.round(ms);
}

/** The shortest way to write a length: `5m`, `1h30m`. */
export function writeLength(ms: number): string {
  if (ms === 0) return "0";
  let rest = ms;
  let text = "";
  for (const unit of ["d", "h", "m", "s", "ms"] as const) {
    const amount = Math.floor(rest / units[unit]);
    rest -= amount * units[unit];
    if (amount > 0) text += `${amount}${unit}`;
  }
  return text;
}

/** What a new alert watches, by the type of its condition. */
export function firstCondition(type: Condition["type"]): Condition {
  const source = {
    type: "records" as const,
    signal: "spans" as const,
    q: "kind:server",
    measure: "error-share" as const,
    field: "",
    by: ["service"],
  };
  const counted = { ...source, measure: "count" as const };
  switch (type) {
    case "threshold":
      return { type, source, windowMs: 300_000, op: ">", value: 0.05 };
    case "absence":
      return { type, source: counted, windowMs: 600_000, lookbackMs: 21_600_000 };
    case "change":
      return {
        type,
        source: counted,
        windowMs: 600_000,
        offsetMs: 0,
        as: "percent",
        op: "<",
        value: -50,
        least: 20,
      };
    case "anomaly":
      return {
        type,
        source: { ...counted, measure: "p95", field: "duration" },
        stepMs: 300_000,
        historyMs: 28 * 86_400_000,
        season: "auto",
        direction: "above",
        deviations: 5,
        leastDifference: 0,
      };
    case "new-pattern":
      return { type, q: "level>=error", windowMs: 900_000 };
    case "error-group":
      return { type, on: ["new", "regressed"], service: "", windowMs: 900_000 };
    case "burn-rate":
      return {
        type,
        slo: "",
        windows: [
          { longMs: 3_600_000, shortMs: 300_000, rate: 14.4 },
          { longMs: 21_600_000, shortMs: 1_800_000, rate: 6 },
        ],
      };
  }
}

/** What an alert begins with in the form. */
export const firstSpec: AlertSpec = {
  title: "",
  description: "",
  runbook: "",
  severity: "ticket",
  condition: firstCondition("threshold"),
  everyMs: 60_000,
  delayMs: 5000,
  breaches: { least: 1, of: 1 },
  forMs: 120_000,
  keepFiringMs: 0,
  noData: "ok",
  damping: true,
  labels: {},
  notify: ["console"],
  groupBy: ["alert"],
  groupWaitMs: 30_000,
  groupIntervalMs: 300_000,
  repeatMs: 14_400_000,
  instancesMax: 100,
};

/** The source of a condition; some have none. */
export const sourceOf = (condition: Condition): AlertSource | undefined =>
  "source" in condition ? condition.source : undefined;

/** The unit of a condition's values, as far as it is known. */
export function unitOfCondition(condition: Condition): string {
  if (condition.type === "change" && condition.as === "percent") return "";
  const source = sourceOf(condition);
  if (source?.type !== "records") return "";
  if (source.measure === "error-share") return "percent";
  if (source.measure === "rate") return "1/s";
  const isTimed = source.field === "duration" && /^(p\d+|avg|min|max)$/.test(source.measure);
  return isTimed ? "ms" : "";
}

/** A title in which nothing is filled in yet: `{{service}} fails` as `‹service› fails`. */
export const openTitle = ({ title }: AlertSpec): string =>
  title.replaceAll(/\{\{\s*([^{}]*?)\s*\}\}/g, "‹$1›");
