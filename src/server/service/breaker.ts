import type { Clock } from "../../core/clock.ts";

/** Whether calls go through. Half open: one probe at a time does. */
export type BreakerState = "closed" | "open" | "halfOpen";

/** Says how a permitted call went; called once. */
export type Settle = (ok: boolean) => void;

/** Holds calls back while most of the recent ones fail (Nygard, "Release It!", circuit breaker). */
export interface Breaker {
  /** Whether a call may go now: undefined when not, else how to say what became of it. */
  permit(): Settle | undefined;
  state(): BreakerState;
}

/** The window in which failures are counted, and how long an open breaker waits for a probe. */
const windowMs = 10_000;
const openMs = 5_000;
const callsMin = 20;
const failureRateMax = 0.5;

/** A breaker: opens when at least half of 20 or more calls within 10 s failed; probes after 5 s. */
export function breaker(clock: Clock): Breaker {
  let windowStartMs = clock.monotonic();
  let calls = 0;
  let failures = 0;
  let openedMs: number | undefined;
  let probing = false;
  const reset = (): void => {
    windowStartMs = clock.monotonic();
    calls = 0;
    failures = 0;
  };
  const state = (): BreakerState => {
    if (openedMs === undefined) return "closed";
    return clock.monotonic() - openedMs >= openMs ? "halfOpen" : "open";
  };
  const settle: Settle = (ok) => {
    if (clock.monotonic() - windowStartMs >= windowMs) reset();
    calls++;
    if (!ok) failures++;
    const isFailing = calls >= callsMin && failures / calls >= failureRateMax;
    if (isFailing) openedMs ??= clock.monotonic();
  };
  // Calls that left before it opened settle meanwhile: only the probe's own outcome counts.
  const settleProbe: Settle = (ok) => {
    probing = false;
    openedMs = ok ? undefined : clock.monotonic();
    reset();
  };
  return {
    state,
    permit() {
      const now = state();
      if (now === "closed") return settle;
      if (now === "open" || probing) return undefined;
      probing = true;
      return settleProbe;
    },
  };
}

/**
 * A retry budget: every call earns a tenth of a retry, so that retries add at most 10 % load when
 * everything fails (the scheme of gRPC's retry throttling and Finagle's RetryBudget).
 */
export interface RetryBudget {
  earn(): void;
  /** Takes one retry out if there is one. */
  spend(): boolean;
}

const earned = 0.1;
const savedMax = 10;

/** A new budget, full. */
export function retryBudget(): RetryBudget {
  let saved = savedMax;
  return {
    earn() {
      saved = Math.min(savedMax, saved + earned);
    },
    spend() {
      if (saved < 1) return false;
      saved--;
      return true;
    },
  };
}
