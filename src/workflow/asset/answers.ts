import { z } from "zod";

/** How an asset stands. */
export interface AssetView {
  readonly name: string;
  readonly description: string;
  /** What holds it: `table/payments`; null where that is no resource of the app. */
  readonly of: string | null;
  readonly partitions: string | null;
  readonly freshMs: number | null;
  /** Older than it may be, or not there though it has to be. */
  readonly stale: boolean;
  /** When it, or the newest of its partitions, was made; null where it never was. */
  readonly madeAtMs: number | null;
  readonly madeBy: string | null;
  readonly run: string | null;
  readonly failedChecks: number;
  readonly readers: readonly string[];
  readonly writers: readonly string[];
}

/** One partition of an asset; null for the whole. */
export interface PartitionView {
  readonly partition: string | null;
  /** Null where it was never made. */
  readonly atMs: number | null;
  readonly run: string | null;
  readonly version: string | null;
  readonly facts: Readonly<Record<string, string | number | boolean>>;
}

/** What a check found last. */
export interface CheckView {
  readonly name: string;
  readonly partition: string | null;
  readonly passed: boolean;
  readonly severity: "error" | "warn";
  readonly note: string;
  readonly atMs: number;
  readonly run: string;
}

/** One asset, whole. */
export interface AssetDetail extends AssetView {
  /** Newest first. */
  readonly parts: readonly PartitionView[];
  /** Partitions that are over, and how many of them were made. */
  readonly expected: number;
  readonly made: number;
  readonly checks: readonly CheckView[];
  readonly past: readonly {
    readonly partition: string | null;
    readonly atMs: number;
    readonly run: string;
    readonly workflow: string;
  }[];
}

const fields = {
  name: z.string(),
  description: z.string(),
  of: z.nullable(z.string()),
  partitions: z.nullable(z.string()),
  freshMs: z.nullable(z.number()),
  stale: z.boolean(),
  madeAtMs: z.nullable(z.number()),
  madeBy: z.nullable(z.string()),
  run: z.nullable(z.string()),
  failedChecks: z.number(),
  readers: z.array(z.string()),
  writers: z.array(z.string()),
};

/** Every asset. */
export const AssetsAnswer: z.ZodType<{ readonly assets: readonly AssetView[] }> = z.object({
  assets: z.array(z.object(fields)),
});

/** One asset. */
export const AssetAnswer: z.ZodType<AssetDetail> = z.object({
  ...fields,
  parts: z.array(
    z.object({
      partition: z.nullable(z.string()),
      atMs: z.nullable(z.number()),
      run: z.nullable(z.string()),
      version: z.nullable(z.string()),
      facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    }),
  ),
  expected: z.number(),
  made: z.number(),
  checks: z.array(
    z.object({
      name: z.string(),
      partition: z.nullable(z.string()),
      passed: z.boolean(),
      severity: z.enum(["error", "warn"]),
      note: z.string(),
      atMs: z.number(),
      run: z.string(),
    }),
  ),
  past: z.array(
    z.object({
      partition: z.nullable(z.string()),
      atMs: z.number(),
      run: z.string(),
      workflow: z.string(),
    }),
  ),
});

/** Who makes what of what. */
export interface Lineage {
  /** `asset/daily-closes`, `workflow/nightly-close`. */
  readonly nodes: readonly { readonly id: string; readonly kind: string; readonly name: string }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

/** The lineage of the app. */
export const LineageAnswer: z.ZodType<Lineage> = z.object({
  nodes: z.array(z.object({ id: z.string(), kind: z.string(), name: z.string() })),
  edges: z.array(z.object({ from: z.string(), to: z.string() })),
});
