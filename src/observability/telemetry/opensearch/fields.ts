import { builtInFields } from "../../signals/filter.ts";
import type { Signal } from "../../signals/records.ts";
import type { FieldInfo, FieldValue, Range } from "../../signals/store.ts";
import { decodeHit, recordSource } from "./decode.ts";
import { pairsOf, placeOf, rangeQuery } from "./query.ts";
import { checkLimit } from "./search.ts";
import { keptSignal, order } from "./session.ts";
import type { ReadSession, TermBucket } from "./session.ts";
import { isCut, keyOfPair, literalRegexp } from "./terms.ts";

/** Fields at most in an answer. */
const fieldsMax = 2000;
const valuesMax = 1000;
/** Newest records by which the types of attributes are told. */
const typedRecords = 300;

interface Terms {
  readonly buckets: readonly TermBucket[];
}

/** Fields that records of the range have, the most frequent first. */
export async function fieldsIn(
  session: ReadSession,
  given: Signal,
  range: Range,
): Promise<FieldInfo[]> {
  const signal = keptSignal(given);
  const { hits, aggregations } = await session.search(signal, {
    size: typedRecords,
    query: rangeQuery(range),
    track_total_hits: true,
    sort: order(false),
    _source: recordSource,
    aggs: { keys: { terms: { field: "keys", size: fieldsMax, include: "a.*" } } },
  });
  const numeric = new Set<string>();
  for (const hit of hits.hits) {
    for (const [key, value] of Object.entries(decodeHit(signal, hit).record.attributes)) {
      if (typeof value === "number" || typeof value === "bigint") numeric.add(key);
    }
  }
  const records = hits.total?.value ?? 0;
  const own = builtInFields[signal].map(({ name, type }): FieldInfo => ({ name, type, records }));
  const names = new Set(own.map(({ name }) => name));
  const { buckets = [] } = (aggregations?.["keys"] ?? {}) as Partial<Terms>;
  const attributes = buckets.flatMap(({ key: term, doc_count: count }): FieldInfo[] => {
    const key = keyOfPair(term)?.key;
    if (key === undefined || isCut(key)) return [];
    return [
      {
        name: names.has(key) || key.startsWith("resource.") ? `attributes.${key}` : key,
        type: numeric.has(key) ? "number" : "text",
        records: count,
      },
    ];
  });
  return [...own, ...attributes].slice(0, fieldsMax);
}

/** Lucene's expression for a text of any case. */
function anyCase(text: string): string {
  return Array.from(text)
    .map((mark) => {
      const [lower, upper] = [mark.toLowerCase(), mark.toUpperCase()];
      if (lower === upper || lower.length !== mark.length || upper.length !== mark.length) {
        return literalRegexp(mark);
      }
      return `(${literalRegexp(lower)}|${literalRegexp(upper)})`;
    })
    .join("");
}

/** Values of a field that begin with a text of any case, the most frequent first. */
export async function fieldValuesIn(
  session: ReadSession,
  asked: {
    readonly signal: Signal;
    readonly field: string;
    readonly range: Range;
    readonly prefix: string;
    readonly limit: number;
  },
): Promise<FieldValue[]> {
  const { field, range, prefix, limit } = asked;
  const signal = keptSignal(asked.signal);
  checkLimit(limit, valuesMax);
  const place = placeOf(signal, field);
  const start = anyCase(prefix.slice(0, 200));
  const [name, include] =
    place.kind === "column"
      ? [place.name, `${start}.*`]
      : ["pairs", pairsOf(place.prefixes, start)];
  const { aggregations } = await session.search(signal, {
    size: 0,
    query: rangeQuery(range),
    aggs: { values: { terms: { field: name, size: limit, shard_size: 5 * limit + 100, include } } },
  });
  const { buckets = [] } = (aggregations?.["values"] ?? {}) as Partial<Terms>;
  const prefixes = place.kind === "column" ? [""] : place.prefixes;
  return buckets.map(({ key, doc_count: count }) => {
    const own = prefixes.find((one) => key.startsWith(one)) ?? "";
    return { value: key.slice(own.length), count };
  });
}
