import type { Json } from "../../../core/json.ts";
import type { ObservedEdge, Range, Trace, TraceQuery, TraceSummary } from "../../signals/store.ts";
import { edgesOf } from "../../topology/edges.ts";
import { readErrors } from "../embedded/read/errors.ts";
import { decodeHit, recordSource } from "./decode.ts";
import type { Hit } from "./decode.ts";
import type { Kept, KeptRecord } from "./documents.ts";
import { allOf, rangeQuery } from "./query.ts";
import { checkLimit } from "./search.ts";
import { order, writerOf } from "./session.ts";
import type { ReadSession } from "./session.ts";

const spansMax = 50_000;
const logsMax = 10_000;
const errorsMax = 10_000;
const tracesMax = 1500;
/** Traces whose durations are compared. */
const comparedMax = 20_000;
/** Spans that edges are computed of. */
const edgeSpansMax = 100_000;
const pageSize = 5000;
/** How far before and after a range a trace's other spans may lie. */
const reachNs = 3_600_000_000_000n;
/** How far before a range parents of its spans are looked for, and children behind it. */
const parentNs = 600_000_000_000n;

const idPattern = /^[0-9a-f]{32}$/;

/** Records in order, at most so many, and how many there are. */
async function all<S extends Kept>(
  session: ReadSession,
  signal: S,
  query: Json,
  { max, source = recordSource as Json }: { readonly max: number; readonly source?: Json },
): Promise<{ readonly records: KeptRecord[S][]; readonly total: number }> {
  const records: KeptRecord[S][] = [];
  let total = 0;
  for (let after: Json | undefined; records.length < max;) {
    const size = Math.min(pageSize, max - records.length);
    const { hits } = await session.search(signal, {
      query,
      size,
      track_total_hits: after === undefined,
      sort: order(true),
      _source: source,
      ...(after === undefined ? {} : { search_after: after }),
    });
    total = hits.total?.value ?? total;
    for (const hit of hits.hits) records.push(decodeHit(signal, hit).record);
    const last = hits.hits.at(-1)?._source;
    if (last === undefined || hits.hits.length < size) break;
    after = [last.time_ns, last.rid];
  }
  return { records, total };
}

/** Everything of one trace; undefined when neither a span nor a line bears the id. */
export async function traceOf(session: ReadSession, id: string): Promise<Trace | undefined> {
  const traceId = id.toLowerCase();
  if (!idPattern.test(traceId) || /^0+$/.test(traceId)) return undefined;
  const query: Json = { term: { trace_id: traceId } };
  const [spans, logs, errors] = await Promise.all([
    all(session, "spans", query, { max: spansMax }),
    all(session, "logs", query, { max: logsMax }),
    all(session, "errors", query, { max: errorsMax }),
  ]);
  if (spans.total === 0 && logs.total === 0) return undefined;
  return {
    traceId,
    spans: spans.records,
    logs: logs.records,
    errors: errors.records,
    spansLeftOut: spans.total - spans.records.length,
  };
}

interface Bucket {
  readonly key: string;
  readonly doc_count: number;
  readonly [name: string]: unknown;
}

const bucketsOf = (found: unknown): readonly Bucket[] =>
  (found as { readonly buckets?: readonly Bucket[] } | undefined)?.buckets ?? [];

const valueOf = (found: unknown): number => (found as { readonly value: number }).value;

/** Ids of the traces whose matching spans are the newest. */
async function newest(session: ReadSession, query: Json, wanted: number): Promise<string[]> {
  const { aggregations } = await session.search("spans", {
    size: 0,
    query,
    aggs: {
      traces: {
        terms: {
          field: "trace_id",
          size: wanted,
          shard_size: 2 * wanted + 100,
          order: { last: "desc" },
        },
        aggs: { last: { max: { field: "time_ns" } } },
      },
    },
  });
  return bucketsOf(aggregations?.["traces"]).map(({ key }) => key);
}

/** Ids of all traces that have a matching span. */
async function matched(session: ReadSession, query: Json): Promise<string[]> {
  const ids: string[] = [];
  for (let after: Json | undefined; ;) {
    const composite: Json = {
      size: pageSize,
      sources: [{ id: { terms: { field: "trace_id" } } }],
      ...(after === undefined ? {} : { after }),
    };
    const body = { size: 0, query, aggs: { traces: { composite } } };
    const { aggregations } = await session.search("spans", body);
    const page = aggregations?.["traces"] as
      | {
          readonly buckets: readonly { readonly key: { readonly id: string } }[];
          readonly after_key?: Json;
        }
      | undefined;
    ids.push(...(page?.buckets ?? []).map(({ key }) => key.id));
    if (ids.length > comparedMax) {
      throw readErrors.MOR_TELEMETRY_QUERY_TOO_LARGE(
        `over ${comparedMax} traces would be compared by their duration`,
      );
    }
    if (page?.after_key === undefined) return ids;
    after = page.after_key;
  }
}

const inChunks = (ids: readonly string[], size: number): string[][] =>
  Array.from({ length: Math.ceil(ids.length / size) }, (_, at) =>
    ids.slice(at * size, (at + 1) * size),
  );

const wholeTraces = (range: Range, ids: readonly string[]): Json =>
  allOf([
    rangeQuery({ fromNs: range.fromNs - reachNs, toNs: range.toNs + reachNs }),
    { terms: { trace_id: ids } },
  ]);

/** Ids of the traces whose duration is about in bounds, in the order asked for. */
async function byDuration(
  session: ReadSession,
  query: TraceQuery,
  ids: readonly string[],
): Promise<string[]> {
  const found: { id: string; startNs: number; ms: number }[] = [];
  for (const chunk of inChunks(ids, pageSize)) {
    const { aggregations } = await session.search("spans", {
      size: 0,
      query: wholeTraces(query, chunk),
      aggs: {
        traces: {
          terms: { field: "trace_id", size: chunk.length },
          aggs: { from: { min: { field: "time_ns" } }, to: { max: { field: "end_ns" } } },
        },
      },
    });
    for (const bucket of bucketsOf(aggregations?.["traces"])) {
      const [startNs, endNs] = [valueOf(bucket["from"]), valueOf(bucket["to"])];
      found.push({ id: bucket.key, startNs, ms: (endNs - startNs) / 1e6 });
    }
  }
  // Doubles hold an instant to a quarter of a microsecond: the exact bounds come after.
  const { durationMinMs = 0, durationMaxMs = Infinity, orderBy, limit } = query;
  return found
    .filter(({ ms }) => ms >= durationMinMs - 0.01 && ms <= durationMaxMs + 0.01)
    .sort((a, b) => (orderBy === "duration" ? b.ms - a.ms : b.startNs - a.startNs))
    .slice(0, limit + 20)
    .map(({ id }) => id);
}

const firstHit = (found: unknown): Hit["_source"] | undefined =>
  (found as { readonly hits: { readonly hits: readonly Hit[] } }).hits.hits[0]?._source;

const topHit = (sort: Json, source: readonly string[]): Json => ({
  top_hits: { size: 1, sort: [sort], _source: source },
});

const endOf = (source: Hit["_source"]): bigint =>
  BigInt(source.time_ns) + BigInt(String(source.record["durationNs"]));

function summaryOf(bucket: Bucket): TraceSummary {
  const first = firstHit(bucket["first"]);
  const last = firstHit(bucket["last"]) ?? first;
  const { top } = bucket["root"] as { readonly top: unknown };
  const root = (firstHit(top) ?? first) as unknown as
    | { readonly service: string; readonly record: { readonly name: string } }
    | undefined;
  const startNs = BigInt(first?.time_ns ?? 0);
  return {
    traceId: bucket.key,
    rootService: root?.service ?? "",
    rootName: root?.record.name ?? "",
    startNs,
    durationNs: last === undefined ? 0n : endOf(last) - startNs,
    spans: bucket.doc_count,
    errors: (bucket["errors"] as Bucket).doc_count,
    services: bucketsOf(bucket["services"])
      .map(({ key, doc_count: spans }) => ({ name: key, spans }))
      .sort((a, b) => b.spans - a.spans || (a.name < b.name ? -1 : 1)),
  };
}

async function summaries(
  session: ReadSession,
  range: Range,
  ids: readonly string[],
): Promise<TraceSummary[]> {
  const found: TraceSummary[] = [];
  const rootSource = ["time_ns", "service", "record.name"];
  for (const chunk of inChunks(ids, 300)) {
    const { aggregations } = await session.search("spans", {
      size: 0,
      query: wholeTraces(range, chunk),
      aggs: {
        traces: {
          terms: { field: "trace_id", size: chunk.length },
          aggs: {
            first: topHit({ time_ns: "asc" }, rootSource),
            last: topHit({ end_ns: "desc" }, ["time_ns", "record.durationNs"]),
            root: {
              filter: { bool: { must_not: [{ exists: { field: "parent_span_id" } }] } },
              aggs: { top: topHit({ time_ns: "asc" }, rootSource) },
            },
            errors: { filter: { term: { status: "error" } } },
            services: { terms: { field: "service", size: 100 } },
          },
        },
      },
    });
    found.push(...bucketsOf(aggregations?.["traces"]).map(summaryOf));
  }
  return found;
}

const descending = (a: bigint, b: bigint): number => (a < b ? 1 : a > b ? -1 : 0);

/** Traces in one line each. */
export async function tracesOf(session: ReadSession, query: TraceQuery): Promise<TraceSummary[]> {
  const { limit, orderBy, durationMinMs, durationMaxMs } = query;
  checkLimit(limit, tracesMax);
  for (const bound of [durationMinMs, durationMaxMs]) {
    if (bound !== undefined && !Number.isFinite(bound)) {
      throw readErrors.MOR_TELEMETRY_QUERY("a bound of durations is a number of milliseconds");
    }
  }
  const writer = writerOf(session, "spans", query, [query.filter]);
  const wanted = allOf([rangeQuery(query), await writer.exact(query.filter)]);
  const simple =
    orderBy !== "duration" && durationMinMs === undefined && durationMaxMs === undefined;
  // A few more, since traces are ordered by their first span, which need not match.
  const ids = simple
    ? await newest(session, wanted, limit + Math.max(20, limit >> 2))
    : await byDuration(session, query, await matched(session, wanted));
  const found = await summaries(session, query, ids);
  return found
    .filter(({ durationNs }) => {
      const ms = Number(durationNs) / 1e6;
      return ms >= (durationMinMs ?? 0) && ms <= (durationMaxMs ?? Infinity);
    })
    .sort((a, b) =>
      orderBy === "duration"
        ? descending(a.durationNs, b.durationNs)
        : descending(a.startNs, b.startNs),
    )
    .slice(0, limit);
}

/**
 * Edges between nodes, from the spans of the range.
 * @throws MOR_TELEMETRY_QUERY_TOO_LARGE where there are over 100,000 of them
 */
export async function edgesIn(session: ReadSession, range: Range): Promise<ObservedEdge[]> {
  const wide = { fromNs: range.fromNs - parentNs, toNs: range.toNs + parentNs };
  const source: Json = { includes: recordSource, excludes: ["record.events", "record.links"] };
  const max = edgeSpansMax;
  const { records, total } = await all(session, "spans", rangeQuery(wide), { max, source });
  if (total > max) {
    throw readErrors.MOR_TELEMETRY_QUERY_TOO_LARGE(
      `the range has ${total} spans; edges are computed of ${max} at most`,
    );
  }
  return edgesOf(records, range);
}
