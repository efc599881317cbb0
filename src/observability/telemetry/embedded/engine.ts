import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Cancel } from "../../../core/clock.ts";
import { coreErrors } from "../../../core/errors.ts";
import type { Batch } from "../../signals/batch.ts";
import { signals } from "../../signals/records.ts";
import type { TableName } from "../../signals/tables.ts";
import { Catalog } from "./catalog.ts";
import { checkedBatch } from "./check.ts";
import { diskError, embeddedErrors } from "./errors.ts";
import { Retirement } from "./files.ts";
import { Generation } from "./generation.ts";
import { SegmentIndexes } from "./index-cache.ts";
import { Memory } from "./memory.ts";
import type { MadeFile } from "./memory.ts";
import { defaultLimits } from "./options.ts";
import type { EngineLimits, EngineOptions } from "./options.ts";
import { Sealer } from "./sealer.ts";
import type { SealedParts } from "./sealer.ts";
import type { SegmentIndex } from "./segment-index.ts";
import type { Segment } from "./segment.ts";
import { figuresOf } from "./view.ts";
import type { Engine, EngineFigures, View } from "./view.ts";
import type { TextBlocks } from "./text-blocks.ts";
import { openWal, recoverWal } from "./wal.ts";
import type { Wal } from "./wal.ts";

export type { Engine, EngineFigures, View } from "./view.ts";

const maintainMs = 60_000;
const retryMs = 5000;

/** A generation whose log has ended. */
interface Ended {
  readonly generation: Generation;
  /** Number of the last file of the log that it holds. */
  readonly log: number;
}

/** Files that were made of memory and are to be written. */
interface Made {
  readonly generation: Generation;
  readonly files: ReadonlyMap<TableName, MadeFile>;
  readonly bytes: number;
}

class EmbeddedEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #limits: EngineLimits;
  readonly #logId: string;
  readonly #catalog: Catalog;
  readonly #retirement: Retirement;
  readonly #sealer: Sealer;
  readonly #indexes = new SegmentIndexes((segment) => this.hold(segment));
  readonly #memory = new Memory();
  /** Batches that wait for the disk, as they were read. */
  readonly #read = new Map<Uint8Array, Batch>();
  readonly #made: Made[] = [];
  readonly #ended: Ended[] = [];
  #generation: Generation;
  #generations = 0;
  #wal: Wal | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #sealing: Promise<void> = Promise.resolve();
  #sealWaits = false;
  #rotating: Promise<void> = Promise.resolve();
  /** Whether a full generation is about to end. */
  #rotates = false;
  #timers: { flush?: Cancel; seal?: Cancel; maintain?: Cancel } = {};
  #stopping = false;

  constructor(
    options: EngineOptions,
    limits: EngineLimits,
    opened: {
      readonly catalog: Catalog;
      readonly logId: string;
      readonly retirement: Retirement;
    },
  ) {
    this.#options = options;
    this.#limits = limits;
    this.#logId = opened.logId;
    this.#catalog = opened.catalog;
    this.#retirement = opened.retirement;
    this.#sealer = new Sealer({
      temporary: join(options.folder, "spill"),
      memoryMb: limits.sealMemoryMb,
      threads: limits.sealThreads,
    });
    this.#generation = this.#begin();
    for (const segment of this.#catalog.segments.toReversed()) {
      this.#memory.recall(segment.signal, segment);
    }
  }

  #begin(): Generation {
    const folder = join(this.#options.folder, "fresh", String(this.#generations++));
    return new Generation(folder);
  }

  /** Reads what the log holds that is not sealed, and opens it for writing. */
  async recover(): Promise<void> {
    const { folder, clock } = this.#options;
    await rm(join(folder, "fresh"), { recursive: true, force: true });
    await rm(join(folder, "staging"), { recursive: true, force: true });
    const sealed = await this.#catalog.sealed(this.#logId);
    const logFolder = join(folder, "log");
    await recoverWal(logFolder, sealed, async (bytes) => {
      this.#keep(bytes, checkedBatch(bytes));
      if (this.#memory.bytes > this.#limits.memoryBytesMax) await this.flush();
    });
    this.#wal = await openWal({
      folder: logFolder,
      sealed,
      clock,
      waitingBytesMax: this.#limits.waitingBytesMax,
      onCommit: (batches) => {
        for (const bytes of batches) {
          const batch = this.#read.get(bytes);
          this.#read.delete(bytes);
          if (batch !== undefined) this.#keep(bytes, batch);
        }
        this.#arm();
      },
    });
    if (this.#generation.rows > 0) this.#arm();
    this.#armMaintenance();
  }

  /** Puts a durable batch where views find it. */
  #keep(bytes: Uint8Array, batch: Batch): void {
    this.#memory.add(batch, bytes.length);
    const generation = this.#generation;
    generation.firstAtMs ??= this.#options.clock.now();
    generation.bytes += bytes.length;
    for (const signal of signals) generation.rows += batch[signal]?.rows ?? 0;
  }

  #arm(): void {
    const { clock } = this.#options;
    const { memoryBytesMax, sealRows, sealBytes, flushMs, sealMs } = this.#limits;
    if (this.#memory.bytes > memoryBytesMax) this.#inBackground("flush", this.flush());
    this.#timers.flush ??= clock.after(flushMs, () => {
      delete this.#timers.flush;
      this.#inBackground("flush", this.flush());
    });
    const { rows, bytes } = this.#generation;
    if (rows <= sealRows && bytes <= sealBytes) this.#armSeal(sealMs);
    else if (!this.#rotates) this.#inBackground("seal", this.#sealFull());
  }

  /** Ends the generation at once: while another is being sealed it would grow without bound. */
  async #sealFull(): Promise<void> {
    this.#rotates = true;
    try {
      await this.#rotate();
    } finally {
      this.#rotates = false;
    }
    await this.seal();
  }

  #armSeal(afterMs: number): void {
    this.#timers.seal ??= this.#options.clock.after(afterMs, () => {
      delete this.#timers.seal;
      this.#inBackground("seal", this.seal());
    });
  }

  #armMaintenance(): void {
    this.#timers.maintain = this.#options.clock.after(maintainMs, () => {
      this.#inBackground(
        "maintenance",
        this.maintain().finally(() => {
          if (!this.#stopping) this.#armMaintenance();
        }),
      );
    });
  }

  #inBackground(what: string, work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#options.log.error(`telemetry: ${what} failed`, { error: String(error) });
      if (what === "seal" && !this.#stopping && !this.#catalog.fenced) this.#armSeal(retryMs);
    });
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#stopping) throw coreErrors.MOR_STOPPING("telemetry: the store is stopping");
    if (this.#catalog.fenced) {
      throw embeddedErrors.MOR_TELEMETRY_FENCED("telemetry: another process took over");
    }
    const inMemory = this.#made.reduce((sum, made) => sum + made.bytes, this.#memory.bytes);
    if (inMemory > this.#limits.memoryBytesMax * 2) throw busy("memory is full", 200);
    if (this.#unsealedBytes() > this.#limits.unsealedBytesMax) {
      throw busy("sealing does not keep up", 5000);
    }
    const batch = checkedBatch(bytes);
    this.#read.set(bytes, batch);
    try {
      await this.#wal?.append(bytes);
    } finally {
      this.#read.delete(bytes);
    }
  }

  #unsealedBytes(): number {
    return this.#wal?.figures().bytes ?? 0;
  }

  flush(): Promise<void> {
    const flushed = this.#flushing.then(() => this.#flush());
    this.#flushing = flushed.catch(() => {});
    return flushed;
  }

  async #flush(): Promise<void> {
    this.#take();
    try {
      for (let made = this.#made[0]; made !== undefined; made = this.#made[0]) {
        await made.generation.write(made.files);
        this.#made.shift();
      }
    } catch (error) {
      throw diskError(error, "fresh file");
    }
  }

  /** Makes files of what is in memory, not yet written. */
  #take(): void {
    const { bytes, rows } = this.#memory;
    if (rows === 0) return;
    const generation = this.#generation;
    const files = this.#memory.take((signal) => generation.index(signal));
    this.#made.push({ generation, files, bytes });
  }

  seal(): Promise<void> {
    // One seal under way and one that waits hold everything.
    if (this.#sealWaits) return this.#sealing;
    this.#sealWaits = true;
    return this.#oneByOne(() => {
      this.#sealWaits = false;
      return this.#seal();
    });
  }

  maintain(): Promise<void> {
    return this.#oneByOne(async () => {
      await this.#catalog.maintain(() => this.#sealer.duck());
      this.#indexes.keep(this.#catalog.segments);
    });
  }

  #oneByOne(work: () => Promise<void>): Promise<void> {
    const done = this.#sealing.catch(() => {}).then(work);
    this.#sealing = done;
    return done;
  }

  async #seal(): Promise<void> {
    this.#timers.seal?.();
    delete this.#timers.seal;
    await this.#rotate();
    for (let ended = this.#ended[0]; ended !== undefined; ended = this.#ended[0]) {
      // One that ended meanwhile may not have all of its files yet.
      await this.flush();
      await this.#sealGeneration(ended);
    }
  }

  /** Ends the generation, so that it can be sealed, and begins the next. */
  #rotate(): Promise<void> {
    const done = this.#rotating.then(async () => {
      await this.flush();
      if (this.#generation.rows === 0 || this.#wal === undefined) return;
      const generation = this.#generation;
      const log = await this.#wal.rotate(() => {
        this.#take();
        this.#memory.forgetOrigins();
        this.#generation = this.#begin();
      });
      this.#ended.push({ generation, log });
      await this.flush();
    });
    this.#rotating = done.catch(() => {});
    return done;
  }

  async #sealGeneration({ generation, log }: Ended): Promise<void> {
    const parts: SealedParts[] = [];
    for (const signal of signals) {
      const files = generation.fresh.filter((file) => file.signal === signal);
      if (files.length === 0) continue;
      const index = generation.index(signal).encode();
      const folder = join(this.#options.folder, "staging", signal);
      const unsealed = { signal, files, origins: generation.origins, index };
      parts.push(await this.#sealer.seal(unsealed, folder, this.#options.sampling()));
    }
    const change = { remove: [], log: { id: this.#logId, sealed: log } };
    // In one step: a view sees the records fresh or sealed, never both.
    await this.#catalog.commit(parts, change, () => this.#ended.shift());
    await this.#sealer.remember(parts);
    const leftOut = parts.reduce((sum, part) => sum + part.leftOut, 0);
    if (leftOut > 0) this.#options.onSampled?.(leftOut);
    await this.#wal?.remove(log);
    const gone = this.#retirement.passed();
    void gone.then(() => rm(generation.folder, { recursive: true, force: true }));
  }

  view(): View {
    const release = this.#retirement.begin();
    const generations = this.#generationsNow();
    return {
      fresh: generations.flatMap((generation) => generation.fresh),
      freshOrigins: generations.flatMap((generation) => generation.origins),
      segments: this.#catalog.segments,
      release,
    };
  }

  hold(segment: Segment): Promise<void> {
    return this.#catalog.files.hold(segment);
  }

  index(segment: Segment): Promise<SegmentIndex> {
    return this.#indexes.index(segment);
  }

  texts(segment: Segment): Promise<TextBlocks | undefined> {
    return this.#indexes.texts(segment);
  }

  figures(): EngineFigures {
    const log = this.#wal?.figures() ?? { bytes: 0, waitingBytes: 0, commits: 0 };
    return figuresOf(this.#generationsNow(), this.#catalog.segments, log);
  }

  #generationsNow(): Generation[] {
    return [...this.#ended.map((ended) => ended.generation), this.#generation];
  }

  async close(): Promise<void> {
    this.#stopping = true;
    for (const cancel of Object.values(this.#timers)) cancel();
    const { blobs, log } = this.#options;
    if (blobs !== undefined && !this.#catalog.fenced) {
      await this.seal().catch((error: unknown) => {
        log.error("telemetry: the last seal failed", { error: String(error) });
      });
    }
    await this.#sealing.catch(() => {});
    await this.#flushing;
    await this.#wal?.close();
    await this.#sealer.close();
    await this.#catalog.close();
  }
}

function busy(why: string, retryAfterMs: number): Error {
  return embeddedErrors.MOR_TELEMETRY_BUSY(`telemetry: ${why}`, { details: { retryAfterMs } });
}

/** The id of the log in a folder; made at the first opening. */
async function logIdOf(folder: string, make: () => string): Promise<string> {
  const path = join(folder, "id");
  const found = await readFile(path, "utf8").catch(() => "");
  if (found !== "") return found.trim();
  const id = make();
  await writeFile(path, `${id}\n`, { flush: true });
  return id;
}

/**
 * Opens the embedded telemetry store, and recovers what was acknowledged and is not sealed.
 * @throws MOR_TELEMETRY_OWNED when another process writes the store
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const limits = { ...defaultLimits, ...options.limits };
  await mkdir(options.folder, { recursive: true });
  const logId = await logIdOf(options.folder, () => options.ids.uuid());
  const retirement = new Retirement();
  const catalog = await Catalog.open(options, limits, logId, retirement);
  const engine = new EmbeddedEngine(options, limits, { catalog, logId, retirement });
  try {
    await engine.recover();
  } catch (error) {
    await engine.close();
    throw error;
  }
  return engine;
}
