import type { Filter } from "../../../signals/filter.ts";
import type { Signal, SpanRecord } from "../../../signals/records.ts";
import type { Range, Trace, TraceQuery, TraceSummary } from "../../../signals/store.ts";
import { decodeRecord } from "./decode.ts";
import type { RecordOf } from "./decode.ts";
import type { DuckRow } from "./duck-pool.ts";
import { readErrors } from "./errors.ts";
import { recordColumns } from "./records-sql.ts";
import { checkFilter, checkLimit } from "./search.ts";
import { rangeSql, unionSql } from "./session.ts";
import type { Session } from "./session.ts";
import { rowsIn } from "./source.ts";

const spansMax = 50_000;
const logsMax = 10_000;
const errorsMax = 10_000;

/** Traces at most in one answer. */
const tracesMax = 1500;

const always: Range = { fromNs: -(2n ** 62n), toNs: 2n ** 62n };

/** How far before and after a range a trace's other spans may lie. */
const reachNs = 3_600_000_000_000n;

/** How far before and after a trace's spans its lines and errors may lie. */
const besideNs = 900_000_000_000n;

const idPattern = /^[0-9a-f]{32}$/;

type Searched = keyof RecordOf & Signal;

const bears = (traceId: string): Filter => ({ op: "eq", field: "trace_id", value: traceId });

async function ofTrace<S extends Searched>(
  session: Session,
  signal: S,
  traceId: string,
  { range, limit }: { readonly range: Range; readonly limit: number },
): Promise<{ readonly records: readonly RecordOf[S][]; readonly all: number }> {
  const filter = bears(traceId);
  const files = await session.files(signal, range, filter);
  if (files.length === 0) return { records: [], all: 0 };
  const where = range === always ? "true" : rangeSql(signal, range);
  const { branches, count } = await session.branchesOfTrace(signal, files, traceId, where);
  if (count === 0) return { records: [], all: 0 };
  const found = unionSql(signal, branches, filter, {
    where,
    columns: (branch) => recordColumns(signal, branch, false),
  });
  const rows = await session.rows(`select * from (${found}) order by ns, span_id limit ${limit}`);
  const decoding = await session.decoding(branches, rows);
  const records = rows.map((row) => decodeRecord(signal, row, decoding));
  return { records, all: count };
}

/** The time of a trace's spans and a quarter of an hour at both ends; always without spans. */
function besideOf(spans: readonly SpanRecord[]): Range {
  const [first] = spans;
  if (first === undefined) return always;
  let untilNs = first.startNs;
  for (const { startNs, durationNs } of spans) {
    if (startNs + durationNs > untilNs) untilNs = startNs + durationNs;
  }
  return { fromNs: first.startNs - besideNs, toNs: untilNs + besideNs };
}

/**
 * Everything of one trace, lines and errors up to a quarter of an hour before and after its spans;
 * undefined when neither a span nor a line bears the id.
 */
export async function traceOf(session: Session, id: string): Promise<Trace | undefined> {
  const traceId = id.toLowerCase();
  if (!idPattern.test(traceId) || /^0+$/.test(traceId)) return undefined;
  const spans = await ofTrace(session, "spans", traceId, { range: always, limit: spansMax });
  const range = besideOf(spans.records);
  const [{ records: logs }, { records: errors }] = await Promise.all([
    ofTrace(session, "logs", traceId, { range, limit: logsMax }),
    ofTrace(session, "errors", traceId, { range, limit: errorsMax }),
  ]);
  if (spans.all === 0 && logs.length === 0) return undefined;
  return {
    traceId,
    spans: spans.records,
    logs,
    errors,
    spansLeftOut: spans.all - spans.records.length,
  };
}

const noTrace = "'00000000-0000-0000-0000-000000000000'::uuid";

function matchedSql(
  signalBranches: Awaited<ReturnType<Session["branches"]>>,
  query: TraceQuery,
): string {
  return unionSql("spans", signalBranches, query.filter, {
    where: `${rangeSql("spans", query)} and d.trace_id <> ${noTrace}`,
    columns: () => "d.trace_id as trace_id, d.start_ns as ns",
  });
}

/** Traces by their ids, in the order asked for, and an instant of each. */
type Chosen = readonly (readonly [id: string, atNs: bigint])[];

/** Traces whose matching spans are the newest, wave by wave. */
async function newest(session: Session, query: TraceQuery, wanted: number): Promise<Chosen> {
  const latest = new Map<string, bigint>();
  const waiting = await session.files("spans", query, query.filter);
  for (let rowsMax = 250_000; waiting.length > 0; rowsMax *= 4) {
    const wave = [];
    for (let rows = 0; waiting[0] !== undefined && rows < rowsMax;) {
      const file = waiting.shift();
      if (file === undefined) break;
      rows += rowsIn(file);
      wave.push(file);
    }
    const found = matchedSql(await session.branches(wave), query);
    const rows = await session.rows(`select trace_id::varchar as id, max(ns) as ns from (${found})
      group by trace_id order by ns desc limit ${wanted}`);
    for (const row of rows) {
      const [id, at] = [String(row["id"]), row["ns"] as bigint];
      if ((latest.get(id) ?? at) <= at) latest.set(id, at);
    }
    const sorted = newestFirst(latest).slice(0, wanted);
    const last = sorted[wanted - 1]?.[1];
    const next = waiting[0]?.facts.toNs;
    if (next === undefined || (last !== undefined && next < last)) return sorted;
  }
  return newestFirst(latest);
}

const newestFirst = (latest: ReadonlyMap<string, bigint>): Chosen =>
  [...latest].sort(([, a], [, b]) => (a < b ? 1 : a > b ? -1 : 0));

/** Traces whose duration is in bounds, in the order asked for. */
async function byDuration(session: Session, query: TraceQuery): Promise<Chosen> {
  const { durationMinMs, durationMaxMs, orderBy, limit } = query;
  const files = await session.files("spans", query, query.filter);
  if (files.length === 0) return [];
  const matched = matchedSql(await session.branches(files), query);
  const wide = { fromNs: query.fromNs - reachNs, toNs: query.toNs + reachNs };
  const others = await session.branches(await session.files("spans", wide, { op: "all" }));
  const all = unionSql(
    "spans",
    others,
    { op: "all" },
    {
      where: rangeSql("spans", wide),
      columns: () => `d.trace_id as trace_id, d.start_ns as ns,
      d.start_ns + d.duration_ns as until`,
    },
  );
  const bounds = [
    ...(durationMinMs === undefined ? [] : [`took >= ${durationMinMs}::double`]),
    ...(durationMaxMs === undefined ? [] : [`took <= ${durationMaxMs}::double`]),
    "true",
  ].join(" and ");
  const order = orderBy === "duration" ? "took desc, id" : "ns desc, id";
  const rows = await session.rows(`
    select id, took, ns from (
      select trace_id::varchar as id, min(ns) as ns, (max(until) - min(ns)) / 1e6 as took
      from (${all}) where trace_id in (select trace_id from (${matched})) group by trace_id)
    where ${bounds} order by ${order} limit ${limit}`);
  return rows.map((row) => [String(row["id"]), row["ns"] as bigint]);
}

function summaryOf(row: DuckRow): TraceSummary {
  const root = row["root"] as { readonly service: string; readonly name: string };
  const services = row["services"] as readonly { readonly key: string; readonly value: bigint }[];
  return {
    traceId: String(row["id"]).replaceAll("-", ""),
    rootService: root.service,
    rootName: root.name,
    startNs: row["ns"] as bigint,
    durationNs: row["took"] as bigint,
    spans: Number(row["spans"]),
    errors: Number(row["errors"]),
    services: services
      .map(({ key, value }) => ({ name: key, spans: Number(value) }))
      .sort((a, b) => b.spans - a.spans || (a.name < b.name ? -1 : 1)),
  };
}

async function summaries(session: Session, chosen: Chosen): Promise<TraceSummary[]> {
  const [[, firstNs] = []] = chosen;
  if (firstNs === undefined) return [];
  const wide = { fromNs: firstNs, toNs: firstNs };
  for (const [, atNs] of chosen) {
    if (atNs < wide.fromNs) wide.fromNs = atNs;
    if (atNs > wide.toNs) wide.toNs = atNs;
  }
  wide.fromNs -= reachNs;
  wide.toNs += reachNs;
  const ids = chosen.map(([id]) => id);
  const values = ids.map((id) => id.replaceAll("-", ""));
  const files = await session.files("spans", wide, { op: "in", field: "trace_id", values });
  const branches = await session.branches(files);
  const list = ids.map((id) => `'${id}'::uuid`).join(", ");
  const found = unionSql(
    "spans",
    branches,
    { op: "all" },
    {
      where: `${rangeSql("spans", wide)} and d.trace_id in (${list})`,
      columns: (
        _branch,
        fields,
      ) => `d.trace_id as trace_id, d.start_ns as ns, d.duration_ns as took,
      ${fields.origin("service")} as service, d.name as name, d.status as status,
      d.parent_span_id as parent`,
    },
  );
  const rows = await session.rows(`
    select trace_id::varchar as id, min(ns) as ns, max(ns + took) - min(ns) as took,
      count(*) as spans, count(*) filter (status = 2) as errors, histogram(service) as services,
      arg_min({service: service, name: name},
        {later: parent <> '\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00'::blob, ns: ns}) as root
    from (${found}) group by trace_id`);
  return rows.map(summaryOf);
}

/** Traces in one line each. */
export async function tracesOf(session: Session, query: TraceQuery): Promise<TraceSummary[]> {
  checkLimit(query.limit, tracesMax);
  checkFilter(query.filter);
  for (const bound of [query.durationMinMs, query.durationMaxMs]) {
    if (bound !== undefined && !Number.isFinite(bound)) {
      throw readErrors.MOR_TELEMETRY_QUERY("a bound of durations is a number of milliseconds");
    }
  }
  const { limit, orderBy, durationMinMs, durationMaxMs } = query;
  const simple =
    orderBy !== "duration" && durationMinMs === undefined && durationMaxMs === undefined;
  // A few more, since traces are ordered by their first span, which need not match.
  const chosen = simple
    ? await newest(session, query, limit + Math.max(20, limit >> 2))
    : await byDuration(session, query);
  const found = await summaries(session, chosen);
  const durationFirst = (a: TraceSummary, b: TraceSummary): number =>
    a.durationNs < b.durationNs ? 1 : a.durationNs > b.durationNs ? -1 : 0;
  const startFirst = (a: TraceSummary, b: TraceSummary): number =>
    a.startNs < b.startNs ? 1 : a.startNs > b.startNs ? -1 : 0;
  return found.sort(orderBy === "duration" ? durationFirst : startFirst).slice(0, limit);
}
