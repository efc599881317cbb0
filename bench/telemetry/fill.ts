/**
 * Fills an engine with many records from a few: the batches of a small shop are written again and
 * again, each time at another time and with other ids, changed in their bytes.
 */
import { seededRandom } from "../../src/core/ids.ts";
import type { Random } from "../../src/core/ids.ts";
import { batchWriter, decodeBatch, encodeBatch } from "../../src/observability/signals/batch.ts";
import type { Batch, BatchTable } from "../../src/observability/signals/batch.ts";
import { readBatch } from "../../src/observability/export/read.ts";
import type { Records } from "../../src/observability/export/read.ts";
import { recordWriter } from "../../src/observability/signals/rows.ts";
import type { Engine } from "../../src/observability/telemetry/embedded/engine.ts";
import { Shop } from "./shop.ts";

/** What an engine was filled with. */
export interface Filled {
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly logs: number;
  readonly spans: number;
  /** Some traces, over all of the time. */
  readonly traceIds: readonly string[];
  /** Peers that have the same records. */
  readonly peers: readonly string[];
}

/** Another store that takes the same records. */
export interface Beside {
  readonly name: string;
  take(records: Records): Promise<void>;
}

const batchRows = 4000;

interface Ready {
  readonly bytes: Uint8Array;
  readonly logs: number;
  readonly spans: number;
}

/** Batches of one signal: the time of their first record is 0. */
function readyBatches(random: Random, rows: number, stepNs: number, rare: string): Ready[] {
  const shop = new Shop(random, { startNs: 0n, stepNs });
  const ready: Ready[] = [];
  let written = 0;
  let fromNs = 0n;
  while (written < rows) {
    const writer = recordWriter(batchWriter());
    let lastNs = fromNs;
    while (writer.batch.spans.rows < batchRows) {
      const { spans, logs } = shop.next();
      for (const span of spans) {
        if (span.startNs > lastNs) lastNs = span.startNs;
        writer.span({ ...span, startNs: span.startNs - fromNs });
      }
      for (const line of logs) writer.log({ ...line, timeNs: line.timeNs - fromNs });
    }
    if (ready.length === 3) {
      const [line] = shop.next().logs;
      if (line !== undefined) writer.log({ ...line, timeNs: 0n, body: `${rare} once in a while` });
    }
    const { logs, spans } = writer.batch;
    ready.push({ bytes: encodeBatch(writer.batch), logs: logs.rows, spans: spans.rows });
    written += spans.rows;
    fromNs = lastNs;
  }
  return ready;
}

function shift(table: BatchTable | undefined, columns: readonly string[], byNs: bigint): void {
  for (const name of columns) {
    const bytes = table?.columns[name]?.data;
    if (bytes === undefined) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length; at += 8) {
      view.setBigInt64(at, view.getBigInt64(at, true) + byNs, true);
    }
  }
}

/** Other ids, the same within the batch; zeros stay none. */
function mask(table: BatchTable | undefined, name: string, size: number, key: Uint8Array): void {
  const bytes = table?.columns[name]?.data;
  if (bytes === undefined) return;
  for (let at = 0; at < bytes.length; at += size) {
    let isNone = true;
    for (let i = 0; i < size && isNone; i++) isNone = bytes[at + i] === 0;
    if (isNone) continue;
    for (let i = 0; i < size; i++) bytes[at + i] = (bytes[at + i] ?? 0) ^ (key[i] ?? 0);
  }
}

function moved(
  bytes: Uint8Array,
  byNs: bigint,
  random: Random,
): { bytes: Uint8Array; batch: Batch } {
  const copy = bytes.slice();
  const batch = decodeBatch(copy);
  shift(batch.logs, ["time_ns", "observed_ns"], byNs);
  shift(batch.spans, ["start_ns"], byNs);
  const [trace, span] = [random.fill(new Uint8Array(16)), random.fill(new Uint8Array(8))];
  for (const table of [batch.logs, batch.spans]) {
    mask(table, "trace_id", 16, trace);
    mask(table, "span_id", 8, span);
    mask(table, "parent_span_id", 8, span);
  }
  return { bytes: copy, batch };
}

/**
 * Fills an engine with `logs` log records, and the spans of the same requests.
 * @param options `startNs`: time of the first; `spanNs`: how long it took the shop; `rare`: a word
 * that about one line in 100,000 has; `beside`: who gets them as well
 */
export async function fill(
  engine: Engine,
  options: {
    readonly logs: number;
    readonly startNs: bigint;
    readonly spanNs: bigint;
    readonly seed: number;
    readonly rare: string;
    readonly beside: readonly Beside[];
    readonly told: (logs: number) => void;
  },
): Promise<Filled> {
  const random = seededRandom(options.seed);
  // About 0.56 log records a span.
  const ready = readyBatches(random, Math.min(400_000, options.logs), 1000, options.rare);
  const traceIds: string[] = [];
  let [logs, spans] = [0, 0];
  for (let count = 0; logs < options.logs; count++) {
    const one = ready[count % ready.length] as Ready;
    const share = Math.min(1, logs / options.logs);
    const atNs = options.startNs + BigInt(Math.floor(share * Number(options.spanNs)));
    const { bytes, batch } = moved(one.bytes, atNs, random);
    if (count % 5 === 0) {
      const ids = batch.spans?.columns["trace_id"]?.data.subarray(0, 16) ?? new Uint8Array();
      traceIds.push(Buffer.from(ids).toString("hex"));
    }
    await written(engine, bytes);
    await besides(options.beside, bytes);
    logs += one.logs;
    spans += one.spans;
    // As if the writer had all the time of the day.
    if (count % 60 === 59) await engine.seal();
    if (count % 300 === 299) {
      await engine.maintain();
      options.told(logs);
    }
  }
  await engine.seal();
  await engine.maintain();
  return {
    startNs: options.startNs,
    endNs: options.startNs + options.spanNs,
    logs,
    spans,
    traceIds,
    peers: options.beside.map(({ name }) => name),
  };
}

async function besides(beside: readonly Beside[], bytes: Uint8Array): Promise<void> {
  if (beside.length === 0) return;
  const records = readBatch(bytes);
  await Promise.all(beside.map((one) => one.take(records)));
}

async function written(engine: Engine, bytes: Uint8Array): Promise<void> {
  for (;;) {
    try {
      return await engine.write(bytes);
    } catch (error) {
      if ((error as { code?: string }).code !== "MOR_TELEMETRY_BUSY") throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
