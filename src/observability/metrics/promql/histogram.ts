import type { Column, Labels } from "./values.ts";
import { columnOf, labelKey, present, without } from "./values.ts";

interface Bucket {
  readonly upper: number;
  readonly column: Column;
}

/** The bound that an `le` label says; undefined for what is no number. */
export function boundOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (text === "+Inf" || text === "Inf") return Number.POSITIVE_INFINITY;
  if (text === "-Inf") return Number.NEGATIVE_INFINITY;
  const value = Number(text);
  return text.trim() === "" || Number.isNaN(value) ? undefined : value;
}

/** The bucket in which a rank lies; only the last but one at most. */
function bucketOf(counts: readonly number[], rank: number): number {
  for (let at = 0; at < counts.length - 1; at++) if ((counts[at] as number) >= rank) return at;
  return counts.length - 1;
}

/**
 * The quantile of cumulative buckets, as Prometheus computes it: linear within the bucket, the
 * lowest from 0, the highest its lower bound.
 */
export function bucketQuantile(
  q: number,
  bounds: readonly number[],
  cumulative: readonly number[],
): number {
  if (Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  const last = bounds.length - 1;
  if (last < 1 || bounds[last] !== Number.POSITIVE_INFINITY) return Number.NaN;
  // Buckets that were read at different moments may shrink: they never do in truth.
  const counts: number[] = [];
  for (const count of cumulative) counts.push(Math.max(count, counts.at(-1) ?? 0));
  const total = counts[last] as number;
  if (total === 0 || Number.isNaN(total)) return Number.NaN;
  const rank = q * total;
  const at = bucketOf(counts, rank);
  const upper = bounds[at] as number;
  if (at === last) return bounds[last - 1] as number;
  if (at === 0 && upper <= 0) return upper;
  const lower = at === 0 ? 0 : (bounds[at - 1] as number);
  const below = at === 0 ? 0 : (counts[at - 1] as number);
  return lower + (upper - lower) * ((rank - below) / ((counts[at] as number) - below));
}

const bucketLabels: ReadonlySet<string> = new Set(["le", "__name__"]);

/** `histogram_quantile` over columns with an `le` label. */
export function histogramQuantile(q: Float64Array, columns: readonly Column[]): Column[] {
  const groups = new Map<string, { labels: Labels; buckets: Bucket[] }>();
  for (const column of columns) {
    const upper = boundOf(column.labels["le"]);
    if (upper === undefined) continue;
    const labels = without(column.labels, bucketLabels);
    const key = labelKey(labels);
    const group = groups.get(key) ?? { labels, buckets: [] };
    groups.set(key, group);
    group.buckets.push({ upper, column });
  }
  const answers = [...groups.values()].map(({ labels, buckets }) => {
    const answer = columnOf(labels, q.length);
    buckets.sort((a, b) => (a.upper === b.upper ? 0 : a.upper - b.upper));
    for (let step = 0; step < q.length; step++) {
      const bounds: number[] = [];
      const counts: number[] = [];
      for (const { upper, column } of buckets) {
        if (column.has[step] !== 1) continue;
        const count = column.values[step] as number;
        if (bounds.at(-1) === upper) counts.push((counts.pop() as number) + count);
        else {
          bounds.push(upper);
          counts.push(count);
        }
      }
      if (bounds.length === 0) continue;
      answer.values[step] = bucketQuantile(q[step] as number, bounds, counts);
      answer.has[step] = 1;
    }
    return answer;
  });
  return [...present(answers)];
}
