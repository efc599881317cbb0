import { RE2JS } from "re2js";
import { coreErrors } from "../../core/errors.ts";
import { Sketch } from "../metrics/sketch.ts";
import { serviceOf } from "../signals/records.ts";
import type { MetricPoint, Signal, SpanRecord } from "../signals/records.ts";
import { textOf } from "../signals/rows.ts";
import type {
  Aggregate,
  AggregateQuery,
  Found,
  Measure,
  MetricSeries,
  Page,
  Range,
  SearchQuery,
  SeriesQuery,
  SignalReader,
  Trace,
  TraceQuery,
  TraceSummary,
} from "../signals/store.ts";
import { edgesOf } from "../topology/edges.ts";
import { fieldText, holds, timeOf } from "./evaluate.ts";
import type { RecordOf } from "./evaluate.ts";

/** What a memory reader holds; lists may grow. */
export type Held = { readonly [S in Signal]: RecordOf[S][] };

const within = (timeNs: bigint, { fromNs, toNs }: Range): boolean =>
  timeNs >= fromNs && timeNs < toNs;

function search<S extends Signal>(held: Held, signal: S, query: SearchQuery): Page<RecordOf[S]> {
  const records = held[signal] as RecordOf[S][];
  const found = records
    .map((record, at): Found<RecordOf[S]> => ({ id: `${signal}-${at}`, record }))
    .filter(({ record }) => within(timeOf(record), query) && holds(query.filter, signal, record))
    .sort((a, b) => Number(timeOf(b.record) - timeOf(a.record)));
  if (query.ascending === true) found.reverse();
  const start = Number(query.cursor ?? 0);
  const page = found.slice(start, start + query.limit);
  const next = start + page.length;
  return { records: page, ...(next < found.length && { cursor: String(next) }) };
}

function measured(
  measure: Measure,
  signal: Signal,
  records: readonly RecordOf[Signal][],
): number | null {
  const weightOf = (record: RecordOf[Signal]): number => ("weight" in record ? record.weight : 1);
  const weigh = (list: readonly RecordOf[Signal][]): number =>
    list.reduce((sum, record) => sum + weightOf(record), 0);
  if (measure.fn === "count") return weigh(records);
  if (measure.fn === "count-if") {
    return weigh(records.filter((record) => holds(measure.filter, signal, record)));
  }
  const texts = records.flatMap((record) => {
    const value = fieldText(signal, record, measure.field);
    return value === undefined ? [] : [[value, weightOf(record)] as const];
  });
  if (measure.fn === "distinct") return new Set(texts.map(([value]) => value)).size;
  const numbers = texts
    .map(([value, weight]) => [Number(value), weight] as const)
    .filter(([value]) => !Number.isNaN(value));
  if (numbers.length === 0) return null;
  const total = numbers.reduce((sum, [value, weight]) => sum + value * weight, 0);
  if (measure.fn === "sum") return total;
  if (measure.fn === "avg") return total / numbers.reduce((sum, [, weight]) => sum + weight, 0);
  if (measure.fn === "min") return Math.min(...numbers.map(([value]) => value));
  if (measure.fn !== "quantile") return Math.max(...numbers.map(([value]) => value));
  const sketch = new Sketch();
  for (const [value, weight] of numbers) sketch.add(value, weight);
  return sketch.quantile(measure.q) ?? null;
}

function aggregate(held: Held, query: AggregateQuery): Aggregate {
  const { signal, stepMs, by, measures, orderBy } = query;
  interface Group {
    readonly by: readonly (string | null)[];
    readonly all: RecordOf[Signal][];
    readonly buckets: Map<number, RecordOf[Signal][]>;
  }
  const groups = new Map<string, Group>();
  for (const record of held[signal]) {
    if (!within(timeOf(record), query) || !holds(query.filter, signal, record)) continue;
    const values = by.map((field) => fieldText(signal, record, field) ?? null);
    const key = JSON.stringify(values);
    const group: Group = groups.get(key) ?? { by: values, all: [], buckets: new Map() };
    groups.set(key, group);
    const ms = Number(timeOf(record) / 1_000_000n);
    const timeMs =
      stepMs === undefined ? Number(query.fromNs / 1_000_000n) : Math.floor(ms / stepMs) * stepMs;
    group.all.push(record);
    group.buckets.set(timeMs, [...(group.buckets.get(timeMs) ?? []), record]);
  }
  const ranking = measures.find(({ as }) => as === orderBy) ?? { as: "n", fn: "count" as const };
  const ranked = [...groups.values()]
    .map((group) => ({ group, rank: measured(ranking, signal, group.all) ?? 0 }))
    .sort((a, b) => b.rank - a.rank);
  const rows = ranked.slice(0, query.limit).flatMap(({ group }) =>
    [...group.buckets]
      .sort((a, b) => a[0] - b[0])
      .map(([timeMs, records]) => ({
        timeMs,
        by: group.by,
        values: Object.fromEntries(measures.map((one) => [one.as, measured(one, signal, records)])),
      })),
  );
  return { rows, groupsLeftOut: Math.max(0, groups.size - query.limit) };
}

function trace(held: Held, traceId: string): Trace | undefined {
  const spans = held.spans.filter((span) => span.traceId === traceId);
  const logs = held.logs.filter((log) => log.traceId === traceId);
  if (spans.length + logs.length === 0) return undefined;
  return {
    traceId,
    spans: spans.sort((a, b) => Number(a.startNs - b.startNs)),
    logs: logs.sort((a, b) => Number(a.timeNs - b.timeNs)),
    errors: held.errors.filter((error) => error.traceId === traceId),
    spansLeftOut: 0,
  };
}

function summary(spans: readonly SpanRecord[]): TraceSummary {
  const sorted = [...spans].sort((a, b) => Number(a.startNs - b.startNs));
  const root = sorted.find(({ parentSpanId }) => parentSpanId === "") ?? (sorted[0] as SpanRecord);
  const ends = sorted.map(({ startNs, durationNs }) => startNs + durationNs);
  const startNs = (sorted[0] as SpanRecord).startNs;
  const counts = new Map<string, number>();
  for (const { origin } of spans) {
    counts.set(serviceOf(origin), (counts.get(serviceOf(origin)) ?? 0) + 1);
  }
  return {
    traceId: root.traceId,
    rootService: serviceOf(root.origin),
    rootName: root.name,
    startNs,
    durationNs: ends.reduce((a, b) => (a > b ? a : b)) - startNs,
    spans: spans.length,
    errors: spans.filter(({ status }) => status === 2).length,
    services: [...counts]
      .map(([name, many]) => ({ name, spans: many }))
      .sort((a, b) => b.spans - a.spans),
  };
}

function traces(held: Held, query: TraceQuery): TraceSummary[] {
  const wanted = new Set(
    held.spans
      .filter((span) => within(span.startNs, query) && holds(query.filter, "spans", span))
      .map(({ traceId }) => traceId),
  );
  return [...wanted]
    .map((id) => summary(held.spans.filter(({ traceId }) => traceId === id)))
    .filter(({ durationNs }) => {
      const ms = Number(durationNs) / 1e6;
      return ms >= (query.durationMinMs ?? 0) && ms <= (query.durationMaxMs ?? Infinity);
    })
    .sort((a, b) =>
      query.orderBy === "duration"
        ? Number(b.durationNs - a.durationNs)
        : Number(b.startNs - a.startNs),
    )
    .slice(0, query.limit);
}

function seriesOf(points: readonly MetricPoint[], labels: Record<string, string>): MetricSeries {
  const sorted = [...points].sort((a, b) => Number(a.timeNs - b.timeNs));
  const { name, unit, kind, temporality, monotonic } = sorted[0] as MetricPoint;
  return {
    name,
    unit,
    kind,
    temporality,
    monotonic,
    labels,
    timesMs: Float64Array.from(sorted, ({ timeNs }) => Number(timeNs / 1_000_000n)),
    values: Float64Array.from(sorted, ({ value }) => value),
    ...(kind >= 2 && {
      counts: Float64Array.from(sorted, ({ count }) => Number(count)),
      distributions: sorted.map(({ distribution }) => distribution),
    }),
  };
}

function series(held: Held, query: SeriesQuery): MetricSeries[] {
  const { name } = query;
  const pattern = name?.regex === true ? RE2JS.compile(`^(?:${name.value})$`) : undefined;
  const groups = new Map<string, { points: MetricPoint[]; labels: Record<string, string> }>();
  for (const point of held.points) {
    const matches =
      name === undefined || (pattern?.matches(point.name) ?? point.name === name.value);
    if (!matches || !within(point.timeNs, query) || !holds(query.filter, "points", point)) continue;
    const instance = fieldText("points", point, "instance");
    const labels: Record<string, string> = {
      ...Object.fromEntries(
        Object.entries(point.attributes).map(([key, value]) => [key, textOf(value)[0]]),
      ),
      service: serviceOf(point.origin),
      ...(instance !== undefined && { instance }),
    };
    const key = JSON.stringify([
      point.name,
      Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)),
    ]);
    const group = groups.get(key) ?? { points: [], labels };
    groups.set(key, group);
    group.points.push(point);
  }
  if (groups.size > query.seriesMax) {
    throw coreErrors.MOR_INVALID(`the selection has over ${query.seriesMax} series`);
  }
  return [...groups.values()].map(({ points, labels }) => seriesOf(points, labels));
}

function fieldCounts(held: Held, signal: Signal, field: string, range: Range): Map<string, number> {
  const counts = new Map<string, number>();
  for (const record of held[signal]) {
    const value = within(timeOf(record), range) ? fieldText(signal, record, field) : undefined;
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}

/**
 * A store of signals in memory, slow and plain: for the tests of what reads through the interface.
 */
export function memoryReader(given: Partial<Held> = {}): SignalReader & { readonly held: Held } {
  const held: Held = { logs: [], spans: [], points: [], errors: [], ...given };
  return {
    held,
    searchLogs: async (query) => search(held, "logs", query),
    searchSpans: async (query) => search(held, "spans", query),
    searchErrors: async (query) => search(held, "errors", query),
    logContext: async () => ({ records: [] }),
    aggregate: async (query) => aggregate(held, query),
    trace: async (traceId) => trace(held, traceId),
    traces: async (query) => traces(held, query),
    edges: async (range) => edgesOf(held.spans, range),
    metrics: async (range) => {
      const names = new Map<string, MetricPoint[]>();
      for (const point of held.points) {
        if (within(point.timeNs, range)) {
          names.set(point.name, [...(names.get(point.name) ?? []), point]);
        }
      }
      return [...names.values()].map((points) => {
        const { name, unit, description, kind, temporality, monotonic } = points[0] as MetricPoint;
        return { name, unit, description, kind, temporality, monotonic, series: points.length };
      });
    },
    series: async (query) => series(held, query),
    fields: async (signal) => {
      const keys = new Map<string, number>();
      for (const { attributes } of held[signal]) {
        for (const key of Object.keys(attributes)) keys.set(key, (keys.get(key) ?? 0) + 1);
      }
      return [...keys].map(([name, records]) => ({ name, type: "text", records }));
    },
    fieldValues: async (signal, field, range, prefix, limit) =>
      [...fieldCounts(held, signal, field, range)]
        .filter(([value]) => value.startsWith(prefix))
        .map(([value, count]) => ({ value, count }))
        .sort((a, b) => b.count - a.count)
        .slice(0, limit),
    sql: async () => {
      throw coreErrors.MOR_UNSUPPORTED("a memory reader knows no SQL");
    },
  };
}
