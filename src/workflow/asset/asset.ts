import { coreErrors } from "../../core/errors.ts";
import { checkName } from "../../core/resource.ts";
import type { Resource } from "../../core/resource.ts";
import type { Partitions } from "./partitions.ts";

/** What an asset declares. */
export interface AssetOptions {
  readonly description?: string;
  /** What holds it, where that is a resource of the app: a table, a blob set. */
  readonly of?: Resource;
  /** How it is divided; one whole if left out. */
  readonly partitions?: Partitions;
  /** How old its newest partition, or all of it, may be before it counts as stale, milliseconds. */
  readonly freshMs?: number;
}

/**
 * Something that workflows make and read: a table, a file, a set of features, a model. Plain data;
 * what made which of it when stands in the journal.
 */
export interface Asset extends Resource<"asset"> {
  readonly description: string;
  readonly of: Resource | undefined;
  readonly partitions: Partitions | undefined;
  readonly freshMs: number | undefined;
}

/**
 * Declares an asset. Workflows say with `reads` and `writes` what they do with it: that is the
 * lineage.
 * @example
 * export const closes = asset("daily-closes", {
 *   of: closeFiles,
 *   partitions: daily("2026-01-01", "Asia/Taipei"),
 *   freshMs: 30 * 3_600_000,
 * });
 * @throws MOR_NAME, MOR_DECLARATION
 */
export function asset(name: string, options: AssetOptions = {}): Asset {
  checkName("asset", name);
  const { freshMs, of, partitions, description = "" } = options;
  if (freshMs !== undefined && !(freshMs > 0)) {
    throw coreErrors.MOR_DECLARATION(`asset ${name}: freshMs is ${freshMs}, and must be above 0`);
  }
  const declared: Asset = {
    kind: "asset",
    name,
    // Lineage is a picture of its own: an asset calls nobody and is called by nobody.
    watches: true,
    ...(of === undefined ? {} : { needs: [of] }),
    description,
    of,
    partitions,
    freshMs,
  };
  return Object.freeze(declared);
}

/** What a check of an asset found. */
export interface CheckResult {
  readonly passed: boolean;
  /** What was seen, for people: `12 of 4,310 rows have no price`. */
  readonly note?: string;
}

/** A look at what a workflow wrote, before others may rely on it. */
export interface AssetCheck<Held> {
  readonly asset: Asset;
  /** `no-negative-prices` */
  readonly name: string;
  /** `error` (if left out) fails the run, and what was written does not count; `warn` is told. */
  readonly severity?: "error" | "warn";
  look(held: Held, partition: string | undefined): Promise<CheckResult> | CheckResult;
}
