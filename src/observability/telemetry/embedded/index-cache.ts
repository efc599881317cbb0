/** Bytes of indexes that stay in memory. */
const bytesMax = 64 * 2 ** 20;

/** An index that is or was being read. */
interface Entry<T> {
  readonly index: Promise<T>;
  bytes: number;
}

/** Indexes of segments, those in memory that were asked for last. */
export class IndexCache<T> {
  readonly #decode: (encoded: Uint8Array) => T;
  readonly #entries = new Map<string, Entry<T>>();
  #bytes = 0;

  constructor(decode: (encoded: Uint8Array) => T) {
    this.#decode = decode;
  }

  get(id: string, read: () => Promise<Uint8Array>): Promise<T> {
    const known = this.#entries.get(id);
    if (known !== undefined) {
      // To the end of the order in which entries leave.
      this.#entries.delete(id);
      this.#entries.set(id, known);
      return known.index;
    }
    const entry: Entry<T> = { index: this.#read(id, read), bytes: 0 };
    this.#entries.set(id, entry);
    entry.index.catch(() => this.#entries.delete(id));
    return entry.index;
  }

  /** Forgets all but these. */
  keep(ids: ReadonlySet<string>): void {
    for (const [id, { bytes }] of this.#entries) {
      if (ids.has(id)) continue;
      this.#entries.delete(id);
      this.#bytes -= bytes;
    }
  }

  async #read(id: string, read: () => Promise<Uint8Array>): Promise<T> {
    const encoded = await read();
    const entry = this.#entries.get(id);
    // Its segment went while it was read.
    if (entry === undefined) return this.#decode(encoded);
    entry.bytes = encoded.length;
    this.#bytes += encoded.length;
    for (const [old, { bytes }] of this.#entries) {
      if (this.#bytes <= bytesMax) break;
      if (old === id || bytes === 0) continue;
      this.#entries.delete(old);
      this.#bytes -= bytes;
    }
    return this.#decode(encoded);
  }
}
