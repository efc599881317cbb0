import type { Notification, NotifiedAlert } from "../../core/capabilities/notifier.ts";
import type { AlertSpec } from "./alert.ts";
import type { Instance } from "./state.ts";

/** A firing instance, as groups see it. */
export interface Member {
  readonly instance: Instance;
  readonly spec: AlertSpec;
  /** All its labels: its own, the alert's, `alert` and `severity`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Nobody is to be told of it now. */
  readonly muted: boolean;
}

/** What was told of a group, and when it may be told of again. */
export interface GroupState {
  readonly key: string;
  readonly notify: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Not told of before, ms. */
  readonly nextAtMs: number;
  readonly toldAtMs: number;
  readonly intervalMs: number;
  readonly repeatMs: number;
  /** Firings that were told and not yet told as resolved, by their ids. */
  readonly told: Readonly<Record<string, NotifiedAlert>>;
}

/** What a group has to say. */
export interface Telling {
  readonly kind: Exclude<Notification["kind"], "test">;
  readonly alerts: readonly NotifiedAlert[];
  readonly leftOut: number;
}

/** A group after a flush; without a state it is over. */
export interface Flushed {
  readonly state: GroupState | undefined;
  readonly telling: Telling | undefined;
}

/** Alerts that one notification lists. */
export const alertsListedMax = 50;

/** The labels of an instance as matchers and groups see them. */
export function fullLabels(
  { alert, labels }: Pick<Instance, "alert" | "labels">,
  spec: Pick<AlertSpec, "labels" | "severity">,
): Readonly<Record<string, string>> {
  return { ...spec.labels, ...labels, alert, severity: spec.severity };
}

/** Names the group that an instance belongs to, and its labels. */
export function groupOf({ spec, labels }: Pick<Member, "spec" | "labels">): {
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
} {
  const common = Object.fromEntries(spec.groupBy.map((name) => [name, labels[name] ?? ""]));
  const key = JSON.stringify([[...spec.notify].sort(), Object.entries(common)]);
  return { key, labels: common };
}

/** Fills `{{label}}` and `{{value}}` in. */
export function filledIn(
  text: string,
  labels: Readonly<Record<string, string>>,
  value: number | null,
): string {
  return text.replaceAll(/\{\{\s*([^{}\s]{1,100})\s*\}\}/g, (whole, name: string) => {
    if (name !== "value") return labels[name] ?? whole;
    return value === null ? "no value" : String(Number(value.toPrecision(4)));
  });
}

function notified({ instance, spec, labels }: Member): NotifiedAlert {
  const { alert, value, note, firingId, sinceMs } = instance;
  return {
    alert,
    state: "firing",
    severity: spec.severity,
    title: filledIn(spec.title, labels, value),
    description: filledIn(spec.description, labels, value),
    runbook: spec.runbook,
    labels,
    value,
    note: instance.flapping ? `${note}; it flaps` : note,
    firingId,
    sinceMs,
    endedMs: null,
  };
}

function telling(kind: Telling["kind"], alerts: readonly NotifiedAlert[]): Telling {
  const listed = alerts.slice(0, alertsListedMax);
  return { kind, alerts: listed, leftOut: alerts.length - listed.length };
}

function begun(members: readonly Member[], nowMs: number): GroupState | undefined {
  const first = members.find(({ muted }) => !muted);
  if (first === undefined) return undefined;
  const { key, labels } = groupOf(first);
  const { notify, groupWaitMs, groupIntervalMs, repeatMs } = first.spec;
  const nextAtMs = nowMs + groupWaitMs;
  const times = { intervalMs: groupIntervalMs, repeatMs };
  return { key, notify, labels, nextAtMs, toldAtMs: 0, ...times, told: {} };
}

/**
 * Decides what a group says now. Each firing is told once, and once more when it is over; a group
 * that does not change is told again after `repeatMs`, as long as somebody has yet to take care of
 * it. A firing that is muted is not told; one that was told before is still told when it is over.
 * @param members the group's firing instances, muted ones included
 */
export function flushGroup(
  before: GroupState | undefined,
  members: readonly Member[],
  nowMs: number,
): Flushed {
  const state = before ?? begun(members, nowMs);
  if (state === undefined) return { state: undefined, telling: undefined };
  const firing = members.filter(({ muted }) => !muted);
  const going = new Set(members.map(({ instance }) => instance.firingId));
  const over = Object.values(state.told).filter(({ firingId }) => !going.has(firingId));
  const fresh = firing.filter(({ instance }) => state.told[instance.firingId] === undefined);
  const isEmpty = Object.keys(state.told).length === 0;
  if (isEmpty && firing.length === 0) return { state: undefined, telling: undefined };
  if (nowMs < state.nextAtMs) return { state, telling: undefined };
  const alerts = firing.map(notified);
  if (fresh.length > 0 || over.length > 0) {
    const ended = over.map((one) => ({ ...one, state: "resolved" as const, endedMs: nowMs }));
    const still = Object.values(state.told).filter(({ firingId }) => going.has(firingId));
    const told = Object.fromEntries(
      [...still, ...fresh.map(notified)].map((one) => [one.firingId, one]),
    );
    const kind = fresh.length > 0 || alerts.length > 0 ? "firing" : "resolved";
    const next = { ...state, told, toldAtMs: nowMs, nextAtMs: nowMs + state.intervalMs };
    const isOver = Object.keys(told).length === 0;
    return { state: isOver ? undefined : next, telling: telling(kind, [...alerts, ...ended]) };
  }
  const waiting = firing.some(({ instance }) => instance.acknowledgedBy === "");
  if (!waiting || nowMs - state.toldAtMs < state.repeatMs) return { state, telling: undefined };
  const next = { ...state, toldAtMs: nowMs, nextAtMs: nowMs + state.intervalMs };
  return { state: next, telling: telling("repeat", alerts) };
}
