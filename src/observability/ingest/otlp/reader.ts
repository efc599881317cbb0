import { isUtf8 } from "node:buffer";
import { ingestErrors } from "../errors.ts";

/** Why bytes are no OTLP, in one word; the reason of the drop and of the answer. */
export type Malformation =
  | "truncated"
  | "varint"
  | "length"
  | "group"
  | "wire-type"
  | "field"
  | "depth";

const none = new Uint8Array(0);

/** Groups (wire types 3 and 4) are not part of proto3, which OTLP is. */
const wireTypes = ["varint", "64 bits", "length", "group", "end of group", "32 bits"] as const;

/**
 * Reads the protobuf wire format in place: nothing is copied, nothing is allocated. A message is
 * the stretch from `at` to an `end` that the caller holds; the methods never pass it. Strict: what
 * a lenient parser would skip (groups, a known field in another wire type) is malformed.
 * Source: protobuf.dev/programming-guides/encoding.
 */
export class Wire {
  bytes: Uint8Array = none;
  buffer: Buffer = Buffer.alloc(0);
  view: DataView = new DataView(none.buffer);
  at = 0;
  /** The varint read last: its low and its high half, unsigned. */
  lo = 0;
  hi = 0;
  /** Which message is being read, for the words of an error. */
  message = "request";

  /** Begins to read `bytes`. */
  open(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
  }

  /** Lets go of the bytes. */
  close(): void {
    this.open(none);
  }

  /** @throws MOR_INGEST_MALFORMED always */
  fail(reason: Malformation, text: string): never {
    throw ingestErrors.MOR_INGEST_MALFORMED(`${this.message}, byte ${this.at}: ${text}`, {
      details: { reason, offset: this.at, message: this.message },
    });
  }

  /** The next tag: field number and wire type. The caller knows that `at` is before `end`. */
  tag(end: number): number {
    const first = this.bytes[this.at] as number;
    if (first < 0x80) {
      if (first < 8) this.fail("field", "field number 0");
      this.at++;
      return first;
    }
    this.varint(end);
    if (this.hi !== 0) this.fail("field", "field number out of range");
    if (this.lo < 8) this.fail("field", "field number 0");
    return this.lo;
  }

  /** Reads a varint into `lo` and `hi`. */
  varint(end: number): void {
    const { bytes } = this;
    let at = this.at;
    let lo = 0;
    let hi = 0;
    for (let shift = 0; ; shift += 7, at++) {
      if (at >= end) this.fail("truncated", "a varint runs past the end");
      if (shift > 63) this.fail("varint", "a varint of more than 10 bytes");
      const byte = bytes[at] as number;
      if (shift < 28) lo |= (byte & 0x7f) << shift;
      else if (shift === 28) {
        lo |= (byte & 0x0f) << 28;
        hi = (byte & 0x70) >> 4;
      } else hi |= (byte & 0x7f) << (shift - 32);
      if (byte < 0x80) break;
    }
    this.at = at + 1;
    this.lo = lo >>> 0;
    this.hi = hi >>> 0;
  }

  /** A varint of an int32, an enum or a bool: its low 32 bits, signed. */
  int32(end: number): number {
    const { at } = this;
    if (at < end) {
      const first = this.bytes[at] as number;
      if (first < 0x80) {
        this.at = at + 1;
        return first;
      }
    }
    this.varint(end);
    return this.lo | 0;
  }

  /** A zigzag varint of 32 bits. */
  sint32(end: number): number {
    const value = this.int32(end);
    return (value >>> 1) ^ -(value & 1);
  }

  /** Reads the length of a message, text or bytes; answers where it ends. `at` is its start. */
  length(end: number): number {
    const { bytes } = this;
    let at = this.at;
    if (at >= end) this.fail("truncated", "a length runs past the end");
    let size = bytes[at++] as number;
    if (size >= 0x80) {
      this.varint(end);
      at = this.at;
      size = this.hi === 0 ? this.lo : 2 ** 32;
    }
    const stop = at + size;
    if (stop > end) this.fail("length", `a length of ${size} bytes runs past the end`);
    this.at = at;
    return stop;
  }

  /** Steps over eight bytes; answers where they begin. */
  fixed64(end: number): number {
    const { at } = this;
    if (at + 8 > end) this.fail("truncated", "eight bytes run past the end");
    this.at = at + 8;
    return at;
  }

  /** Steps over four bytes; answers where they begin. */
  fixed32(end: number): number {
    const { at } = this;
    if (at + 4 > end) this.fail("truncated", "four bytes run past the end");
    this.at = at + 4;
    return at;
  }

  /**
   * Steps over a field that the caller does not read.
   * @param known bit n is set when the message has a field n, which then has another wire type
   */
  skip(tag: number, end: number, known: number): void {
    const field = tag >>> 3;
    const type = tag & 7;
    if (field < 32 && ((known >>> field) & 1) === 1) {
      this.fail("wire-type", `field ${field} does not come as ${wireTypes[type] ?? type}`);
    }
    this.step(type, end);
  }

  /** Steps over a value of a wire type. */
  step(type: number, end: number): void {
    if (type === 0) this.varint(end);
    else if (type === 1) this.fixed64(end);
    else if (type === 2) this.at = this.length(end);
    else if (type === 5) this.fixed32(end);
    else if (type < 5) this.fail("group", "a field is a group");
    else this.fail("wire-type", `a field has the wire type ${type}`);
  }

  /** Whether a stretch is UTF-8. Most of it is ASCII, which is looked at four bytes at a time. */
  utf8(start: number, end: number): boolean {
    const { view, bytes } = this;
    let at = start;
    for (const last = end - 3; at < last; at += 4) {
      if ((view.getUint32(at, true) & 0x80808080) !== 0) return this.wide(start, end);
    }
    for (; at < end; at++) {
      if ((bytes[at] as number) >= 0x80) return this.wide(start, end);
    }
    return true;
  }

  /** Whether a stretch that is not ASCII is UTF-8. */
  private wide(start: number, end: number): boolean {
    return isUtf8(this.bytes.subarray(start, end));
  }

  /** A stretch as text; what is not UTF-8 becomes U+FFFD. */
  text(start: number, end: number): string {
    return this.buffer.toString("utf8", start, end);
  }

  /** A stretch as hex digits. */
  hex(start: number, end: number): string {
    return this.buffer.toString("hex", start, end);
  }

  /** A stretch in base64. */
  base64(start: number, end: number): string {
    return this.buffer.toString("base64", start, end);
  }

  /** Eight bytes as an unsigned integer. */
  uint64(at: number): bigint {
    return this.view.getBigUint64(at, true);
  }

  /** Eight bytes as an unsigned integer, as near as a double comes. */
  number64(at: number): number {
    return this.view.getUint32(at + 4, true) * 2 ** 32 + this.view.getUint32(at, true);
  }
}
