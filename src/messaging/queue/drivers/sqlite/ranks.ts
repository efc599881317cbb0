import type { Statement } from "../../../../core/store.ts";
import type { Engine } from "./engine.ts";

/**
 * Start-time fair queueing (Goyal, Vin, Cheng 1996) over tenants: a message's rank is one more
 * than its tenant's
 * last rank or the queue's virtual time, whichever is later; the virtual time is the rank served
 * last. Messages
 * received by rank are shared max-min fairly, with one index and nothing to compute on a receive.
 */
export interface Ranks {
  readonly next: (group: string | undefined) => number;
  served(rank: number): void;
  /** Keeps the virtual time with the next write; nothing when it is kept already. */
  statements(): Statement[];
}

/** Tenants remembered before those that have no backlog are forgotten. */
const tenantsMin = 10_000;

const tenantsSql = `select group_name, max(rank) as last from queue_message
  where queue = ? and visible_at is null and rank is not null and group_name is not null
  group by group_name having last > ? order by last desc limit 9000`;

/**
 * Opens the ranks of a queue: its virtual time now, its tenants' ranks as soon as they are read.
 */
export async function makeRanks(engine: Engine, queue: number): Promise<Ranks> {
  const [row] = await engine.store.read("select virtual_time as v from queue where id = ?", [
    queue,
  ]);
  let virtualTime = Number(row?.["v"] ?? 0);
  let kept = virtualTime;
  let pruneAt = tenantsMin;
  const last = new Map<string, number>();

  const prune = (): void => {
    for (const [group, rank] of last) if (rank <= virtualTime) last.delete(group);
    pruneAt = Math.max(tenantsMin, last.size * 2);
  };
  const load = async (): Promise<void> => {
    const { store } = engine;
    const params = [queue, virtualTime];
    const rows = await (store.readLong?.(tenantsSql, params) ?? store.read(tenantsSql, params));
    for (const found of rows) {
      const group = String(found["group_name"]);
      last.set(group, Math.max(last.get(group) ?? 0, Number(found["last"])));
    }
  };
  void load().catch((error: unknown) =>
    // Only the shares of tenants with a backlog are less exact for a while.
    engine.log.warn("queue: the tenants' backlogs could not be read", { error: String(error) }),
  );
  return {
    next(group) {
      if (group === undefined) return virtualTime + 1;
      const rank = Math.max(virtualTime, last.get(group) ?? 0) + 1;
      last.set(group, rank);
      if (last.size > pruneAt) prune();
      return rank;
    },
    served(rank) {
      if (rank > virtualTime) virtualTime = rank;
    },
    statements() {
      if (kept === virtualTime) return [];
      kept = virtualTime;
      const sql = "update queue set virtual_time = max(virtual_time, ?) where id = ?";
      return [{ sql, params: [virtualTime, queue] }];
    },
  };
}
