import { mkdir, open, readdir, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { Clock } from "../../../core/clock.ts";
import { diskError, embeddedErrors } from "./errors.ts";

/** Begins every file of the log. */
const magic: Uint8Array = new TextEncoder().encode("MORWAL1\n");

/** Length and checksum in front of a batch. */
const headBytes = 8;

/** The longest batch; a length beyond it is no length. */
export const batchBytesMax: number = 256 * 2 ** 20;

/** Bytes that one group writes at most, unless one batch alone is longer. */
const groupBytesMax = 32 * 2 ** 20;

const nameOf = (number: number): string => `${String(number).padStart(10, "0")}.wal`;

/** How a log is opened. */
export interface WalOptions {
  readonly folder: string;
  /** Files up to this number are sealed: new ones are numbered beyond it. */
  readonly sealed: number;
  readonly clock: Clock;
  /** Bytes that may wait for the disk; past it MOR_TELEMETRY_BUSY. */
  readonly waitingBytesMax: number;
  /**
   * Called in the order of the log with what is durable, before any of its appends resolves. Must
   * not throw.
   */
  onCommit(batches: readonly Uint8Array[]): void;
}

/** What a log holds now. */
export interface WalFigures {
  readonly bytes: number;
  readonly waitingBytes: number;
  readonly commits: number;
}

/**
 * A write-ahead log of batches. All that waits is written and synced together (*group commit*), so
 * that many small batches cost one sync and a single one waits for nobody.
 */
export interface Wal {
  /**
   * Resolves when the batch is durable.
   * @throws MOR_TELEMETRY_BUSY, MOR_TELEMETRY_FULL, MOR_TELEMETRY_IO: the batch is not kept
   */
  append(batch: Uint8Array): Promise<void>;
  /**
   * Begins a new file; calls `between` when all before it is committed and nothing after it. Gives
   * the number of the file that ended.
   */
  rotate(between: () => void): Promise<number>;
  /** Deletes the files up to `number`. */
  remove(number: number): Promise<void>;
  figures(): WalFigures;
  /** Waits for what was appended. */
  close(): Promise<void>;
}

/** The numbers of the log's files, ascending. */
async function numbersIn(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => /^\d{10}\.wal$/.test(name))
    .map((name) => Number(name.slice(0, 10)))
    .sort((a, b) => a - b);
}

/** Reads up to `size` bytes at `position`. */
async function readAt(file: FileHandle, position: number, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let got = 0;
  while (got < size) {
    const { bytesRead } = await file.read(bytes, got, size - got, position + got);
    if (bytesRead === 0) break;
    got += bytesRead;
  }
  return bytes.subarray(0, got);
}

/** Calls `visit` with each whole batch of a file; what follows the first torn one is no batch. */
async function readFile(path: string, visit: (batch: Uint8Array) => Promise<void>): Promise<void> {
  const file = await open(path, "r");
  try {
    const start = await readAt(file, 0, magic.length);
    if (Buffer.compare(start, magic) !== 0) return;
    for (let at = magic.length; ;) {
      const head = await readAt(file, at, headBytes);
      if (head.length < headBytes) return;
      const view = new DataView(head.buffer);
      const size = view.getUint32(0, true);
      if (size === 0 || size > batchBytesMax) return;
      const batch = await readAt(file, at + headBytes, size);
      if (batch.length < size || crc32(batch) !== view.getUint32(4, true)) return;
      await visit(batch);
      at += headBytes + size;
    }
  } finally {
    await file.close();
  }
}

/**
 * Calls `visit` with every batch that was acknowledged and is not sealed, in order; deletes the
 * files up to `sealed` first.
 */
export async function recoverWal(
  folder: string,
  sealed: number,
  visit: (batch: Uint8Array) => Promise<void>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const number of await numbersIn(folder)) {
    const path = join(folder, nameOf(number));
    if (number <= sealed) await rm(path, { force: true });
    else await readFile(path, visit);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A file that grows by groups. */
class LogFile {
  readonly number: number;
  readonly #file: FileHandle;
  /** Bytes that are whole and synced. */
  bytes = 0;

  private constructor(number: number, file: FileHandle) {
    this.number = number;
    this.#file = file;
  }

  static async create(folder: string, number: number): Promise<LogFile> {
    const file = await open(join(folder, nameOf(number)), "wx");
    const made = new LogFile(number, file);
    try {
      await made.append([magic]);
      await syncFolder(folder);
    } catch (error) {
      await file.close();
      await rm(join(folder, nameOf(number)), { force: true });
      throw error;
    }
    return made;
  }

  /** Writes and syncs; on a failure the file is as before, or gives up. */
  async append(parts: readonly Uint8Array[]): Promise<void> {
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    let written = 0;
    let rest: readonly Uint8Array[] = parts;
    while (written < size) {
      const { bytesWritten } = await this.#file.writev([...rest], this.bytes + written);
      written += bytesWritten;
      if (written < size) rest = after(parts, written);
    }
    await this.#file.datasync();
    this.bytes += size;
  }

  /** Cuts off what a failed append left. */
  async mend(): Promise<void> {
    await this.#file.truncate(this.bytes);
    await this.#file.datasync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** What is left of `parts` behind the first `skip` bytes. */
function after(parts: readonly Uint8Array[], skip: number): Uint8Array[] {
  const left: Uint8Array[] = [];
  let at = 0;
  for (const part of parts) {
    if (at + part.length > skip) left.push(part.subarray(Math.max(0, skip - at)));
    at += part.length;
  }
  return left;
}

/** A batch or a rotation that waits for its turn. */
type Waiting = {
  readonly resolve: (file: number) => void;
  readonly reject: (e: unknown) => void;
} & ({ readonly batch: Uint8Array } | { readonly between: () => void });

function framed(batches: readonly Uint8Array[]): Uint8Array[] {
  return batches.flatMap((batch) => {
    const head = new Uint8Array(headBytes);
    const view = new DataView(head.buffer);
    view.setUint32(0, batch.length, true);
    view.setUint32(4, crc32(batch), true);
    return [head, batch];
  });
}

class GroupLog implements Wal {
  readonly #options: WalOptions;
  #file: LogFile;
  /** The file was left in a state that nobody knows: the next group begins another. */
  #abandoned = false;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** Bytes of the files that ended, by number. */
  readonly #ended = new Map<number, number>();
  #commits = 0;
  #running: Promise<void> | undefined;
  #bytesPerMs = 50_000;

  constructor(options: WalOptions, file: LogFile) {
    this.#options = options;
    this.#file = file;
  }

  append(batch: Uint8Array): Promise<void> {
    const { waitingBytesMax } = this.#options;
    if (batch.length === 0 || batch.length > batchBytesMax) {
      const message = `telemetry: a batch of ${batch.length} bytes`;
      return Promise.reject(embeddedErrors.MOR_TELEMETRY_BATCH(message));
    }
    // One batch may always wait, however long it is.
    if (this.#waitingBytes > 0 && this.#waitingBytes + batch.length > waitingBytesMax) {
      return Promise.reject(this.#busy());
    }
    this.#waitingBytes += batch.length;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve: () => resolve(), reject });
      this.#start();
    });
  }

  #busy(): Error {
    const retryAfterMs = Math.ceil(this.#waitingBytes / this.#bytesPerMs);
    return embeddedErrors.MOR_TELEMETRY_BUSY(
      `telemetry: ${this.#waitingBytes} bytes wait for the disk`,
      { details: { retryAfterMs: Math.min(5000, Math.max(50, retryAfterMs)) } },
    );
  }

  rotate(between: () => void): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ between, resolve, reject });
      this.#start();
    });
  }

  #start(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // What was appended in the same turn of the event loop goes into one group.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const [first] = this.#waiting;
      if (first !== undefined && "between" in first) {
        this.#waiting.shift();
        await this.#rotate(first.between).then(first.resolve, first.reject);
      } else await this.#group();
    }
    // In the same step as the look at what waits, so that nothing is appended unseen.
    this.#running = undefined;
  }

  /** Takes the batches that wait, up to a rotation or the size of a group. */
  #take(): { batches: Uint8Array[]; takers: Waiting[] } {
    const batches: Uint8Array[] = [];
    let bytes = 0;
    for (const one of this.#waiting) {
      if (!("batch" in one) || (bytes > 0 && bytes + one.batch.length > groupBytesMax)) break;
      batches.push(one.batch);
      bytes += one.batch.length;
    }
    return { batches, takers: this.#waiting.splice(0, batches.length) };
  }

  async #group(): Promise<void> {
    const { batches, takers } = this.#take();
    const bytes = batches.reduce((sum, batch) => sum + batch.length, 0);
    const startedMs = this.#options.clock.monotonic();
    try {
      if (this.#abandoned) await this.#next();
      await this.#file.append(framed(batches));
    } catch (error) {
      await this.#file.mend().catch(() => {
        this.#abandoned = true;
      });
      for (const taker of takers) taker.reject(diskError(error, "log"));
      return;
    } finally {
      this.#waitingBytes -= bytes;
    }
    this.#commits++;
    if (bytes > 100_000)
      this.#bytesPerMs = bytes / Math.max(1, this.#options.clock.monotonic() - startedMs);
    this.#options.onCommit(batches);
    for (const taker of takers) taker.resolve(this.#file.number);
  }

  /** Begins the next file. */
  async #next(): Promise<void> {
    const before = this.#file;
    this.#file = await LogFile.create(this.#options.folder, before.number + 1);
    this.#abandoned = false;
    this.#ended.set(before.number, before.bytes);
    await before.close();
  }

  async #rotate(between: () => void): Promise<number> {
    const ended = this.#file.number;
    try {
      await this.#next();
    } catch (error) {
      throw diskError(error, "log");
    }
    between();
    return ended;
  }

  async remove(number: number): Promise<void> {
    const { folder } = this.#options;
    for (const found of await numbersIn(folder)) {
      if (found > number || found === this.#file.number) continue;
      await rm(join(folder, nameOf(found)), { force: true });
      this.#ended.delete(found);
    }
  }

  figures(): WalFigures {
    let { bytes } = this.#file;
    for (const ended of this.#ended.values()) bytes += ended;
    return {
      bytes,
      waitingBytes: this.#waitingBytes,
      commits: this.#commits,
    };
  }

  async close(): Promise<void> {
    await this.#running;
    await this.#file.close();
  }
}

/**
 * Opens a log for writing, behind what is in its folder: a file of its own, so that a torn end of
 * an older one is never written over.
 */
export async function openWal(options: WalOptions): Promise<Wal> {
  await mkdir(options.folder, { recursive: true });
  const last = Math.max(options.sealed, (await numbersIn(options.folder)).at(-1) ?? 0);
  try {
    return new GroupLog(options, await LogFile.create(options.folder, last + 1));
  } catch (error) {
    throw diskError(error, "log");
  }
}
