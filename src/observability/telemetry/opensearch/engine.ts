import type { Clock } from "../../../core/clock.ts";
import type { Ids } from "../../../core/ids.ts";
import type { Log } from "../../../core/log.ts";
import { makeOpenSearch } from "../../../engines/opensearch/client.ts";
import { defaultRetention } from "../embedded/retention.ts";
import { settingsOf } from "../settings.ts";
import type { ThreadSetup } from "../worker-offer.ts";
import { openOpenSearchStore } from "./open.ts";
import type { OpenSearchStore } from "./open.ts";
import { openSearchSettings } from "./settings.ts";

/** What the store is opened with in the telemetry thread. */
export interface OpenSearchEngineOptions {
  readonly setup: Pick<ThreadSetup, "app" | "environment" | "options">;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/**
 * Opens the store from the options of its driver, in the thread where ingest runs.
 * @throws MOR_CONFIG for wrong options; MOR_ENGINE_UNAVAILABLE, MOR_OPENSEARCH_PROTOCOL when no
 *   OpenSearch answers
 */
export async function openOpenSearchEngine(
  options: OpenSearchEngineOptions,
): Promise<OpenSearchStore> {
  const { setup, clock, ids, log } = options;
  const { cluster, others } = openSearchSettings(setup.options, process.env);
  const { shards, replicas, ...address } = cluster;
  const { retentionDays, retentionServices, sampling } = settingsOf(others);
  if (Object.keys(retentionServices).length > 0 || sampling.share < 1) {
    log.warn("opensearch keeps every service's records alike, and samples none", {
      retentionServices,
      share: sampling.share,
    });
  }
  const client = makeOpenSearch({ ...address, clock });
  await client.version();
  const { days } = defaultRetention;
  return openOpenSearchStore({
    client,
    app: setup.app,
    environment: setup.environment,
    clock,
    ids,
    log,
    keptDays: {
      logs: retentionDays.logs ?? days.logs,
      spans: retentionDays.spans ?? days.spans,
      errors: retentionDays.errors ?? days.errors,
    },
    shards,
    replicas,
  });
}
