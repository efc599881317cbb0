/** Bits of the table of four-byte sequences seen. */
const tableBits = 14;
/** Input is compressed in blocks, so that a copy's offset fits into two bytes. */
const blockBytes = 65_536;

class Output {
  readonly bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
  }

  literal(source: Uint8Array, start: number, end: number): void {
    const size = end - start;
    if (size === 0) return;
    const last = size - 1;
    if (last < 60) this.bytes[this.length++] = last << 2;
    else {
      const isShort = last < 256;
      this.bytes[this.length++] = (isShort ? 60 : 61) << 2;
      this.bytes[this.length++] = last & 0xff;
      if (!isShort) this.bytes[this.length++] = last >>> 8;
    }
    this.bytes.set(source.subarray(start, end), this.length);
    this.length += size;
  }

  /** Copies of up to 64 bytes with an offset of two bytes. */
  copy(offset: number, size: number): void {
    let rest = size;
    while (rest > 0) {
      const part = Math.min(rest, 64);
      this.bytes[this.length++] = ((part - 1) << 2) | 2;
      this.bytes[this.length++] = offset & 0xff;
      this.bytes[this.length++] = offset >>> 8;
      rest -= part;
    }
  }
}

function compressBlock(output: Output, input: Uint8Array, start: number, end: number): void {
  const table = new Int32Array(1 << tableBits).fill(-1);
  const four = (at: number): number =>
    (input[at] as number) |
    ((input[at + 1] as number) << 8) |
    ((input[at + 2] as number) << 16) |
    ((input[at + 3] as number) << 24);
  let literalFrom = start;
  for (let at = start; at + 4 <= end;) {
    const value = four(at);
    const slot = Math.imul(value, 0x1e35a7bd) >>> (32 - tableBits);
    const candidate = table[slot] as number;
    table[slot] = at;
    if (candidate < 0 || four(candidate) !== value) {
      at++;
      continue;
    }
    let size = 4;
    while (at + size < end && input[candidate + size] === input[at + size]) size++;
    output.literal(input, literalFrom, at);
    output.copy(at - candidate, size);
    at += size;
    literalFrom = at;
  }
  output.literal(input, literalFrom, end);
}

/**
 * Compresses to the Snappy block format, which Prometheus remote write demands (google/snappy,
 * format_description.txt). Greedy, one candidate a position.
 */
export function snappy(input: Uint8Array): Uint8Array<ArrayBuffer> {
  const output = new Output(32 + input.length + Math.ceil(input.length / 6));
  output.varint(input.length);
  for (let start = 0; start < input.length; start += blockBytes) {
    compressBlock(output, input, start, Math.min(start + blockBytes, input.length));
  }
  return output.bytes.subarray(0, output.length);
}
