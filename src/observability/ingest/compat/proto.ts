import { Wire } from "../otlp/reader.ts";

/** A field of a message: where its value begins and ends, or its number. */
export interface Field {
  readonly number: number;
  /** 0 varint, 1 eight bytes, 2 a stretch, 5 four bytes. */
  readonly type: number;
  readonly start: number;
  readonly end: number;
  /** A varint: its 64 bits, signed. */
  readonly varint: bigint;
}

/** Walks the fields of a message between two places of the wire. */
export function eachField(
  wire: Wire,
  start: number,
  end: number,
  see: (field: Field) => void,
): void {
  wire.at = start;
  while (wire.at < end) {
    const tag = wire.tag(end);
    const [number, type] = [tag >>> 3, tag & 7];
    let from = wire.at;
    let to = from;
    let varint = 0n;
    if (type === 0) {
      wire.varint(end);
      varint = BigInt.asIntN(64, (BigInt(wire.hi >>> 0) << 32n) | BigInt(wire.lo >>> 0));
      to = wire.at;
    } else if (type === 2) {
      to = wire.length(end);
      from = wire.at;
    } else {
      wire.step(type, end);
      to = wire.at;
    }
    see({ number, type, start: from, end: to, varint });
    wire.at = to;
  }
}

/** A wire that reads `bytes`. */
export function wireOf(bytes: Uint8Array): Wire {
  const wire = new Wire();
  wire.open(bytes);
  return wire;
}
