import { crc32 } from "node:zlib";
import { decodeBatch } from "../signals/batch.ts";
import { signals } from "../signals/records.ts";
import type { Signal } from "../signals/records.ts";

/** First bytes of a segment: what it is and the version of its layout. */
export const segmentMagic: Buffer = Buffer.from("MORSPL01", "latin1");

/**
 * Bytes before each entry: length u32, CRC-32 of what follows, milliseconds f64, four counts u32.
 */
export const headBytes = 32;

/** Records of an entry, a signal each. */
export type Counts = Readonly<Record<Signal, number>>;

/** No records. */
export const noCounts: Counts = { logs: 0, spans: 0, points: 0, errors: 0 };

/** Sums counts. */
export function addCounts(one: Counts, other: Counts): Counts {
  return {
    logs: one.logs + other.logs,
    spans: one.spans + other.spans,
    points: one.points + other.points,
    errors: one.errors + other.errors,
  };
}

/** What the head of an entry says. */
export interface Head {
  readonly size: number;
  readonly crc: number;
  /** When it was put in, milliseconds since 1970. */
  readonly atMs: number;
  readonly counts: Counts;
}

/** A batch as an entry of a segment. */
export function entryOf(batch: Uint8Array, atMs: number): Buffer {
  const decoded = decodeBatch(batch);
  const entry = Buffer.allocUnsafe(headBytes + batch.length);
  entry.writeUInt32LE(batch.length, 0);
  entry.writeDoubleLE(atMs, 8);
  signals.forEach((signal, index) =>
    entry.writeUInt32LE(decoded[signal]?.rows ?? 0, 16 + index * 4),
  );
  entry.set(batch, headBytes);
  entry.writeUInt32LE(crc32(entry.subarray(8)), 4);
  return entry;
}

/** Reads the head of an entry at `at`; undefined where the bytes end before. */
export function headAt(bytes: Buffer, at: number): Head | undefined {
  if (at + headBytes > bytes.length) return undefined;
  const count = (index: number): number => bytes.readUInt32LE(at + 16 + index * 4);
  return {
    size: bytes.readUInt32LE(at),
    crc: bytes.readUInt32LE(at + 4),
    atMs: bytes.readDoubleLE(at + 8),
    counts: { logs: count(0), spans: count(1), points: count(2), errors: count(3) },
  };
}

/** Whether the entry whose head is at `at` is there whole and unchanged. */
export function isSound(bytes: Buffer, at: number, head: Head): boolean {
  const end = at + headBytes + head.size;
  return end <= bytes.length && crc32(bytes.subarray(at + 8, end)) === head.crc;
}

/** A place between two entries. */
export interface Position {
  readonly segment: number;
  readonly offset: number;
}

/** One file of the spool. */
export interface Segment {
  readonly number: number;
  readonly path: string;
  bytes: number;
}

/** One batch out of the spool. */
export interface SpoolEntry {
  readonly batch: Uint8Array;
  readonly atMs: number;
  readonly counts: Counts;
  /** Behind it. */
  readonly next: Position;
}
