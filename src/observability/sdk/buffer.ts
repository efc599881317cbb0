import type { Cancel, Clock } from "../../core/clock.ts";
import { withoutContext } from "../../core/context.ts";
import { MorningError } from "../../core/errors.ts";
import { batchWriter, encodeBatch } from "../signals/batch.ts";
import type { BatchWriter, TableWriter } from "../signals/batch.ts";
import type { Origin, Signal } from "../signals/records.ts";
import { originId, putOrigin, recordWriter } from "../signals/rows.ts";
import type { RecordWriter } from "../signals/rows.ts";
import { appendRows, emptyBatch, findColumns } from "./encode.ts";
import type { Columns } from "./encode.ts";

/** An origin that this process writes records of. */
export interface KnownOrigin {
  readonly origin: Origin;
  readonly id: bigint;
  /** Words of the id. */
  readonly low: number;
  readonly high: number;
  /** Its row, which every batch has. */
  readonly row: TableWriter;
  /** Number of the last batch that has its row. */
  batch: number;
}

/** Bounds of what waits to be stored. */
export interface BufferLimits {
  /** Records of one batch. */
  readonly recordsMax: number;
  /** How long the first record of a batch waits, milliseconds. */
  readonly ageMsMax: number;
  /** Bytes of finished batches that wait; what comes then is dropped, and counted. */
  readonly bytesMax: number;
}

/** Usual bounds. */
export const bufferLimits: BufferLimits = {
  recordsMax: 512,
  ageMsMax: 500,
  bytesMax: 16 * 2 ** 20,
};

/** Where finished batches go; resolves when they are durable. */
export type WriteBatch = (batch: Uint8Array) => Promise<void>;

/** What became of the records of this process. */
export interface BufferFigures {
  readonly written: number;
  readonly dropped: number;
  readonly waitingBytes: number;
}

/** Records of this process on their way to the store. Putting one in never waits. */
export interface RecordBuffer {
  readonly columns: Columns;
  readonly batch: BatchWriter;
  /** For rarer records, points and errors: they have a batch of their own, origins included. */
  records(): RecordWriter;
  /** Puts the row of an origin into the batch under construction, once. */
  use(origin: KnownOrigin): void;
  /** A row was put into the batch under construction, or will be before it is cut. */
  added(): void;
  /** Says what puts in rows that were announced. */
  beforeCut(work: () => void): void;
  /** Says where batches go; what has waited goes at once. */
  attach(write: WriteBatch): void;
  /** Resolves when what was put in before is stored or dropped. */
  flush(): Promise<void>;
  figures(): BufferFigures;
  close(): Promise<void>;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly records: number;
}

const retryMs = 250;
const retryMsMax = 10_000;
/** A write that the store refuses for another reason than load is tried this often. */
const attemptsMax = 5;

/** An origin, with the id of its row. */
export function knownOrigin(origin: Origin): KnownOrigin {
  const { resource, scopeName, scopeVersion, scopeAttributes } = origin;
  const text = (value: unknown): string => JSON.stringify(value);
  const id = originId(text(resource), scopeName, scopeVersion, text(scopeAttributes));
  const low = Number(BigInt.asIntN(32, id));
  const one = batchWriter();
  putOrigin(one, id, origin);
  return {
    origin,
    id,
    low,
    high: Number(BigInt.asIntN(32, id >> 32n)),
    row: one.origins,
    batch: -1,
  };
}

/** What a write that failed may be told: when to try again, or that there is no use. */
function delayOf(error: unknown, attempt: number): number | undefined {
  if (MorningError.is(error) && error.status === 429) {
    const { retryAfterMs } = error.details as { readonly retryAfterMs?: number };
    return Math.min(retryMsMax, retryAfterMs ?? retryMs);
  }
  return attempt >= attemptsMax ? undefined : Math.min(retryMsMax, retryMs * 2 ** (attempt - 1));
}

/** Makes the buffer of one process. `dropped` hears of records that were not stored. */
export function makeBuffer(
  clock: Clock,
  dropped: (records: number, reason: "overload" | "refused", signal: Signal | "unknown") => void,
  limits: BufferLimits = bufferLimits,
): RecordBuffer {
  const batch = batchWriter();
  const columns = findColumns(batch);
  const waiting: Waiting[] = [];
  const figures = { written: 0, dropped: 0, waitingBytes: 0 };
  let number = 0;
  let records = 0;
  let cancelTimer: Cancel | undefined;
  let rare: RecordWriter | undefined;
  let complete: () => void = () => {};
  let wake: () => void = () => {};
  let write: WriteBatch | undefined;
  let sending: Promise<void> | undefined;
  let closed = false;

  const lose = (count: number, reason: "overload" | "refused"): void => {
    figures.dropped += count;
    dropped(count, reason, "unknown");
  };
  const sendOne = async (to: WriteBatch, one: Waiting): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      try {
        // A copy: the store may hand the bytes to a thread, after which they are nobody's here.
        await to(one.bytes.slice());
        figures.written += one.records;
        return;
      } catch (error) {
        const delayMs = closed ? undefined : delayOf(error, attempt);
        if (delayMs === undefined) return lose(one.records, "refused");
        await new Promise<void>((resolve) => {
          wake = resolve;
          clock.after(delayMs, resolve);
        });
      }
    }
  };
  const send = async (to: WriteBatch): Promise<void> => {
    for (let one = waiting[0]; one !== undefined; one = waiting[0]) {
      await sendOne(to, one);
      waiting.shift();
      figures.waitingBytes -= one.bytes.length;
    }
    sending = undefined;
  };
  const enqueue = (bytes: Uint8Array, count: number): void => {
    if (figures.waitingBytes + bytes.length > limits.bytesMax) return lose(count, "overload");
    waiting.push({ bytes, records: count });
    figures.waitingBytes += bytes.length;
    const to = write;
    // Outside of the work whose record came last: storing is no part of it.
    if (to !== undefined) sending ??= withoutContext(() => send(to));
  };
  const cut = (): void => {
    cancelTimer?.();
    cancelTimer = undefined;
    complete();
    const own = batch.spans.rows + batch.logs.rows;
    const count = records - own;
    records = 0;
    if (own > 0) {
      columns.spans.seal(batch.spans.rows);
      const bytes = encodeBatch(batch);
      emptyBatch(batch);
      number++;
      enqueue(bytes, own);
    }
    if (rare === undefined) return;
    const bytes = encodeBatch(rare.batch);
    rare = undefined;
    enqueue(bytes, count);
  };
  const arm = (): Cancel => withoutContext(() => clock.after(limits.ageMsMax, cut));
  const use = (origin: KnownOrigin): void => {
    if (origin.batch === number) return;
    origin.batch = number;
    appendRows(origin.row, batch.origins);
  };
  return {
    columns,
    batch,
    records: () => (rare ??= recordWriter(batchWriter())),
    use,
    added() {
      records++;
      if (records >= limits.recordsMax) cut();
      else cancelTimer ??= arm();
    },
    beforeCut: (work) => void (complete = work),
    attach(to) {
      write = to;
      if (waiting.length > 0) sending ??= withoutContext(() => send(to));
    },
    async flush() {
      cut();
      await sending;
    },
    figures: () => ({ ...figures }),
    async close() {
      closed = true;
      wake();
      cut();
      await sending;
    },
  };
}
