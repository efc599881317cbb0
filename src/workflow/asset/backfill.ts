import type { Program } from "../engine/program.ts";
import type { AnyWorkflow } from "../workflow.ts";
import { isUpToDate, partitionsOf } from "./lineage.ts";
import type { Ledger } from "./ledger.ts";
import { partitionsBetween } from "./partitions.ts";

/** What a backfill is asked for. */
export interface BackfillInput {
  /** First and last partition; all that are over if left out. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  /** Runs at once; 4 if left out. */
  readonly concurrency?: number | undefined;
  /** Makes also what is up to date. */
  readonly force?: boolean | undefined;
}

/** What a backfill did. */
export interface BackfillResult {
  readonly made: number;
  /** Up to date before. */
  readonly skipped: number;
  readonly failed: readonly string[];
}

const concurrencyUsual = 4;
/** Names of partitions that failed that a result has. */
const failedShown = 100;

/** The name of the workflow that makes the partitions of another one. */
export const backfillOf = (workflow: string): string => `${workflow}.backfill`;

/** Makes the partitions of a range, each by a run of its own; durable like any other workflow. */
export function backfillProgram(declared: AnyWorkflow, ledger: Ledger): Program | undefined {
  const partitions = partitionsOf(declared);
  if (partitions === undefined) return undefined;
  return {
    name: backfillOf(declared.name),
    version: "1",
    run: async (context, input): Promise<BackfillResult> => {
      const { concurrency = concurrencyUsual, force = false, ...range } = input as BackfillInput;
      const keys = await context.step("which partitions", () =>
        partitionsBetween(partitions, ledger.nowMs, range),
      );
      let [made, skipped] = [0, 0];
      context.query("progress", () => ({ total: keys.length, made, skipped }));
      const results = await context.map(
        keys,
        async (branch, partition) => {
          const isOld =
            force ||
            !(await branch.step("is it up to date", () => isUpToDate(ledger, declared, partition)));
          if (!isOld) return void skipped++;
          await branch.child(declared.name, { partition }, { id: `${context.run}.${partition}` });
          made++;
        },
        { concurrency, failuresMax: keys.length },
      );
      const failed = keys.filter((_, index) => results[index]?.status === "failed");
      return { made, skipped, failed: failed.slice(0, failedShown) };
    },
  };
}
