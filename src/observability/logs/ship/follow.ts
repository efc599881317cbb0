import { open, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { sleep } from "../../../core/clock.ts";
import type { Clock } from "../../../core/clock.ts";

/** How often a file is looked at for more, milliseconds. */
const lookMs = 250;
const chunkBytes = 64 * 1024;
/** What is still read of a file after the stop: whoever stops it does not wait for gigabytes. */
const afterStopBytesMax = 4 * 1024 ** 2;

/** How a file is followed. */
export interface FollowOptions {
  readonly path: string;
  readonly clock: Clock;
  /** Ends the following; what was added by then is still read, within bounds. */
  readonly stop: AbortSignal;
  /** Whether what the file holds already is read; without it only what is added. */
  readonly fromStart: boolean;
  /** Whether reading ends at the end of the file. */
  readonly once: boolean;
  /** Gets every piece; the next is read when it resolves. The bytes are valid until then. */
  readonly take: (bytes: Uint8Array) => Promise<void>;
  /** Hears that the file was replaced or emptied: the last line of the old one is over. */
  readonly turned: () => void;
}

/** The file as it is open, and up to where it was read. */
interface Opened {
  readonly handle: FileHandle;
  readonly inode: number;
  readonly device: number;
  position: number;
}

async function openFile(path: string): Promise<Opened> {
  const handle = await open(path, "r");
  try {
    const { ino, dev } = await handle.stat();
    return { handle, inode: ino, device: dev, position: 0 };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

const isAbsent = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException | undefined)?.code === "ENOENT";

class Following {
  private readonly options: FollowOptions;
  private readonly buffer = Buffer.allocUnsafe(chunkBytes);
  private file: Opened | undefined;

  constructor(options: FollowOptions) {
    this.options = options;
  }

  async run(): Promise<void> {
    const { path, stop, once, fromStart, clock } = this.options;
    try {
      await this.begin(once || fromStart);
      for (;;) {
        // Asked before reading: what was written before the stop is read after it.
        const isLast = once || stop.aborted;
        await this.read();
        await this.look(path);
        if (isLast) return;
        await sleep(clock, lookMs, stop);
      }
    } finally {
      await this.file?.handle.close();
    }
  }

  private async begin(fromStart: boolean): Promise<void> {
    const { path, once } = this.options;
    try {
      this.file = await openFile(path);
      if (!fromStart) this.file.position = (await this.file.handle.stat()).size;
    } catch (error) {
      // A file that is not there yet is waited for.
      if (once || !isAbsent(error)) throw error;
    }
  }

  /** Reads to the end of the open file. */
  private async read(): Promise<void> {
    const { file, buffer, options } = this;
    if (file === undefined) return;
    const { size } = await file.handle.stat();
    if (size < file.position) {
      // Copied and emptied (logrotate's copytruncate): it begins anew.
      options.turned();
      file.position = 0;
    }
    for (let late = 0; late < afterStopBytesMax;) {
      const { bytesRead } = await file.handle.read(buffer, 0, buffer.length, file.position);
      if (bytesRead === 0) return;
      file.position += bytesRead;
      if (options.stop.aborted) late += bytesRead;
      await options.take(buffer.subarray(0, bytesRead));
    }
  }

  /** Goes over to the file that has come in place of the open one, and reads it. */
  private async look(path: string): Promise<void> {
    const { file } = this;
    const now = await stat(path).catch((error: unknown) => {
      if (isAbsent(error)) return undefined;
      throw error;
    });
    if (now === undefined) return;
    if (file !== undefined && now.ino === file.inode && now.dev === file.device) return;
    if (file !== undefined) {
      // Its writer may have had it open a moment longer.
      await this.read();
      this.options.turned();
      this.file = undefined;
      await file.handle.close();
    }
    try {
      this.file = await openFile(path);
    } catch (error) {
      if (isAbsent(error)) return;
      throw error;
    }
    await this.read();
  }
}

/**
 * Reads a file and what is added to it, over its rotation by renaming or by emptying, until it is
 * stopped. Rejects where the file cannot be read.
 */
export function followFile(options: FollowOptions): Promise<void> {
  return new Following(options).run();
}
