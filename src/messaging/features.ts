import { z } from "zod";
import type { Driver } from "../core/host.ts";

/** A driver's flags as JSON has them: null where there is no limit. */
export type ShownFeatures = Readonly<Record<string, boolean | number | string | null>>;

/** Schema of {@link ShownFeatures}. */
export const Features: z.ZodType<ShownFeatures> = z.record(
  z.string(),
  z.union([z.boolean(), z.number(), z.string(), z.null()]),
);

/** Flags for an answer: JSON has no infinity. */
export function shownFeatures(features: Driver["features"]): ShownFeatures {
  const pairs = Object.entries(features).map(([name, flag]) => [
    name,
    flag === Infinity ? null : flag,
  ]);
  return Object.fromEntries(pairs) as ShownFeatures;
}
