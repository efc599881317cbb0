import type { Json } from "../../../core/json.ts";
import { coreErrors, MorningError } from "../../../core/errors.ts";
import type { OpenSearch } from "../../../engines/opensearch/client.ts";
import { compileFilter } from "../../logs/query/index.ts";
import type { Filter } from "../../signals/filter.ts";
import type { Signal } from "../../signals/records.ts";
import type { Range } from "../../signals/store.ts";
import { readErrors } from "../embedded/read/errors.ts";
import { decodeHit, recordSource } from "./decode.ts";
import type { Hit } from "./decode.ts";
import type { Kept } from "./documents.ts";
import { allOf, checkFilter, pairsOf, QueryWriter, rangeQuery } from "./query.ts";
import type { Resolver } from "./query.ts";

/** An answer of a search, as far as it is read. */
export interface SearchAnswer {
  readonly hits: { readonly hits: readonly Hit[]; readonly total?: { readonly value: number } };
  readonly aggregations?: Readonly<Record<string, unknown>>;
}

/** What reads share. */
export interface ReadSession {
  /** Searches what was acknowledged, of one signal. */
  search(signal: Kept, body: { readonly [key: string]: Json }): Promise<SearchAnswer>;
}

const timeoutMs = 20_000;

/** A bucket of a `terms` aggregation. */
export interface TermBucket {
  readonly key: string;
  readonly doc_count: number;
}

interface Terms {
  readonly buckets: readonly TermBucket[];
  readonly sum_other_doc_count: number;
}

/** Values of a field that expressions are tried on, at most. */
const valuesMax = 5000;
/** Records that are looked at one by one. */
const scannedMax = 100_000;
const idsMax = 50_000;
const pageSize = 5000;

/** How sorted hits are gone through. */
export const order = (ascending: boolean): Json => {
  const way = ascending ? "asc" : "desc";
  return [{ time_ns: way }, { rid: way }];
};

/** @throws MOR_UNSUPPORTED for metric points, which OpenSearch does not keep */
export function keptSignal(signal: Signal): Kept {
  if (signal !== "points") return signal;
  throw coreErrors.MOR_UNSUPPORTED("opensearch keeps no metric points");
}

/** Opens reading: searches end by their time, and what OpenSearch refuses is a wrong query. */
export function readSession(
  client: OpenSearch,
  prefix: string,
  fresh: () => Promise<void>,
): ReadSession {
  return {
    async search(signal, body) {
      await fresh();
      const index = `${prefix}-${signal}-*`;
      const query = "ignore_unavailable=true&allow_no_indices=true";
      const answer = await client
        .call({
          method: "POST",
          path: `/${index}/_search?${query}`,
          body: { timeout: `${timeoutMs}ms`, track_total_hits: false, ...body },
        })
        .catch(refused);
      const found = answer.body as unknown as SearchAnswer & {
        readonly timed_out?: boolean;
        readonly _shards?: { readonly failed: number };
      };
      if (found.timed_out === true) {
        throw readErrors.MOR_TELEMETRY_QUERY_TIMEOUT(`no answer within ${timeoutMs} ms`);
      }
      if ((found._shards?.failed ?? 0) > 0) {
        const why = JSON.stringify(found._shards).slice(0, 1000);
        throw coreErrors.MOR_ENGINE_UNAVAILABLE(`opensearch: part of it did not answer: ${why}`);
      }
      return found;
    },
  };
}

function refused(error: unknown): never {
  if (MorningError.is(error, "MOR_TIMEOUT")) {
    throw readErrors.MOR_TELEMETRY_QUERY_TIMEOUT(error.message, { cause: error });
  }
  if (!MorningError.is(error, "MOR_OPENSEARCH_REFUSED")) throw error;
  if (/too_many_(?:buckets|clauses)|TooManyClauses|TooManyBuckets/.test(error.message)) {
    throw readErrors.MOR_TELEMETRY_QUERY_TOO_LARGE(error.message, { cause: error });
  }
  throw error;
}

/** Looks at records one by one, newest first. */
async function* scan(
  session: ReadSession,
  signal: Kept,
  query: Json,
): AsyncGenerator<readonly Hit[]> {
  let after: Json | undefined;
  for (let seen = 0; ;) {
    const { hits } = await session.search(signal, {
      query,
      size: pageSize,
      sort: order(false),
      _source: recordSource,
      ...(after === undefined ? {} : { search_after: after }),
    });
    yield hits.hits;
    const last = hits.hits.at(-1)?._source;
    if (last === undefined || hits.hits.length < pageSize) return;
    after = [last.time_ns, last.rid];
    seen += hits.hits.length;
    if (seen > scannedMax) {
      throw readErrors.MOR_TELEMETRY_QUERY_TOO_LARGE(
        `the filter needs over ${scannedMax} records looked at one by one`,
      );
    }
  }
}

function resolverOf(session: ReadSession, signal: Kept, range: Range): Resolver {
  return {
    async values(place) {
      const field = place.kind === "column" ? place.name : "pairs";
      const include = place.kind === "column" ? {} : { include: pairsOf(place.prefixes) };
      const { aggregations } = await session.search(signal, {
        size: 0,
        query: rangeQuery(range),
        aggs: { values: { terms: { field, size: valuesMax, ...include } } },
      });
      const found = aggregations?.["values"] as Terms | undefined;
      if (found === undefined) return [];
      if (found.sum_other_doc_count > 0) return undefined;
      const prefixes = place.kind === "column" ? [""] : place.prefixes;
      const values = found.buckets.map(({ key }) => {
        const prefix = prefixes.find((one) => key.startsWith(one)) ?? "";
        return key.slice(prefix.length);
      });
      return [...new Set(values)];
    },
    async ids(query, filter) {
      const holds = compileFilter(filter, signal);
      const ids: string[] = [];
      for await (const hits of scan(session, signal, allOf([rangeQuery(range), query]))) {
        for (const hit of hits) {
          if (holds(decodeHit(signal, hit).record)) ids.push(hit._source.rid);
        }
        if (ids.length > idsMax) {
          throw readErrors.MOR_TELEMETRY_QUERY_TOO_LARGE(
            `an expression holds for over ${idsMax} records`,
          );
        }
      }
      return ids;
    },
  };
}

/** Writes filters over the records of a range. */
export function writerOf(
  session: ReadSession,
  signal: Kept,
  range: Range,
  filters: readonly Filter[],
): QueryWriter {
  for (const filter of filters) checkFilter(filter, signal);
  return new QueryWriter(signal, resolverOf(session, signal, range));
}
