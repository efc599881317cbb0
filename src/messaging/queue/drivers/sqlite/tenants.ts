import { coreErrors } from "../../../../core/errors.ts";
import type { TenantsPage } from "../../driver.ts";
import type { Engine, Lane } from "./engine.ts";

/** Messages that are counted at most: those that come next, by the order of delivery. */
const countedMax = 100_000;
const limitMax = 1000;

const columns = "group_name, visible_at, receives, sent_at, expires_at";

/** Parts in the order of their index, so that the count can stop in the middle. */
const standardSql = `
  select * from (select ${columns} from queue_message
    where queue = ?1 and visible_at is null and rank is not null
    order by priority, rank, seq limit ${countedMax + 1})
  union all
  select * from (select ${columns} from queue_message
    where queue = ?1 and visible_at is not null order by visible_at limit ${countedMax + 1})`;
const fifoSql = `select ${columns} from queue_message
  where queue = ?1 and rank is null order by group_name, seq limit ${countedMax + 1}`;

function tenantsSql(rows: string): string {
  return `with seen as materialized (select * from (${rows}) limit ${countedMax + 1})
    select group_name,
      sum(visible_at is null or visible_at <= ?2) as visible,
      sum(visible_at > ?2 and receives > 0) as in_flight,
      sum(visible_at > ?2 and receives = 0) as delayed,
      min(case when visible_at is null or visible_at <= ?2 then sent_at end) as oldest,
      (select count(*) from seen) as seen
    from seen where expires_at > ?2
    group by group_name
    order by count(*) - in_flight desc, in_flight desc, group_name limit ?3`;
}

/** What the groups with the most messages have, by counting rows. */
export async function tenantsOf(engine: Engine, lane: Lane, limit: number): Promise<TenantsPage> {
  if (!Number.isInteger(limit) || limit < 1 || limit > limitMax) {
    throw coreErrors.MOR_INVALID(`queue ${lane.name}: the limit of tenants is 1 to ${limitMax}`);
  }
  const { store } = engine;
  const sql = tenantsSql(lane.spec.fifo ? fifoSql : standardSql);
  const nowMs = engine.now();
  // One more tells whether there are others; the messages without a group are a row too.
  const params = [lane.id, nowMs, limit + 2];
  const rows = await (store.readLong?.(sql, params) ?? store.read(sql, params));
  const named = rows.filter((row) => row["group_name"] !== null);
  const tenants = named.slice(0, limit).map((row) => ({
    group: String(row["group_name"]),
    visible: Number(row["visible"]),
    inFlight: Number(row["in_flight"] ?? 0),
    delayed: Number(row["delayed"] ?? 0),
    oldestMs: row["oldest"] === null ? 0 : Math.max(0, nowMs - Number(row["oldest"])),
  }));
  const truncated = named.length > limit || Number(rows[0]?.["seen"] ?? 0) > countedMax;
  return { tenants, truncated };
}
