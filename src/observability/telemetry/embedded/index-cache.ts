import { readIndex } from "./segment-index.ts";
import type { SegmentIndex } from "./segment-index.ts";

/** Bytes of indexes that stay in memory. */
const bytesMax = 64 * 2 ** 20;

/** An index that is or was being read. */
interface Entry {
  readonly index: Promise<SegmentIndex>;
  bytes: number;
}

/** Indexes of segments, those in memory that were asked for last. */
export class IndexCache {
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  get(id: string, read: () => Promise<Uint8Array>): Promise<SegmentIndex> {
    const known = this.#entries.get(id);
    if (known !== undefined) {
      // To the end of the order in which entries leave.
      this.#entries.delete(id);
      this.#entries.set(id, known);
      return known.index;
    }
    const entry: Entry = { index: this.#read(id, read), bytes: 0 };
    this.#entries.set(id, entry);
    entry.index.catch(() => this.#entries.delete(id));
    return entry.index;
  }

  async #read(id: string, read: () => Promise<Uint8Array>): Promise<SegmentIndex> {
    const encoded = await read();
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.bytes = encoded.length;
    this.#bytes += encoded.length;
    for (const [old, { bytes }] of this.#entries) {
      if (this.#bytes <= bytesMax) break;
      if (old === id || bytes === 0) continue;
      this.#entries.delete(old);
      this.#bytes -= bytes;
    }
    return readIndex(encoded);
  }
}
