import { ingestErrors } from "../errors.ts";

function malformed(text: string): Error {
  return ingestErrors.MOR_INGEST_MALFORMED(`the body is not snappy: ${text}`, {
    details: { reason: "compression", field: "" },
  });
}

/** The length that a block says of itself, and where its first element begins. */
function lengthOf(bytes: Uint8Array): readonly [length: number, next: number] {
  let length = 0;
  for (let at = 0; at < 5; at++) {
    const byte = bytes[at];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return [length, at + 1];
  }
  throw malformed("its length does not end");
}

/** A number of `size` bytes, little-endian. */
function numberAt(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let index = 0; index < size; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) throw malformed("it ends within an element");
    value += byte * 2 ** (8 * index);
  }
  return value;
}

/**
 * Inflates a block (google/snappy, format_description.txt). `hold` is told its size before room is
 * made for it.
 * @throws MOR_INGEST_TOO_LARGE past `limit`, MOR_INGEST_MALFORMED
 */
export function unsnappy(
  bytes: Uint8Array,
  limit: number,
  hold: (size: number) => void = () => undefined,
): Uint8Array {
  const [length, first] = lengthOf(bytes);
  if (length > limit) {
    throw ingestErrors.MOR_INGEST_TOO_LARGE(`${length} bytes are more than ${limit}`, {
      details: { limit },
    });
  }
  // No element of three bytes makes more than 64.
  if (length > 32 + bytes.length * 64) throw malformed(`it cannot become ${length} bytes`);
  hold(length);
  const output = new Uint8Array(length);
  let at = first;
  let to = 0;
  while (at < bytes.length) {
    const tag = bytes[at++] as number;
    const kind = tag & 3;
    if (kind === 0) {
      const short = tag >> 2;
      const extra = short < 60 ? 0 : short - 59;
      const size = (extra === 0 ? short : numberAt(bytes, at, extra)) + 1;
      at += extra;
      if (at + size > bytes.length || to + size > length) throw malformed("a literal is too long");
      output.set(bytes.subarray(at, at + size), to);
      at += size;
      to += size;
      continue;
    }
    const width = kind === 1 ? 1 : kind === 2 ? 2 : 4;
    const low = numberAt(bytes, at, width);
    at += width;
    const offset = kind === 1 ? low + (tag >> 5) * 256 : low;
    const size = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    if (offset === 0 || offset > to || to + size > length)
      throw malformed("a copy is out of range");
    // A copy may overlap what it makes: byte by byte.
    for (let index = 0; index < size; index++, to++) output[to] = output[to - offset] as number;
  }
  if (to !== length) throw malformed(`it makes ${to} bytes, not the ${length} that it says`);
  return output;
}
