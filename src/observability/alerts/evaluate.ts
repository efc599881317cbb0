import { nsOf } from "../api/shapes.ts";
import type { ErrorGroup, ErrorGroups } from "../errors/groups.ts";
import type { PatternBook } from "../logs/pattern-book.ts";
import { parseQuery } from "../logs/query/index.ts";
import type { SignalReader } from "../signals/store.ts";
import type { BurnState } from "../slo/ledger.ts";
import { judge } from "./anomaly.ts";
import { compares } from "./conditions.ts";
import type { BurnWindow, Condition } from "./conditions.ts";
import { emptyValue } from "./measure.ts";
import type { Measurer } from "./measure.ts";
import { because } from "./reason.ts";
import { labelsKey } from "./state.ts";
import type { Finding } from "./state.ts";

/** An objective's burn rates over some windows, at a time. */
export interface ObjectiveBurn {
  readonly service: string;
  readonly states: readonly Omit<BurnState, "severity">[];
}

/** What conditions are judged by. */
export interface Knowledge {
  readonly measurer: Measurer;
  readonly reader: Pick<SignalReader, "aggregate">;
  readonly groups: Pick<ErrorGroups, "list">;
  readonly patterns: Pick<PatternBook, "get">;
  /** @throws MOR_NOT_FOUND for an objective that is not there */
  readonly burn: (
    slo: string,
    windows: readonly BurnWindow[],
    atMs: number,
  ) => Promise<ObjectiveBurn>;
}

/** What an evaluation found, and how many groups it did not look at. */
export interface Evaluation {
  readonly findings: readonly Finding[];
  readonly leftOut: number;
}

type Of<T extends Condition["type"]> = Extract<Condition, { readonly type: T }>;

/** Groups of errors that one evaluation looks at. */
const errorGroupsMax = 200;
const patternsMax = 1000;

async function threshold(
  { source, windowMs, op, value: bound }: Of<"threshold">,
  { measurer }: Knowledge,
  atMs: number,
): Promise<Evaluation> {
  const { groups, leftOut } = await measurer.window(source, atMs - windowMs, atMs);
  const findings = groups.map(({ labels, value }) => ({
    labels,
    value,
    held: value === null ? undefined : compares(op, value, bound),
    ...because(
      value === null
        ? { said: "no-data", windowMs }
        : { said: "threshold", value, windowMs, op, bound },
    ),
  }));
  return { findings, leftOut };
}

async function absence(
  { source, windowMs, lookbackMs }: Of<"absence">,
  { measurer }: Knowledge,
  atMs: number,
): Promise<Evaluation> {
  const counting = { ...source, measure: "count" as const, field: "" };
  const recent = await measurer.window(counting, atMs - windowMs, atMs);
  const seen = new Map(recent.groups.map((one) => [labelsKey(one.labels), one.value ?? 0]));
  const expected =
    source.by.length === 0
      ? recent
      : await measurer.window(counting, atMs - Math.max(lookbackMs, windowMs), atMs);
  const findings = expected.groups.map(({ labels }) => {
    const value = seen.get(labelsKey(labels)) ?? 0;
    const held = value === 0;
    return { labels, value, held, ...because({ said: "absence", value, windowMs }) };
  });
  return { findings, leftOut: expected.leftOut };
}

async function change(
  { source, windowMs, offsetMs, as, op, value: bound, least }: Of<"change">,
  { measurer }: Knowledge,
  atMs: number,
): Promise<Evaluation> {
  const backMs = offsetMs === 0 ? windowMs : offsetMs;
  const [now, before] = [
    await measurer.window(source, atMs - windowMs, atMs),
    await measurer.window(source, atMs - backMs - windowMs, atMs - backMs),
  ];
  const known = new Map(before.groups.map((one) => [labelsKey(one.labels), one]));
  const current = new Map(now.groups.map((one) => [labelsKey(one.labels), one]));
  const none = source.type === "records" ? emptyValue(source) : null;
  const findings = [...new Map([...known, ...current])].map(([key, { labels }]) => {
    const after = current.get(key)?.value ?? none;
    const earlier = known.get(key)?.value ?? none;
    if (after === null || earlier === null || earlier < least) {
      return { labels, value: null, held: undefined, ...because({ said: "too-little" }) };
    }
    const difference = after - earlier;
    if (as === "percent" && earlier === 0) {
      return { labels, value: null, held: undefined, ...because({ said: "nothing-before" }) };
    }
    const value = as === "percent" ? (difference / Math.abs(earlier)) * 100 : difference;
    const why = because({ said: "change", from: earlier, to: after, by: value, as });
    return { labels, value, held: compares(op, value, bound), ...why };
  });
  return { findings, leftOut: Math.max(now.leftOut, before.leftOut) };
}

async function anomaly(
  condition: Of<"anomaly">,
  { measurer }: Knowledge,
  atMs: number,
): Promise<Evaluation> {
  const { source, stepMs, historyMs } = condition;
  const { groups, leftOut } = await measurer.series(source, atMs - historyMs, atMs, stepMs);
  const findings = groups.map(({ labels, values }) => {
    // Before the first value nothing was collected: that is no history of zeros.
    const first = values.findIndex((value) => !Number.isNaN(value) && value !== 0);
    const known = values.subarray(Math.max(0, first));
    const judged = judge(known, known.length - 1, condition);
    const { value, usual, spread, score, anomalous, basis } = judged;
    if (usual === undefined || basis === "learning") {
      const why = because(
        basis === "learning" ? { said: "learning" } : { said: "no-data", windowMs: null },
      );
      return { labels, value: Number.isNaN(value) ? null : value, held: undefined, ...why };
    }
    const figures = { value, usual, spread: spread ?? 0, basis, deviations: score };
    return { labels, value, held: anomalous, ...because({ said: "anomaly", ...figures }) };
  });
  return { findings, leftOut };
}

async function newPattern(
  { q, windowMs }: Of<"new-pattern">,
  { reader, patterns }: Knowledge,
  atMs: number,
): Promise<Evaluation> {
  const { rows, groupsLeftOut } = await reader.aggregate({
    fromNs: nsOf(atMs - windowMs),
    toNs: nsOf(atMs),
    signal: "logs",
    filter: parseQuery(q, "logs"),
    by: ["pattern", "service"],
    measures: [{ as: "n", fn: "count" }],
    orderBy: "n",
    limit: patternsMax,
  });
  const ids = [...new Set(rows.flatMap(({ by }) => by[0] ?? []))];
  const known = await patterns.get(ids);
  const findings = rows.flatMap(({ by: [id, service], values }): Finding[] => {
    const pattern = known.get(id ?? "");
    if (pattern === undefined || !pattern.isNew) return [];
    if (pattern.firstSeenMs < atMs - windowMs || pattern.firstSeenMs > atMs) return [];
    const labels = { pattern: pattern.id, service: service ?? "" };
    const why = because({ said: "text", text: pattern.template });
    return [{ labels, value: values["n"] ?? 0, held: true, ...why }];
  });
  return { findings, leftOut: groupsLeftOut };
}

function newsOf(group: ErrorGroup, fromMs: number, atMs: number): "new" | "regressed" | undefined {
  const within = (ms: number | null): boolean => ms !== null && ms >= fromMs && ms < atMs;
  if (within(group.regressedAtMs)) return "regressed";
  return within(group.firstSeenMs) ? "new" : undefined;
}

async function errorGroup(
  { on, service, windowMs }: Of<"error-group">,
  { groups }: Knowledge,
  atMs: number,
): Promise<Evaluation> {
  const fromMs = atMs - windowMs;
  const query = { sinceMs: fromMs, limit: errorGroupsMax, ...(service !== "" && { service }) };
  const listed = await groups.list(query);
  const findings = listed.flatMap((group): Finding[] => {
    const news = newsOf(group, fromMs, atMs);
    if (news === undefined || !on.includes(news) || group.status === "ignored") return [];
    const labels = { group: group.fingerprint, service: group.service, type: group.type, news };
    const why = because({ said: "text", text: `${group.type}: ${group.message}` });
    return [{ labels, value: group.times, held: true, ...why }];
  });
  return { findings, leftOut: listed.length === errorGroupsMax ? 1 : 0 };
}

async function burnRate(
  { slo, windows }: Of<"burn-rate">,
  { burn }: Knowledge,
  atMs: number,
): Promise<Evaluation> {
  const { service, states } = await burn(slo, windows, atMs);
  const burning = states.filter((one) => one.burning);
  const shown = burning.length > 0 ? burning : states;
  const told = shown.map(({ long = null, short = null, longMs, shortMs, rate }) => {
    return { long, short, longMs, shortMs, rate };
  });
  const rates = shown.flatMap(({ long }) => long ?? []);
  const labels = { slo, ...(service !== "" && { service }) };
  const finding: Finding = {
    labels,
    value: rates.length === 0 ? null : Math.max(...rates),
    held: rates.length === 0 ? undefined : burning.length > 0,
    ...because({ said: "burn", windows: told }),
  };
  return { findings: [finding], leftOut: 0 };
}

/** Judges a condition at a time: windows end there. */
export async function evaluateCondition(
  condition: Condition,
  knowledge: Knowledge,
  atMs: number,
): Promise<Evaluation> {
  switch (condition.type) {
    case "threshold":
      return threshold(condition, knowledge, atMs);
    case "absence":
      return absence(condition, knowledge, atMs);
    case "change":
      return change(condition, knowledge, atMs);
    case "anomaly":
      return anomaly(condition, knowledge, atMs);
    case "new-pattern":
      return newPattern(condition, knowledge, atMs);
    case "error-group":
      return errorGroup(condition, knowledge, atMs);
    case "burn-rate":
      return burnRate(condition, knowledge, atMs);
  }
}

/** How far back a condition looks, milliseconds. */
export function lookbackOf(condition: Condition): number {
  switch (condition.type) {
    case "absence":
      return Math.max(
        condition.windowMs,
        condition.source.by.length > 0 ? condition.lookbackMs : 0,
      );
    case "change":
      return condition.windowMs + Math.max(condition.windowMs, condition.offsetMs);
    case "anomaly":
      return condition.historyMs;
    case "burn-rate":
      return Math.max(...condition.windows.map(({ longMs }) => longMs));
    default:
      return condition.windowMs;
  }
}

/** Caps the groups of an evaluation; what is left out is counted. */
export function capped({ findings, leftOut }: Evaluation, instancesMax: number): Evaluation {
  const kept = findings.slice(0, instancesMax);
  return { findings: kept, leftOut: leftOut + findings.length - kept.length };
}
