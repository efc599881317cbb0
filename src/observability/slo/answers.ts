import { z } from "zod";
import type { SloDefinition } from "./catalog.ts";
import type { CountedBucket } from "./count.ts";
import type { SloState } from "./ledger.ts";
import { SloForm } from "./slo.ts";
import type { SloSpec } from "./slo.ts";

/** A pair of burn windows as the API tells it; null where nothing happened. */
export interface BurnView {
  readonly longMs: number;
  readonly shortMs: number;
  readonly rate: number;
  readonly severity: "page" | "ticket";
  readonly long: number | null;
  readonly short: number | null;
  readonly events: number;
  readonly burning: boolean;
}

/** An objective and how it stands. */
export interface SloView extends SloDefinition {
  readonly atMs: number;
  readonly total: number;
  readonly good: number;
  readonly allowed: number;
  readonly failed: number;
  readonly remaining: number;
  readonly reached: number | null;
  readonly burn: readonly BurnView[];
}

/** An objective with its budget over time. */
export interface SloDetailView extends SloView {
  /** By hours: events, and the budget that was left over the window that ends there. */
  readonly series: readonly (CountedBucket & { readonly remaining: number })[];
}

/** An objective and its state as the API tells them. */
export function sloView(definition: SloDefinition, { reached, burn, ...state }: SloState): SloView {
  const windows = burn.map(({ long, short, ...rest }) => {
    return { ...rest, long: long ?? null, short: short ?? null };
  });
  return { ...definition, ...state, reached: reached ?? null, burn: windows };
}

const Burn: z.ZodType<BurnView> = z.object({
  longMs: z.number(),
  shortMs: z.number(),
  rate: z.number(),
  severity: z.enum(["page", "ticket"]),
  long: z.nullable(z.number()),
  short: z.nullable(z.number()),
  events: z.number(),
  burning: z.boolean(),
});

const view = {
  name: z.string(),
  spec: SloForm as z.ZodType<SloSpec>,
  declared: z.boolean(),
  updatedAtMs: z.nullable(z.number()),
  updatedBy: z.string(),
  atMs: z.number(),
  total: z.number(),
  good: z.number(),
  allowed: z.number(),
  failed: z.number(),
  remaining: z.number(),
  reached: z.nullable(z.number()),
  burn: z.array(Burn),
};

/** All objectives. */
export const SlosAnswer: z.ZodType<{ readonly slos: readonly SloView[] }> = z.object({
  slos: z.array(z.object(view)),
});

/** One objective whole. */
export const SloDetailAnswer: z.ZodType<SloDetailView> = z.object({
  ...view,
  series: z.array(
    z.object({
      atMs: z.number(),
      good: z.number(),
      total: z.number(),
      remaining: z.number(),
    }),
  ),
});
