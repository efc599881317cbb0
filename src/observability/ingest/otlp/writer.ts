const encoder = new TextEncoder();

const half = 2n ** 32n;

/**
 * Writes the protobuf wire format field by field as it is told, zeros included: what was said in
 * JSON is said in protobuf.
 */
export class WireWriter {
  private bytes: Uint8Array<ArrayBuffer>;
  private view: DataView;
  private length = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** What was written, as a view that the next write may change. */
  written(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  private reserve(more: number): void {
    const wanted = this.length + more;
    if (wanted <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(wanted, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  /** A number below 2 ** 53. */
  private raw(value: number): void {
    let rest = value;
    this.reserve(10);
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) {
      this.bytes[this.length++] = (rest % 128) | 0x80;
    }
    this.bytes[this.length++] = rest;
  }

  private tag(field: number, type: 0 | 1 | 2 | 5): void {
    this.raw(field * 8 + type);
  }

  /** A varint: an int64, a uint64, an enum, a bool. */
  varint(field: number, value: number | bigint): void {
    this.tag(field, 0);
    if (typeof value === "number" && value >= 0) return this.raw(value);
    let rest = BigInt.asUintN(64, BigInt(value));
    this.reserve(10);
    for (; rest > 0x7fn; rest >>= 7n) this.bytes[this.length++] = Number(rest & 0x7fn) | 0x80;
    this.bytes[this.length++] = Number(rest);
  }

  /** A zigzag varint of 32 bits. */
  sint32(field: number, value: number): void {
    this.varint(field, value >= 0 ? value * 2 : -value * 2 - 1);
  }

  /** Eight bytes: an integer. */
  fixed64(field: number, value: number | bigint): void {
    this.tag(field, 1);
    this.reserve(8);
    const unsigned = BigInt.asUintN(64, BigInt(value));
    this.view.setUint32(this.length, Number(unsigned % half), true);
    this.view.setUint32(this.length + 4, Number(unsigned / half), true);
    this.length += 8;
  }

  /** Four bytes: an unsigned integer. */
  fixed32(field: number, value: number): void {
    this.tag(field, 5);
    this.reserve(4);
    this.view.setUint32(this.length, value, true);
    this.length += 4;
  }

  /** Eight bytes: a double. */
  double(field: number, value: number): void {
    this.tag(field, 1);
    this.reserve(8);
    this.view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** A text as UTF-8. */
  text(field: number, value: string): void {
    const mark = this.begin(field);
    this.reserve(value.length * 3);
    const { written } = encoder.encodeInto(value, this.bytes.subarray(this.length));
    this.length += written;
    this.end(mark);
  }

  /** Bytes as they are. */
  data(field: number, value: Uint8Array): void {
    this.tag(field, 2);
    this.raw(value.length);
    this.reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }

  /** Begins a message; `end` takes what this gives. */
  begin(field: number): number {
    this.tag(field, 2);
    this.reserve(1);
    // One byte of length is enough for most; `end` moves what was written if it is not.
    return ++this.length;
  }

  /** Ends the message that began at `mark`. */
  end(mark: number): void {
    const size = this.length - mark;
    if (size < 0x80) {
      this.bytes[mark - 1] = size;
      return;
    }
    const more = size < 0x4000 ? 1 : size < 0x20_0000 ? 2 : size < 0x1000_0000 ? 3 : 4;
    this.reserve(more);
    this.bytes.copyWithin(mark + more, mark, this.length);
    const end = this.length + more;
    this.length = mark - 1;
    this.raw(size);
    this.length = end;
  }
}
