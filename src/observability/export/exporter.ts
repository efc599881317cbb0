import type { Clock } from "../../core/clock.ts";
import type { Random } from "../../core/ids.ts";
import { decodeBatch } from "../signals/batch.ts";
import { checkDestination, describeDestination, destinationsMax } from "./destination.ts";
import type { CheckedDestination, Destination } from "./destination.ts";
import { exportErrors } from "./errors.ts";
import { tally as newTally } from "./figures.ts";
import type { DestinationFigures, LossReport, Tally } from "./figures.ts";
import { openProtocol } from "./open.ts";
import type { Protocol } from "./protocol.ts";
import { countSpoolLoss, runPump } from "./pump.ts";
import { openSpool, spoolLimits } from "./spool.ts";
import type { Spool, SpoolLimits, SpoolReader } from "./spool.ts";
import type { Counts } from "./spool-layout.ts";

/** What an exporter is made from. */
export interface ExporterOptions {
  /** Folder of the disk buffer; only this process may write in it. */
  readonly folder: string;
  readonly destinations: readonly Destination[];
  readonly clock: Clock;
  readonly random: Random;
  /** Told of each loss. */
  readonly report?: LossReport;
  readonly limits?: Partial<SpoolLimits>;
}

/** Fans telemetry out to other back ends. */
export interface Exporter {
  /**
   * Takes one batch (see `signals/batch.ts`) for all destinations. Never slows its caller down:
   * what cannot be kept is counted. Resolves to true once the batch survives a `kill -9` of the
   * process.
   */
  offer(batch: Uint8Array): Promise<boolean>;
  /** How each destination does, in the order of their declaration. */
  figures(): readonly DestinationFigures[];
  /**
   * Stops. What was not delivered stays in the buffer, for the next start.
   * @param graceMs how long what is in the buffer may still be sent; default 0
   */
  close(graceMs?: number): Promise<void>;
}

interface Running {
  readonly destination: CheckedDestination;
  readonly tally: Tally;
  readonly reader: SpoolReader;
  readonly protocol: Protocol;
  readonly done: Promise<void>;
}

function checkAll(destinations: readonly Destination[]): CheckedDestination[] {
  if (destinations.length > destinationsMax) {
    throw exportErrors.MOR_EXPORT_DESTINATION(`export: more than ${destinationsMax} destinations`);
  }
  const checked = destinations.map(checkDestination);
  const names = checked.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw exportErrors.MOR_EXPORT_DESTINATION(`export ${twice}: two destinations have this name`);
  }
  return checked;
}

const countsOf = (batch: Uint8Array): Counts => {
  const { logs, spans, points, errors } = decodeBatch(batch);
  return {
    logs: logs?.rows ?? 0,
    spans: spans?.rows ?? 0,
    points: points?.rows ?? 0,
    errors: errors?.rows ?? 0,
  };
};

class FanOut implements Exporter {
  readonly #options: ExporterOptions;
  readonly #spool: Spool;
  readonly #stop = new AbortController();
  readonly #running: Running[] = [];
  #isClosed = false;

  constructor(options: ExporterOptions, spool: Spool) {
    this.#options = options;
    this.#spool = spool;
  }

  get #report(): LossReport {
    return this.#options.report ?? (() => undefined);
  }

  async start(destination: CheckedDestination): Promise<void> {
    const { clock, random } = this.#options;
    const tally = newTally();
    const report = this.#report;
    const counting = { destination, tally, report };
    const reader = await this.#spool.reader(destination.name, (why, counts) =>
      countSpoolLoss(counting, why, counts),
    );
    const protocol = await openProtocol({ destination, clock });
    const stop = this.#stop.signal;
    const done = runPump({ destination, protocol, clock, random, stop, tally, report }, reader);
    this.#running.push({ destination, tally, reader, protocol, done });
  }

  async offer(batch: Uint8Array): Promise<boolean> {
    if (this.#isClosed || this.#running.length === 0) return false;
    let kept = false;
    try {
      kept = await this.#spool.append(batch);
    } catch {
      // A disk that is full or fails: the truth is in the store, the copy is lost and counted.
    }
    if (!kept) {
      const counts = countsOf(batch);
      const report = this.#report;
      for (const { destination, tally } of this.#running) {
        countSpoolLoss({ destination, tally, report }, "buffer-full", counts);
      }
    }
    return kept;
  }

  figures(): readonly DestinationFigures[] {
    const nowMs = this.#options.clock.now();
    return this.#running.map(({ destination, tally, reader }) => ({
      destination: describeDestination(destination),
      state: tally.state,
      delivered: { ...tally.delivered },
      lost: { ...tally.lost },
      requests: tally.requests,
      retries: tally.retries,
      waitingBytes: reader.waitingBytes(),
      lagMs: tally.oldestAtMs === undefined ? 0 : Math.max(0, nowMs - tally.oldestAtMs),
      deliveredAtMs: tally.deliveredAtMs,
      problem: tally.problem,
      nextAtMs: tally.nextAtMs,
    }));
  }

  async close(graceMs = 0): Promise<void> {
    this.#isClosed = true;
    const { clock } = this.#options;
    const untilMs = clock.monotonic() + graceMs;
    const isBusy = (): boolean => this.#running.some(({ reader }) => reader.waitingBytes() > 0);
    while (isBusy() && clock.monotonic() < untilMs) {
      await new Promise<void>((resolve) => void clock.after(50, resolve));
    }
    this.#stop.abort();
    await Promise.allSettled(this.#running.map(({ done }) => done));
    await Promise.allSettled(this.#running.map(({ protocol }) => protocol.close()));
    await this.#spool.close();
  }
}

/**
 * Opens an exporter and begins to send what its buffer holds.
 * @throws MOR_EXPORT_DESTINATION, MOR_EXPORT_BUFFER
 */
export async function openExporter(options: ExporterOptions): Promise<Exporter> {
  const destinations = checkAll(options.destinations);
  const limits = { ...spoolLimits, ...options.limits };
  const spool = await openSpool(options.folder, options.clock, limits);
  const exporter = new FanOut(options, spool);
  try {
    for (const destination of destinations) await exporter.start(destination);
    await spool.forgetOthers();
  } catch (error) {
    await exporter.close();
    throw error;
  }
  return exporter;
}
