import {
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import { exportErrors } from "./errors.ts";
import { SegmentFiles, countsFrom, soundBytes } from "./spool-files.ts";
import { entryOf, headAt, headBytes, noCounts, segmentMagic } from "./spool-layout.ts";
import type { Counts, Position, Segment, SpoolEntry } from "./spool-layout.ts";

/** Why entries did not reach a reader. */
export type SpoolLoss = "buffer-full" | "corrupt";

/** One reader of the spool: it keeps its place over restarts. */
export interface SpoolReader {
  /** Where it is: all before is done with. */
  position(): Position;
  /** The first entry at `from`; undefined at the end. */
  read(from: Position): Promise<SpoolEntry | undefined>;
  /** All before `to` is done with. */
  advance(to: Position): void;
  /** Resolves once something was appended after the call, or `signal` aborts. */
  appended(signal: AbortSignal): Promise<void>;
  /** Bytes that wait for this reader. */
  waitingBytes(): number;
}

/** Bounds of the spool. */
export interface SpoolLimits {
  /** Bytes on disk; past them the oldest segment goes, with what was not read of it counted. */
  readonly bytesMax: number;
  readonly segmentBytesMax: number;
  /** Bytes that wait to be written; past them an append is refused. */
  readonly pendingBytesMax: number;
  /** Bytes of the newest entries that stay in memory, so that readers at the end read no file. */
  readonly cacheBytesMax: number;
}

/** Bounds where none are set. */
export const spoolLimits: SpoolLimits = {
  bytesMax: 1024 ** 3,
  segmentBytesMax: 8 * 1024 ** 2,
  pendingBytesMax: 32 * 1024 ** 2,
  cacheBytesMax: 16 * 1024 ** 2,
};

/**
 * The disk buffer of the export: one log of batches that all destinations read, each at its pace.
 */
export interface Spool {
  /**
   * Appends one batch. Resolves to true once the operating system has it (it survives `kill -9` of
   * the process; a power cut may lose the last second), to false where it was refused because too
   * much waits to be written.
   */
  append(batch: Uint8Array): Promise<boolean>;
  /** Registers a reader; a new one begins at the end. */
  reader(name: string, lost: (why: SpoolLoss, counts: Counts) => void): Promise<SpoolReader>;
  bytes(): number;
  /** Forgets readers that were not registered since the spool was opened. */
  forgetOthers(): Promise<void>;
  close(): Promise<void>;
}

interface Reading {
  readonly name: string;
  position: Position;
  readonly lost: (why: SpoolLoss, counts: Counts) => void;
  saving: Promise<void> | undefined;
  saved: Position | undefined;
}

interface Pending {
  readonly entry: Buffer;
  readonly settle: (kept: boolean) => void;
  readonly fail: (error: unknown) => void;
}

const suffix = ".spool";
const cursorSuffix = ".cursor";
const syncEveryMs = 1000;

const keyOf = ({ segment, offset }: Position): string => `${segment}:${offset}`;

class DiskSpool implements Spool {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #limits: SpoolLimits;
  readonly #segments: Segment[];
  readonly #readers = new Map<string, Reading>();
  readonly #cache = new Map<string, SpoolEntry>();
  readonly #files = new SegmentFiles();
  readonly #waiting = new Set<() => void>();
  #cacheBytes = 0;
  #pending: Pending[] = [];
  #pendingBytes = 0;
  #writing: Promise<void> | undefined;
  #handle: FileHandle | undefined;
  #syncedAtMs = 0;

  constructor(folder: string, clock: Clock, limits: SpoolLimits, segments: Segment[]) {
    this.#folder = folder;
    this.#clock = clock;
    this.#limits = limits;
    this.#segments = segments;
  }

  append(batch: Uint8Array): Promise<boolean> {
    if (this.#pendingBytes + batch.length > this.#limits.pendingBytesMax) {
      return Promise.resolve(false);
    }
    const entry = entryOf(batch, this.#clock.now());
    this.#pendingBytes += entry.length;
    return new Promise((settle, fail) => {
      this.#pending.push({ entry, settle, fail });
      this.#writing ??= this.#drain();
    });
  }

  async #drain(): Promise<void> {
    // Whoever appends in this tick shares the write.
    await Promise.resolve();
    while (this.#pending.length > 0) {
      const group = this.#pending;
      this.#pending = [];
      try {
        await this.#write(group);
        for (const { settle } of group) settle(true);
      } catch (error) {
        for (const { fail } of group) {
          fail(exportErrors.MOR_EXPORT_BUFFER(`export: ${String(error)}`, { cause: error }));
        }
      }
      for (const { entry } of group) this.#pendingBytes -= entry.length;
      const woken = [...this.#waiting];
      this.#waiting.clear();
      for (const wake of woken) wake();
    }
    // At once with the look that found nothing: who appends after it begins anew.
    this.#writing = undefined;
  }

  async #write(group: readonly Pending[]): Promise<void> {
    let segment = this.#segments.at(-1);
    if (segment === undefined || segment.bytes >= this.#limits.segmentBytesMax) {
      segment = await this.#roll((segment?.number ?? 0) + 1);
    }
    this.#handle ??= await open(segment.path, "a");
    const chunks = group.map(({ entry }) => entry);
    await this.#handle.writev(chunks);
    for (const entry of chunks) {
      this.#remember(segment.number, segment.bytes, entry);
      segment.bytes += entry.length;
    }
    if (this.#clock.monotonic() - this.#syncedAtMs > syncEveryMs) {
      this.#syncedAtMs = this.#clock.monotonic();
      await this.#handle.datasync();
    }
    await this.#evict();
  }

  async #roll(number: number): Promise<Segment> {
    await this.#handle?.datasync();
    await this.#handle?.close();
    const path = join(this.#folder, `${String(number).padStart(10, "0")}${suffix}`);
    this.#handle = await open(path, "a");
    await this.#handle.write(segmentMagic);
    const segment = { number, path, bytes: segmentMagic.length };
    this.#segments.push(segment);
    return segment;
  }

  #remember(segment: number, offset: number, entry: Buffer): void {
    const head = headAt(entry, 0);
    if (head === undefined) return;
    const next = { segment, offset: offset + entry.length };
    this.#cache.set(keyOf({ segment, offset }), {
      batch: entry.subarray(headBytes),
      atMs: head.atMs,
      counts: head.counts,
      next,
    });
    this.#cacheBytes += entry.length;
    for (const [key, { batch }] of this.#cache) {
      if (this.#cacheBytes <= this.#limits.cacheBytesMax) break;
      this.#cache.delete(key);
      this.#cacheBytes -= headBytes + batch.length;
    }
  }

  /** Removes segments that all have read, and the oldest ones while there is too much. */
  async #evict(): Promise<void> {
    const positions = [...this.#readers.values()].map(({ position }) => position.segment);
    const needed = Math.min(...positions, this.#segments.at(-1)?.number ?? 0);
    while (this.#segments.length > 1) {
      const [oldest] = this.#segments as [Segment];
      const isFull = this.bytes() > this.#limits.bytesMax;
      if (oldest.number >= needed && !isFull) return;
      for (const reading of this.#readers.values()) await this.#moveOn(reading, oldest);
      this.#segments.shift();
      await this.#files.close(oldest.number);
      await rm(oldest.path, { force: true });
    }
  }

  /** Puts a reader that is still in `oldest` behind it, counting what it did not read. */
  async #moveOn(reading: Reading, oldest: Segment): Promise<void> {
    const { segment, offset } = reading.position;
    if (segment > oldest.number) return;
    const counts = await countsFrom(oldest.path, segment === oldest.number ? offset : 0);
    // It may have read on meanwhile: then what it finished is not lost.
    if (reading.position.segment > oldest.number) return;
    reading.position = { segment: oldest.number + 1, offset: segmentMagic.length };
    if (Object.values(counts).some((count) => count > 0)) reading.lost("buffer-full", counts);
    this.#save(reading);
  }

  async reader(name: string, lost: (why: SpoolLoss, counts: Counts) => void): Promise<SpoolReader> {
    const position = (await this.#load(name)) ?? this.#end();
    const reading: Reading = { name, position, lost, saving: undefined, saved: undefined };
    this.#readers.set(name, reading);
    this.#save(reading);
    await reading.saving;
    return {
      position: () => reading.position,
      read: (from) => this.#read(reading, from),
      advance: (to) => this.#advance(reading, to),
      appended: (signal) => this.#appended(signal),
      waitingBytes: () => this.#waitingBytes(reading.position),
    };
  }

  #advance(reading: Reading, to: Position): void {
    const { segment, offset } = reading.position;
    if (to.segment < segment || (to.segment === segment && to.offset <= offset)) return;
    reading.position = to;
    this.#save(reading);
  }

  #end(): Position {
    const last = this.#segments.at(-1);
    return { segment: last?.number ?? 1, offset: last?.bytes ?? segmentMagic.length };
  }

  async #load(name: string): Promise<Position | undefined> {
    let text: string;
    try {
      text = await readFile(join(this.#folder, `${name}${cursorSuffix}`), "utf8");
    } catch {
      return undefined;
    }
    const [segment, offset] = text.split(" ").map(Number);
    if (!Number.isSafeInteger(segment) || !Number.isSafeInteger(offset)) return undefined;
    const position = { segment: segment as number, offset: offset as number };
    const first = this.#segments[0];
    if (first === undefined) return undefined;
    if (position.segment < first.number) {
      return { segment: first.number, offset: segmentMagic.length };
    }
    return position.segment > this.#end().segment ? undefined : position;
  }

  /** Saves a reader's place; while one save runs, the next waits and takes the latest place. */
  #save(reading: Reading): void {
    reading.saving ??= this.#saveLatest(reading);
  }

  async #saveLatest(reading: Reading): Promise<void> {
    // The caller notes the promise before it can be done.
    await Promise.resolve();
    const path = join(this.#folder, `${reading.name}${cursorSuffix}`);
    try {
      while (reading.saved !== reading.position) {
        const { position } = reading;
        await writeFile(`${path}.new`, `${position.segment} ${position.offset}`);
        await rename(`${path}.new`, path);
        reading.saved = position;
      }
    } catch {
      // A place that could not be saved costs a repetition after a restart, nothing else.
    }
    reading.saving = undefined;
  }

  #appended(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const finish = (): void => {
        this.#waiting.delete(finish);
        signal.removeEventListener("abort", finish);
        resolve();
      };
      this.#waiting.add(finish);
      signal.addEventListener("abort", finish, { once: true });
    });
  }

  #waitingBytes({ segment, offset }: Position): number {
    let bytes = 0;
    for (const one of this.#segments) {
      if (one.number === segment) bytes += Math.max(0, one.bytes - offset);
      else if (one.number > segment) bytes += one.bytes - segmentMagic.length;
    }
    return bytes;
  }

  async #read(reading: Reading, from: Position): Promise<SpoolEntry | undefined> {
    const at = this.#placed(from);
    const cached = this.#cache.get(keyOf(at));
    if (cached !== undefined) return cached;
    const segment = this.#segments.find(({ number }) => number === at.segment);
    if (segment === undefined) return undefined;
    const following = this.#segments.find(({ number }) => number > at.segment);
    const begin = following && { segment: following.number, offset: segmentMagic.length };
    if (at.offset >= segment.bytes) return begin && this.#read(reading, begin);
    const entry = await this.#files.entry(segment, at.offset);
    if (entry !== undefined || begin === undefined) return entry;
    if (this.#segments.includes(segment)) reading.lost("corrupt", noCounts);
    return this.#read(reading, begin);
  }

  /** The place itself, or the first one that is still there. */
  #placed(from: Position): Position {
    const first = this.#segments[0];
    if (first === undefined || from.segment >= first.number) return from;
    return { segment: first.number, offset: segmentMagic.length };
  }

  bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async forgetOthers(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      if (!name.endsWith(cursorSuffix)) continue;
      if (!this.#readers.has(name.slice(0, -cursorSuffix.length))) {
        await rm(join(this.#folder, name), { force: true });
      }
    }
  }

  async close(): Promise<void> {
    await this.#writing;
    for (const reading of this.#readers.values()) {
      await reading.saving;
      if (reading.saved !== reading.position) this.#save(reading);
      await reading.saving;
    }
    await this.#handle?.datasync();
    await this.#handle?.close();
    this.#handle = undefined;
    await this.#files.closeAll();
  }
}

/**
 * Opens the spool of a folder; a last entry that was not written whole is cut off.
 * @throws MOR_EXPORT_BUFFER where the folder cannot be used
 */
export async function openSpool(
  folder: string,
  clock: Clock,
  limits: SpoolLimits = spoolLimits,
): Promise<Spool> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const names = (await readdir(folder)).filter((name) => name.endsWith(suffix)).toSorted();
    const segments: Segment[] = [];
    for (const name of names) {
      const path = join(folder, name);
      segments.push({ number: Number.parseInt(name, 10), path, bytes: (await stat(path)).size });
    }
    const last = segments.at(-1);
    if (last !== undefined) {
      last.bytes = await soundBytes(last.path);
      await truncate(last.path, last.bytes);
      if (last.bytes === 0) {
        await writeFile(last.path, segmentMagic);
        last.bytes = segmentMagic.length;
      }
    }
    return new DiskSpool(folder, clock, limits, segments);
  } catch (cause) {
    throw exportErrors.MOR_EXPORT_BUFFER(`export: ${folder}: ${String(cause)}`, { cause });
  }
}
