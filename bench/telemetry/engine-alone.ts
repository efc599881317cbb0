import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/core/clock.ts";
import { makeIds, seededRandom, systemRandom } from "../../src/core/ids.ts";
import { makeLog } from "../../src/core/log.ts";
import { openSqlite } from "../../src/engines/sqlite/store.ts";
import { batchWriter, encodeBatch } from "../../src/observability/signals/batch.ts";
import { recordWriter } from "../../src/observability/signals/rows.ts";
import { openEngine } from "../../src/observability/telemetry/embedded/engine.ts";
import type { Engine } from "../../src/observability/telemetry/embedded/engine.ts";
import { defaultRetention } from "../../src/observability/telemetry/embedded/retention.ts";
import { keepEverything } from "../../src/observability/telemetry/embedded/sampling.ts";
import type { Sent } from "./peers/peer.ts";
import { Shop } from "./shop.ts";

/** What storing alone costs: batches that are ready, straight into the engine of this process. */
export interface Alone {
  readonly signal: Sent;
  readonly perSecond: number;
  readonly sealedPerSecond: number;
  /** Processor seconds for a million records, sealing included. */
  readonly cpuPerMillion: number;
  readonly bytesPerRecord: number;
  readonly p50: number;
  readonly p99: number;
  readonly again: number;
  /** Of the whole benchmark, the batches that wait in it included. */
  readonly rssMib: number;
}

interface Opened {
  readonly engine: Engine;
  close(): Promise<void>;
}

async function open(): Promise<Opened> {
  const clock = systemClock;
  const folder = mkdtempSync(join(tmpdir(), "morning-ingest-"));
  const store = await openSqlite({ path: join(folder, "state.db"), clock });
  const engine = await openEngine({
    folder: join(folder, "telemetry"),
    store,
    clock,
    ids: makeIds(clock, systemRandom),
    log: makeLog(({ level, message, fields }) => {
      if (level === "error") console.log(message, fields);
    }),
    sampling: () => keepEverything,
    retention: () => defaultRetention,
  });
  return {
    engine,
    async close() {
      await engine.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function readyBatches(signal: Sent, count: number): { batches: Uint8Array[]; records: number } {
  const shop = new Shop(seededRandom(2), {
    startNs: BigInt(Date.now() - 60_000) * 1_000_000n,
    stepNs: 60_000,
  });
  const batches: Uint8Array[] = [];
  let records = 0;
  while (records < count) {
    const writer = recordWriter(batchWriter());
    while (writer.batch[signal].rows < 2000) {
      const made = shop.next();
      if (signal === "logs") for (const line of made.logs) writer.log(line);
      else for (const span of made.spans) writer.span(span);
    }
    records += writer.batch[signal].rows;
    batches.push(encodeBatch(writer.batch));
  }
  return { batches, records };
}

/** Writes the batches in four lanes; gives how long each write took, and how many came again. */
async function writeAll(
  engine: Engine,
  batches: readonly Uint8Array[],
): Promise<{ latencies: number[]; again: number }> {
  const latencies: number[] = [];
  let again = 0;
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let batch = batches[next++]; batch !== undefined; batch = batches[next++]) {
      for (;;) {
        const sentMs = performance.now();
        const taken = await engine.write(batch).then(
          () => true,
          () => false,
        );
        latencies.push(performance.now() - sentMs);
        if (taken) break;
        again++;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  return { latencies: latencies.toSorted((a, b) => a - b), again };
}

/** Measures the engine alone with about `count` records of a signal. */
export async function engineAlone(signal: Sent, count: number): Promise<Alone> {
  const { batches, records } = readyBatches(signal, count);
  const opened = await open();
  const before = process.cpuUsage();
  const startedMs = performance.now();
  const { latencies, again } = await writeAll(opened.engine, batches);
  const seconds = (performance.now() - startedMs) / 1000;
  const rssMib = Math.round(process.memoryUsage().rss / 2 ** 20);
  await opened.engine.seal();
  const sealedSeconds = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(before);
  const { bytes, unsealedBytes } = opened.engine.figures();
  await opened.close();
  return {
    signal,
    perSecond: records / seconds,
    sealedPerSecond: records / sealedSeconds,
    cpuPerMillion: (user + system) / records,
    bytesPerRecord: (bytes - unsealedBytes) / records,
    p50: latencies[Math.floor(latencies.length / 2)] ?? 0,
    p99: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
    again,
    rssMib,
  };
}
