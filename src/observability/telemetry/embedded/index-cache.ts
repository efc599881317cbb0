import { readFile } from "node:fs/promises";
import { readIndex } from "./segment-index.ts";
import type { SegmentIndex } from "./segment-index.ts";
import type { Segment } from "./segment.ts";
import { readBlocks } from "./text-blocks.ts";
import type { TextBlocks } from "./text-blocks.ts";

/** Bytes of indexes that stay in memory. */
const bytesMax = 64 * 2 ** 20;

/** An index that is or was being read. */
interface Entry<T> {
  readonly index: Promise<T>;
  bytes: number;
}

/** Indexes of segments, those in memory that were asked for last. */
class IndexCache<T> {
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

/** What is surely not in which segments, read where it is asked for. */
export class SegmentIndexes {
  readonly #hold: (segment: Segment) => Promise<void>;
  readonly #indexes = new IndexCache(readIndex);
  readonly #texts = new IndexCache(readBlocks);

  /** @param hold makes sure that a segment's files are on this machine */
  constructor(hold: (segment: Segment) => Promise<void>) {
    this.#hold = hold;
  }

  index(segment: Segment): Promise<SegmentIndex> {
    return this.#indexes.get(segment.id, async () => {
      await this.#hold(segment);
      return readFile(segment.files.index ?? "");
    });
  }

  async texts(segment: Segment): Promise<TextBlocks | undefined> {
    const path = segment.files.texts;
    if (path === undefined) return undefined;
    return this.#texts.get(segment.id, async () => {
      await this.#hold(segment);
      return readFile(path);
    });
  }

  /** Forgets those of all segments but these. */
  keep(segments: readonly Segment[]): void {
    const ids = new Set(segments.map(({ id }) => id));
    this.#indexes.keep(ids);
    this.#texts.keep(ids);
  }
}
