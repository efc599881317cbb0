import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Clock } from "../../../core/clock.ts";
import { embeddedErrors } from "./errors.ts";
import { partNames } from "./segment.ts";
import type { SealedSegment, Segment, SegmentPart } from "./segment.ts";

/** Where sealed files are kept for good: what a blob driver offers, narrowed. */
export interface SegmentBlobs {
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Undefined when there is none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
  /** Keys that begin with `prefix`. */
  list(prefix: string): Promise<readonly string[]>;
}

/** Files that readers may be reading are deleted when these have finished. */
export class Retirement {
  readonly #open = new Map<number, (() => void)[]>();
  #next = 0;

  /** A reader begins; the answer ends it. */
  begin(): () => void {
    const id = this.#next++;
    this.#open.set(id, []);
    return () => {
      const ended = this.#open.get(id) ?? [];
      this.#open.delete(id);
      for (const done of ended) done();
    };
  }

  /** Resolves when everyone who reads now has finished. */
  async passed(): Promise<void> {
    await Promise.all(
      [...this.#open.values()].map((list) => new Promise<void>((done) => list.push(done))),
    );
  }
}

/** How segments' files are kept. */
export interface SegmentFilesOptions {
  readonly folder: string;
  /** Absent: the folder is the only place. */
  readonly blobs?: SegmentBlobs;
  /** Bytes of sealed files that stay on this machine, where there is blob storage. */
  readonly cacheBytesMax: number;
  readonly clock: Clock;
  readonly retirement: Retirement;
}

/** When a segment of this id was made: ids are UUIDv7, which begin with the milliseconds. */
const madeAtMs = (id: string): number => Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);

/** Sealed files on this machine and in blob storage. */
export class SegmentFiles {
  readonly #options: SegmentFilesOptions;
  /** When each segment that is on this machine was asked for last. */
  readonly #usedAt = new Map<string, number>();
  readonly #sizes = new Map<string, number>();
  readonly #fetching = new Map<string, Promise<void>>();
  /** Segments that leave this machine as soon as nobody reads them. */
  readonly #leaving = new Set<string>();
  readonly #removing = new Map<string, Promise<void>>();

  constructor(options: SegmentFilesOptions) {
    this.#options = options;
  }

  #folderOf(segment: Pick<SealedSegment, "id" | "signal">): string {
    return join(this.#options.folder, segment.signal, segment.id);
  }

  /** A segment with the paths of its parts. */
  placed(segment: SealedSegment): Segment {
    const folder = this.#folderOf(segment);
    const parts = Object.keys(segment.sizes) as SegmentPart[];
    const files = Object.fromEntries(parts.map((part) => [part, join(folder, partNames[part])]));
    const bytes = Object.values(segment.sizes).reduce((sum, size) => sum + size, 0);
    return { ...segment, bytes, files };
  }

  /** Forgets what no segment of the manifest owns: of seals and merges that did not commit. */
  async open(segments: readonly SealedSegment[]): Promise<void> {
    const { folder } = this.#options;
    await mkdir(folder, { recursive: true });
    const known = new Map(segments.map((segment) => [this.#folderOf(segment), segment]));
    for (const signal of await readdir(folder)) {
      for (const id of await readdir(join(folder, signal))) {
        const segment = known.get(join(folder, signal, id));
        if (segment !== undefined && (await this.#isWhole(segment))) this.#arrived(segment);
        else await rm(join(folder, signal, id), { recursive: true, force: true });
      }
    }
  }

  /** Deletes blobs made before an instant (ms) that no segment owns. */
  async sweep(segments: readonly SealedSegment[], beforeMs: number): Promise<void> {
    const { blobs } = this.#options;
    if (blobs === undefined) return;
    const known = new Set(segments.map(keyPrefix));
    for (const key of await blobs.list("")) {
      const folder = dirname(key);
      if (!known.has(`${folder}/`) && madeAtMs(basename(folder)) < beforeMs) {
        await blobs.delete(key);
      }
    }
  }

  async #isWhole(segment: SealedSegment): Promise<boolean> {
    for (const [part, size] of Object.entries(segment.sizes)) {
      const path = join(this.#folderOf(segment), partNames[part as SegmentPart]);
      const found = await stat(path).then(
        (file) => file.size,
        () => -1,
      );
      if (found !== size) return false;
    }
    return true;
  }

  #arrived(segment: SealedSegment): void {
    this.#usedAt.set(segment.id, this.#options.clock.now());
    const bytes = Object.values(segment.sizes).reduce((sum, size) => sum + size, 0);
    this.#sizes.set(segment.id, bytes);
  }

  /** Takes over the folder of parts that were just sealed, and puts them into blob storage. */
  async adopt(segment: SealedSegment, from: string): Promise<void> {
    const folder = this.#folderOf(segment);
    await mkdir(dirname(folder), { recursive: true });
    await rename(from, folder);
    const parent = await open(dirname(folder), "r");
    try {
      await parent.sync();
    } finally {
      await parent.close();
    }
    const { blobs } = this.#options;
    if (blobs !== undefined) {
      for (const part of Object.keys(segment.sizes) as SegmentPart[]) {
        const bytes = await readFile(join(folder, partNames[part]));
        await blobs.put(keyPrefix(segment) + partNames[part], bytes);
      }
    }
    this.#arrived(segment);
  }

  /** Makes sure that a segment's parts are on this machine. */
  async hold(segment: SealedSegment): Promise<void> {
    if (this.#leaving.delete(segment.id)) this.#arrived(segment);
    await this.#removing.get(segment.id);
    if (this.#usedAt.has(segment.id)) {
      this.#usedAt.set(segment.id, this.#options.clock.now());
      return;
    }
    let fetching = this.#fetching.get(segment.id);
    if (fetching === undefined) {
      fetching = this.#fetch(segment).finally(() => this.#fetching.delete(segment.id));
      this.#fetching.set(segment.id, fetching);
    }
    await fetching;
  }

  async #fetch(segment: SealedSegment): Promise<void> {
    const folder = this.#folderOf(segment);
    await mkdir(folder, { recursive: true });
    for (const part of Object.keys(segment.sizes) as SegmentPart[]) {
      const key = keyPrefix(segment) + partNames[part];
      const bytes = await this.#options.blobs?.get(key);
      if (bytes === undefined || bytes.length !== segment.sizes[part]) {
        throw embeddedErrors.MOR_TELEMETRY_SEGMENT_MISSING(`telemetry: ${key} is missing`, {
          details: { segment: segment.id, part },
        });
      }
      const path = join(folder, partNames[part]);
      await writeFile(`${path}.part`, bytes);
      await rename(`${path}.part`, path);
    }
    this.#arrived(segment);
  }

  /** Deletes a segment's files everywhere; those on this machine once nobody reads them. */
  async delete(segment: SealedSegment): Promise<void> {
    void this.#leave(segment);
    for (const name of Object.values(partNames)) {
      await this.#options.blobs?.delete(keyPrefix(segment) + name);
    }
  }

  /** Deletes a segment's files on this machine, unless somebody asks for them until then. */
  async #leave(segment: SealedSegment): Promise<void> {
    const { id } = segment;
    this.#forget(id);
    this.#leaving.add(id);
    await this.#options.retirement.passed();
    if (!this.#leaving.delete(id)) return;
    const removing = rm(this.#folderOf(segment), { recursive: true, force: true }).finally(() =>
      this.#removing.delete(id),
    );
    this.#removing.set(id, removing);
    await removing;
  }

  #forget(id: string): void {
    this.#usedAt.delete(id);
    this.#sizes.delete(id);
  }

  /** Deletes what was not asked for longest, down to the bound; only what blob storage has. */
  async trim(segments: readonly SealedSegment[]): Promise<void> {
    if (this.#options.blobs === undefined) return;
    let bytes = [...this.#sizes.values()].reduce((sum, size) => sum + size, 0);
    const byUse = segments
      .filter(({ id }) => this.#usedAt.has(id))
      .toSorted((a, b) => (this.#usedAt.get(a.id) ?? 0) - (this.#usedAt.get(b.id) ?? 0));
    for (const segment of byUse) {
      if (bytes <= this.#options.cacheBytesMax) return;
      bytes -= this.#sizes.get(segment.id) ?? 0;
      void this.#leave(segment);
    }
  }
}

const keyPrefix = (segment: Pick<SealedSegment, "id" | "signal">): string =>
  `${segment.signal}/${segment.id}/`;
