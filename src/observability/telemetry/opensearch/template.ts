import type { Json } from "../../../core/json.ts";
import { builtInFields } from "../../signals/filter.ts";
import type { Kept } from "./documents.ts";

/** The signals that are kept, an index a day each. */
export const keptSignals: readonly Kept[] = ["logs", "spans", "errors"];

/**
 * What the names of an environment's indices begin with. Hyphens only divide the parts, so that no
 * two environments share a beginning.
 */
export function indexPrefix(app: string, environment: string): string {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_");
  return `morning-${plain(app)}-${plain(environment)}`;
}

/** The index of a day (UTC) of arrival. */
export function indexOf(prefix: string, signal: Kept, nowMs: number): string {
  const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll("-", ".");
  return `${prefix}-${signal}-${day}`;
}

/** Instant at which the day of an index begins, ms; undefined for other indices. */
export function dayOf(prefix: string, index: string): { signal: Kept; fromMs: number } | undefined {
  const signal = keptSignals.find((one) => index.startsWith(`${prefix}-${one}-`));
  if (signal === undefined) return undefined;
  const day = index.slice(`${prefix}-${signal}-`.length);
  const fromMs = /^\d{4}\.\d\d\.\d\d$/.test(day) ? Date.parse(day.replaceAll(".", "-")) : NaN;
  return Number.isNaN(fromMs) ? undefined : { signal, fromMs };
}

const keyword: Json = { type: "keyword" };
/** Kept in the source and in no index. */
const opaque: Json = { type: "object", enabled: false };

/** The index template of a signal. */
export function templateOf(
  prefix: string,
  signal: Kept,
  { shards, replicas }: { readonly shards: number; readonly replicas: number },
): Json {
  const columns = builtInFields[signal].map(({ name }) => [name, keyword]);
  const terms = ["keys", "pairs", "numbers", "folded"];
  return {
    index_patterns: [`${prefix}-${signal}-*`],
    priority: 200,
    template: {
      settings: {
        number_of_shards: shards,
        number_of_replicas: replicas,
        // Said aloud, so that shards that nobody searches refresh as well.
        refresh_interval: "1s",
        "translog.durability": "request",
        codec: "best_compression",
        max_result_window: 10_001,
      },
      mappings: {
        dynamic: false,
        _source: { excludes: terms },
        properties: {
          ...(Object.fromEntries(columns) as { readonly [key: string]: Json }),
          keys: keyword,
          pairs: keyword,
          numbers: keyword,
          folded: { type: "wildcard", doc_values: true },
          "@timestamp": { type: "date", format: "epoch_millis" },
          time_ns: { type: "long" },
          rid: keyword,
          weight: { type: "double" },
          duration_ns: { type: "long" },
          end_ns: { type: "long" },
          origin: opaque,
          record: opaque,
        },
      },
    },
  };
}
