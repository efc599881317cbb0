import type { Filter } from "../signals/filter.ts";
import { serviceOf } from "../signals/records.ts";
import type { Range, SignalReader } from "../signals/store.ts";

/** A span that shows what a bucket of time was like at its slowest. */
export interface SpanExemplar {
  readonly bucketMs: number;
  readonly atMs: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly service: string;
  readonly name: string;
  readonly durationMs: number;
  readonly failed: boolean;
}

/** Buckets that exemplars are looked for in: each is one search. */
const bucketsMax = 12;

/** Which exemplars to read. */
export interface ExemplarQuery extends Range {
  readonly filter: Filter;
  readonly stepMs: number;
  /** Of each bucket; 2 if left out. */
  readonly each?: number;
}

async function slowestOf(
  reader: Pick<SignalReader, "searchSpans">,
  query: ExemplarQuery,
  bucketMs: number,
  fromMs: number,
): Promise<readonly SpanExemplar[]> {
  const { filter, stepMs, each = 2, fromNs, toNs } = query;
  const startNs = BigInt(bucketMs) * 1_000_000n;
  const endNs = startNs + BigInt(stepMs) * 1_000_000n;
  const page = await reader.searchSpans({
    fromNs: startNs > fromNs ? startNs : fromNs,
    toNs: endNs < toNs ? endNs : toNs,
    filter: { op: "and", of: [filter, { op: "gte", field: "duration", value: fromMs }] },
    limit: 200,
  });
  return page.records
    .map(({ record }) => ({
      bucketMs,
      atMs: Number(record.startNs / 1_000_000n),
      traceId: record.traceId,
      spanId: record.spanId,
      service: serviceOf(record.origin),
      name: record.name,
      durationMs: Number(record.durationNs) / 1e6,
      failed: record.status === 2,
    }))
    .sort((a, b) => b.durationMs - a.durationMs)
    .slice(0, each);
}

/**
 * The slowest spans of the slowest buckets of time: what the points of a latency chart link to. At
 * most 12 buckets, the slowest by their 99th percentile.
 */
export async function readExemplars(
  reader: Pick<SignalReader, "aggregate" | "searchSpans">,
  query: ExemplarQuery,
): Promise<readonly SpanExemplar[]> {
  const { fromNs, toNs, filter, stepMs } = query;
  const { rows } = await reader.aggregate({
    fromNs,
    toNs,
    signal: "spans",
    filter,
    stepMs,
    by: [],
    measures: [{ as: "p99", fn: "quantile", field: "duration", q: 0.99 }],
    limit: 1,
  });
  const slowest = rows
    .map(({ timeMs, values }) => ({ timeMs, p99: values["p99"] ?? 0 }))
    .sort((a, b) => b.p99 - a.p99)
    .slice(0, bucketsMax);
  const found: SpanExemplar[] = [];
  for (const { timeMs, p99 } of slowest) {
    // A sketch's quantile is within 1 %: its own bucket must not be missed.
    found.push(...(await slowestOf(reader, query, timeMs, p99 * 0.98)));
  }
  return found.sort((a, b) => a.atMs - b.atMs);
}
