import type { Signal } from "../signals/records.ts";
import type { Destination } from "./destination.ts";

/**
 * How a destination does: `idle` has nothing to send, `sending` sends, `retrying` waits after a
 * failure, `paused` has failed so often that only one request is tried from time to time.
 */
export type DestinationState = "idle" | "sending" | "retrying" | "paused" | "stopped";

/** Why records were not delivered. */
export type ExportLoss =
  /** The destination said no for good. */
  | "refused"
  /** It took the request but not all of its records. */
  | "rejected"
  /** One record alone is larger than a request may be. */
  | "too-large"
  /** They waited longer than `ageMsMax`. */
  | "expired"
  /** The disk buffer was full, or could not be written fast enough. */
  | "buffer-full"
  /** The disk buffer was damaged. */
  | "corrupt"
  /** The protocol has no form for them. */
  | "unsupported";

/** Figures of one destination since the start. Counters only grow. */
export interface DestinationFigures {
  readonly destination: Destination;
  readonly state: DestinationState;
  /** Records that it took, a signal each. */
  readonly delivered: Readonly<Partial<Record<Signal, number>>>;
  /** Records that it did not get, by reason. */
  readonly lost: Readonly<Partial<Record<ExportLoss, number>>>;
  readonly requests: number;
  readonly retries: number;
  /** Bytes that wait in the disk buffer. */
  readonly waitingBytes: number;
  /** How long the oldest record waits, milliseconds; 0 where none waits. */
  readonly lagMs: number;
  readonly deliveredAtMs: number | undefined;
  /** What went wrong last, and when. */
  readonly problem: { readonly message: string; readonly atMs: number } | undefined;
  /** When it is tried again, milliseconds since 1970. */
  readonly nextAtMs: number | undefined;
}

/** Told of each loss, for the platform's page of dropped data. */
export type LossReport = (
  destination: string,
  signal: Signal | "unknown",
  why: ExportLoss,
  count: number,
  sample: string,
) => void;

/** The counters behind the figures. */
export interface Tally {
  state: DestinationState;
  readonly delivered: Partial<Record<Signal, number>>;
  readonly lost: Partial<Record<ExportLoss, number>>;
  requests: number;
  retries: number;
  oldestAtMs: number | undefined;
  deliveredAtMs: number | undefined;
  problem: { readonly message: string; readonly atMs: number } | undefined;
  nextAtMs: number | undefined;
}

/** Counters at zero. */
export function tally(): Tally {
  return {
    state: "idle",
    delivered: {},
    lost: {},
    requests: 0,
    retries: 0,
    oldestAtMs: undefined,
    deliveredAtMs: undefined,
    problem: undefined,
    nextAtMs: undefined,
  };
}
