import type { Json } from "../../../core/json.ts";
import { gamma, Sketch } from "../../metrics/sketch.ts";
import type { Aggregate, AggregateQuery, AggregateRow, Measure } from "../../signals/store.ts";
import { readErrors } from "../embedded/read/errors.ts";
import type { Kept } from "./documents.ts";
import { allOf, placeOf, rangeQuery } from "./query.ts";
import type { QueryWriter } from "./query.ts";
import { checkLimit } from "./search.ts";
import {
  numberScript,
  sketchMetric,
  textSourceOf,
  weightedScript,
  weightScript,
} from "./scripts.ts";
import { keptSignal, writerOf } from "./session.ts";
import type { ReadSession } from "./session.ts";

const byMax = 8;
const measuresMax = 32;
const groupsMax = 10_000;

/** Buckets at most, of all pages together. */
const bucketsMax = 200_000;
const pageBuckets = 2000;

type Aggs = Record<string, Json>;

interface Bucket {
  readonly key: Readonly<Record<string, string | number | null>>;
  readonly doc_count: number;
  readonly [name: string]: unknown;
}

interface Composite {
  readonly buckets: readonly Bucket[];
  readonly after_key?: Json;
}

function checkQuery({ by, measures, limit, stepMs, orderBy }: AggregateQuery): void {
  checkLimit(limit, groupsMax);
  const problem =
    by.length > byMax
      ? `at most ${byMax} fields to group by`
      : measures.length > measuresMax || measures.length === 0
        ? `from 1 to ${measuresMax} measures`
        : stepMs !== undefined && !(Number.isSafeInteger(stepMs) && stepMs > 0)
          ? "a step is a whole number of milliseconds"
          : orderBy !== undefined && !measures.some(({ as }) => as === orderBy)
            ? `orderBy is the name of a measure, and ${orderBy} is none`
            : undefined;
  if (problem !== undefined) throw readErrors.MOR_TELEMETRY_QUERY(`aggregate: ${problem}`);
}

const weightSum: Json = { sum: { field: "weight" } };

async function measureAggs(
  signal: Kept,
  measure: Measure,
  at: number,
  writer: QueryWriter,
): Promise<Aggs> {
  if (measure.fn === "count") return {};
  if (measure.fn === "count-if") {
    const filter = await writer.exact(measure.filter);
    return { [`m${at}`]: { filter, ...(signal === "spans" ? { aggs: { w: weightSum } } : {}) } };
  }
  const place = placeOf(signal, measure.field);
  if (measure.fn === "distinct") {
    return { [`m${at}`]: { cardinality: { ...textSourceOf(place), precision_threshold: 40_000 } } };
  }
  if (measure.fn === "quantile") return { [`m${at}`]: sketchMetric(signal, place, gamma) };
  const stats: Aggs = { [`m${at}`]: { stats: { script: numberScript(place) } } };
  if (signal !== "spans" || measure.fn === "min" || measure.fn === "max") return stats;
  return {
    ...stats,
    [`s${at}`]: { sum: { script: weightedScript(signal, place) } },
    [`w${at}`]: { sum: { script: weightScript(signal, place) } },
  };
}

interface Stats {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

function quantileOf(found: unknown, q: number): number | null {
  const { value } = found as { readonly value: Readonly<Record<string, number>> | null };
  const entries = Object.entries(value ?? {});
  const sign = (letter: string): (readonly [number, number])[] =>
    entries.flatMap(([key, weight]) =>
      key.startsWith(letter) ? [[Number(key.slice(1)), weight] as const] : [],
    );
  const sketch = new Sketch();
  sketch.merge({ zeros: value?.["0"] ?? 0, positive: sign("p"), negative: sign("n") });
  return sketch.quantile(q) ?? null;
}

const valueAt = (bucket: Bucket, name: string): number =>
  (bucket[name] as { readonly value: number }).value;

function measured(signal: Kept, measure: Measure, at: number, bucket: Bucket): number | null {
  const found = bucket[`m${at}`];
  switch (measure.fn) {
    case "count":
      return signal === "spans" ? valueAt(bucket, "w") : bucket.doc_count;
    case "count-if": {
      const part = found as Bucket;
      return signal === "spans" ? valueAt(part, "w") : part.doc_count;
    }
    case "distinct":
      return valueAt(bucket, `m${at}`);
    case "quantile":
      return quantileOf(found, measure.q);
    default: {
      const { count, sum, min, max } = found as Stats;
      if (count === 0) return null;
      if (measure.fn === "min" || measure.fn === "max") return measure.fn === "min" ? min : max;
      const whole = signal === "spans" ? valueAt(bucket, `s${at}`) : sum;
      if (measure.fn === "sum") return whole;
      return whole / (signal === "spans" ? valueAt(bucket, `w${at}`) : count);
    }
  }
}

interface Asked {
  readonly signal: Kept;
  readonly query: Json;
  readonly aggs: Aggs;
}

/** All buckets of the sources, page by page. */
async function buckets(
  session: ReadSession,
  { signal, query, aggs }: Asked,
  sources: readonly Json[],
): Promise<Bucket[]> {
  const all: Bucket[] = [];
  for (let after: Json | undefined; ;) {
    const composite: Json = {
      size: pageBuckets,
      sources,
      ...(after === undefined ? {} : { after }),
    };
    const body = { size: 0, query, aggs: { c: { composite, aggs } } };
    const { aggregations } = await session.search(signal, body);
    const page = aggregations?.["c"] as Composite | undefined;
    all.push(...(page?.buckets ?? []));
    if (all.length > bucketsMax) {
      throw readErrors.MOR_TELEMETRY_QUERY_TOO_LARGE(`the answer has over ${bucketsMax} rows`);
    }
    if (page?.after_key === undefined || page.buckets.length < pageBuckets) return all;
    after = page.after_key;
  }
}

const textKey = (value: string | number | null | undefined): string | null =>
  value === null || value === undefined ? null : String(value);

/** Figures over records. */
export async function aggregateOf(session: ReadSession, query: AggregateQuery): Promise<Aggregate> {
  checkQuery(query);
  const signal = keptSignal(query.signal);
  const { by, measures, stepMs, orderBy, limit } = query;
  const filters = measures.flatMap((one) => (one.fn === "count-if" ? [one.filter] : []));
  const writer = writerOf(session, signal, query, [query.filter, ...filters]);
  const aggs: Aggs = signal === "spans" ? { w: weightSum } : {};
  for (const [at, measure] of measures.entries()) {
    Object.assign(aggs, await measureAggs(signal, measure, at, writer));
  }
  const found = allOf([rangeQuery(query), await writer.exact(query.filter)]);
  const asked: Asked = { signal, query: found, aggs };
  const groups = by.map((field, at): Json => ({
    [`g${at}`]: { terms: { ...textSourceOf(placeOf(signal, field)), missing_bucket: true } },
  }));
  // One bucket over all: composites need a source.
  const whole: Json = { all: { histogram: { field: "time_ns", interval: 1e19 } } };
  const keyOf = ({ key }: Bucket): (string | null)[] => by.map((_, at) => textKey(key[`g${at}`]));
  const ranked = await buckets(session, asked, groups.length === 0 ? [whole] : groups);
  const rankAt = measures.findIndex(({ as }) => as === orderBy);
  const count: Measure = { as: "", fn: "count" };
  const rankOf = (bucket: Bucket): number =>
    measured(signal, measures[rankAt] ?? count, rankAt, bucket) ?? 0;
  const order = ranked
    .map((bucket) => ({ bucket, rank: rankOf(bucket), name: JSON.stringify(keyOf(bucket)) }))
    .sort((a, b) => b.rank - a.rank || (a.name < b.name ? -1 : 1))
    .slice(0, limit);
  const rowOf = (bucket: Bucket, timeMs: number): AggregateRow => ({
    timeMs,
    by: keyOf(bucket),
    values: Object.fromEntries(
      measures.map((measure, at) => [measure.as, measured(signal, measure, at, bucket)]),
    ),
  });
  const groupsLeftOut = Math.max(0, ranked.length - limit);
  if (stepMs === undefined || order.length === 0) {
    const timeMs = Number(query.fromNs / 1_000_000n);
    return { rows: order.map(({ bucket }) => rowOf(bucket, timeMs)), groupsLeftOut };
  }
  const time: Json = {
    t: { date_histogram: { field: "@timestamp", fixed_interval: `${stepMs}ms` } },
  };
  const byGroup = new Map(order.map(({ name }) => [name, [] as AggregateRow[]]));
  for (const bucket of await buckets(session, asked, [time, ...groups])) {
    const rows = byGroup.get(JSON.stringify(keyOf(bucket)));
    rows?.push(rowOf(bucket, Number(bucket.key["t"])));
  }
  return { rows: [...byGroup.values()].flat(), groupsLeftOut };
}
