import { join } from "node:path";
import type { Cancel } from "../../../core/clock.ts";
import { MorningError } from "../../../core/errors.ts";
import type { Duck } from "./duck.ts";
import { embeddedErrors } from "./errors.ts";
import { SegmentFiles } from "./files.ts";
import type { Retirement } from "./files.ts";
import { openManifest } from "./manifest.ts";
import type { Manifest, ManifestChange } from "./manifest.ts";
import { mergeable, mergeSegments } from "./merge.ts";
import type { EngineLimits, EngineOptions } from "./options.ts";
import { expired } from "./retention.ts";
import type { SealedParts } from "./sealer.ts";
import type { SealedSegment, Segment } from "./segment.ts";

/** How long the lease of the writer runs, and how often it is renewed. */
const leaseMs = 30_000;
const renewMs = 10_000;

/** Merges in one round of maintenance. */
const mergesMax = 8;

const sweepEveryMs = 86_400_000;

/** How old files are in blob storage that no manifest lists: a backup restored may list them. */
const orphanMs = 7 * 86_400_000;

const newestFirst = (a: SealedSegment, b: SealedSegment): number => (a.toNs > b.toNs ? -1 : 1);

/** What is sealed: the manifest, the files, and the right to change them. */
export class Catalog {
  readonly #options: EngineOptions;
  readonly #limits: EngineLimits;
  readonly #manifest: Manifest;
  readonly #epoch: number;
  readonly files: SegmentFiles;
  #segments: readonly SealedSegment[] = [];
  #placed: readonly Segment[] | undefined;
  #renewal: Cancel = () => {};
  #sweptAtMs = -Infinity;
  /** Another process took over: nothing can be sealed here any more. */
  fenced = false;

  private constructor(
    options: EngineOptions,
    limits: EngineLimits,
    opened: { readonly manifest: Manifest; readonly epoch: number; readonly files: SegmentFiles },
  ) {
    this.#options = options;
    this.#limits = limits;
    this.#manifest = opened.manifest;
    this.#epoch = opened.epoch;
    this.files = opened.files;
  }

  /**
   * Takes the lease and reads the manifest.
   * @param log the id of the writer's log, which also names the holder of the lease
   * @throws MOR_TELEMETRY_OWNED
   */
  static async open(
    options: EngineOptions,
    limits: EngineLimits,
    log: string,
    retirement: Retirement,
  ): Promise<Catalog> {
    const manifest = await openManifest(options.store);
    const epoch = await manifest.acquire(log, options.clock.now(), leaseMs);
    const files = new SegmentFiles({
      folder: join(options.folder, "segments"),
      ...(options.blobs === undefined ? {} : { blobs: options.blobs }),
      cacheBytesMax: limits.cacheBytesMax,
      clock: options.clock,
      retirement,
    });
    const catalog = new Catalog(options, limits, { manifest, epoch, files });
    await catalog.#load();
    return catalog;
  }

  async #load(): Promise<void> {
    this.#list(await this.#manifest.segments());
    await this.files.open(this.#segments);
    this.#renew();
  }

  #list(segments: readonly SealedSegment[]): void {
    this.#segments = segments.toSorted(newestFirst);
    this.#placed = undefined;
  }

  #renew(): void {
    const { clock, log } = this.#options;
    this.#renewal = clock.after(renewMs, () => {
      void this.#manifest.renew(this.#epoch, clock.now() + leaseMs).then(
        () => this.#renew(),
        (error: unknown) => {
          this.#failed(error);
          if (this.fenced) return;
          log.warn("telemetry: the lease could not be renewed", { error: String(error) });
          this.#renew();
        },
      );
    });
  }

  #failed(error: unknown): void {
    if (this.fenced || !MorningError.is(error, "MOR_TELEMETRY_FENCED")) return;
    this.fenced = true;
    this.#options.onFenced?.();
  }

  /** Newest first, with the paths of their parts. */
  get segments(): readonly Segment[] {
    this.#placed ??= this.#segments.map((segment) => this.files.placed(segment));
    return this.#placed;
  }

  /** Number up to which the files of a log are sealed. */
  sealed(log: string): Promise<number> {
    return this.#manifest.sealed(log);
  }

  /**
   * Adds what was sealed and removes what it replaces, in one commit; before it, the files are
   * durable here and in blob storage.
   * @param onListed called in the step in which readers begin to see the change
   */
  async commit(
    parts: readonly SealedParts[],
    change: Omit<ManifestChange, "add">,
    onListed: () => void = () => {},
  ): Promise<readonly SealedSegment[]> {
    if (this.fenced) throw embeddedErrors.MOR_TELEMETRY_FENCED("telemetry: the lease is lost");
    const { clock, ids } = this.#options;
    const add = parts.map(({ segment }): SealedSegment => {
      return { ...segment, id: ids.uuid(), sealedAtMs: clock.now() };
    });
    for (const [index, segment] of add.entries()) {
      await this.files.adopt(segment, (parts[index] as SealedParts).folder);
    }
    try {
      await this.#manifest.commit(this.#epoch, { ...change, add });
    } catch (error) {
      this.#failed(error);
      // Nobody knows of a failed commit's files; where its outcome is unknown they must stay.
      const unknown = MorningError.is(error, "MOR_STATE_UNKNOWN_OUTCOME");
      if (!unknown) for (const segment of add) await this.files.delete(segment);
      throw error;
    }
    const removed = new Set(change.remove);
    const gone = this.#segments.filter(({ id }) => removed.has(id));
    this.#list([...this.#segments.filter(({ id }) => !removed.has(id)), ...add]);
    onListed();
    for (const segment of gone) await this.files.delete(segment);
    return add;
  }

  /** Drops what is past its retention, merges small segments, and keeps the cache in bounds. */
  async maintain(duck: () => Promise<Duck>): Promise<void> {
    const { clock, retention } = this.#options;
    const { drop, purge } = expired(this.#segments, retention(), clock.now());
    if (drop.length > 0) await this.commit([], { remove: drop.map(({ id }) => id) });
    for (const { segment, without } of purge) await this.#merge(await duck(), [segment], without);
    for (let merges = 0; merges < mergesMax; merges++) {
      const group = mergeable(this.#segments, this.#limits.merge);
      if (group === undefined) break;
      await this.#merge(await duck(), group, []);
    }
    await this.files.trim(this.#segments);
    await this.#sweep();
  }

  /** Deletes what seals that did not commit left in blob storage long ago; once a day. */
  async #sweep(): Promise<void> {
    const now = this.#options.clock.now();
    if (now < this.#sweptAtMs + sweepEveryMs) return;
    this.#sweptAtMs = now;
    // Read again: whoever took over meanwhile has segments that this process does not know.
    await this.files.sweep(await this.#manifest.segments(), now - orphanMs);
  }

  async #merge(
    duck: Duck,
    group: readonly SealedSegment[],
    without: readonly string[],
  ): Promise<void> {
    for (const segment of group) await this.files.hold(segment);
    const placed = group.map((segment) => this.files.placed(segment));
    const folder = join(this.#options.folder, "staging", "merge");
    const parts = await mergeSegments(duck, placed, folder, { without });
    await this.commit([parts], { remove: group.map(({ id }) => id) });
  }

  /** Gives the lease back. */
  async close(): Promise<void> {
    this.#renewal();
    if (!this.fenced) await this.#manifest.release(this.#epoch);
  }
}
