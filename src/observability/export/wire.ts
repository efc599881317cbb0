const encoder = new TextEncoder();

/**
 * Writes protobuf messages (https://protobuf.dev/programming-guides/encoding). Fields of value zero
 * or empty are left out, as proto3 does, except those written by a method that says `always`.
 */
export class ProtoWriter {
  private bytes: Uint8Array<ArrayBuffer>;
  private view: DataView;
  private length = 0;

  constructor(capacity = 4096) {
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

  private raw(value: number): void {
    let rest = value;
    this.reserve(10);
    while (rest > 0x7f) {
      this.bytes[this.length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.length++] = rest;
  }

  private tag(field: number, type: 0 | 1 | 2 | 5): void {
    this.raw(field * 8 + type);
  }

  /** An unsigned number below 2 ** 53, an enum. */
  uint(field: number, value: number): void {
    if (value !== 0) this.uintAlways(field, value);
  }

  /** The same, zero too: within a `oneof`. */
  uintAlways(field: number, value: number): void {
    this.tag(field, 0);
    this.raw(value);
  }

  /** An `int64`, zero too. */
  intAlways(field: number, value: bigint): void {
    this.tag(field, 0);
    let rest = BigInt.asUintN(64, value);
    this.reserve(10);
    while (rest > 0x7fn) {
      this.bytes[this.length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.bytes[this.length++] = Number(rest);
  }

  /** A `sint32`, zigzag. */
  sint(field: number, value: number): void {
    if (value !== 0) this.uintAlways(field, value > 0 ? value * 2 : -value * 2 - 1);
  }

  bool(field: number, value: boolean): void {
    if (value) this.uintAlways(field, 1);
  }

  fixed64(field: number, value: bigint): void {
    if (value === 0n) return;
    this.tag(field, 1);
    this.reserve(8);
    this.view.setBigUint64(this.length, BigInt.asUintN(64, value), true);
    this.length += 8;
  }

  /** A double, zero too. */
  doubleAlways(field: number, value: number): void {
    this.tag(field, 1);
    this.double(value);
  }

  private double(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  text(field: number, value: string): void {
    if (value !== "") this.textAlways(field, value);
  }

  /** A text, an empty one too: within a `oneof`. */
  textAlways(field: number, value: string): void {
    const mark = this.begin(field);
    this.reserve(value.length * 3);
    const { written } = encoder.encodeInto(value, this.bytes.subarray(this.length));
    this.length += written;
    this.end(mark);
  }

  data(field: number, value: Uint8Array): void {
    this.tag(field, 2);
    this.raw(value.length);
    this.reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }

  /** An id of hex digits as its bytes. */
  hex(field: number, value: string): void {
    const size = value.length >> 1;
    if (size === 0) return;
    this.tag(field, 2);
    this.raw(size);
    this.reserve(size);
    for (let index = 0; index < size; index++) {
      this.bytes[this.length++] = Number.parseInt(value.slice(index * 2, index * 2 + 2), 16);
    }
  }

  /** Packed doubles. */
  doubles(field: number, values: readonly number[]): void {
    if (values.length === 0) return;
    this.tag(field, 2);
    this.raw(values.length * 8);
    for (const value of values) this.double(value);
  }

  /** Packed `fixed64`. */
  fixed64s(field: number, values: readonly number[]): void {
    if (values.length === 0) return;
    this.tag(field, 2);
    this.raw(values.length * 8);
    for (const value of values) {
      this.reserve(8);
      this.view.setBigUint64(this.length, BigInt(Math.max(0, Math.round(value))), true);
      this.length += 8;
    }
  }

  /** Packed unsigned varints. */
  uints(field: number, values: readonly number[]): void {
    if (values.length === 0) return;
    const mark = this.begin(field);
    for (const value of values) this.raw(Math.max(0, Math.round(value)));
    this.end(mark);
  }

  /**
   * Begins a message (or another value with a length) within this one; `end` takes what it gives.
   */
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

/** One field of a message: varints and fixed numbers as numbers, the rest as bytes. */
export interface ProtoField {
  readonly field: number;
  readonly value: number | Uint8Array;
}

function varint(bytes: Uint8Array, start: number): readonly [value: number, next: number] {
  let value = 0;
  for (let at = start, shift = 1; at < bytes.length && at < start + 10; at++, shift *= 128) {
    const byte = bytes[at] as number;
    value += (byte & 0x7f) * shift;
    if (byte < 0x80) return [value, at + 1];
  }
  throw new RangeError("a varint does not end");
}

/**
 * The fields of a small message: the answers of a server.
 * @throws RangeError for bytes that are no message
 */
export function protoFields(bytes: Uint8Array): ProtoField[] {
  const fields: ProtoField[] = [];
  for (let at = 0; at < bytes.length;) {
    const [tag, next] = varint(bytes, at);
    const [field, type] = [Math.floor(tag / 8), tag % 8];
    at = next;
    if (type === 0) {
      const [value, after] = varint(bytes, at);
      fields.push({ field, value });
      at = after;
      continue;
    }
    let size = type === 1 ? 8 : 4;
    if (type === 2) [size, at] = varint(bytes, at);
    else if (type !== 1 && type !== 5) throw new RangeError(`wire type ${type} is not known`);
    if (at + size > bytes.length) throw new RangeError("a field ends after its message");
    fields.push({ field, value: bytes.subarray(at, at + size) });
    at += size;
  }
  return fields;
}

/** The text of a field, empty where it is not there. */
export function textField(fields: readonly ProtoField[], field: number): string {
  const value = fields.findLast((one) => one.field === field)?.value;
  return value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : "";
}

/** The number of a field, 0 where it is not there. */
export function numberField(fields: readonly ProtoField[], field: number): number {
  const value = fields.findLast((one) => one.field === field)?.value;
  return typeof value === "number" ? value : 0;
}
