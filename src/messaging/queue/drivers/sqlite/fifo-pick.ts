import type { SqlValue, Statement } from "../../../../core/store.ts";
import type { Lane } from "./engine.ts";
import type { FifoState } from "./fifo-state.ts";
import type { Flight } from "./locks.ts";
import { deliveryColumns, delivered } from "./rows.ts";
import type { Delivered } from "./rows.ts";
import type { Receiver } from "./waiting.ts";

/** What one FIFO write receives and sets aside. */
export interface Pick {
  readonly served: { readonly receiver: Receiver; readonly rows: Delivered[] }[];
  readonly dead: Delivered[];
  readonly expired: Delivered[];
  /** When each group that was looked at can be looked at again; undefined: it is empty. */
  readonly due: Map<string, number | undefined>;
  readonly flights: Map<string, Map<number, Flight>>;
  /** The lane of the dead-letter queue. */
  readonly target: Lane | undefined;
}

const groupsSql = `select name from queue_group where queue = ? and due <= ?
  order by due, name limit ?`;
const columns = deliveryColumns.replaceAll(/\s+/g, " ");
const messagesSql = `select ${columns}, visible_at from queue_message
  where queue = ? and group_name = ? and rank is null and seq > ? order by seq limit ?`;
const takeSql = `update queue_message set visible_at = ?, receives = receives + 1,
  first_at = coalesce(first_at, ?) where seq = ? and queue = ?`;
const deadSql = `update queue_message
  set queue = ?, visible_at = null, receives = 0, first_at = null,
  expires_at = ?, origin = ? where seq = ? and queue = ?`;
const dropSql = "delete from queue_message where seq = ? and queue = ?";
const dueSql = "update queue_group set due = ? where queue = ? and name = ?";
/** Makes a group known; one that is known keeps its due time. */
export const groupSql = `insert into queue_group (queue, name, due) values (?, ?, ?)
  on conflict (queue, name) do nothing`;
/** Another lane's dead letter may have come in since the group was found empty. */
const emptySql = `delete from queue_group where queue = ?1 and name = ?2 and not exists (
  select 1 from queue_message where queue = ?1 and group_name = ?2 and rank is null)`;

/** Groups looked at for one write: each is a read of its own. */
const groupsMax = 500;
/** Dead or expired messages passed over in one group for one write. */
const asideMax = 1000;

/**
 * Decides which messages the receivers get: whole runs of a group to one of them, groups in turn.
 */
export async function pickMessages(
  state: FifoState,
  receivers: readonly Receiver[],
  nowMs: number,
): Promise<Pick> {
  const { engine, lane } = state;
  const target = engine.lane(lane.spec.deadLetters ?? "");
  const pick: Pick = {
    served: [],
    dead: [],
    expired: [],
    due: new Map(),
    flights: new Map(),
    target,
  };
  const wanted = receivers.reduce((sum, receiver) => sum + receiver.max, 0);
  const limit = Math.min(groupsMax, wanted);
  const groups = await engine.store.read(groupsSql, [lane.id, nowMs, limit]);
  let at = 0;
  let rows: Delivered[] = [];
  for (const found of groups) {
    const receiver = receivers[at];
    if (!receiver) break;
    const group = String(found["name"]);
    const run = await pickRun(state, pick, group, receiver.max - rows.length, nowMs);
    if (run.length === 0) continue;
    const visibleAtMs = nowMs + receiver.visibilityMs;
    pick.due.set(group, visibleAtMs);
    pick.flights.set(
      group,
      new Map(run.map(({ seq, receives }) => [seq, { receives, visibleAtMs }])),
    );
    if (rows.length === 0) pick.served.push({ receiver, rows });
    rows.push(...run);
    if (rows.length < receiver.max) continue;
    at++;
    rows = [];
  }
  return pick;
}

/** Takes the head of a group, setting aside what must not be delivered. */
async function pickRun(
  state: FifoState,
  pick: Pick,
  group: string,
  max: number,
  nowMs: number,
): Promise<Delivered[]> {
  const { engine, lane } = state;
  const receivesMax = pick.target ? (lane.spec.receivesMax ?? Infinity) : Infinity;
  const run: Delivered[] = [];
  let last = 0;
  for (let aside = 0; aside < asideMax;) {
    const found = await engine.store.read(messagesSql, [lane.id, group, last, max - run.length]);
    for (const row of found) {
      const message = delivered(Object.values(row));
      last = message.seq;
      const visibleAt = row["visible_at"];
      if (typeof visibleAt === "number" && visibleAt > nowMs) {
        if (run.length === 0) pick.due.set(group, visibleAt);
        return run;
      }
      if (message.expiresAtMs <= nowMs) aside += pick.expired.push(message) && 1;
      else if (message.receives >= receivesMax) aside += pick.dead.push(message) && 1;
      else {
        const firstAtMs = message.firstAtMs ?? nowMs;
        run.push({ ...message, receives: message.receives + 1, firstAtMs });
      }
    }
    if (run.length >= max) return run;
    if (found.length === 0) {
      if (run.length === 0) {
        pick.due.set(group, undefined);
        pick.flights.set(group, new Map());
      }
      return run;
    }
  }
  return run;
}

/** The statements that make a pick durable. */
export function receiveStatements(state: FifoState, pick: Pick, nowMs: number): Statement[] {
  const { lane } = state;
  const statements: Statement[] = [];
  const add = (sql: string, each: SqlValue[][]): void => {
    if (each.length > 0) statements.push({ sql, each });
  };
  const takes = pick.served.flatMap(({ receiver, rows }) =>
    rows.map(({ seq }): SqlValue[] => [nowMs + receiver.visibilityMs, nowMs, seq, lane.id]),
  );
  add(takeSql, takes);
  const { target } = pick;
  if (target) {
    const expiresAt = nowMs + target.spec.retentionMs;
    add(
      deadSql,
      pick.dead.map(({ seq }) => [target.id, expiresAt, lane.id, seq, lane.id]),
    );
    const groups = [...new Set(pick.dead.map(({ group }) => group ?? ""))];
    add(
      groupSql,
      groups.map((group) => [target.id, group, nowMs]),
    );
  }
  add(
    dropSql,
    pick.expired.map(({ seq }) => [seq, lane.id]),
  );
  const dues = [...pick.due].filter(([, due]) => due !== undefined) as [string, number][];
  add(
    dueSql,
    dues.map(([group, due]) => [due, lane.id, group]),
  );
  const empty = [...pick.due].filter(([, due]) => due === undefined);
  add(
    emptySql,
    empty.map(([group]) => [lane.id, group]),
  );
  return statements;
}
