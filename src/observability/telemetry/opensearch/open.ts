import type { Clock } from "../../../core/clock.ts";
import { coreErrors } from "../../../core/errors.ts";
import type { Ids } from "../../../core/ids.ts";
import type { Log } from "../../../core/log.ts";
import type { OpenSearch } from "../../../engines/opensearch/client.ts";
import type { SignalReader, SignalWriter } from "../../signals/store.ts";
import type { TelemetryFeatures, TelemetryFigures } from "../driver.ts";
import { aggregateOf } from "./aggregate.ts";
import { fieldsIn, fieldValuesIn } from "./fields.ts";
import { expireIndices, figuresOf } from "./indices.ts";
import type { KeptDays } from "./indices.ts";
import { contextOf, search } from "./search.ts";
import { readSession } from "./session.ts";
import { indexPrefix, keptSignals, templateOf } from "./template.ts";
import { edgesIn, traceOf, tracesOf } from "./traces.ts";
import { writeBatch } from "./writer.ts";
import type { HearDrop } from "./writer.ts";

/** What telemetry on OpenSearch does, and what not. */
export const openSearchFeatures: TelemetryFeatures = {
  logs: true,
  spans: true,
  points: false,
  errors: true,
  sql: false,
  edges: true,
  sampling: false,
  unsealedMsMax: 0,
  /** How late what another process wrote is seen, ms; one's own is seen at once. */
  refreshMs: 1000,
  /** Records of a batch are stored one by one. */
  wholeBatches: false,
  /** Retention drops whole days of a signal, whatever their service. */
  retentionByService: false,
};

/** What the store on OpenSearch is opened with. */
export interface OpenSearchStoreOptions {
  readonly client: OpenSearch;
  readonly app: string;
  readonly environment: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** Days that records are kept, by signal. */
  readonly keptDays: KeptDays;
  readonly shards?: number;
  readonly replicas?: number;
}

/** Telemetry on OpenSearch: what writes and what reads. */
export interface OpenSearchStore extends SignalReader, SignalWriter {
  figures(): Promise<TelemetryFigures>;
  /** Says who hears of records that the cluster refused. */
  refused(listener: HearDrop): void;
  close(): Promise<void>;
}

/** How often days that are over are looked for, milliseconds. */
const expiryMs = 3_600_000;

interface Freshness {
  readonly wrote: () => void;
  readonly fresh: () => Promise<void>;
}

/** Makes what was acknowledged here visible before a read; reads at once share one refresh. */
function freshness(client: OpenSearch, prefix: string): Freshness {
  let dirty = false;
  let pending: Promise<void> = Promise.resolve();
  const refresh = async (): Promise<void> => {
    try {
      const path = `/${prefix}-*/_refresh?ignore_unavailable=true&allow_no_indices=true`;
      await client.call({ method: "POST", path });
    } catch (error) {
      dirty = true;
      throw error;
    }
  };
  return {
    wrote: () => void (dirty = true),
    fresh: () => {
      if (dirty) {
        dirty = false;
        pending = refresh();
        // Whoever waits hears of it.
        pending.catch(() => {});
      }
      return pending;
    },
  };
}

const noPoints = async (): Promise<never> => {
  throw coreErrors.MOR_UNSUPPORTED("opensearch keeps no metric points");
};

type Reads = Omit<SignalReader, "metrics" | "series" | "sql">;

function readsOf(session: ReturnType<typeof readSession>): Reads {
  return {
    searchLogs: (query) => search(session, "logs", query),
    searchSpans: (query) => search(session, "spans", query),
    searchErrors: (query) => search(session, "errors", query),
    logContext: (id, before, after) => contextOf(session, id, before, after),
    aggregate: (query) => aggregateOf(session, query),
    trace: (traceId) => traceOf(session, traceId),
    traces: (query) => tracesOf(session, query),
    edges: (range) => edgesIn(session, range),
    fields: (signal, range) => fieldsIn(session, signal, range),
    fieldValues: (signal, field, range, prefix, limit) =>
      fieldValuesIn(session, { signal, field, range, prefix, limit }),
  };
}

/** Opens telemetry on OpenSearch: puts the index templates, and drops days that are over. */
export async function openOpenSearchStore(
  options: OpenSearchStoreOptions,
): Promise<OpenSearchStore> {
  const { client, app, environment, clock, ids, log, keptDays } = options;
  const { shards = 1, replicas = 1 } = options;
  const prefix = indexPrefix(app, environment);
  for (const signal of keptSignals) {
    const template = templateOf(prefix, signal, { shards, replicas });
    await client.putTemplate(`${prefix}-${signal}`, template);
  }
  const { fresh, wrote } = freshness(client, prefix);
  let drop: HearDrop = () => {};
  const expire = async (): Promise<void> => {
    try {
      const dropped = await expireIndices(client, prefix, { days: keptDays, nowMs: clock.now() });
      if (dropped.length > 0) log.info("telemetry of days that are over is gone", { dropped });
    } catch (error) {
      log.warn("telemetry of days that are over could not be dropped", { cause: String(error) });
    }
  };
  await expire();
  let cancel = (): void => {};
  const again = (): void => {
    cancel = clock.after(expiryMs, () => void expire().then(() => closed || again()));
  };
  let closed = false;
  again();
  return {
    ...readsOf(readSession(client, prefix, fresh)),
    metrics: noPoints,
    series: noPoints,
    sql: async () => {
      throw coreErrors.MOR_UNSUPPORTED("opensearch answers no SQL over telemetry");
    },
    async write(batch) {
      const heard: HearDrop = (...dropped) => drop(...dropped);
      try {
        await writeBatch(batch, { client, prefix, clock, ids, drop: heard });
      } finally {
        wrote();
      }
    },
    figures: () => figuresOf(client, prefix, fresh),
    refused: (listener) => void (drop = listener),
    async close() {
      closed = true;
      cancel();
    },
  };
}
