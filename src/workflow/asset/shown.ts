import { resourceId } from "../../core/graph.ts";
import type { AnyWorkflow } from "../workflow.ts";
import type { AssetDetail, AssetView, CheckView, Lineage, PartitionView } from "./answers.ts";
import type { Asset } from "./asset.ts";
import type { Checked, Ledger, Made } from "./ledger.ts";
import { partitionsBetween } from "./partitions.ts";
import type { Partitions } from "./partitions.ts";

/** Partitions, checks and makings that one answer has. */
const shownMax = 1000;

function partitionsText(partitions: Partitions | undefined): string | null {
  if (partitions === undefined) return null;
  if (partitions.by === "key") return partitions.keys.join(", ").slice(0, 500);
  return `${partitions.by} from ${partitions.start} (${partitions.timezone})`;
}

/** An asset and how it stands. */
export function assetShown(
  asset: Asset,
  workflows: readonly AnyWorkflow[],
  newest: Made | undefined,
  checks: readonly Checked[],
  nowMs: number,
): AssetView {
  const { name, description, of, partitions, freshMs } = asset;
  const ageMs = newest === undefined ? Infinity : nowMs - newest.atMs;
  const uses = (key: "reads" | "writes"): string[] =>
    workflows.filter((one) => one[key].includes(asset)).map((one) => one.name);
  return {
    name,
    description,
    of: of === undefined ? null : resourceId(of),
    partitions: partitionsText(partitions),
    freshMs: freshMs ?? null,
    stale: freshMs !== undefined && ageMs > freshMs,
    madeAtMs: newest?.atMs ?? null,
    madeBy: newest?.workflow ?? null,
    run: newest?.run ?? null,
    failedChecks: checks.filter(({ passed }) => !passed).length,
    readers: uses("reads"),
    writers: uses("writes"),
  };
}

function partShown(partition: string | undefined, made: Made | undefined): PartitionView {
  return {
    partition: partition ?? null,
    atMs: made?.atMs ?? null,
    run: made?.run ?? null,
    version: made?.version ?? null,
    facts: made?.facts ?? {},
  };
}

function checkShown({ partition, ...check }: Checked): CheckView {
  const { name, passed, severity, note, atMs, run } = check;
  return { name, partition: partition ?? null, passed, severity, note, atMs, run };
}

/** An asset with its partitions, checks and past. */
export async function assetDetailShown(
  asset: Asset,
  workflows: readonly AnyWorkflow[],
  ledger: Ledger,
): Promise<AssetDetail> {
  const [latest, checks, past] = await Promise.all([
    ledger.latest(asset.name),
    ledger.checks(asset.name, shownMax),
    ledger.past(asset.name, shownMax),
  ]);
  const newest = [...latest.values()].reduce<Made | undefined>(
    (best, one) => (best === undefined || one.atMs > best.atMs ? one : best),
    undefined,
  );
  const { partitions } = asset;
  const keys = partitions === undefined ? [undefined] : partitionsBetween(partitions, ledger.nowMs);
  return {
    ...assetShown(asset, workflows, newest, checks, ledger.nowMs),
    parts: keys
      .slice(-shownMax)
      .toReversed()
      .map((key) => partShown(key, latest.get(key))),
    expected: keys.length,
    made: keys.filter((key) => latest.has(key)).length,
    checks: checks.map(checkShown),
    past: past.map(({ partition, atMs, run, workflow }) => ({
      partition: partition ?? null,
      atMs,
      run,
      workflow,
    })),
  };
}

/** Who makes what of what, as declared. */
export function lineageShown(assets: readonly Asset[], workflows: readonly AnyWorkflow[]): Lineage {
  const makers = workflows.filter(({ reads, writes }) => reads.length + writes.length > 0);
  const node = ({ kind, name }: { readonly kind: string; readonly name: string }) => ({
    id: `${kind}/${name}`,
    kind,
    name,
  });
  return {
    nodes: [...assets.map(node), ...makers.map(node)],
    edges: makers.flatMap((maker) => [
      ...maker.reads.map((read) => ({ from: resourceId(read), to: resourceId(maker) })),
      ...maker.writes.map((write) => ({ from: resourceId(maker), to: resourceId(write) })),
    ]),
  };
}
