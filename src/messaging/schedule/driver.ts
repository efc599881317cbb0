import type { Driver } from "../../core/host.ts";
import type { ScheduleExpression } from "./expression.ts";

/** Positive flags of a schedule driver. */
export interface ScheduleFeatures extends Readonly<Record<string, boolean | number | string>> {
  /** How exact a firing is, milliseconds: nothing finer can be declared. */
  readonly precisionMs: number;
  /** `next` and `last` of the state are the engine's own; otherwise they are computed. */
  readonly state: boolean;
  /**
   * The missed-run policies `once` and `all`; an engine without them never is down by its own
   * account.
   */
  readonly missedRuns: boolean;
}

/** A schedule as its driver sees it. */
export interface ScheduleSpec {
  readonly name: string;
  readonly expression: ScheduleExpression;
  /** Internal queue that a firing is delivered to. */
  readonly queue: string;
  readonly missed: "skip" | "once" | "all";
}

/** Where a schedule stands. */
export interface ScheduleState {
  readonly name: string;
  /** When it fires next; undefined when it is paused or will not fire again. Jitter included. */
  readonly nextAtMs?: number;
  /** When its latest firing was due. */
  readonly lastAtMs?: number;
  readonly paused: boolean;
  /** From when a rate that names no start counts, where the engine says. */
  readonly rateStartMs?: number;
  /**
   * Firings so far that fell due while nothing could fire them (the platform was down, the schedule
   * paused), whether or not they were made up for. Absent without `missedRuns`.
   */
  readonly missedTotal?: number;
  /** When the latest of those was due. */
  readonly lastMissedAtMs?: number;
}

/**
 * An engine that fires schedules, with the semantics of EventBridge Scheduler.
 *
 * Guarantees, on every driver:
 * - A firing that falls due puts one {@link ScheduledRun} on the schedule's queue: at least once,
 *   and on the embedded engine exactly once.
 * - A cron time that does not exist (spring) is skipped; one that occurs twice (autumn) fires once,
 *   the first time; rates are unaffected.
 * - Firings are exact to `precisionMs`, jitter apart.
 */
export interface ScheduleDriver extends Driver {
  readonly features: ScheduleFeatures;
  /**
   * Sets the schedules, whole: those missing from the list end. A changed expression starts anew.
   * @throws MOR_UNSUPPORTED when a schedule is finer than `precisionMs`
   */
  declare(specs: readonly ScheduleSpec[]): Promise<void>;
  /** Begins to fire. */
  start(): Promise<void>;
  /** @throws MOR_NOT_FOUND */
  state(name: string): Promise<ScheduleState>;
  /** Fires now, besides its times. */
  run(name: string): Promise<void>;
  /** Fires no more until `resume`; runs due meanwhile are not made up for. */
  pause(name: string): Promise<void>;
  resume(name: string): Promise<void>;
}
