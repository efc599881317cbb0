import { join } from "node:path";
import { systemClock } from "../../src/core/clock.ts";
import { makeIds, systemRandom } from "../../src/core/ids.ts";
import { makeLog } from "../../src/core/log.ts";
import { openSqlite } from "../../src/engines/sqlite/store.ts";
import { openEngine } from "../../src/observability/telemetry/embedded/engine.ts";
import { defaultRetention } from "../../src/observability/telemetry/embedded/retention.ts";
import { keepEverything } from "../../src/observability/telemetry/embedded/sampling.ts";

/** What batches are stored in. */
export interface BenchStore {
  write(batch: Uint8Array): Promise<void>;
  /** Brings everything into its last form, so that its cost is in what is measured. */
  seal(): Promise<void>;
  close(): Promise<void>;
}

/** The embedded engine, in a folder of its own. */
export async function openStore(folder: string): Promise<BenchStore> {
  const clock = systemClock;
  const store = await openSqlite({ path: join(folder, "segments.db"), clock });
  const engine = await openEngine({
    folder: join(folder, "telemetry"),
    store,
    clock,
    ids: makeIds(clock, systemRandom),
    log: makeLog(() => {}),
    sampling: () => keepEverything,
    retention: () => defaultRetention,
  });
  return {
    write: (batch) => engine.write(batch),
    seal: () => engine.seal(),
    async close() {
      await engine.close();
      await store.close();
    },
  };
}
