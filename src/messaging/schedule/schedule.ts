import { capability, checkName } from "../../core/resource.ts";
import type { Capability, Resource } from "../../core/resource.ts";
import type { Receiver } from "../../core/receiver.ts";
import { parseExpression } from "./expression.ts";
import type { ScheduleExpression, ScheduleOptions } from "./expression.ts";

/** What becomes of runs that fell due while nothing could fire them. */
export type MissedRuns = "skip" | "once" | "all";

/** What a schedule declares, beside when it fires. */
export interface ScheduleDeclaration extends ScheduleOptions {
  readonly description?: string;
  /** Runs missed while the platform was down: none, the latest, or each; `once` if left out. */
  readonly missed?: MissedRuns;
  /** Deliveries of one run before it is dead-lettered, 1 to 186; 5 if left out. */
  readonly attemptsMax?: number;
}

/** A declared schedule: plain data, and the capability that it hands out. */
export interface Schedule extends Resource<"schedule"> {
  readonly description: string;
  readonly expression: ScheduleExpression;
  /** As it was written, for people. */
  readonly text: string;
  readonly missed: MissedRuns;
  readonly attemptsMax: number;
  /** The right to run when it fires. */
  trigger(): Capability<Trigger, Schedule>;
}

/** One firing. */
export interface ScheduledRun {
  readonly schedule: string;
  /** When it was due, milliseconds since the epoch; the same on every delivery of the run. */
  readonly scheduledAtMs: number;
  /** Whether it was asked for by hand instead of falling due. */
  readonly manual: boolean;
}

/** How the handler of a schedule runs. */
export interface TriggerOptions {
  /** Runs handled at once in this process; 1 if left out. */
  readonly concurrency?: number;
}

/** Runs when a schedule fires: `handle(held.nightly, {}, async ({ scheduledAtMs }) => { ... })`. */
export type Trigger = Receiver<ScheduledRun, TriggerOptions>;

/**
 * Declares a schedule: cron, rate or one time, in a time zone.
 * @example
 * export const nightly = schedule("nightly", { cron: "0 2 * * *", timezone: "Asia/Taipei" });
 * @throws MOR_NAME, MOR_SCHEDULE_EXPRESSION_INVALID
 */
export function schedule(name: string, options: ScheduleDeclaration): Schedule {
  checkName("schedule", name);
  const { cron, rate, at } = options;
  const declared: Schedule = {
    kind: "schedule",
    name,
    description: options.description ?? "",
    expression: parseExpression(options, `schedule ${name}`),
    text: cron ?? rate ?? at ?? "",
    missed: options.missed ?? "once",
    attemptsMax: options.attemptsMax ?? 5,
    trigger: () => capability<Trigger, Schedule>(declared, "trigger", "in"),
  };
  return Object.freeze(declared);
}
