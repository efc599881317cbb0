/** What the tests of the engine share: batches to write, and everything that an engine holds. */
import type { Clock } from "../../../core/clock.ts";
import { makeIds, seededRandom } from "../../../core/ids.ts";
import { makeLog } from "../../../core/log.ts";
import type { Store } from "../../../core/store.ts";
import { batchWriter, encodeBatch } from "../../signals/batch.ts";
import type { LogRecord, Origin, SpanRecord } from "../../signals/records.ts";
import { recordWriter } from "../../signals/rows.ts";
import { quoted } from "./duck.ts";
import type { Duck } from "./duck.ts";
import type { Engine } from "./engine.ts";
import type { SegmentBlobs } from "./files.ts";
import type { EngineOptions } from "./options.ts";
import { defaultRetention } from "./retention.ts";
import { keepEverything } from "./sampling.ts";

/** Options of an engine that keeps everything and says nothing. */
export function engineOptions(
  folder: string,
  store: Store,
  clock: Clock,
  more: Partial<EngineOptions> = {},
): EngineOptions {
  return {
    folder,
    store,
    clock,
    ids: makeIds(clock, seededRandom(Math.floor(performance.now() * 1000))),
    log: makeLog(() => {}),
    sampling: () => keepEverything,
    retention: () => defaultRetention,
    ...more,
  };
}

/** An origin of a service. */
export function originOf(service: string): Origin {
  const resource = { "service.name": service, "service.version": "1", "host.name": `${service}-0` };
  return { resource, scopeName: "rig", scopeVersion: "", scopeAttributes: {} };
}

/** A log record whose body is its number. */
export function lineOf(number: number, timeNs: bigint, service = "orders"): LogRecord {
  return {
    origin: originOf(service),
    timeNs,
    observedNs: timeNs,
    severity: 9,
    severityText: "INFO",
    body: String(number),
    eventName: "",
    traceId: number.toString(16).padStart(32, "0"),
    spanId: "",
    attributes: { "order.id": `order-${number}`, [`key.${number % 700}`]: number },
  };
}

/** A span of 10 ms. */
export function spanOf(more: Partial<SpanRecord>): SpanRecord {
  return {
    origin: originOf("orders"),
    traceId: "1".repeat(32),
    spanId: "1".repeat(16),
    parentSpanId: "",
    traceState: "",
    name: "GET /",
    kind: 2,
    startNs: 0n,
    durationNs: 10_000_000n,
    status: 0,
    statusMessage: "",
    attributes: {},
    events: [],
    links: [],
    weight: 1,
    ...more,
  };
}

/** A batch of these records. */
export function batchOf(logs: readonly LogRecord[], spans: readonly SpanRecord[] = []): Uint8Array {
  const writer = recordWriter(batchWriter());
  for (const record of logs) writer.log(record);
  for (const record of spans) writer.span(record);
  return encodeBatch(writer.batch);
}

/** The bodies of all log records that an engine holds, as numbers, ascending. */
export async function numbersIn(engine: Engine, duck: Duck): Promise<number[]> {
  await engine.flush();
  const view = engine.view();
  try {
    const segments = view.segments.filter(({ signal }) => signal === "logs");
    for (const segment of segments) await engine.hold(segment);
    const paths = [
      ...segments.map(({ files }) => files.data ?? ""),
      ...view.fresh.filter(({ signal }) => signal === "logs").map(({ path }) => path),
    ];
    if (paths.length === 0) return [];
    const rows = await duck.rows(
      `select body::integer as n from read_parquet([${paths.map(quoted).join()}],
        union_by_name = true) order by n`,
    );
    return rows.map((row) => Number(row["n"]));
  } finally {
    view.release();
  }
}

/** Blob storage in memory, which can be made to fail. */
export function memoryBlobs(): SegmentBlobs & { kept: Map<string, Uint8Array>; away: boolean } {
  const kept = new Map<string, Uint8Array>();
  const blobs = {
    kept,
    away: false,
    async put(key: string, bytes: Uint8Array): Promise<void> {
      if (blobs.away) throw new Error("blob storage is away");
      kept.set(key, bytes);
    },
    get: async (key: string): Promise<Uint8Array | undefined> => kept.get(key),
    async delete(key: string): Promise<void> {
      kept.delete(key);
    },
    list: async (prefix: string): Promise<readonly string[]> =>
      [...kept.keys()].filter((key) => key.startsWith(prefix)),
  };
  return blobs;
}
