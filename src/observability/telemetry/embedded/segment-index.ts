import { bloomOf, HashList, mayHold } from "./bloom.ts";
import type { Bloom } from "./bloom.ts";
import { GramSet } from "./grams.ts";
import { hashBytes, hashValue, mix } from "./hash.ts";

/**
 * Says of one segment what is surely not in it, so that most segments need not be read for what is
 * rare.
 */
export interface SegmentIndex {
  /** @param traceId 32 hex digits */
  mayHaveTrace(traceId: string): boolean;
  /** An attribute that has exactly this text. */
  mayHaveValue(key: string, value: string): boolean;
  /** A main text (body, span name, error message) that contains `text`, whatever its case. */
  mayHaveText(text: string): boolean;
}

/**
 * Whether a value's text is indexed: what is short is in every segment, and of fractions every one
 * is another.
 */
function isIndexed(bytes: Uint8Array, start: number, end: number): boolean {
  const size = end - start;
  if (size < 4 || size > 256) return false;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    // Of digits, a point, a sign or an exponent alone: a number.
    if (byte === 0x2e && size < 26) return !isNumeric(bytes, start, end);
  }
  return true;
}

function isNumeric(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    const digit = byte >= 0x30 && byte <= 0x39;
    if (!digit && byte !== 0x2e && byte !== 0x2d && byte !== 0x65 && byte !== 0x2b) return false;
  }
  return true;
}

/**
 * Bits of a trace's id in the filter. One trace is looked for in all segments, each of which has
 * several filters: with the usual 8 one or two segments were read in vain.
 */
const traceBits = 16;

/** Gathers what a segment's index is made of, while its rows pass. */
export class IndexBuilder {
  readonly #traces = new HashList();
  readonly #values = new HashList();
  readonly #grams = new GramSet();

  /** Adds the ids of a column of 16 bytes a row; zeros are none. */
  traces(column: Uint8Array): void {
    let last = 0;
    for (let at = 0; at < column.length; at += 16) {
      const hash = mix(hashBytes(column, at, at + 16));
      if (hash === last) continue;
      last = hash;
      if (!isZero(column, at)) this.#traces.add(hash);
    }
  }

  /** Adds the texts of a column. */
  texts(column: Uint8Array): void {
    const view = new DataView(column.buffer, column.byteOffset, column.byteLength);
    for (let at = 0; at < column.length;) {
      const end = at + 4 + view.getUint32(at, true);
      this.#grams.add(column, at + 4, end);
      at = end;
    }
  }

  /** Adds an attribute; `key` is the hash of its key. */
  value(key: number, bytes: Uint8Array, start: number, end: number): void {
    if (isIndexed(bytes, start, end)) this.#values.add(hashValue(key, bytes, start, end));
  }

  /** The index as bytes. */
  encode(): Uint8Array {
    return encodeIndex({
      traces: [bloomOf(this.#traces.distinct(), traceBits)],
      values: [bloomOf(this.#values.distinct())],
      grams: this.#grams,
    });
  }
}

function isZero(bytes: Uint8Array, at: number): boolean {
  for (let i = at; i < at + 16; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** What an index holds; one filter of each kind for each segment that was merged into it. */
interface Parts {
  readonly traces: readonly Bloom[];
  readonly values: readonly Bloom[];
  readonly grams: GramSet;
}

const version = 1;

/**
 * Version, counts of both lists of filters; each filter with its length; the grams. Numbers u32.
 */
function encodeIndex(parts: Parts): Uint8Array {
  const blooms = [...parts.traces, ...parts.values];
  const grams = parts.grams.bits;
  const size = 12 + blooms.reduce((sum, { bits }) => sum + 4 + bits.length, 0) + grams.length;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, version, true);
  view.setUint32(4, parts.traces.length, true);
  view.setUint32(8, parts.values.length, true);
  let at = 12;
  for (const { bits } of blooms) {
    view.setUint32(at, bits.length, true);
    bytes.set(bits, at + 4);
    at += 4 + bits.length;
  }
  bytes.set(grams, at);
  return bytes;
}

/** @throws RangeError for bytes that are no index */
function decodeParts(bytes: Uint8Array): Parts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== version) throw new RangeError("a segment's index is not ours");
  const [traces, values] = [view.getUint32(4, true), view.getUint32(8, true)];
  let at = 12;
  const take = (count: number): Bloom[] =>
    Array.from({ length: count }, () => {
      const size = view.getUint32(at, true);
      const bits = bytes.subarray(at + 4, at + 4 + size);
      at += 4 + size;
      return { bits };
    });
  const taken = { traces: take(traces), values: take(values) };
  return { ...taken, grams: new GramSet(bytes.subarray(at)) };
}

/** The index of a segment that several were merged into. */
export function mergeIndexes(encoded: readonly Uint8Array[]): Uint8Array {
  const parts = encoded.map(decodeParts);
  const grams = new GramSet();
  for (const part of parts) grams.merge(part.grams);
  return encodeIndex({
    traces: parts.flatMap((part) => part.traces),
    values: parts.flatMap((part) => part.values),
    grams,
  });
}

/** Reads an index. @throws RangeError for bytes that are no index */
export function readIndex(encoded: Uint8Array): SegmentIndex {
  const { traces, values, grams } = decodeParts(encoded);
  return {
    mayHaveTrace(traceId) {
      const hash = mix(hashBytes(Buffer.from(traceId, "hex"), 0, 16));
      return traces.some((bloom) => mayHold(bloom, hash));
    },
    mayHaveValue(key, value) {
      const bytes = Buffer.from(value);
      if (!isIndexed(bytes, 0, bytes.length)) return true;
      const keyBytes = Buffer.from(key);
      const hash = hashValue(hashBytes(keyBytes, 0, keyBytes.length), bytes, 0, bytes.length);
      return values.some((bloom) => mayHold(bloom, hash));
    },
    mayHaveText(text) {
      const wanted = new GramSet();
      const bytes = Buffer.from(text);
      wanted.add(bytes, 0, bytes.length);
      // A letter that folds to a Latin one has no grams of its own to look for.
      return wanted.bits[0] === 255 && wanted.bits[1] === 255 ? true : grams.has(wanted);
    },
  };
}
