import { durationMs } from "../../metrics/promql/literals.ts";
import type { Parameters } from "../parameters.ts";
import { BadParameter } from "./failure.ts";

/** The earliest and latest instants that clients send for "all", milliseconds since 1970. */
const earliestMs = 0;
const latestMs = 4_102_444_800_000;

/** An instant from unix seconds (with a fraction) or RFC 3339, milliseconds since 1970. */
export function instantOf(parameters: Parameters, name: string, fallbackMs: number): number {
  const text = parameters.get(name);
  if (text === null || text === "") return fallbackMs;
  const seconds = Number(text);
  const ms = Number.isNaN(seconds) ? Date.parse(text) : Math.round(seconds * 1000);
  if (!Number.isFinite(ms)) {
    throw new BadParameter(
      `invalid parameter "${name}": cannot parse "${text}" to a valid timestamp`,
    );
  }
  return Math.min(latestMs, Math.max(earliestMs, ms));
}

/** A duration from seconds (with a fraction) or units, milliseconds; undefined where absent. */
export function spanOf(parameters: Parameters, name: string): number | undefined {
  const text = parameters.get(name);
  if (text === null || text === "") return undefined;
  const ms = durationMs(text) ?? Number(text) * 1000;
  if (!Number.isFinite(ms)) {
    throw new BadParameter(
      `invalid parameter "${name}": cannot parse "${text}" to a valid duration`,
    );
  }
  return Math.round(ms);
}
