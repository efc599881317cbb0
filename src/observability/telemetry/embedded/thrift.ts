import { Growing } from "../../signals/columns.ts";

/** Types of fields in Thrift's compact protocol. */
const kinds = { true: 1, false: 2, i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const;

const encoder = new TextEncoder();

/**
 * Writes structures in Thrift's compact protocol, which is what Parquet's headers and footers are
 * in. Fields are given in ascending order of their ids.
 *
 * Source: thrift-compact-protocol.md of Apache Thrift.
 */
export class CompactWriter {
  readonly out: Growing = new Growing(1024);
  /** Id of the field written last, a level of nesting each. */
  readonly #lastIds: number[] = [0];

  #byte(value: number): void {
    this.out.reserve(1);
    this.out.bytes[this.out.length++] = value;
  }

  #varint(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.#byte((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.#byte(rest);
  }

  #field(id: number, kind: number): void {
    const delta = id - (this.#lastIds.at(-1) ?? 0);
    if (delta > 0 && delta < 16) this.#byte((delta << 4) | kind);
    else {
      this.#byte(kind);
      this.#varint(id * 2);
    }
    this.#lastIds[this.#lastIds.length - 1] = id;
  }

  /** A field of a 32-bit integer, not negative. */
  i32(id: number, value: number): void {
    this.#field(id, kinds.i32);
    this.#varint(value * 2);
  }

  /** A field of a 64-bit integer, not negative and a safe one. */
  i64(id: number, value: number): void {
    this.#field(id, kinds.i64);
    this.#varint(value * 2);
  }

  flag(id: number, value: boolean): void {
    this.#field(id, value ? kinds.true : kinds.false);
  }

  binary(id: number, value: string | Uint8Array): void {
    this.#field(id, kinds.binary);
    this.item(value);
  }

  /** An element of a list of texts, or bytes. */
  item(value: string | Uint8Array): void {
    const bytes = typeof value === "string" ? encoder.encode(value) : value;
    this.#varint(bytes.length);
    this.out.reserve(bytes.length);
    this.out.bytes.set(bytes, this.out.length);
    this.out.length += bytes.length;
  }

  /** An element of a list of 32-bit integers, not negative. */
  number(value: number): void {
    this.#varint(value * 2);
  }

  /** Begins a list of `size` elements, which follow. */
  list(id: number, element: "i32" | "binary" | "struct", size: number): void {
    this.#field(id, kinds.list);
    if (size < 15) this.#byte((size << 4) | kinds[element]);
    else {
      this.#byte(0xf0 | kinds[element]);
      this.#varint(size);
    }
  }

  /** A field that is a structure, whose fields `write` writes. */
  struct(id: number, write: () => void): void {
    this.#field(id, kinds.struct);
    this.element(write);
  }

  /** A structure as an element of a list, or the outermost one. */
  element(write: () => void): void {
    this.#lastIds.push(0);
    write();
    this.#lastIds.pop();
    this.#byte(0);
  }
}
