import { oneOf, text, type Parameters } from "../../view.ts";
import { dayOf, nextDay } from "./days.ts";
import { goingStatuses, type RunStatus } from "./status.tsx";

/** Which runs are listed, by how they stand. */
export const looks = ["going", "waiting", "failed", "completed", "stopped"] as const;
export type Look = (typeof looks)[number];

/** How far back runs are listed. */
export const sinces = ["1h", "24h", "7d", "30d"] as const;
export type Since = (typeof sinces)[number];

/** What the address of a list of runs says. */
export interface RunsView {
  readonly look: Look;
  /** `orderId:A-17`, or how an id begins. */
  readonly q: string;
  readonly since: Since;
  /** A day in the reader's zone instead: `2026-11-26`. */
  readonly day: string;
}

export const runsView: Parameters<RunsView> = {
  look: oneOf(looks),
  q: text(600),
  since: oneOf(sinces),
  day: text(10),
};

const statusesOf: Readonly<Record<Look, readonly RunStatus[]>> = {
  going: goingStatuses,
  waiting: ["waiting"],
  failed: ["failed"],
  completed: ["completed", "continued"],
  stopped: ["cancelled", "terminated"],
};

const hourMs = 3_600_000;
const sinceMs: Readonly<Record<Since, number>> = {
  "1h": hourMs,
  "24h": 24 * hourMs,
  "7d": 7 * 24 * hourMs,
  "30d": 30 * 24 * hourMs,
};

/** A search of runs as the API takes it. */
export interface RunsFilter {
  readonly workflow?: string;
  readonly status?: string;
  readonly attribute?: string;
  readonly idPrefix?: string;
  readonly fromMs?: number;
  readonly untilMs?: number;
}

/** What a reader typed: `name:value` is an attribute, anything else the beginning of an id. */
function typedFilter(q: string | undefined): RunsFilter {
  const typed = q?.trim() ?? "";
  if (typed === "") return {};
  return /^[^:\s]+:./.test(typed) ? { attribute: typed } : { idPrefix: typed };
}

function timeFilter({ since, day }: Partial<RunsView>, nowMs: number): RunsFilter {
  const dayMs = day === undefined ? undefined : dayOf(day);
  if (dayMs !== undefined) return { fromMs: dayMs, untilMs: nextDay(dayMs) };
  return since === undefined ? {} : { fromMs: nowMs - sinceMs[since] };
}

/** The search that an address means, of one workflow or of all. */
export function filterOf(
  view: Partial<RunsView>,
  nowMs: number,
  workflow: string | undefined,
): RunsFilter {
  return {
    ...(workflow === undefined ? {} : { workflow }),
    ...(view.look === undefined ? {} : { status: statusesOf[view.look].join(",") }),
    ...typedFilter(view.q),
    ...timeFilter(view, nowMs),
  };
}
