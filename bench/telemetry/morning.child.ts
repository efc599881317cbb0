/**
 * Morning's telemetry as a process of its own, taking OTLP over HTTP as the platform does:
 * decoding, redaction, log patterns, the log on disk, sealing. `GET /` of the control port tells
 * figures, `POST /` seals first.
 */
import { createServer } from "node:http";
import { join } from "node:path";
import { systemClock } from "../../src/core/clock.ts";
import { makeIds, systemRandom } from "../../src/core/ids.ts";
import { makeLog } from "../../src/core/log.ts";
import { openSqlite } from "../../src/engines/sqlite/store.ts";
import { openCollector } from "../../src/observability/telemetry/collector.ts";
import { openEngine } from "../../src/observability/telemetry/embedded/engine.ts";
import { defaultRetention } from "../../src/observability/telemetry/embedded/retention.ts";
import { keepEverything } from "../../src/observability/telemetry/embedded/sampling.ts";
import { settingsOf } from "../../src/observability/telemetry/settings.ts";
import type { MorningFigures } from "./peers/morning.ts";

const [folder = "", controlPort = "0"] = process.argv.slice(2);
const clock = systemClock;
const log = makeLog(({ level, message, fields }) => {
  if (level === "error") console.log(message, fields);
});

const store = await openSqlite({ path: join(folder, "state.db"), clock });
const engine = await openEngine({
  folder: join(folder, "telemetry"),
  store,
  clock,
  ids: makeIds(clock, systemRandom),
  log,
  sampling: () => keepEverything,
  retention: () => defaultRetention,
});
const collector = await openCollector({
  settings: settingsOf({}),
  folder,
  hostname: "127.0.0.1",
  ports: { otlpHttp: 0 },
  clock,
  random: systemRandom,
  log,
  writer: engine,
  ledger: {
    learn: async () => {},
    merge: async () => {},
    loadMiner: async () => undefined,
    saveMiner: async () => {},
    seen: async () => {},
  },
  door: { authorize: async () => "bench" },
  tap: { tailed: async () => {} },
});
const { otlpHttp = 0 } = await collector.listen(true);

function figures(): MorningFigures {
  const { records, bytes, unsealedBytes } = engine.figures();
  const dropped = collector.dropped.list().reduce((sum, one) => sum + one.count, 0);
  return { otlpHttp, records, sealedBytes: bytes - unsealedBytes, dropped };
}

const control = createServer((request, answer) => {
  const ready = request.method === "POST" ? engine.seal() : Promise.resolve();
  void ready.then(() => answer.end(JSON.stringify(figures())));
});
control.listen(Number(controlPort), "127.0.0.1");

async function end(): Promise<void> {
  control.close();
  control.closeAllConnections();
  await collector.close();
  await engine.close();
  await store.close();
  process.exit(0);
}

process.once("SIGTERM", () => void end());
