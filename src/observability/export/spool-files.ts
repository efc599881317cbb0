import { open, readFile } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { addCounts, headAt, headBytes, isSound, noCounts, segmentMagic } from "./spool-layout.ts";
import type { Counts, Segment, SpoolEntry } from "./spool-layout.ts";

/** Open files: more than there may be readers, so that none is closed under one. */
const handlesMax = 64;

/** Where the sound entries of a segment end, from its beginning. */
export async function soundBytes(path: string): Promise<number> {
  const bytes = await readFile(path);
  if (!bytes.subarray(0, segmentMagic.length).equals(segmentMagic)) return 0;
  let at = segmentMagic.length;
  for (let head = headAt(bytes, at); head !== undefined; head = headAt(bytes, at)) {
    if (!isSound(bytes, at, head)) break;
    at += headBytes + head.size;
  }
  return at;
}

/** The records of a segment's entries from `offset` on, by their heads. */
export async function countsFrom(path: string, offset: number): Promise<Counts> {
  const handle = await open(path, "r");
  try {
    const head = Buffer.alloc(headBytes);
    let counts = noCounts;
    for (let at = Math.max(offset, segmentMagic.length); ;) {
      const { bytesRead } = await handle.read(head, 0, headBytes, at);
      const found = bytesRead === headBytes ? headAt(head, 0) : undefined;
      if (found === undefined) return counts;
      counts = addCounts(counts, found.counts);
      at += headBytes + found.size;
    }
  } finally {
    await handle.close();
  }
}

/** Reads entries out of segments; keeps the files open that readers are in. */
export class SegmentFiles {
  readonly #handles = new Map<number, Promise<FileHandle>>();

  /** The entry at `offset`; undefined where there is no sound one. */
  async entry(segment: Segment, offset: number): Promise<SpoolEntry | undefined> {
    let handle: FileHandle;
    try {
      handle = await this.#opened(segment);
    } catch {
      // It was evicted while this reader waited for it.
      return undefined;
    }
    const headPart = Buffer.alloc(headBytes);
    await handle.read(headPart, 0, headBytes, offset);
    const head = headAt(headPart, 0);
    if (head === undefined || offset + headBytes + head.size > segment.bytes) return undefined;
    const bytes = Buffer.allocUnsafe(headBytes + head.size);
    await handle.read(bytes, 0, bytes.length, offset);
    if (!isSound(bytes, 0, head)) return undefined;
    const next = { segment: segment.number, offset: offset + bytes.length };
    return { batch: bytes.subarray(headBytes), atMs: head.atMs, counts: head.counts, next };
  }

  #opened(segment: Segment): Promise<FileHandle> {
    const known = this.#handles.get(segment.number);
    if (known !== undefined) return known;
    const handle = open(segment.path, "r");
    this.#handles.set(segment.number, handle);
    handle.catch(() => this.#handles.delete(segment.number));
    const [oldest] = this.#handles.keys();
    if (this.#handles.size > handlesMax && oldest !== undefined) void this.close(oldest);
    return handle;
  }

  /** Closes the file of a segment, if it is open. */
  async close(number: number): Promise<void> {
    const handle = this.#handles.get(number);
    this.#handles.delete(number);
    await (await handle?.catch(() => undefined))?.close();
  }

  /** Closes all files. */
  async closeAll(): Promise<void> {
    for (const number of this.#handles.keys()) await this.close(number);
  }
}
