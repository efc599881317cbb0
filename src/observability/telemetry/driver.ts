import type { Driver } from "../../core/host.ts";
import type { Dropped, SignalReader, SignalWriter } from "../signals/store.ts";

/** Positive flags of a telemetry driver. */
export interface TelemetryFeatures extends Readonly<Record<string, boolean | number | string>> {
  readonly logs: boolean;
  readonly spans: boolean;
  /** Metric points. */
  readonly points: boolean;
  readonly errors: boolean;
  /** Read-only SQL over the signals. */
  readonly sql: boolean;
  /** Edges between services are computed from parents and children in different services. */
  readonly edges: boolean;
  /** Drops traces by policy and keeps the counts honest. */
  readonly sampling: boolean;
  /** Longest stretch of acknowledged records that the loss of the writer's disk loses, ms. */
  readonly unsealedMsMax: number;
}

/** Where records lie, for people. */
export interface TelemetryFigures {
  /** Records stored, by signal. */
  readonly records: Readonly<Record<string, number>>;
  /** Bytes on disk and in blob storage, sealed and not. */
  readonly bytes: number;
  /** Bytes that are acknowledged and not yet sealed. */
  readonly unsealedBytes: number;
  /** Instant of the oldest record that is not sealed, ms; null when all is. */
  readonly unsealedSinceMs: number | null;
  readonly segments: number;
  /** Instant of the oldest record, by signal, ms. */
  readonly oldestMs: Readonly<Record<string, number>>;
}

/** A request of a telemetry client, its body as it came. */
export interface IngestRequest {
  readonly method: string;
  /** Path and query: `/v1/logs`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Who sends, for fairness: a key's id or an address. */
  readonly client: string;
}

/** What its client gets. */
export interface IngestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Ports that took up listening; absent where none was wanted. */
export interface IngestPorts {
  readonly otlpHttp?: number;
  readonly otlpGrpc?: number;
  readonly syslog?: number;
}

/**
 * An engine that keeps telemetry.
 *
 * Guarantees, on every driver:
 * - `write` resolves when the batch is durable, and what was acknowledged is seen by every read
 *   that begins after it (within `refreshMs` where the engine has such a flag);
 * - a batch that is written twice is stored twice: whoever sends again after a lost answer may make
 *   duplicates, as OTLP allows;
 * - no record of a batch is stored without the rest, unless the engine says so by its flags.
 */
export interface TelemetryDriver extends Driver, SignalReader, SignalWriter {
  readonly features: TelemetryFeatures;
  figures(): Promise<TelemetryFigures>;
  /** What was not stored, since the driver was opened. */
  dropped(): Promise<readonly Dropped[]>;
  /** Counts records that somebody else did not store. */
  drop(dropped: Omit<Dropped, "lastAtMs">): Promise<void>;
  /** Serves one request of a telemetry client: any of the ingest protocols over HTTP. */
  ingest(request: IngestRequest): Promise<IngestAnswer>;
  /** Opens the ports of ingest: those of the settings, or any that are free. */
  listen(free: boolean): Promise<IngestPorts>;
}
