import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../../core/clock.ts";
import { openInline } from "../../../../engines/sqlite/inline.ts";
import { describeTelemetryContract } from "../../contract.ts";
import type { StoreUnderTest } from "../../contract/world.ts";
import { openEngine } from "../engine.ts";
import type { Engine } from "../engine.ts";
import { engineOptions } from "../rig.contract.ts";
import { openReader } from "./reader.ts";

async function open(settle?: (engine: Engine) => Promise<void>): Promise<StoreUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), "morning-telemetry-"));
  const store = openInline({ clock: systemClock });
  const limits = { merge: { rowsMax: 1_000_000, fanIn: 2 } };
  const engine = await openEngine(engineOptions(folder, store, systemClock, { limits }));
  const reader = openReader({ engine, clock: systemClock, folder });
  return {
    store: { ...reader, write: (batch) => engine.write(batch) },
    features: { points: true, sql: true, edges: true },
    ...(settle === undefined ? {} : { settle: () => settle(engine) }),
    async close() {
      await reader.close();
      await engine.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const stages: Readonly<Record<string, ((engine: Engine) => Promise<void>) | undefined>> = {
  "not sealed": undefined,
  sealed: (engine) => engine.seal(),
  "sealed and merged": async (engine) => {
    await engine.seal();
    await engine.maintain();
  },
};

for (const [stage, settle] of Object.entries(stages)) {
  describeTelemetryContract({
    name: `the embedded store, ${stage}`,
    present: true,
    open: () => open(settle),
  });
}
