import type { ColumnWriter, Growing } from "../signals/columns.ts";

const decoder = new TextDecoder();

/** Walks the texts of a column under construction, one after the other, without copying them. */
export class Texts {
  private readonly data: Growing;
  private start = 0;
  private end = 0;

  constructor(data: Growing) {
    this.data = data;
  }

  /** Whether there is another text. */
  get more(): boolean {
    return this.end < this.data.length;
  }

  /** Goes to the next text: there is one. */
  next(): void {
    const size = this.data.view.getUint32(this.end, true);
    this.start = this.end + 4;
    this.end = this.start + size;
  }

  /** The text's bytes, as a view. */
  bytes(): Uint8Array {
    return this.data.bytes.subarray(this.start, this.end);
  }

  /** The text. */
  text(): string {
    return decoder.decode(this.bytes());
  }

  /** Appends the text to another column. */
  copyTo(column: ColumnWriter): void {
    column.utf8(this.data.bytes, this.start, this.end);
  }

  /** A hash of the bytes (FNV-1a, 32 bits). */
  hash(): number {
    const { bytes } = this.data;
    let hash = 0x811c9dc5;
    for (let at = this.start; at < this.end; at++) {
      hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
    }
    return hash;
  }

  /** Whether the text has exactly these bytes. */
  equals(other: Uint8Array): boolean {
    if (other.length !== this.end - this.start) return false;
    const { bytes } = this.data;
    for (let at = 0; at < other.length; at++) {
      if (bytes[this.start + at] !== other[at]) return false;
    }
    return true;
  }
}

/** Puts the texts of `made` in place of those of `column`. */
export function replaceColumn({ data }: ColumnWriter, made: ColumnWriter): void {
  data.length = 0;
  data.reserve(made.data.length);
  data.bytes.set(made.data.written());
  data.length = made.data.length;
}
