import type { ErrorRecord, LogRecord, SpanRecord } from "../../../signals/records.ts";
import type { Range, Trace, TraceQuery, TraceSummary } from "../../../signals/store.ts";
import type { View } from "../view.ts";
import { Decoder, recordColumns } from "./decode.ts";
import { FieldSql } from "./field-sql.ts";
import { filterSql } from "./filter-sql.ts";
import type { Reading, Searched } from "./search.ts";
import { branchesOf, candidates, fromSql } from "./source.ts";

const spansMax = 50_000;
const logsMax = 10_000;
const errorsMax = 1000;
/** Traces that a search gives at most. */
const tracesMax = 1500;
/** Traces that a search looks into at most to find those of a duration. */
const lookedIntoMax = 6000;
/** Traces that are summed up at once. */
const summedMax = 500;
/** How far from the span that was found the rest of its trace may lie. */
const aroundNs: bigint = 3_600_000_000_000n;

const always: Range = { fromNs: -(2n ** 62n), toNs: 2n ** 62n };

const orders: { readonly [S in Searched]: string } = {
  logs: "d.time_ns",
  spans: "d.start_ns",
  errors: "d.time_ns",
};

async function ofTrace<T>(
  { engine, pool }: Reading,
  view: View,
  signal: Searched,
  traceId: string,
  limit: number,
): Promise<T[]> {
  const filter = { op: "eq", field: "trace_id", value: traceId } as const;
  const files = await candidates(engine, view, signal, always, filter);
  const branches = await branchesOf(engine, view, files);
  const found = await Promise.all(
    branches.map(async (branch) => {
      const fields = new FieldSql(signal, branch);
      const sql = `select ${recordColumns(signal, branch)}, ${orders[signal]} as t
        from ${fromSql(branch, true)} where ${filterSql(filter, fields)}
        order by t limit ${limit + 1}`;
      const decoder = new Decoder(branch);
      return (await pool.rows(sql)).map((row) => {
        if (signal === "logs") return decoder.log(row) as T;
        return (signal === "spans" ? decoder.span(row) : decoder.error(row)) as T;
      });
    }),
  );
  return found.flat();
}

const byTime = <T>(timeOf: (record: T) => bigint) => {
  return (a: T, b: T): number => (timeOf(a) < timeOf(b) ? -1 : 1);
};

/** Everything that is stored of a trace. */
export async function trace(
  reading: Reading,
  view: View,
  traceId: string,
): Promise<Trace | undefined> {
  const id = traceId.toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(id)) return undefined;
  const [spans, logs, errors] = await Promise.all([
    ofTrace<SpanRecord>(reading, view, "spans", id, spansMax),
    ofTrace<LogRecord>(reading, view, "logs", id, logsMax),
    ofTrace<ErrorRecord>(reading, view, "errors", id, errorsMax),
  ]);
  if (spans.length === 0 && logs.length === 0 && errors.length === 0) return undefined;
  return {
    traceId: id,
    spans: spans.sort(byTime((span) => span.startNs)).slice(0, spansMax),
    logs: logs.sort(byTime((log) => log.timeNs)).slice(0, logsMax),
    errors: errors.sort(byTime((error) => error.timeNs)).slice(0, errorsMax),
    spansLeftOut: Math.max(0, spans.length - spansMax),
  };
}

/** Ids of traces that have a span which the filter matches, in the order that was asked for. */
async function matching(
  { engine, pool }: Reading,
  view: View,
  query: TraceQuery,
  limit: number,
): Promise<{ readonly ids: string[]; readonly range: Range }> {
  const files = await candidates(engine, view, "spans", query, query.filter);
  const byDuration = query.orderBy === "duration";
  const ids = new Map<string, { first: bigint; last: bigint; rank: bigint }>();
  const stepped = byDuration ? files.length : 4;
  for (let at = 0, count = stepped; at < files.length; at += count, count *= 2) {
    const branches = await branchesOf(engine, view, files.slice(at, at + count));
    const parts = branches.map((branch) => {
      const fields = new FieldSql("spans", branch);
      const where = filterSql(query.filter, fields);
      const from = fromSql(branch, fields.needsOrigin);
      return `select d.trace_id as id, d.start_ns as s, d.duration_ns as n from ${from}
        where d.start_ns >= ${query.fromNs} and d.start_ns < ${query.toNs} and ${where}`;
    });
    const rank = byDuration ? "max(n)" : "max(s)";
    const rows = await pool.rows(`select id::varchar as id, min(s) as first, max(s) as last,
      ${rank} as rank from (${parts.join(" union all ")})
      where id <> '00000000-0000-0000-0000-000000000000'::uuid
      group by id order by rank desc limit ${limit}`);
    for (const row of rows) {
      const id = String(row["id"]).replaceAll("-", "");
      const known = ids.get(id);
      const rankNow = row["rank"] as bigint;
      const [first, last] = [row["first"] as bigint, row["last"] as bigint];
      ids.set(id, {
        first: known === undefined || first < known.first ? first : known.first,
        last: known === undefined || last > known.last ? last : known.last,
        rank: known === undefined || rankNow > known.rank ? rankNow : known.rank,
      });
    }
    if (ids.size >= limit) break;
  }
  const ranked = [...ids].sort(([, a], [, b]) => (a.rank < b.rank ? 1 : -1)).slice(0, limit);
  const firsts = ranked.map(([, { first }]) => first);
  const lasts = ranked.map(([, { last }]) => last);
  const least = firsts.reduce((a, b) => (b < a ? b : a), firsts[0] ?? 0n);
  const most = lasts.reduce((a, b) => (b > a ? b : a), lasts[0] ?? 0n);
  return {
    ids: ranked.map(([id]) => id),
    range: { fromNs: least - aroundNs, toNs: most + aroundNs },
  };
}

interface Counted {
  spans: number;
  errors: number;
  fromNs: bigint;
  toNs: bigint;
  rootService: string;
  rootName: string;
  rootNs: bigint | undefined;
  readonly services: Map<string, number>;
}

async function summaries(
  { engine, pool }: Reading,
  view: View,
  ids: readonly string[],
  range: Range,
): Promise<Map<string, TraceSummary>> {
  const filter = { op: "in", field: "trace_id", values: ids } as const;
  const files = await candidates(engine, view, "spans", range, filter);
  const branches = await branchesOf(engine, view, files);
  const wanted = ids.map((id) => `'${id}'::uuid`).join(", ");
  const parts = branches.map((branch) => {
    const fields = new FieldSql("spans", branch);
    const from = fromSql(branch, fields.needsOrigin);
    return `select d.trace_id as id, ${fields.origin("service")} as service, d.name as name,
      d.start_ns as s, d.start_ns + d.duration_ns as e, d.status = 2 as failed,
      lower(hex(d.parent_span_id)) = '0000000000000000' as is_root
      from ${from} where d.trace_id in (${wanted})`;
  });
  if (parts.length === 0) return new Map();
  const rows = await pool.rows(`select id::varchar as id, service, count(*) as n,
    count(*) filter (failed) as failures, min(s) as first, max(e) as last,
    arg_min(name, s) as first_name, arg_min(name, s) filter (is_root) as root_name,
    min(s) filter (is_root) as root_ns
    from (${parts.join(" union all ")}) group by id, service`);
  const counted = new Map<string, Counted>();
  for (const row of rows) count(counted, row);
  return new Map([...counted].map(([id, one]) => [id, summaryOf(id, one)]));
}

function count(counted: Map<string, Counted>, row: Readonly<Record<string, unknown>>): void {
  const id = String(row["id"]).replaceAll("-", "");
  const service = String(row["service"]);
  const [first, last] = [row["first"] as bigint, row["last"] as bigint];
  const rootNs = (row["root_ns"] ?? undefined) as bigint | undefined;
  let one = counted.get(id);
  if (one === undefined) {
    one = {
      spans: 0,
      errors: 0,
      fromNs: first,
      toNs: last,
      rootService: service,
      rootName: String(row["first_name"]),
      rootNs: undefined,
      services: new Map(),
    };
    counted.set(id, one);
  }
  const isEarlier = one.rootNs === undefined && first < one.fromNs;
  if (isEarlier) Object.assign(one, { rootService: service, rootName: row["first_name"] });
  if (rootNs !== undefined && (one.rootNs === undefined || rootNs < one.rootNs)) {
    Object.assign(one, { rootService: service, rootName: row["root_name"], rootNs });
  }
  one.spans += Number(row["n"]);
  one.errors += Number(row["failures"]);
  if (first < one.fromNs) one.fromNs = first;
  if (last > one.toNs) one.toNs = last;
  one.services.set(service, (one.services.get(service) ?? 0) + Number(row["n"]));
}

function summaryOf(traceId: string, one: Counted): TraceSummary {
  const services = [...one.services].map(([name, spans]) => ({ name, spans }));
  return {
    traceId,
    rootService: one.rootService,
    rootName: one.rootName,
    startNs: one.fromNs,
    durationNs: one.toNs - one.fromNs,
    spans: one.spans,
    errors: one.errors,
    services: services.sort((a, b) => b.spans - a.spans),
  };
}

/** Traces of a search, each in one line. */
export async function traces(
  reading: Reading,
  view: View,
  query: TraceQuery,
): Promise<readonly TraceSummary[]> {
  const limit = Math.min(Math.max(1, query.limit), tracesMax);
  const { durationMinMs, durationMaxMs } = query;
  const bounded = durationMinMs !== undefined || durationMaxMs !== undefined;
  // A trace as long as that has no span that is longer; a short one may be part of a long trace.
  const looked = bounded ? lookedIntoMax : limit;
  const { ids, range } = await matching(reading, view, query, looked);
  const found: TraceSummary[] = [];
  for (let at = 0; at < ids.length && found.length < limit; at += summedMax) {
    const some = ids.slice(at, at + summedMax);
    const known = await summaries(reading, view, some, range);
    for (const id of some) {
      const summary = known.get(id);
      if (summary === undefined) continue;
      const ms = Number(summary.durationNs) / 1e6;
      if (ms >= (durationMinMs ?? 0) && ms <= (durationMaxMs ?? Infinity)) found.push(summary);
    }
  }
  const byDuration = query.orderBy === "duration";
  found.sort((a, b) => {
    if (byDuration) return a.durationNs < b.durationNs ? 1 : -1;
    return a.startNs < b.startNs ? 1 : -1;
  });
  return found.slice(0, limit);
}
