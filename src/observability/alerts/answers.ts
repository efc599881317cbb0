import { z } from "zod";
import type { Notification, NotifiedAlert } from "../../core/capabilities/notifier.ts";
import { AlertForm } from "./alert.ts";
import type { AlertSpec } from "./alert.ts";
import type { Backtest } from "./backtest.ts";
import type { AlertStatus, HistoryEntry, NotificationEntry } from "./book.ts";
import type { AlertDefinition } from "./catalog.ts";
import { ReasonForm } from "./reason.ts";
import type { Reason } from "./reason.ts";
import type { Maintenance, Muting, Silence } from "./silences.ts";
import type { Instance } from "./state.ts";

/** An instance, and why nobody is told of it. */
export interface InstanceView extends Omit<Instance, "recent"> {
  /** The share of changes among the last evaluations, by which flapping is judged. */
  readonly share: number;
  readonly muted: Muting | null;
}

/** What an alert is in over all its instances. */
export type AlertState = "unknown" | "error" | "inactive" | "pending" | "firing";

/** An alert of the list. */
export interface AlertView {
  readonly name: string;
  readonly origin: AlertDefinition["origin"];
  readonly spec: AlertSpec;
  readonly state: AlertState;
  /** Since when, ms; null where it was never evaluated. */
  readonly sinceMs: number | null;
  /** The worst instance's value. */
  readonly value: number | null;
  readonly note: string;
  /** The same as a code and figures; null where it cannot be evaluated, or was not yet. */
  readonly reason: Reason | null;
  readonly firing: number;
  readonly pending: number;
  readonly status: AlertStatus | null;
  readonly updatedAtMs: number | null;
  readonly updatedBy: string;
}

/** One alert whole. */
export interface AlertDetailView extends AlertView {
  readonly instances: readonly InstanceView[];
  readonly history: readonly HistoryEntry[];
}

const labels = z.record(z.string(), z.string());
const milliseconds = z.nullable(z.number());

const Status: z.ZodType<AlertStatus> = z.object({
  alert: z.string(),
  evaluatedAtMs: z.number(),
  tookMs: z.number(),
  leftOut: z.number(),
  error: z.string(),
  errorSinceMs: milliseconds,
});

const MutingAnswer: z.ZodType<Muting> = z.object({
  by: z.enum(["silence", "maintenance"]),
  id: z.string(),
  why: z.string(),
  untilMs: z.number(),
});

const Spec = AlertForm as z.ZodType<AlertSpec>;

const view = {
  name: z.string(),
  origin: z.enum(["code", "console", "slo"]),
  spec: Spec,
  state: z.enum(["unknown", "error", "inactive", "pending", "firing"]),
  sinceMs: milliseconds,
  value: z.nullable(z.number()),
  note: z.string(),
  reason: z.nullable(ReasonForm),
  firing: z.number(),
  pending: z.number(),
  status: z.nullable(Status),
  updatedAtMs: milliseconds,
  updatedBy: z.string(),
};

/** All alerts. */
export const AlertsAnswer: z.ZodType<{
  readonly alerts: readonly AlertView[];
  readonly notifiers: readonly string[];
}> = z.object({ alerts: z.array(z.object(view)), notifiers: z.array(z.string()) });

const instance = {
  fingerprint: z.string(),
  alert: z.string(),
  labels,
  state: z.enum(["inactive", "pending", "firing"]),
  sinceMs: z.number(),
  firingId: z.string(),
  heldAtMs: z.number(),
  seenAtMs: z.number(),
  value: z.nullable(z.number()),
  note: z.string(),
  reason: z.nullable(ReasonForm),
  flapping: z.boolean(),
  acknowledgedBy: z.string(),
  share: z.number(),
};

/** An instance. */
export const InstanceAnswer: z.ZodType<InstanceView> = z.object({
  ...instance,
  muted: z.nullable(MutingAnswer),
});

const History: z.ZodType<HistoryEntry> = z.object({
  id: z.string(),
  alert: z.string(),
  fingerprint: z.string(),
  labels,
  atMs: z.number(),
  to: z.enum(["pending", "firing", "resolved", "inactive", "flapping", "calm"]),
  firingId: z.string(),
  value: z.nullable(z.number()),
  note: z.string(),
  reason: z.nullable(ReasonForm),
});

/** One alert whole. */
export const AlertDetailAnswer: z.ZodType<AlertDetailView> = z.object({
  ...view,
  instances: z.array(InstanceAnswer),
  history: z.array(History),
});

/** What happened, the newest first. */
export const HistoryAnswer: z.ZodType<{ readonly history: readonly HistoryEntry[] }> = z.object({
  history: z.array(History),
});

/** What a back-test found. */
export const BacktestAnswer: z.ZodType<Backtest> = z.object({
  fromMs: z.number(),
  toMs: z.number(),
  stepMs: z.number(),
  evaluations: z.number(),
  firings: z.array(
    z.object({
      labels,
      fromMs: z.number(),
      toMs: milliseconds,
      value: z.nullable(z.number()),
      note: z.string(),
      reason: z.nullable(ReasonForm),
    }),
  ),
  count: z.number(),
  firingMinutes: z.number(),
  flaps: z.number(),
  undecided: z.number(),
  leftOut: z.number(),
  values: z.array(z.nullable(z.number())),
});

const matchers = z.array(
  z.object({
    label: z.string(),
    op: z.enum(["=", "!=", "=~", "!~"]),
    value: z.string(),
  }),
);

/** A silence. */
export const SilenceAnswer: z.ZodType<Silence> = z.object({
  id: z.string(),
  matchers,
  fromMs: z.number(),
  untilMs: z.number(),
  why: z.string(),
  who: z.string(),
  createdAtMs: z.number(),
});

/** Silences, those that end last first. */
export const SilencesAnswer: z.ZodType<{ readonly silences: readonly Silence[] }> = z.object({
  silences: z.array(SilenceAnswer),
});

/** A maintenance window. */
export const MaintenanceAnswer: z.ZodType<Maintenance> = z.object({
  name: z.string(),
  matchers,
  starts: z.union([z.object({ cron: z.string() }), z.object({ at: z.string() })]),
  timezone: z.string(),
  durationMs: z.number(),
  why: z.string(),
  who: z.string(),
  updatedAtMs: z.number(),
});

/** Maintenance windows. */
export const MaintenancesAnswer: z.ZodType<{ readonly windows: readonly Maintenance[] }> = z.object(
  { windows: z.array(MaintenanceAnswer) },
);

const Notified: z.ZodType<NotifiedAlert> = z.object({
  alert: z.string(),
  state: z.enum(["firing", "resolved"]),
  severity: z.enum(["page", "ticket", "info"]),
  title: z.string(),
  description: z.string(),
  runbook: z.string(),
  labels,
  value: z.nullable(z.number()),
  note: z.string(),
  firingId: z.string(),
  sinceMs: z.number(),
  endedMs: milliseconds,
});

const kind = z.enum(["firing", "resolved", "repeat", "test"]);

const NotificationForm: z.ZodType<Notification> = z.object({
  id: z.string(),
  kind,
  atMs: z.number(),
  group: labels,
  alerts: z.array(Notified),
  leftOut: z.number(),
  url: z.string(),
});

/** The log of notifications. */
export const NotificationsAnswer: z.ZodType<{
  readonly notifications: readonly NotificationEntry[];
}> = z.object({
  notifications: z.array(
    z.object({
      id: z.string(),
      notifier: z.string(),
      atMs: z.number(),
      kind,
      status: z.enum(["waiting", "sent", "failed"]),
      attempts: z.number(),
      nextAtMs: milliseconds,
      error: z.string(),
      doneAtMs: milliseconds,
      notification: NotificationForm,
    }),
  ),
});
