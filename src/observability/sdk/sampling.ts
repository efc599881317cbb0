import type { TraceId } from "./ids.ts";

/**
 * Head sampling by OpenTelemetry's consistent probability sampling: the random part of the trace id
 * decides, the rejection threshold travels in `tracestate` as `ot=th:…`, and whoever records knows
 * by it how many traces one stands for. 48 of the 56 bits are used: exact in a double.
 */
export interface Sampler {
  /** Whether a root with this trace id is recorded. */
  keeps(trace: TraceId): boolean;
  /** `tracestate` of what is recorded; undefined where all is. */
  readonly state: string | undefined;
}

const space = 2 ** 48;
const halfSpace = 2 ** 24;
const thresholdForm = /(?:^|,)ot=(?:[^,]*;)?th:([0-9a-f]{1,14})/;

/**
 * A sampler that keeps a share of all traces.
 * @param share from 0 to 1; what is outside counts as the nearer of both
 */
export function makeSampler(share: number): Sampler {
  const threshold = Math.round((1 - Math.min(1, Math.max(0, share))) * space);
  if (threshold === 0) return { keeps: () => true, state: undefined };
  const digits = threshold.toString(16).padStart(12, "0").replace(/0+$/, "");
  return {
    keeps: ({ third, fourth }) =>
      (third & (halfSpace - 1)) * halfSpace + (fourth >>> 8) >= threshold && threshold < space,
    state: `ot=th:${digits}`,
  };
}

/** How many traces one that came with this `tracestate` stands for; 1 where it does not say. */
export function weightOf(state: string | undefined): number {
  const digits = state === undefined ? undefined : thresholdForm.exec(state)?.[1];
  if (digits === undefined) return 1;
  const threshold = Number.parseInt(digits.padEnd(14, "0").slice(0, 12), 16);
  return space / (space - threshold);
}
