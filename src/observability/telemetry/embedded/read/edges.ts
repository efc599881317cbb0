import type { ObservedEdge, Range } from "../../../signals/store.ts";
import { spanTableSql } from "../peers.ts";
import { edgesSql } from "../rollups.ts";
import { filesSql, mergeColumns } from "../seal-sql.ts";
import { minuteNs } from "./rollup.ts";
import type { Session } from "./session.ts";
import { overlaps } from "./source.ts";

/** How far back parents of unsealed spans are looked for. */
const reachNs = 600_000_000_000n;

const inMs = (bucket: string): string =>
  `if(${bucket} = -100000, 0, 2 * pow(1.02, ${bucket}) / 2.02)`;

const joined = (data: string, origins: readonly string[]): string =>
  `${data} left join (select distinct on (id) * from ${filesSql(origins)}) o on d.origin = o.id`;

const rememberSql = (where: string): string => `create or replace temp table recent as
  select trace_id, span_id, parent_span_id, service, kind, status, start_ns, duration_ns, weight,
    rpc, peer, peer_type from span where ${where}`;

/** Statements that make the table `fresh_edges` of what is not sealed; none where all is. */
async function freshStatements(session: Session, range: Range): Promise<readonly string[]> {
  const { view, engine } = session;
  const fresh = view.fresh.filter((file) => file.signal === "spans");
  if (!fresh.some((file) => overlaps(file, range))) return [];
  const oldest = fresh.map(({ fromNs }) => fromNs).reduce((a, b) => (a < b ? a : b));
  const before = view.segments.find(
    (segment) => segment.signal === "spans" && segment.rows > 0 && segment.toNs > oldest - reachNs,
  );
  const spans = spanTableSql(
    mergeColumns(fresh),
    joined(`${filesSql(fresh.map(({ path }) => path))} d`, view.freshOrigins),
  );
  const edges = `create or replace temp table fresh_edges as ${edgesSql}`;
  if (before === undefined) return [spans, rememberSql("false"), edges];
  await engine.hold(before);
  const relatives = `(select * from ${filesSql([before.files.data ?? ""])}
    where trace_id in (select trace_id from mine)) d`;
  return [
    spans,
    "create or replace temp table mine as select distinct trace_id from span",
    spanTableSql(mergeColumns([before]), joined(relatives, [before.files.origins ?? ""])),
    rememberSql("true"),
    spans,
    edges,
  ];
}

/**
 * Edges between nodes, by whole minutes: the minutes that the range begins and ends in count whole.
 */
export async function edgesIn(session: Session, range: Range): Promise<ObservedEdge[]> {
  const minutes = {
    fromNs: (range.fromNs / minuteNs) * minuteNs,
    toNs: ((range.toNs + minuteNs - 1n) / minuteNs) * minuteNs,
  };
  const sealed = session.view.segments.filter(
    (segment) =>
      segment.signal === "spans" && segment.files.edges !== undefined && overlaps(segment, minutes),
  );
  await Promise.all(sealed.map((segment) => session.engine.hold(segment)));
  const statements = await freshStatements(session, minutes);
  const sources = [
    ...(sealed.length > 0
      ? [`select * from ${filesSql(sealed.map(({ files }) => files.edges ?? ""))}`]
      : []),
    ...(statements.length > 0 ? ["select * from fresh_edges"] : []),
  ];
  if (sources.length === 0) return [];
  const quantile = (q: number): string =>
    `${inMs(`coalesce(min(bucket) filter (passed > ${q} * (whole - 1)), max(bucket))`)}`;
  const rows = await session.rows(
    ...statements,
    `with edge as (select from_node, to_node, type, bucket, sum(calls) as calls,
        sum(errors) as errors from (${sources.join(" union all ")})
        where minute >= ${minutes.fromNs / 1_000_000n} and minute < ${minutes.toNs / 1_000_000n}
        group by all),
      passed as (select *, sum(calls) over (partition by from_node, to_node, type
          order by bucket) as passed,
        sum(calls) over (partition by from_node, to_node, type) as whole from edge)
      select from_node, to_node, type, sum(calls) as calls, sum(errors) as errors,
        ${quantile(0.5)} as p50, ${quantile(0.95)} as p95, ${quantile(0.99)} as p99
      from passed group by from_node, to_node, type order by from_node, to_node, type
      limit 20000`,
  );
  return rows.map((row) => ({
    from: String(row["from_node"]),
    to: String(row["to_node"]),
    type: String(row["type"]),
    calls: Number(row["calls"]),
    errors: Number(row["errors"]),
    p50Ms: Number(row["p50"]),
    p95Ms: Number(row["p95"]),
    p99Ms: Number(row["p99"]),
  }));
}
