import type { Engine } from "./engine.ts";

/** One delivery in flight. */
export interface Flight {
  readonly receives: number;
  readonly visibleAtMs: number;
}

/** The deliveries in flight of each FIFO group: while there are any, the group is locked. */
export interface Locks {
  get(group: string): ReadonlyMap<number, Flight>;
  /** Replaces a group's deliveries. */
  set(group: string, flights: ReadonlyMap<number, Flight>): void;
  /** Deliveries that are invisible now. */
  count(nowMs: number): number;
}

const pageSql = `select seq, group_name, receives, visible_at from queue_message
  where queue = ? and (visible_at, seq) > (?, ?) and receives > 0
    order by visible_at, seq limit 5000`;

const none: ReadonlyMap<number, Flight> = new Map();

/** Reads the deliveries in flight of a FIFO queue. */
export async function loadLocks(engine: Engine, queue: number): Promise<Locks> {
  const groups = new Map<string, Map<number, Flight>>();
  let [at, last] = [engine.now(), Number.MAX_SAFE_INTEGER];
  for (;;) {
    const rows = await engine.store.read(pageSql, [queue, at, last]);
    for (const row of rows) {
      const group = String(row["group_name"]);
      const flights = groups.get(group) ?? new Map<number, Flight>();
      at = Number(row["visible_at"]);
      last = Number(row["seq"]);
      groups.set(group, flights.set(last, { receives: Number(row["receives"]), visibleAtMs: at }));
    }
    if (rows.length < 5000) break;
  }
  return {
    get: (group) => groups.get(group) ?? none,
    set(group, flights) {
      if (flights.size === 0) groups.delete(group);
      else groups.set(group, new Map(flights));
    },
    count(nowMs) {
      let count = 0;
      for (const flights of groups.values()) {
        for (const { visibleAtMs } of flights.values()) if (visibleAtMs > nowMs) count++;
      }
      return count;
    },
  };
}

/** When a group with these deliveries can be received from. */
export function dueOf(flights: ReadonlyMap<number, Flight>, nowMs: number): number {
  let due = nowMs;
  for (const { visibleAtMs } of flights.values()) due = Math.max(due, visibleAtMs);
  return due;
}
