import type { Ledger, Made } from "./ledger.ts";
import type { Asset } from "./asset.ts";
import type { Partitions } from "./partitions.ts";

/** What a workflow does with assets. */
export interface AssetUse {
  readonly name: string;
  readonly version: string;
  readonly reads: readonly Asset[];
  readonly writes: readonly Asset[];
}

/** How the runs of a workflow are divided: as what it writes is. */
export function partitionsOf({ writes }: Pick<AssetUse, "writes">): Partitions | undefined {
  return writes.find(({ partitions }) => partitions !== undefined)?.partitions;
}

/** Whether the partitions of two assets are the same ones. */
function isAlike(one: Partitions, other: Partitions): boolean {
  if (one.by === "key" || other.by === "key") return one.by === other.by;
  return one.by === other.by && one.timezone === other.timezone;
}

/** The making of what is read that counts for a partition: its own, or the newest of all. */
async function madeFor(
  ledger: Ledger,
  read: Asset,
  partitions: Partitions | undefined,
  partition: string | undefined,
): Promise<Made | undefined> {
  if (read.partitions === undefined) return ledger.last(read.name, undefined);
  if (partitions !== undefined && isAlike(read.partitions, partitions)) {
    return ledger.last(read.name, partition);
  }
  return (await ledger.newest()).get(read.name);
}

/**
 * Whether running a workflow would make nothing new: all that it writes was made by this version of
 * it, after all that it reads.
 */
export async function isUpToDate(
  ledger: Ledger,
  use: AssetUse,
  partition: string | undefined,
): Promise<boolean> {
  if (use.writes.length === 0) return false;
  const written = await Promise.all(
    use.writes.map(({ name, partitions }) =>
      ledger.last(name, partitions === undefined ? undefined : partition),
    ),
  );
  const isOurs = written.every(
    (made) => made?.workflow === use.name && made.version === use.version,
  );
  if (!isOurs) return false;
  const oldestMs = Math.min(...written.map((made) => made?.atMs ?? 0));
  const partitions = partitionsOf(use);
  const read = await Promise.all(
    use.reads.map((one) => madeFor(ledger, one, partitions, partition)),
  );
  return read.every((made) => made === undefined || made.atMs <= oldestMs);
}

/**
 * The partitions that a workflow has to make anew when one of what it reads was: the same one, or
 * all where they are not divided alike; undefined stands for the whole.
 */
export function followingPartitions(
  use: AssetUse,
  read: Asset,
  partition: string | undefined,
): readonly (string | undefined)[] {
  const partitions = partitionsOf(use);
  if (partitions === undefined) return [undefined];
  if (partition !== undefined && read.partitions && isAlike(read.partitions, partitions)) {
    return [partition];
  }
  return partitions.by === "key" ? partitions.keys : [];
}
