import type { Signal } from "../../signals/records.ts";
import type { Generation } from "./generation.ts";
import type { FreshFile, Segment } from "./segment.ts";
import type { SegmentIndex } from "./segment-index.ts";
import type { TextBlocks } from "./text-blocks.ts";
import type { WalFigures } from "./wal.ts";

/** What is stored at one moment. Its files stay until it is released. */
export interface View {
  /** Files of records that are not sealed, oldest first. */
  readonly fresh: readonly FreshFile[];
  /** Files of the origins that they point to; an origin may be in several. */
  readonly freshOrigins: readonly string[];
  /** Newest first. Before its files are read, a segment is held. */
  readonly segments: readonly Segment[];
  release(): void;
}

/** Figures of an engine. */
export interface EngineFigures {
  readonly records: { readonly [S in Signal]: number };
  /** Bytes sealed and not. */
  readonly bytes: number;
  readonly unsealedBytes: number;
  /** Instant of the oldest record that is not sealed, milliseconds; null when all is. */
  readonly unsealedSinceMs: number | null;
  readonly segments: number;
  /** Instant of the oldest record, milliseconds. */
  readonly oldestMs: { readonly [S in Signal]?: number };
  readonly commits: number;
}

/** The embedded telemetry store without its queries. */
export interface Engine {
  /**
   * Stores a batch: resolves when it is durable and seen by every view after the next `flush`. The
   * bytes must not change afterwards.
   * @throws MOR_TELEMETRY_BUSY, MOR_TELEMETRY_FULL, MOR_TELEMETRY_IO, MOR_TELEMETRY_BATCH,
   * MOR_TELEMETRY_FENCED: nothing of it is kept
   */
  write(batch: Uint8Array): Promise<void>;
  /** Makes what was acknowledged part of the next view; cheap when nothing is new. */
  flush(): Promise<void>;
  /** Seals everything. */
  seal(): Promise<void>;
  /** Ends retention and merges segments; also runs by itself every minute. */
  maintain(): Promise<void>;
  view(): View;
  /** Makes sure that a segment's files are on this machine. */
  hold(segment: Segment): Promise<void>;
  /** Says what is surely not in a segment. */
  index(segment: Segment): Promise<SegmentIndex>;
  /**
   * Says of each part of a segment which texts are surely not in it; undefined where none knows.
   */
  texts(segment: Segment): Promise<TextBlocks | undefined>;
  figures(): EngineFigures;
  /** Stops. With blob storage everything is sealed first, since the disk may be gone next. */
  close(): Promise<void>;
}

/** Adds up what generations and segments hold. */
export function figuresOf(
  generations: readonly Generation[],
  segments: readonly Segment[],
  log: WalFigures,
): EngineFigures {
  const records = { logs: 0, spans: 0, points: 0, errors: 0 };
  const oldestMs: { [S in Signal]?: number } = {};
  const fresh = generations.flatMap((generation) => generation.fresh);
  for (const { signal, rows, fromNs } of [...segments, ...fresh]) {
    records[signal] += rows;
    const fromMs = Number(fromNs / 1_000_000n);
    oldestMs[signal] = Math.min(oldestMs[signal] ?? fromMs, fromMs);
  }
  return {
    records,
    bytes: segments.reduce((sum, segment) => sum + segment.bytes, log.bytes),
    unsealedBytes: log.bytes,
    unsealedSinceMs: generations.find((one) => one.firstAtMs !== undefined)?.firstAtMs ?? null,
    segments: segments.length,
    oldestMs,
    commits: log.commits,
  };
}
