import { createHash } from "node:crypto";
import type { AlertSpec } from "./alert.ts";
import { because } from "./reason.ts";
import type { Reason } from "./reason.ts";

/** What an instance of an alert is in. */
export type InstanceState = "inactive" | "pending" | "firing";

/** An alert of one group of labels, as it stands. */
export interface Instance {
  /** 16 hex digits, from the alert's name and the labels. */
  readonly fingerprint: string;
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: InstanceState;
  /** Since when it is in its state, ms. */
  readonly sinceMs: number;
  /** Names one firing; empty while there is none. */
  readonly firingId: string;
  /** The last evaluation that held, ms; 0 for never. */
  readonly heldAtMs: number;
  /** The last evaluation that had data, ms. */
  readonly seenAtMs: number;
  readonly value: number | null;
  readonly note: string;
  /** What the note says, for whoever words it; null before the first evaluation. */
  readonly reason: Reason | null;
  /** The last evaluations that had data, oldest first: `1` held, `0` did not; at most 21. */
  readonly recent: string;
  /** It changes so often that it stays firing until it is calm. */
  readonly flapping: boolean;
  /** Who said that they take care of this firing; empty for nobody. */
  readonly acknowledgedBy: string;
}

/** What one evaluation found for one group. */
export interface Finding {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | null;
  /** Undefined where there was no data to judge. */
  readonly held: boolean | undefined;
  /** What was compared with what, one line. */
  readonly note: string;
  readonly reason: Reason | null;
}

/** A change worth a line of history. */
export interface Transition {
  readonly atMs: number;
  readonly to: "pending" | "firing" | "resolved" | "inactive" | "flapping" | "calm";
  readonly firingId: string;
  readonly value: number | null;
  readonly note: string;
  readonly reason: Reason | null;
}

/** Evaluations that flapping is judged by, as Nagios does it. */
const recentMax = 21;
/** Share of changes, weighted, above which an instance flaps, and below which it is calm again. */
const flapShare = { begins: 0.3, ends: 0.15 } as const;
/** How long an instance without data keeps its state where the policy says so, ms. */
const keptWithoutDataMs = 86_400_000;

/** A text that is the same for the same labels, whatever their order. */
export function labelsKey(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Names an instance: the same for the same alert and labels, whatever their order. */
export function fingerprintOf(alert: string, labels: Readonly<Record<string, string>>): string {
  const text = JSON.stringify([alert, labelsKey(labels)]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** An instance that nothing is known of yet. */
export function freshInstance(
  alert: string,
  labels: Readonly<Record<string, string>>,
  nowMs: number,
): Instance {
  return {
    fingerprint: fingerprintOf(alert, labels),
    alert,
    labels,
    state: "inactive",
    sinceMs: nowMs,
    firingId: "",
    heldAtMs: 0,
    seenAtMs: nowMs,
    value: null,
    note: "",
    reason: null,
    recent: "",
    flapping: false,
    acknowledgedBy: "",
  };
}

/**
 * The share of changes among the last evaluations; a newer change weighs more, 0.8 to 1.2 (Nagios
 * Core, "Detection and Handling of State Flapping").
 */
export function flapShareOf(recent: string): number {
  const places = recentMax - 1;
  let sum = 0;
  for (let at = 1; at < recent.length; at++) {
    if (recent[at] === recent[at - 1]) continue;
    const age = recent.length - 1 - at;
    sum += 1.2 - (0.4 * age) / (places - 1);
  }
  return sum / places;
}

function isFlapping(instance: Instance, recent: string): boolean {
  const share = flapShareOf(recent);
  if (instance.flapping) return share >= flapShare.ends;
  return instance.state === "firing" && share > flapShare.begins;
}

/** What one step of an instance needs to know. */
export interface StepContext {
  readonly spec: Pick<AlertSpec, "breaches" | "forMs" | "keepFiringMs" | "noData" | "damping">;
  readonly nowMs: number;
  /** Names a new firing. */
  newId(): string;
}

/** An instance after a step, and what changed. */
export interface Stepped {
  readonly instance: Instance;
  readonly transitions: readonly Transition[];
}

function whatHolds(
  instance: Instance,
  { held }: Pick<Finding, "held">,
  { spec, nowMs }: StepContext,
): boolean | "keep" {
  if (held !== undefined) return held;
  if (spec.noData === "firing") return true;
  if (spec.noData === "ok") return false;
  return nowMs - instance.seenAtMs < keptWithoutDataMs ? "keep" : false;
}

/** Whether enough of the last evaluations held. */
function isBreached(recent: string, { least, of }: AlertSpec["breaches"]): boolean {
  const held = recent.slice(-of).replaceAll("0", "").length;
  return held >= least;
}

/**
 * Takes an instance one evaluation further: inactive, pending (it holds, not yet for long enough),
 * firing, and back. A firing has an id of its own, from its first instant to its end.
 */
export function stepInstance(before: Instance, finding: Finding, context: StepContext): Stepped {
  const { spec, nowMs } = context;
  const holds = whatHolds(before, finding, context);
  const { value, note, reason } = finding;
  const seenAtMs = finding.held === undefined ? before.seenAtMs : nowMs;
  if (holds === "keep") return { instance: { ...before, note, reason }, transitions: [] };
  const recent = `${before.recent}${holds ? "1" : "0"}`.slice(-recentMax);
  const breached = isBreached(recent, spec.breaches);
  const heldAtMs = breached ? nowMs : before.heldAtMs;
  const flapping = spec.damping && isFlapping(before, recent);
  const transitions: Transition[] = [];
  const say = (to: Transition["to"], firingId: string): void => {
    transitions.push({ atMs: nowMs, to, firingId, value, note, reason });
  };
  const found = { value, note, reason };
  let next: Instance = { ...before, ...found, recent, heldAtMs, seenAtMs, flapping };
  if (flapping !== before.flapping) say(flapping ? "flapping" : "calm", before.firingId);
  const enter = (state: InstanceState, firingId: string): void => {
    next = { ...next, state, firingId, sinceMs: nowMs };
    if (state !== "firing") next = { ...next, acknowledgedBy: "" };
  };
  if (before.state === "firing") {
    const calmMs = nowMs - heldAtMs;
    if (breached || flapping || calmMs < spec.keepFiringMs) return { instance: next, transitions };
    say("resolved", before.firingId);
    enter("inactive", "");
    return { instance: next, transitions };
  }
  if (!breached) {
    if (before.state === "pending") {
      say("inactive", "");
      enter("inactive", "");
    }
    return { instance: next, transitions };
  }
  const pendingSinceMs = before.state === "pending" ? before.sinceMs : nowMs;
  if (nowMs - pendingSinceMs >= spec.forMs) {
    const id = context.newId();
    say("firing", id);
    enter("firing", id);
  } else if (before.state === "inactive") {
    say("pending", "");
    enter("pending", "");
  }
  return { instance: next, transitions };
}

/**
 * Takes all instances of an alert one evaluation further: groups that were found, and those that
 * were there before and now have no data.
 */
export function stepAlert(
  alert: string,
  before: readonly Instance[],
  findings: readonly Finding[],
  context: StepContext,
): readonly Stepped[] {
  const known = new Map(before.map((one) => [one.fingerprint, one]));
  const stepped: Stepped[] = [];
  for (const finding of findings) {
    const fresh = freshInstance(alert, finding.labels, context.nowMs);
    const instance = known.get(fresh.fingerprint) ?? fresh;
    known.delete(fresh.fingerprint);
    stepped.push(stepInstance(instance, finding, context));
  }
  for (const instance of known.values()) {
    const gone: Finding = {
      labels: instance.labels,
      value: null,
      held: undefined,
      ...because({ said: "no-data", windowMs: null }),
    };
    stepped.push(stepInstance(instance, gone, context));
  }
  return stepped;
}

/** Whether an instance may be forgotten: it is inactive and had no data for a day. */
export function isForgotten(instance: Instance, nowMs: number): boolean {
  return instance.state === "inactive" && nowMs - instance.seenAtMs > keptWithoutDataMs;
}
