import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../core/clock.ts";
import { coreErrors } from "../../core/errors.ts";
import type { SignalReader } from "../signals/store.ts";
import { countEvents } from "../slo/count.ts";
import { burnStateOf } from "../slo/ledger.ts";
import type { SloSpec } from "../slo/slo.ts";
import type { AlertSpec } from "./alert.ts";
import { bufferedMeasurer } from "./buffered.ts";
import type { Condition } from "./conditions.ts";
import { capped, evaluateCondition, lookbackOf } from "./evaluate.ts";
import type { Knowledge } from "./evaluate.ts";
import type { Reason } from "./reason.ts";
import { stepAlert } from "./state.ts";
import type { Instance, Stepped } from "./state.ts";

/** A firing that would have been. */
export interface BacktestFiring {
  readonly labels: Readonly<Record<string, string>>;
  readonly fromMs: number;
  /** Null where it still fires at the end. */
  readonly toMs: number | null;
  /** When it began to hold. */
  readonly value: number | null;
  readonly note: string;
  readonly reason: Reason | null;
}

/** What an alert would have done in a range of the past. */
export interface Backtest {
  readonly fromMs: number;
  readonly toMs: number;
  /** How far apart it was judged: wider than it would be live where the range is long. */
  readonly stepMs: number;
  readonly evaluations: number;
  /** By their beginning; at most 1,000. */
  readonly firings: readonly BacktestFiring[];
  readonly count: number;
  /** Minutes in which at least one instance fired. */
  readonly firingMinutes: number;
  /** Times that an instance began to flap. */
  readonly flaps: number;
  /** Evaluations that had no data, or were still learning what is usual. */
  readonly undecided: number;
  /** Groups that were too many to judge. */
  readonly leftOut: number;
  /** The first group's values, one an evaluation; null where there was none. */
  readonly values: readonly (number | null)[];
}

/** What a back-test reads. */
export interface BacktestContext {
  readonly reader: SignalReader;
  readonly clock: Pick<Clock, "monotonic">;
  readonly knowledge: Pick<Knowledge, "groups" | "patterns">;
  readonly objective: (name: string) => Promise<SloSpec>;
}

/** Evaluations of one back-test at most; quantiles are asked for one by one. */
const evaluationsMax = { merged: 5000, asked: 300 } as const;
const firingsMax = 1000;
const minuteMs = 60_000;
/** A back-test may take this long, milliseconds. */
const backtestMs = 60_000;

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Whether every window has to be asked for by itself. */
function isAsked(condition: Condition): boolean {
  if (condition.type === "new-pattern") return true;
  if (!("source" in condition) || condition.source.type === "promql") return false;
  if (condition.type === "anomaly" || condition.type === "absence") return false;
  return /^(p\d+|distinct)$/.test(condition.source.measure);
}

/** What all windows of a condition are multiples of, milliseconds. */
function grainOf(condition: Condition): number {
  switch (condition.type) {
    case "absence":
      return gcd(condition.windowMs, condition.lookbackMs);
    case "change":
      return gcd(
        condition.windowMs,
        condition.offsetMs === 0 ? condition.windowMs : condition.offsetMs,
      );
    case "anomaly":
      return condition.stepMs;
    case "burn-rate":
      return minuteMs;
    default:
      return condition.windowMs;
  }
}

/** The finest step that divides every window and keeps the evaluations within bounds. */
export function backtestStep(spec: AlertSpec, lengthMs: number): number {
  const { condition, everyMs } = spec;
  const most = isAsked(condition) ? evaluationsMax.asked : evaluationsMax.merged;
  const least = Math.max(everyMs, lengthMs / most);
  const grain = grainOf(condition);
  if (condition.type === "burn-rate" || condition.type === "anomaly" || least > grain) {
    return Math.ceil(least / grain) * grain;
  }
  for (let parts = Math.floor(grain / least); parts > 1; parts--) {
    if (grain % parts === 0) return grain / parts;
  }
  return grain;
}

/** Burn rates of the past, from events counted once by minutes. */
async function burnOver(
  { reader, clock, objective }: BacktestContext,
  condition: Extract<Condition, { type: "burn-rate" }>,
  fromMs: number,
  toMs: number,
): Promise<Knowledge["burn"]> {
  const spec = await objective(condition.slo);
  const startMs = Math.floor((fromMs - lookbackOf(condition)) / minuteMs) * minuteMs;
  const endMs = Math.ceil(toMs / minuteMs) * minuteMs;
  const range = { fromMs: startMs, toMs: endMs, stepMs: minuteMs };
  const counted = await countEvents(reader, clock, spec.indicator, range);
  const minutes = Math.round((endMs - startMs) / minuteMs);
  const good = new Float64Array(minutes + 1);
  const total = new Float64Array(minutes + 1);
  for (const one of counted) {
    const at = Math.round((one.atMs - startMs) / minuteMs) + 1;
    if (at < 1 || at > minutes) continue;
    good[at] = one.good;
    total[at] = one.total;
  }
  for (let at = 1; at <= minutes; at++) {
    good[at] = (good[at] ?? 0) + (good[at - 1] ?? 0);
    total[at] = (total[at] ?? 0) + (total[at - 1] ?? 0);
  }
  const tally = (sinceMs: number, untilMs: number) => {
    const place = (ms: number) =>
      Math.min(minutes, Math.max(0, Math.floor((ms - startMs) / minuteMs)));
    const over = (sums: Float64Array) => (sums[place(untilMs)] ?? 0) - (sums[place(sinceMs)] ?? 0);
    return { good: over(good), total: over(total) };
  };
  return async (_slo, windows, atMs) => ({
    service: spec.service,
    states: windows.map((window) => {
      const policy = { ...window, severity: "page" as const };
      const long = tally(atMs - window.longMs, atMs);
      return burnStateOf(policy, long, tally(atMs - window.shortMs, atMs), spec);
    }),
  });
}

async function knowledgeOver(
  context: BacktestContext,
  spec: AlertSpec,
  range: { readonly fromMs: number; readonly toMs: number; readonly stepMs: number },
): Promise<Knowledge> {
  const { reader, clock, knowledge } = context;
  const { condition } = spec;
  const { fromMs, toMs } = range;
  const grain =
    condition.type === "anomaly" ? condition.stepMs : Math.min(range.stepMs, grainOf(condition));
  const startMs = Math.floor((fromMs - lookbackOf(condition)) / grain) * grain;
  const groupsMax = spec.instancesMax;
  const options = { reader, clock, fromMs: startMs, toMs, stepMs: grain, groupsMax };
  const listed = await (condition.type === "error-group"
    ? knowledge.groups.list({ sinceMs: startMs, limit: 500 })
    : []);
  return {
    measurer: bufferedMeasurer(options),
    reader,
    groups: { list: async () => listed },
    patterns: knowledge.patterns,
    burn:
      condition.type === "burn-rate"
        ? await burnOver(context, condition, fromMs, toMs)
        : () => Promise.reject(coreErrors.MOR_INTERNAL("no burn rate was asked for")),
  };
}

/** Takes down what steps say. */
function makeTimeline(): {
  take(atMs: number, stepMs: number, stepped: readonly Stepped[]): readonly Instance[];
  firings: BacktestFiring[];
  count(): number;
  firingMs(): number;
  flaps(): number;
} {
  const firings: BacktestFiring[] = [];
  const open = new Map<string, number>();
  let [count, firingMs, flaps] = [0, 0, 0];
  return {
    firings,
    count: () => count,
    firingMs: () => firingMs,
    flaps: () => flaps,
    take(atMs, stepMs, stepped) {
      for (const { instance, transitions } of stepped) {
        for (const { to, firingId, value, note, reason } of transitions) {
          if (to === "flapping") flaps++;
          if (to === "firing") {
            count++;
            if (firings.length >= firingsMax) continue;
            open.set(firingId, firings.length);
            const began = { labels: instance.labels, fromMs: atMs, toMs: null };
            firings.push({ ...began, value, note, reason });
          }
          const at = to === "resolved" ? open.get(firingId) : undefined;
          const ended = at === undefined ? undefined : firings[at];
          if (at !== undefined && ended !== undefined) firings[at] = { ...ended, toMs: atMs };
        }
      }
      const instances = stepped.map(({ instance }) => instance);
      if (instances.some(({ state }) => state === "firing")) firingMs += stepMs;
      return instances;
    },
  };
}

/**
 * Runs an alert over a range of the past, with the very code that runs it live: when it would have
 * fired, for how long, and how often it would have flapped.
 * @throws MOR_INVALID when the range needs too much, MOR_TIMEOUT after a minute
 */
export async function backtest(
  spec: AlertSpec,
  range: { readonly fromMs: number; readonly toMs: number },
  context: BacktestContext,
): Promise<Backtest> {
  const stepMs = backtestStep(spec, range.toMs - range.fromMs);
  const fromMs = Math.ceil(range.fromMs / stepMs) * stepMs;
  const toMs = Math.floor(range.toMs / stepMs) * stepMs;
  const knowledge = await knowledgeOver(context, spec, { fromMs, toMs, stepMs });
  const timeline = makeTimeline();
  const values: (number | null)[] = [];
  let instances: readonly Instance[] = [];
  let [undecided, leftOut, ids] = [0, 0, 0];
  const untilMs = context.clock.monotonic() + backtestMs;
  for (let atMs = fromMs; atMs <= toMs; atMs += stepMs) {
    const asked = await evaluateCondition(spec.condition, knowledge, atMs);
    const { findings, leftOut: over } = capped(asked, spec.instancesMax);
    leftOut = Math.max(leftOut, over);
    if (findings.every(({ held }) => held === undefined)) undecided++;
    values.push(findings[0]?.value ?? null);
    const stepContext = { spec, nowMs: atMs, newId: () => String(++ids) };
    const stepped = stepAlert("backtest", instances, findings, stepContext);
    instances = timeline.take(atMs, stepMs, stepped);
    if (values.length % 100 !== 0) continue;
    await setImmediate();
    if (context.clock.monotonic() > untilMs) {
      throw coreErrors.MOR_TIMEOUT(`the back-test took over ${backtestMs / 1000} s`, {
        fix: "Choose a shorter range.",
      });
    }
  }
  return {
    fromMs,
    toMs,
    stepMs,
    evaluations: values.length,
    firings: timeline.firings,
    count: timeline.count(),
    firingMinutes: Math.round(timeline.firingMs() / minuteMs),
    flaps: timeline.flaps(),
    undecided,
    leftOut,
    values,
  };
}
