/** Events of a stretch of time. */
export interface Tally {
  readonly good: number;
  readonly total: number;
}

/** Two windows that must both burn faster than `rate`, and what it means. */
export interface BurnPolicy {
  readonly longMs: number;
  readonly shortMs: number;
  readonly rate: number;
  readonly severity: "page" | "ticket";
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * The multi-window, multi-burn-rate policy for 30 days (Google, The Site Reliability Workbook,
 * chapter 5, table 5-8): 2 % of the budget within an hour and 5 % within 6 hours page, 10 % within
 * a day or 3 days makes a ticket. The short window is a twelfth of the long one, so that an alert
 * ends soon after its cause.
 */
export const burnPolicies: readonly BurnPolicy[] = [
  { longMs: hourMs, shortMs: 5 * 60_000, rate: 14.4, severity: "page" },
  { longMs: 6 * hourMs, shortMs: 30 * 60_000, rate: 6, severity: "page" },
  { longMs: dayMs, shortMs: 2 * hourMs, rate: 3, severity: "ticket" },
  { longMs: 3 * dayMs, shortMs: 6 * hourMs, rate: 1, severity: "ticket" },
];

/** The window that the rates of {@link burnPolicies} are made for, milliseconds. */
const policyWindowMs = 30 * dayMs;

/**
 * The policies for an objective's window: rates are scaled so that each still stands for the same
 * share of the budget.
 */
export function policiesFor(windowMs: number): readonly BurnPolicy[] {
  const scale = windowMs / policyWindowMs;
  return burnPolicies
    .filter(({ longMs }) => longMs < windowMs)
    .map((policy) => ({ ...policy, rate: policy.rate * scale }));
}

/**
 * How many times faster than allowed events fail: 1 uses the budget up exactly at the end of the
 * objective's window. Nothing where nothing happened.
 */
export function burnRate({ good, total }: Tally, objective: number): number | undefined {
  if (total <= 0) return undefined;
  return Math.max(0, total - good) / total / (1 - objective);
}

/** The error budget over an objective's window. */
export interface Budget {
  /** Events that may fail. */
  readonly allowed: number;
  readonly failed: number;
  /** Share of the budget that is left; below 0 when it is overspent, 1 where nothing happened. */
  readonly remaining: number;
  /** The share of good events; nothing where nothing happened. */
  readonly reached: number | undefined;
}

/** The error budget of what happened. */
export function budgetOf({ good, total }: Tally, objective: number): Budget {
  const failed = Math.max(0, total - good);
  const allowed = total * (1 - objective);
  return {
    allowed,
    failed,
    remaining: allowed === 0 ? 1 : 1 - failed / allowed,
    reached: total > 0 ? good / total : undefined,
  };
}
