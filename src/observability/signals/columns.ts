import type { ColumnKind } from "./tables.ts";

/** Bytes that grow. */
export class Growing {
  bytes: Uint8Array;
  view: DataView;
  length = 0;

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room for `more` bytes behind the end. */
  reserve(more: number): void {
    const wanted = this.length + more;
    if (wanted <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(wanted, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  /** What was written so far, not copied. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

const encoder = new TextEncoder();

/** One column under construction. The caller writes exactly one value a row. */
export class ColumnWriter {
  readonly kind: ColumnKind;
  /** Values; of a map its counts. */
  readonly data: Growing = new Growing();
  /** Keys and values of a map. */
  readonly keys: ColumnWriter | undefined;
  readonly values: ColumnWriter | undefined;

  constructor(kind: ColumnKind) {
    this.kind = kind;
    this.keys = kind === "map" ? new ColumnWriter("text") : undefined;
    this.values = kind === "map" ? new ColumnWriter("text") : undefined;
  }

  /** Appends one text from UTF-8 bytes, copied. */
  utf8(source: Uint8Array, start: number, end: number): void {
    const { data } = this;
    const size = end - start;
    data.reserve(4 + size);
    data.view.setUint32(data.length, size, true);
    const at = data.length + 4;
    // Short texts are most: a loop is faster than a view and `set` below this size.
    if (size < 24) {
      const { bytes } = data;
      for (let i = 0; i < size; i++) bytes[at + i] = source[start + i] as number;
    } else data.bytes.set(source.subarray(start, end), at);
    data.length = at + size;
  }

  /** Appends one text. */
  text(value: string): void {
    const { data } = this;
    data.reserve(4 + value.length * 3);
    const { written } = encoder.encodeInto(value, data.bytes.subarray(data.length + 4));
    data.view.setUint32(data.length, written, true);
    data.length += 4 + written;
  }

  /** Appends a 64-bit integer. */
  i64(value: bigint): void {
    this.data.reserve(8);
    this.data.view.setBigInt64(this.data.length, BigInt.asIntN(64, value), true);
    this.data.length += 8;
  }

  /** Appends eight bytes as they are: a little-endian 64-bit integer, an id. */
  raw8(source: Uint8Array, at: number): void {
    this.raw(source, at, 8);
  }

  /** Appends `size` bytes as they are; zeros where `at` is negative. */
  raw(source: Uint8Array, at: number, size: number): void {
    const { data } = this;
    data.reserve(size);
    const { bytes, length } = data;
    if (at < 0) bytes.fill(0, length, length + size);
    else for (let i = 0; i < size; i++) bytes[length + i] = source[at + i] as number;
    data.length = length + size;
  }

  /** Appends a 32-bit integer. */
  i32(value: number): void {
    this.data.reserve(4);
    this.data.view.setInt32(this.data.length, value, true);
    this.data.length += 4;
  }

  /** Appends a double. */
  f64(value: number): void {
    this.data.reserve(8);
    this.data.view.setFloat64(this.data.length, value, true);
    this.data.length += 8;
  }

  /** Appends an id of hex digits; zeros for an empty text. */
  hex(value: string, size: 8 | 16): void {
    const { data } = this;
    data.reserve(size);
    for (let i = 0; i < size; i++) {
      const byte = value === "" ? 0 : Number.parseInt(value.slice(i * 2, i * 2 + 2), 16);
      data.bytes[data.length + i] = byte;
    }
    data.length += size;
  }

  /** Says how many pairs of `keys` and `values` belong to the row. */
  pairs(count: number): void {
    this.data.reserve(2);
    this.data.view.setUint16(this.data.length, count, true);
    this.data.length += 2;
  }
}
