import { sleep } from "../../../core/clock.ts";
import type { Clock } from "../../../core/clock.ts";
import { MorningError } from "../../../core/errors.ts";
import type { Ids } from "../../../core/ids.ts";
import type { Json } from "../../../core/json.ts";
import { bulkRetryable } from "../../../engines/opensearch/bulk.ts";
import type { BulkAction, BulkItem } from "../../../engines/opensearch/bulk.ts";
import type { OpenSearch } from "../../../engines/opensearch/client.ts";
import { readBatch } from "../../export/read.ts";
import type { Records } from "../../export/read.ts";
import { decodeBatch } from "../../signals/batch.ts";
import type { Signal } from "../../signals/records.ts";
import { embeddedErrors } from "../embedded/errors.ts";
import { documentOf } from "./documents.ts";
import type { Kept, KeptRecord } from "./documents.ts";
import { indexOf, keptSignals } from "./template.ts";

/** Hears of records that were not stored, and why. */
export type HearDrop = (signal: Signal, reason: string, count: number, sample: string) => void;

/** What writing needs. */
export interface WriterOptions {
  readonly client: OpenSearch;
  readonly prefix: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly drop: HearDrop;
}

/** Bytes of a batch, by average, that make one bulk request of some 4 MB; actions at most. */
const bulkBytes = 400_000;
const bulkActionsMax = 5000;
/** Waits before what the cluster had no room for is sent again, milliseconds. */
const waitsMs = [100, 400, 1600];
/** Failures after which the same ids are sent again: what was stored is told by 409. */
const tryAgain: ReadonlySet<string> = new Set([
  "MOR_OVERLOADED",
  "MOR_ENGINE_UNAVAILABLE",
  "MOR_TIMEOUT",
]);
/** When to send again after that, milliseconds. */
const retryAfterMs = 2000;

function busy(message: string, cause?: unknown): MorningError {
  return embeddedErrors.MOR_TELEMETRY_BUSY(message, { cause, details: { retryAfterMs } });
}

type Action = BulkAction & { readonly op: "create" };

/** The log patterns of a batch's lines. */
function patternsOf(bytes: Uint8Array): string[] {
  const table = decodeBatch(bytes).logs;
  const data = table?.columns["pattern"]?.data ?? new Uint8Array(0);
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  return Array.from({ length: table?.rows ?? 0 }, () => {
    const start = at + 4;
    at = start + buffer.readUInt32LE(at);
    return buffer.toString("utf8", start, at);
  });
}

function recordsOf(bytes: Uint8Array): Records & { readonly logs: readonly KeptRecord["logs"][] } {
  try {
    const records = readBatch(bytes);
    const patterns = patternsOf(bytes);
    const logs = records.logs.map((log, at) => ({ ...log, pattern: patterns[at] ?? "" }));
    return { ...records, logs };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw embeddedErrors.MOR_TELEMETRY_BATCH(`opensearch: ${why}`, { cause });
  }
}

/** Parts of so many actions. */
function* parts(actions: Iterable<Action>, size: number): Generator<Action[]> {
  let part: Action[] = [];
  for (const action of actions) {
    part.push(action);
    if (part.length < size) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

function* actionsOf(
  records: ReturnType<typeof recordsOf>,
  options: WriterOptions,
): Generator<Action> {
  const { prefix, clock, ids } = options;
  // Names that later writes sort after, so that the index of ids grows at its end.
  const batch = ids.uuid().replaceAll("-", "");
  let row = 0;
  for (const signal of keptSignals) {
    const index = indexOf(prefix, signal, clock.now());
    for (const record of records[signal]) {
      const id = batch + (row++).toString(16).padStart(6, "0");
      const document: Json = documentOf<Kept>(signal, record as KeptRecord[Kept], id);
      yield { op: "create", index, id, document };
    }
  }
}

const signalOf = ({ index }: Action, prefix: string): Signal =>
  (index.slice(prefix.length + 1).split("-")[0] ?? "logs") as Signal;

/** Sends one part; what the cluster has no room for is sent again under the same ids. */
async function send(part: Action[], { client, clock, prefix, drop }: WriterOptions): Promise<void> {
  let waiting = part;
  for (let attempt = 0; ; attempt++) {
    const waitMs = waitsMs[attempt];
    const items = await client.bulk(waiting).catch((error: unknown) => {
      const again = error instanceof MorningError && tryAgain.has(error.code);
      if (!again) throw error;
      if (waitMs === undefined) throw busy(error.message, error);
      return undefined;
    });
    const retried = waiting.filter((action, at) => {
      const item: BulkItem | undefined = items?.[at];
      if (item === undefined || bulkRetryable.has(item.status)) return true;
      // 409: an earlier attempt, whose answer was lost, has stored it.
      if (item.status >= 300 && item.status !== 409) {
        drop(signalOf(action, prefix), "refused", 1, `${item.status} ${item.reason}`);
      }
      return false;
    });
    if (retried.length === 0) return;
    if (waitMs === undefined) throw busy("opensearch has no room for what is written");
    waiting = retried;
    await sleep(clock, waitMs);
  }
}

/**
 * Stores one batch. Its records are stored one by one: where the cluster fails in between, some are
 * there, and whoever sends the batch again makes duplicates of them.
 * @throws MOR_TELEMETRY_BUSY when the cluster has no room; MOR_TELEMETRY_BATCH for other bytes
 */
export async function writeBatch(bytes: Uint8Array, options: WriterOptions): Promise<void> {
  const records = recordsOf(bytes);
  const { points } = records;
  if (points.length > 0) {
    options.drop("points", "unsupported", points.length, points[0]?.name ?? "");
  }
  const rows = keptSignals.reduce((sum, signal) => sum + records[signal].length, 0);
  const fitting = Math.floor((bulkBytes * rows) / bytes.length);
  const size = Math.min(bulkActionsMax, Math.max(1, fitting));
  for (const part of parts(actionsOf(records, options), size)) await send(part, options);
}
