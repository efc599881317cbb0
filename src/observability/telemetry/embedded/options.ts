import type { Clock } from "../../../core/clock.ts";
import type { Ids } from "../../../core/ids.ts";
import type { Log } from "../../../core/log.ts";
import type { Store } from "../../../core/store.ts";
import type { SegmentBlobs } from "./files.ts";
import type { MergeLimits } from "./merge.ts";
import type { Retention } from "./retention.ts";
import type { SamplingPolicy } from "./sampling.ts";

/** Limits of the engine; each is reached by a named error or by work that begins. */
export interface EngineLimits {
  /** Bytes of batches that wait for the disk. */
  readonly waitingBytesMax: number;
  /** Bytes of batches in memory, before a file is made of them; twice as many are refused. */
  readonly memoryBytesMax: number;
  /** Longest time in memory only, milliseconds. */
  readonly flushMs: number;
  /** Longest time unsealed, milliseconds; at most 10 minutes. */
  readonly sealMs: number;
  /** Rows and bytes after which sealing begins at once. */
  readonly sealRows: number;
  readonly sealBytes: number;
  /** Bytes that may be unsealed, while blob storage or the state store is away. */
  readonly unsealedBytesMax: number;
  readonly merge: MergeLimits;
  /** Bytes of sealed files that stay on this machine, where there is blob storage. */
  readonly cacheBytesMax: number;
  /** Memory and threads of the DuckDB that seals. */
  readonly sealMemoryMb: number;
  readonly sealThreads: number;
}

/** Limits that suit a machine of two cores and 4 GB. */
export const defaultLimits: EngineLimits = {
  waitingBytesMax: 64 * 2 ** 20,
  memoryBytesMax: 48 * 2 ** 20,
  flushMs: 1000,
  sealMs: 60_000,
  sealRows: 400_000,
  sealBytes: 256 * 2 ** 20,
  unsealedBytesMax: 4 * 2 ** 30,
  merge: { rowsMax: 1_000_000, fanIn: 10 },
  cacheBytesMax: 20 * 2 ** 30,
  sealMemoryMb: 512,
  sealThreads: 1,
};

/** What an engine is opened with. */
export interface EngineOptions {
  /** A folder of its own on the local disk. */
  readonly folder: string;
  readonly store: Store;
  readonly blobs?: SegmentBlobs;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly limits?: Partial<EngineLimits>;
  /** Asked at each seal and each round of maintenance, so that they may change. */
  readonly sampling: () => SamplingPolicy;
  readonly retention: () => Retention;
  /** Called with the number of spans that sampling left out. */
  readonly onSampled?: (spans: number) => void;
  /** Called once when another process took over. */
  readonly onFenced?: () => void;
}
