import { attributeSql } from "./seal-sql.ts";
import type { MergedColumns } from "./seal-sql.ts";

/** The first of several attributes that is there and not empty. */
function firstOf(merged: MergedColumns, keys: readonly string[]): string {
  const found = keys.map((key) => `nullif(${attributeSql(merged, key)}, '')`);
  return `coalesce(${found.join(", ")}, '')`;
}

/** Attributes that rollups group by or that name a span's peer, as columns of the table `span`. */
function attributesSql(merged: MergedColumns): string {
  const list: readonly (readonly [string, readonly string[]])[] = [
    ["http_method", ["http.request.method"]],
    ["http_route", ["http.route"]],
    ["http_code", ["http.response.status_code"]],
    ["resource", ["morning.resource"]],
    ["model", ["gen_ai.request.model", "gen_ai.response.model"]],
    ["provider", ["gen_ai.provider.name", "gen_ai.system"]],
    ["db_system", ["db.system.name", "db.system"]],
    ["db_name", ["db.namespace", "db.name", "server.address"]],
    ["messaging", ["messaging.destination.name", "messaging.system"]],
    [
      "destination",
      ["messaging.destination.template", "messaging.destination.name", "messaging.system"],
    ],
    ["peer_service", ["peer.service"]],
    ["address", ["server.address", "net.peer.name"]],
    ["port", ["server.port", "net.peer.port"]],
    ["rpc", ["rpc.system.name", "rpc.system"]],
  ];
  return list.map(([name, keys]) => `${firstOf(merged, keys)} as ${name}`).join(", ");
}

/** By the kind of a declared resource: the type of the edge to it. */
const resourceType = `case split_part(resource, '/', 1)
  when 'queue' then 'messaging' when 'event' then 'messaging'
  when 'subscription' then 'messaging' when 'schedule' then 'messaging'
  when 'table' then 'db' when 'database' then 'db' when 'service' then 'http'
  else split_part(resource, '/', 1) end`;

const callType = "case when rpc <> '' then 'rpc' else 'http' end";

/** The node at the other end of a span, and the type of the edge to it; empty where it has none. */
const peerSql = `
  case when resource <> '' then resource
    when model <> '' then 'model/' || if(provider = '', '', provider || ':') || model
    when db_system <> '' then 'database/' || db_system || if(db_name = '', '', ':' || db_name)
    when messaging <> '' then 'queue/' || destination
    when peer_service <> '' then 'service/' || peer_service
    when address <> '' then 'external/' || address
      || if(port in ('', '80', '443'), '', ':' || port)
    else '' end as peer,
  case when resource <> '' then ${resourceType}
    when model <> '' then 'model' when db_system <> '' then 'db'
    when messaging <> '' then 'messaging'
    when peer_service <> '' or address <> '' then ${callType}
    else '' end as peer_type,
  case when resource <> '' then 1 when model <> '' then 2 else 3 end as peer_rule`;

/** Puts durations (`duration_ns`) into logarithmic buckets of milliseconds; -100000 holds zeros. */
export const bucketSql = (duration: string): string =>
  `if(${duration} > 0, ceil(ln(${duration} / 1e6) / ln(1.02))::integer, -100000)`;

/**
 * The table `span`: of each span what rollups and sampling need.
 * @param from rows `d` joined with the table `origin` as `o`
 */
export function spanTableSql(merged: MergedColumns, from: string): string {
  return `create or replace temp table span as
    select *, ${peerSql} from (
      select d.trace_id, d.span_id, d.parent_span_id, d.name, d.kind, d.status, d.start_ns,
        d.duration_ns, d.weight, coalesce(o.service, '') as service,
        coalesce(o.version, '') as version, coalesce(o.environment, '') as environment,
        ${attributesSql(merged)}
      from ${from})`;
}
