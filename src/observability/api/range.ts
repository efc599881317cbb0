import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import { coreErrors } from "../../core/errors.ts";
import type { Range } from "../signals/store.ts";
import { nsOf } from "./shapes.ts";

/** How far back a query goes that says nothing, milliseconds. */
const defaultMs = 3_600_000;

/** The members of a query that say when: instants in milliseconds since 1970. */
export const rangeQuery: {
  readonly fromMs: z.ZodType<number | undefined>;
  readonly toMs: z.ZodType<number | undefined>;
} = {
  fromMs: z.coerce.number().nonnegative().optional(),
  toMs: z.coerce.number().nonnegative().optional(),
};

/** A stretch of time that was asked for. */
export interface AskedRange extends Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * What was asked for: the last hour where nothing was said.
 * @throws MOR_INVALID when it ends before it begins
 */
export function rangeOf(
  query: { readonly fromMs?: number | undefined; readonly toMs?: number | undefined },
  clock: Clock,
): AskedRange {
  // What is being written this instant belongs to "until now".
  const toMs = query.toMs ?? clock.now() + 1000;
  const fromMs = query.fromMs ?? toMs - defaultMs;
  if (fromMs >= toMs) throw coreErrors.MOR_INVALID("the range ends before it begins");
  return { fromMs, toMs, fromNs: nsOf(fromMs), toNs: nsOf(toMs) };
}

const stepsMs = [
  100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000,
];

/** The finest round step that gives at most `pointsMax` points. */
export function stepOf({ fromMs, toMs }: AskedRange, pointsMax: number): number {
  const least = (toMs - fromMs) / pointsMax;
  return stepsMs.find((step) => step >= least) ?? Math.ceil(least / 86_400_000) * 86_400_000;
}
