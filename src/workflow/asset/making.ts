import type { WorkflowContext } from "../engine/program.ts";
import type { AnyWorkflow } from "../workflow.ts";
import type { AssetCheck } from "./asset.ts";
import { assetErrors } from "./errors.ts";
import type { Checked, Ledger, Made } from "./ledger.ts";
import { checkPartition } from "./partitions.ts";
import { partitionsOf } from "./lineage.ts";

/** The partition that a run is about, from its input. @throws MOR_INVALID */
export function partitionIn(declared: AnyWorkflow, input: unknown): string | undefined {
  const partitions = partitionsOf(declared);
  if (partitions === undefined) return undefined;
  const partition = (input as { readonly partition?: unknown } | null)?.partition;
  checkPartition(partitions, typeof partition === "string" ? partition : "");
  return partition as string;
}

/** Looks at what was written; what fails with severity `error` fails the run. */
async function check(
  context: WorkflowContext,
  ledger: Ledger,
  one: AssetCheck<unknown>,
  partition: string | undefined,
): Promise<void> {
  const { asset, name, severity = "error" } = one;
  const found = await context.step(`check ${asset.name}: ${name}`, async (held) => {
    const { passed, note = "" } = await one.look(held, partition);
    const seen: Checked = {
      asset: asset.name,
      partition: asset.partitions === undefined ? undefined : partition,
      name,
      passed,
      severity,
      note,
      atMs: ledger.nowMs,
      run: context.run,
    };
    await ledger.checked([seen]);
    return { passed, note };
  });
  if (found.passed || severity === "warn") return;
  throw assetErrors.MOR_WORKFLOW_CHECK_FAILED(
    `run ${context.run}: check ${name} of asset ${asset.name} failed: ${found.note}`,
  );
}

/** After a run has done its work: checks what it wrote, and writes down that it is made. */
export async function recordMade(
  context: WorkflowContext,
  ledger: Ledger,
  declared: AnyWorkflow,
  partition: string | undefined,
  result: unknown,
): Promise<void> {
  for (const one of declared.checks) await check(context, ledger, one, partition);
  await context.step("record what was made", async () => {
    const facts = declared.facts?.(result) ?? {};
    const made = declared.writes.map((asset): Made => ({
      asset: asset.name,
      partition: asset.partitions === undefined ? undefined : partition,
      run: context.run,
      workflow: declared.name,
      version: declared.version,
      atMs: ledger.nowMs,
      facts,
    }));
    await ledger.made(made);
  });
}
