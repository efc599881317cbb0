import { createHash } from "node:crypto";
import { coreErrors } from "../../core/errors.ts";
import { nextLocal } from "./cron-walk.ts";
import type { CronExpression, RateExpression, ScheduleExpression } from "./expression.ts";
import { localAfter, resolveLocal } from "./zone.ts";

/** Beyond these no cron fires (1970 to 2199), and farther out no instant has a date. */
const cronFromMs = Date.UTC(1969, 11, 30);
const cronToMs = Date.UTC(2200, 0, 2);

/** The most instants that one call answers with. */
const runsMax = 100_000;
/** Instants of a cron that are counted at most: each is a walk through the calendar. */
const countedMax = 10_000;

function nextCron(expression: CronExpression, afterMs: number): number | undefined {
  const { fields, timezone } = expression;
  if (afterMs > cronToMs) return undefined;
  let fromMs = localAfter(timezone, Math.max(afterMs, cronFromMs));
  for (;;) {
    const localMs = nextLocal(fields, fromMs);
    if (localMs === undefined) return undefined;
    const resolved = resolveLocal(timezone, localMs);
    if ("instantMs" in resolved) return resolved.instantMs;
    fromMs = resolved.gapEndLocalMs;
  }
}

function nextRate(expression: RateExpression, afterMs: number): number {
  const { everyMs, startMs = 0 } = expression;
  return startMs + (Math.floor((afterMs - startMs) / everyMs) + 1) * everyMs;
}

function next(expression: ScheduleExpression, afterMs: number): number | undefined {
  if (expression.kind === "cron") return nextCron(expression, afterMs);
  if (expression.kind === "rate") return nextRate(expression, afterMs);
  return expression.atMs > afterMs ? expression.atMs : undefined;
}

/**
 * The first instant after `instantMs` (not at it) at which the expression fires, without jitter,
 * milliseconds since the epoch. `undefined` if it never fires again; cron fires from 1970 to 2199.
 */
export function nextAfter(expression: ScheduleExpression, instantMs: number): number | undefined {
  const { startMs = -Infinity, endMs = Infinity } = expression;
  const runMs = next(expression, Math.max(instantMs, startMs - 1));
  return runMs === undefined || runMs > endMs ? undefined : runMs;
}

/**
 * The instants in (`fromMs`, `toMs`] at which the expression fires, ascending, at most `limit`.
 * @param limit 1 to 100,000
 * @throws MOR_INVALID for another limit
 */
export function between(
  expression: ScheduleExpression,
  fromMs: number,
  toMs: number,
  limit: number,
): number[] {
  if (!Number.isInteger(limit) || limit < 1 || limit > runsMax) {
    throw coreErrors.MOR_INVALID(
      `schedule: limit ${limit} is not a whole number of 1 to ${runsMax}`,
    );
  }
  const runs: number[] = [];
  let runMs = nextAfter(expression, fromMs);
  while (runMs !== undefined && runMs <= toMs && runs.length < limit) {
    runs.push(runMs);
    runMs = nextAfter(expression, runMs);
  }
  return runs;
}

/**
 * The last instant in (`fromMs`, `toMs`] at which the expression fires. Found by halving, so that a
 * year of missed seconds costs no more than a missed hour.
 */
export function lastBetween(
  expression: ScheduleExpression,
  fromMs: number,
  toMs: number,
): number | undefined {
  let found: number | undefined;
  let low = fromMs;
  let high = toMs;
  while (low < high) {
    const middle = found === undefined ? low : Math.floor((low + high) / 2);
    const runMs = nextAfter(expression, middle);
    if (runMs !== undefined && runMs <= toMs) {
      found = runMs;
      low = runMs;
    } else if (found === undefined) return undefined;
    else high = middle;
  }
  return found;
}

/**
 * How many instants in (`fromMs`, `toMs`] the expression fires at, and the last of them. A rate is
 * counted by its distance; of a cron at most 10,000 are counted.
 */
export function countBetween(
  expression: ScheduleExpression,
  fromMs: number,
  toMs: number,
): { readonly count: number; readonly lastMs?: number } {
  const firstMs = nextAfter(expression, fromMs);
  const lastMs = lastBetween(expression, fromMs, toMs);
  if (firstMs === undefined || lastMs === undefined) return { count: 0 };
  const count =
    expression.kind === "rate"
      ? (lastMs - firstMs) / expression.everyMs + 1
      : between(expression, fromMs, toMs, countedMax).length;
  return { count, lastMs };
}

/** What becomes of runs that came due while nobody was there: none, the latest, or every one. */
export type MissedPolicy = "skip" | "once" | "all";

/** The missed runs to make up for. */
export interface MissedRuns {
  /** Scheduled instants, ascending. */
  readonly runs: readonly number[];
  /** There are more than the limit: ask again from the last of `runs`. */
  readonly more: boolean;
}

/**
 * The runs of (`lastFiredMs`, `nowMs`] that a policy makes up for: `skip` none, `once` the latest
 * one, `all` every one from the oldest on, at most `limit` a call.
 * @param lastFiredMs scheduled instant (without jitter) of the last run, or when the schedule was
 * made
 * @throws MOR_INVALID for a limit outside 1 to 100,000
 */
export function missedRuns(
  expression: ScheduleExpression,
  lastFiredMs: number,
  nowMs: number,
  policy: MissedPolicy,
  limit: number,
): MissedRuns {
  if (policy === "skip") return { runs: [], more: false };
  if (policy === "once") {
    const runMs = lastBetween(expression, lastFiredMs, nowMs);
    return { runs: runMs === undefined ? [] : [runMs], more: false };
  }
  const runs = between(expression, lastFiredMs, nowMs, limit);
  const following = runs.length < limit ? undefined : nextAfter(expression, runs.at(-1) ?? nowMs);
  return { runs, more: following !== undefined && following <= nowMs };
}

/**
 * How long after its scheduled instant a run starts, 0 to `jitterMs`: a hash of the schedule's name
 * and that instant, so that every process and every replay agree, and schedules of one minute
 * spread.
 */
export function jitterOffsetMs(
  expression: ScheduleExpression,
  name: string,
  scheduledMs: number,
): number {
  if (expression.jitterMs === 0) return 0;
  const digest = createHash("sha256").update(`${scheduledMs}:${name}`).digest();
  return Math.floor((digest.readUInt32BE(0) / 2 ** 32) * (expression.jitterMs + 1));
}
