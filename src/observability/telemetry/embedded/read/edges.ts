import { everything } from "../../../signals/filter.ts";
import type { ObservedEdge, Range } from "../../../signals/store.ts";
import { quoted } from "../duck.ts";
import { spanTableSql } from "../peers.ts";
import { edgesSql, recentTableSql } from "../rollups.ts";
import { filesSql, originsSql } from "../seal-sql.ts";
import type { View } from "../view.ts";
import type { DuckRow } from "./duck-pool.ts";
import type { Reading } from "./search.ts";
import { branchesOf, candidates, overlaps } from "./source.ts";

const minuteNs: bigint = 60_000_000_000n;
const edgesMax = 20_000;

/** The minutes that a range touches: edges are counted by minute. */
function minutesOf({ fromNs, toNs }: Range): Range {
  return {
    fromNs: (fromNs / minuteNs) * minuteNs,
    toNs: ((toNs + minuteNs - 1n) / minuteNs) * minuteNs,
  };
}

const within = ({ fromNs, toNs }: Range): string =>
  `minute >= ${fromNs / 1_000_000n} and minute < ${toNs / 1_000_000n}`;

const bucketsSql = (from: string, range: Range): string =>
  `select from_node, to_node, type, bucket, sum(calls) as calls, sum(errors) as errors
    from ${from} where ${within(range)} group by all limit ${edgesMax * 50}`;

async function sealedEdges(
  { engine, pool }: Reading,
  view: View,
  range: Range,
): Promise<readonly DuckRow[]> {
  const segments = view.segments.filter(
    (segment) => segment.signal === "spans" && overlaps(segment, range),
  );
  await Promise.all(segments.map((segment) => engine.hold(segment)));
  const paths = segments.flatMap(({ files }) => files.edges ?? []);
  if (paths.length === 0) return [];
  return pool.rows(bucketsSql(`read_parquet([${paths.map(quoted).join(", ")}])`, range));
}

/** Edges of what is not sealed; a parent or child that is sealed already is not joined with. */
async function freshEdges(
  { engine, pool }: Reading,
  view: View,
  range: Range,
): Promise<readonly DuckRow[]> {
  const files = await candidates(engine, view, "spans", range, everything);
  const fresh = files.filter((file) => "fresh" in file);
  const [branch] = await branchesOf(engine, view, fresh);
  if (branch === undefined) return [];
  return pool.session(async (run) => {
    await run(originsSql(view.freshOrigins));
    const from = `${filesSql(branch.paths)} d left join origin o on d.origin = o.id`;
    await run(spanTableSql(branch.shape, from));
    await run(recentTableSql.replace("create table", "create temp table"));
    const rows = await run(bucketsSql(`(${edgesSql})`, range));
    await run("drop table span");
    await run("drop table origin");
    return rows;
  });
}

interface Summed {
  readonly from: string;
  readonly to: string;
  readonly type: string;
  calls: number;
  errors: number;
  readonly buckets: Map<number, number>;
}

/** The duration that a bucket stands for, milliseconds. */
function valueOf(bucket: number): number {
  return bucket <= -100_000 ? 0 : (2 * 1.02 ** bucket) / 2.02;
}

function quantile(buckets: readonly (readonly [number, number])[], calls: number, q: number) {
  let sum = 0;
  for (const [bucket, weight] of buckets) {
    sum += weight;
    if (sum > q * (calls - 1)) return valueOf(bucket);
  }
  return valueOf(buckets.at(-1)?.[0] ?? -100_000);
}

function edgeOf({ from, to, type, calls, errors, buckets }: Summed): ObservedEdge {
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  return {
    from,
    to,
    type,
    calls,
    errors,
    p50Ms: quantile(sorted, calls, 0.5),
    p95Ms: quantile(sorted, calls, 0.95),
    p99Ms: quantile(sorted, calls, 0.99),
  };
}

/** Edges between services and what they use, over the minutes that a range touches. */
export async function edges(
  reading: Reading,
  view: View,
  asked: Range,
): Promise<readonly ObservedEdge[]> {
  const range = minutesOf(asked);
  const parts = await Promise.all([
    sealedEdges(reading, view, range),
    freshEdges(reading, view, range),
  ]);
  const found = new Map<string, Summed>();
  for (const row of parts.flat()) {
    const [from, to, type] = [row["from_node"], row["to_node"], row["type"]].map(String);
    const key = `${from} ${to} ${type}`;
    let one = found.get(key);
    if (one === undefined) {
      const named = { from: from ?? "", to: to ?? "", type: type ?? "" };
      found.set(key, (one = { ...named, calls: 0, errors: 0, buckets: new Map() }));
    }
    const [bucket, calls] = [Number(row["bucket"]), Number(row["calls"])];
    one.calls += calls;
    one.errors += Number(row["errors"]);
    one.buckets.set(bucket, (one.buckets.get(bucket) ?? 0) + calls);
  }
  return [...found.values()]
    .map(edgeOf)
    .sort((a, b) => b.calls - a.calls)
    .slice(0, edgesMax);
}
