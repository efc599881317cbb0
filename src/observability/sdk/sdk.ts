import type { Clock } from "../../core/clock.ts";
import type { Random } from "../../core/ids.ts";
import type { Log } from "../../core/log.ts";
import { fingerprintOf } from "../errors/fingerprint.ts";
import type { Origin, Signal } from "../signals/records.ts";
import { makeBuffer } from "./buffer.ts";
import type { BufferFigures, BufferLimits, WriteBatch } from "./buffer.ts";
import { logRows, storedLog } from "./log-sink.ts";
import { resourceOf } from "./origins.ts";
import type { ProcessInfo } from "./origins.ts";
import { makePump } from "./pump.ts";
import type { PointSource } from "./pump.ts";
import { recordedTracing } from "./tracer.ts";
import type { Fingerprint, RecordedTracing } from "./tracer.ts";

/** How a process records itself. */
export interface SdkOptions {
  readonly process: ProcessInfo;
  readonly clock: Clock;
  readonly random: Random;
  /** Share of traces that are recorded, from 0 to 1; all if left out. Logs are kept whole. */
  readonly sample?: number;
  readonly limits?: BufferLimits;
  /** What groups errors; as `errors` does it if left out. */
  readonly fingerprint?: Fingerprint;
  /** Hears of records that could not be stored. */
  readonly dropped?: (records: number, reason: string, signal: Signal | "unknown") => void;
}

/** What a process records of itself, on its way to the store. */
export interface Sdk {
  readonly tracing: RecordedTracing;
  /** A log whose lines bear their trace and go to the store too. */
  log(log: Log): Log;
  /** Takes the points of a source every ten seconds, until it ends. */
  pump(source: PointSource): void;
  /** Says where batches go; until then they wait within the limits. */
  attach(write: WriteBatch): void;
  /** Resolves when what was recorded before is stored or dropped. */
  flush(): Promise<void>;
  figures(): BufferFigures;
  /** Takes the points once more, stores what waits, and ends. */
  close(): Promise<void>;
}

const usualFingerprint: Fingerprint = (type, message, stack, service) =>
  fingerprintOf({ type, message, stack, service }).id;

/** Begins to record a process: spans, log lines and points of all its services. */
export function openSdk(options: SdkOptions): Sdk {
  const { clock, random, sample = 1, fingerprint = usualFingerprint, dropped = () => {} } = options;
  const origins = new Map<string, Origin>();
  const originOf = (service: string): Origin => {
    let origin = origins.get(service);
    if (origin === undefined) {
      const resource = resourceOf(service, options.process);
      origin = { resource, scopeName: "morning-ai", scopeVersion: "", scopeAttributes: {} };
      origins.set(service, origin);
    }
    return origin;
  };
  const buffer = makeBuffer(clock, dropped, options.limits);
  const shared = { clock, buffer, originOf, fingerprint };
  const tracing = recordedTracing({ ...shared, random, share: sample });
  const put = logRows(shared);
  const pump = makePump(shared);
  return {
    tracing,
    log: (log) => storedLog(log, put),
    pump: (source) => pump.add(source),
    attach: (write) => buffer.attach(write),
    flush: () => buffer.flush(),
    figures: () => buffer.figures(),
    async close() {
      pump.take();
      pump.stop();
      await buffer.close();
    },
  };
}
