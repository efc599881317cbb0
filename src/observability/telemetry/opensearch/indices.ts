import type { OpenSearch } from "../../../engines/opensearch/client.ts";
import type { TelemetryFigures } from "../driver.ts";
import type { Kept } from "./documents.ts";
import { dayOf } from "./template.ts";

/** Days that records are kept, by signal. */
export type KeptDays = { readonly [S in Kept]: number };

const dayMs = 86_400_000;

interface IndexStats {
  readonly primaries: { readonly docs: { readonly count: number } };
  readonly total: { readonly store: { readonly size_in_bytes: number } };
}

async function statsOf(client: OpenSearch, prefix: string): Promise<Record<string, IndexStats>> {
  const path = `/${prefix}-*/_stats/docs,store`;
  const { body } = await client.call({ method: "GET", path, accept: [404] });
  return (body as { readonly indices?: Record<string, IndexStats> } | undefined)?.indices ?? {};
}

/**
 * Drops the indices whose last record is older than it is kept.
 * @returns the names of those that were dropped
 */
export async function expireIndices(
  client: OpenSearch,
  prefix: string,
  { days, nowMs }: { readonly days: KeptDays; readonly nowMs: number },
): Promise<string[]> {
  const over = Object.keys(await statsOf(client, prefix)).filter((index) => {
    const day = dayOf(prefix, index);
    return day !== undefined && day.fromMs + dayMs + days[day.signal] * dayMs <= nowMs;
  });
  for (const index of over) await client.deleteIndex(index);
  return over;
}

/** Where records lie. */
export async function figuresOf(
  client: OpenSearch,
  prefix: string,
  fresh: () => Promise<void>,
): Promise<TelemetryFigures> {
  await fresh();
  const records: Record<string, number> = {};
  const oldestMs: Record<string, number> = {};
  let [bytes, segments] = [0, 0];
  for (const [index, { primaries, total }] of Object.entries(await statsOf(client, prefix))) {
    const day = dayOf(prefix, index);
    if (day === undefined) continue;
    records[day.signal] = (records[day.signal] ?? 0) + primaries.docs.count;
    oldestMs[day.signal] = Math.min(oldestMs[day.signal] ?? day.fromMs, day.fromMs);
    bytes += total.store.size_in_bytes;
    segments++;
  }
  return { records, bytes, unsealedBytes: 0, unsealedSinceMs: null, segments, oldestMs };
}
