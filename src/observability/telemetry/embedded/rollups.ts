import { bucketSql } from "./peers.ts";

/** The minute of an instant in nanoseconds, as milliseconds. */
const minuteOf = (column: string): string => `(${column} // 60000000000) * 60000`;

/** Rate, errors and duration: a row for each group and bucket of durations. Reads `span`. */
export const redSql: string = `
  select ${minuteOf("start_ns")} as minute, service, environment, version, name, kind, status,
    http_method, http_route, coalesce(try_cast(http_code as integer), 0) as http_status,
    destination, db_system, peer, ${bucketSql("duration_ns")} as bucket,
    sum(weight) as calls, sum(weight * greatest(duration_ns, 0)) as sum_ns
  from span group by all`;

/** Rollups of the same kind as one. */
export const mergeSql: { readonly [P in "red" | "edges" | "counts"]: (from: string) => string } = {
  red: (from) => `select * exclude (calls, sum_ns), sum(calls) as calls, sum(sum_ns) as sum_ns
    from ${from} group by all`,
  edges: (from) => `select * exclude (calls, errors, sum_ns), sum(calls) as calls,
    sum(errors) as errors, sum(sum_ns) as sum_ns from ${from} group by all`,
  counts: (from) => `select * exclude (lines), sum(lines)::bigint as lines
    from ${from} group by all`,
};

/** Spans of this seal and the one before, which parents and children of others may be among. */
const links =
  "trace_id, span_id, parent_span_id, service, kind, status, start_ns, duration_ns, " +
  "weight, rpc, peer, peer_type";

/** The table `recent`, empty. */
export const recentTableSql: string = `create table if not exists recent (
  trace_id uuid, span_id blob, parent_span_id blob, service varchar, kind integer, status integer,
  start_ns bigint, duration_ns bigint, weight double, rpc varchar, peer varchar,
  peer_type varchar, turn integer)`;

/** Remembers the spans of this seal, and forgets those before the last. Reads `span`. */
export const rememberSql: readonly string[] = [
  "delete from recent where turn < (select max(turn) from recent)",
  `insert into recent
    select ${links}, (select coalesce(max(turn), 0) + 1 from recent) from span`,
];

const noParent = "'\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00'::blob";

const callee =
  "c.trace_id, c.service as to_service, c.kind as to_kind, c.rpc as to_rpc, " +
  "c.start_ns, c.duration_ns, c.status, c.weight";
const caller =
  "p.span_id as from_id, p.service as from_service, p.kind as from_kind, " +
  "p.rpc as from_rpc, p.duration_ns as from_ns, p.status as from_status, c.peer_type";

/** Children in one table and their parents in another, where the services differ. */
const pairsOf = (children: string, parents: string): string => `
  select ${callee}, ${caller} from ${children} c join ${parents} p
    on c.trace_id = p.trace_id and c.parent_span_id = p.span_id
    where c.parent_span_id <> ${noParent} and c.service <> p.service`;

/**
 * Edges between services, and from services to queues, databases, models and third parties: a row
 * for each edge and bucket of durations. Reads `span` and `recent` (which does not hold `span`
 * yet). The rule is that of `edgesOf` in the folder `topology`; what comes later than one seal
 * after its parent or child is not joined with it.
 */
export const edgesSql: string = `
  with pair as materialized (
    ${pairsOf("span", "span")} union all ${pairsOf("span", "recent")}
    union all ${pairsOf("recent", "span")}),
  edge as (
    select 'service/' || from_service as from_node, 'service/' || to_service as to_node,
      case when to_kind in (4, 5) or from_kind = 4 then 'messaging'
        when to_rpc <> '' or from_rpc <> '' then 'rpc' else 'http' end as type,
      start_ns, if(from_kind = 3, from_ns, duration_ns) as duration_ns,
      status = 2 or (from_kind = 3 and from_status = 2) as failed, weight
    from pair where not (to_kind = 5 and peer_type = 'messaging')
    union all
    select 'service/' || service, peer, 'messaging', start_ns, duration_ns, status = 2, weight
    from span where kind = 4 and peer_type = 'messaging'
    union all
    select peer, 'service/' || service, 'messaging', start_ns, duration_ns, status = 2, weight
    from span where kind = 5 and peer_type = 'messaging'
    union all
    select 'service/' || service, peer, peer_type, start_ns, duration_ns, status = 2, weight
    from span where peer <> '' and peer_type <> 'messaging' and peer <> 'service/' || service
      and (kind = 3 or (kind = 1 and peer_rule < 3))
      and not ((peer[1:8] = 'service/' or peer[1:9] = 'external/')
        and (trace_id, span_id) in (select (trace_id, from_id) from pair))
    union all
    select 'client/outside', 'service/' || service, if(rpc <> '', 'rpc', 'http'), start_ns,
      duration_ns, status = 2, weight
    from span where kind = 2 and parent_span_id = ${noParent})
  select ${minuteOf("start_ns")} as minute, from_node, to_node, type,
    ${bucketSql("duration_ns")} as bucket, sum(weight) as calls,
    sum(if(failed, weight, 0)) as errors, sum(weight * greatest(duration_ns, 0)) as sum_ns
  from edge group by all`;

/** Lines by minute, service, severity and pattern. @param from rows `d` joined with `origin` `o` */
export const countsSql = (from: string): string => `
  select ${minuteOf("d.time_ns")} as minute, coalesce(o.service, '') as service,
    coalesce(o.environment, '') as environment, d.severity, d.pattern, count(*) as lines
  from ${from} group by all`;
