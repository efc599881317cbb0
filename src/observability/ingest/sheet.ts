import { batchWriter, encodeBatch } from "../signals/batch.ts";
import type { BatchWriter } from "../signals/batch.ts";
import type { ColumnWriter, Growing } from "../signals/columns.ts";
import type { Origin } from "../signals/records.ts";
import { putOrigin, recordWriter } from "../signals/rows.ts";
import type { RecordWriter } from "../signals/rows.ts";
import { tableNames } from "../signals/tables.ts";

/** A used sheet whose buffers are larger than this starts anew, so that one giant is no burden. */
const keptBytesMax = 32 * 1024 * 1024;

function buffersOf(batch: BatchWriter): readonly Growing[] {
  const buffers: Growing[] = [];
  const add = ({ data, keys, values }: ColumnWriter): void => {
    buffers.push(data);
    if (keys !== undefined && values !== undefined) buffers.push(keys.data, values.data);
  };
  for (const name of tableNames) for (const one of Object.values(batch[name].columns)) add(one);
  return buffers;
}

/**
 * A batch under construction that several requests are written to, each wholly or not at all: many
 * small requests become one write.
 */
export class Sheet {
  batch: BatchWriter = batchWriter();
  private buffers: readonly Growing[] = buffersOf(this.batch);
  private readonly known = new Set<bigint>();
  /** Origins of the request being written, to be forgotten when it is taken back. */
  private fresh: bigint[] = [];
  private readonly lengths: number[] = [];

  /** Rows of all signals. */
  get rows(): number {
    const { logs, spans, points, errors } = this.batch;
    return logs.rows + spans.rows + points.rows + errors.rows;
  }

  /** Bytes of all columns. */
  get bytes(): number {
    let sum = 0;
    for (const { length } of this.buffers) sum += length;
    return sum;
  }

  /** Puts the origin's row once. */
  origin(id: bigint, origin: Origin): void {
    if (this.known.has(id)) return;
    putOrigin(this.batch, id, origin);
    this.known.add(id);
    this.fresh.push(id);
  }

  /** Takes records one at a time, for protocols that have no reader of their own. */
  records(): RecordWriter {
    return recordWriter(this.batch);
  }

  /** Begins a request: what follows is taken back by {@link Sheet.rollback}. */
  mark(): void {
    const { lengths, buffers } = this;
    lengths.length = 0;
    for (const { length } of buffers) lengths.push(length);
    for (const name of tableNames) lengths.push(this.batch[name].rows);
    this.fresh = [];
  }

  /** Takes back what was written since {@link Sheet.mark}. */
  rollback(): void {
    const { lengths, buffers } = this;
    buffers.forEach((buffer, index) => {
      buffer.length = lengths[index] ?? 0;
    });
    tableNames.forEach((name, index) => {
      this.batch[name].rows = lengths[buffers.length + index] ?? 0;
    });
    for (const id of this.fresh) this.known.delete(id);
    this.fresh = [];
  }

  /** The batch as bytes, and an empty sheet. */
  take(): Uint8Array<ArrayBuffer> {
    const encoded = encodeBatch(this.batch);
    this.clear();
    return encoded;
  }

  /** Empties the sheet; its buffers stay for the next batch unless they grew huge. */
  clear(): void {
    let held = 0;
    for (const { bytes } of this.buffers) held += bytes.length;
    if (held > keptBytesMax) {
      this.batch = batchWriter();
      this.buffers = buffersOf(this.batch);
    } else {
      for (const buffer of this.buffers) buffer.length = 0;
      for (const name of tableNames) this.batch[name].rows = 0;
    }
    this.known.clear();
    this.fresh = [];
  }
}
