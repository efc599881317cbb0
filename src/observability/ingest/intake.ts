import { sleep } from "../../core/clock.ts";
import type { Clock } from "../../core/clock.ts";
import { MorningError } from "../../core/errors.ts";
import type { BatchWriter } from "../signals/batch.ts";
import type { Signal } from "../signals/records.ts";
import type { DropCounter, SignalWriter } from "../signals/store.ts";
import { ingestErrors } from "./errors.ts";
import { Budget, FairQueue } from "./fair.ts";
import { Rate } from "./rate.ts";
import { Sheet } from "./sheet.ts";
import type { Taken } from "./taken.ts";

/** Limits of the intake. */
export interface IntakeLimits {
  /** Bytes of requests that are being read, wait or are being written. */
  readonly budgetBytes: number;
  /** A batch is handed to the store when it has so many bytes, or when the store is idle. */
  readonly batchBytes: number;
  /** Batches that the store works on at once. */
  readonly writesMax: number;
  /** A request waits so long for its turn at most, then it is refused. */
  readonly waitMsMax: number;
  /** So long is a batch offered again that the store has no room for. */
  readonly holdMsMax: number;
}

/** Limits where nothing else is said. */
export const intakeLimits: IntakeLimits = {
  budgetBytes: 256 * 1024 * 1024,
  batchBytes: 1024 * 1024,
  writesMax: 4,
  waitMsMax: 5_000,
  holdMsMax: 5_000,
};

/** What the intake is made of. */
export interface IntakeOptions {
  readonly writer: SignalWriter;
  readonly dropped: DropCounter;
  readonly clock: Clock;
  readonly limits?: Partial<IntakeLimits>;
  /** Changes a batch before it is stored: redaction, parsing rules, patterns; in this order. */
  readonly steps?: readonly ((batch: BatchWriter) => void)[];
  /** Hears every batch once it is durable: the live tail. */
  readonly stored?: (batch: Uint8Array) => void;
}

/** Room for one request, held until it is durable or refused. */
export interface Grant {
  readonly client: string;
  /** Bytes that are held. */
  readonly bytes: number;
  /** @throws MOR_INGEST_BUSY when the client has no room for as much: it is released then */
  grow(bytes: number): void;
  /** Gives the room back; again does nothing. */
  release(): void;
}

/** One request's records, to be written when its turn comes. */
export interface Submission {
  /** Which protocol: `otlp-http`, `loki` ... */
  readonly source: string;
  readonly signal: Signal | "unknown";
  /**
   * Puts all records on the sheet; when it throws, the request is taken back as a whole.
   * @param nowNs when the request came, nanoseconds since 1970
   */
  decode(sheet: Sheet, nowNs: bigint): Taken | readonly Taken[];
}

/** Takes requests of all protocols, and makes of them batches for the store. */
export interface Intake {
  /**
   * Asks for room before a body is read; the caller releases it at last, whatever comes. `bytes` is
   * what is expected; it is held as it comes, by `grow`.
   * @throws MOR_INGEST_BUSY with `retryAfterMs` in its details
   */
  admit(client: string, bytes: number): Grant;
  /**
   * Resolves when every record is durable. Releases the grant.
   * @throws MOR_INGEST_BUSY, MOR_INGEST_UNAVAILABLE (nothing of it is acknowledged), or what
   *   `decode` throws
   */
  take(grant: Grant, submission: Submission): Promise<readonly Taken[]>;
  /** Counts something that never came to `take`. */
  refuse(source: string, signal: Signal | "unknown", reason: string, sample: string): void;
  readonly figures: () => IntakeFigures;
  /** Refuses what comes, and resolves when everything that was taken is written. */
  close(): Promise<void>;
}

/** How full the intake is. */
export interface IntakeFigures {
  readonly heldBytes: number;
  readonly budgetBytes: number;
  readonly waitingRequests: number;
  readonly waitingClients: number;
  /** Bytes that the store takes in a second, lately. */
  readonly bytesPerSecond: number;
}

interface Item extends Submission {
  readonly client: string;
  readonly bytes: number;
  readonly grant: Grant;
  readonly untilMs: number;
  readonly arrivedNs: bigint;
  taken: readonly Taken[];
  resolve(taken: readonly Taken[]): void;
  reject(error: unknown): void;
}

/** What a request holds besides its body, about: many empty ones must not cost nothing. */
const requestBytes = 2_048;

const retryMsMin = 1_000;
const retryMsMax = 30_000;
/** How often what waits too long is looked for. */
const sweepMs = 250;

class Taking implements Intake {
  private readonly options: IntakeOptions;
  private readonly limits: IntakeLimits;
  private readonly budget: Budget;
  private readonly queue = new FairQueue<Item>();
  private readonly sheet = new Sheet();
  private readonly rate: Rate;
  /** Requests that are on the sheet. */
  private group: Item[] = [];
  private writes = 0;
  private sweeping = false;
  private closing = false;
  private readonly idle: (() => void)[] = [];

  constructor(options: IntakeOptions) {
    this.options = options;
    this.limits = { ...intakeLimits, ...options.limits };
    this.budget = new Budget(this.limits.budgetBytes);
    this.rate = new Rate(options.clock);
  }

  admit(client: string, bytes: number): Grant {
    const { budget } = this;
    if (this.closing) throw ingestErrors.MOR_INGEST_UNAVAILABLE("the ingest is stopping");
    if (!budget.fits(client, bytes + requestBytes)) throw this.busy(client);
    budget.take(client, requestBytes);
    let held = requestBytes;
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      budget.give(client, held);
    };
    return {
      client,
      get bytes() {
        return held;
      },
      grow: (more) => {
        if (released || more <= 0) return;
        if (!budget.fits(client, more)) {
          const busy = this.busy(client);
          release();
          throw busy;
        }
        budget.take(client, more);
        held += more;
      },
      release,
    };
  }

  take(grant: Grant, submission: Submission): Promise<readonly Taken[]> {
    const { clock } = this.options;
    const { source, signal } = submission;
    return new Promise((resolve, reject) => {
      this.queue.push({
        source,
        signal,
        decode: (sheet, nowNs) => submission.decode(sheet, nowNs),
        client: grant.client,
        bytes: grant.bytes,
        grant,
        untilMs: clock.monotonic() + this.limits.waitMsMax,
        arrivedNs: BigInt(clock.now()) * 1_000_000n,
        taken: [],
        resolve,
        reject,
      });
      this.pump();
      this.watch();
    });
  }

  refuse(source: string, signal: Signal | "unknown", reason: string, sample: string): void {
    this.options.dropped.drop(source, signal, reason, 1, sample);
  }

  figures = (): IntakeFigures => ({
    heldBytes: this.budget.used,
    budgetBytes: this.budget.total,
    waitingRequests: this.queue.length,
    waitingClients: this.queue.clients,
    bytesPerSecond: this.rate.perSecond(),
  });

  async close(): Promise<void> {
    this.closing = true;
    if (this.writes === 0 && this.queue.length === 0) return;
    await new Promise<void>((resolve) => void this.idle.push(resolve));
  }

  private busy(client: string): MorningError {
    const share = this.rate.perSecond() / Math.max(1, this.queue.clients);
    const estimateMs = share <= 0 ? retryMsMin : (this.budget.of(client) / share) * 1_000;
    const retryAfterMs = Math.ceil(Math.min(retryMsMax, Math.max(retryMsMin, estimateMs)));
    return ingestErrors.MOR_INGEST_BUSY(
      `the ingest's buffer of ${this.budget.total} bytes has no more room for this client`,
      { details: { retryAfterMs } },
    );
  }

  /**
   * Hands batches to the store: at once when it is idle; while it works, what comes is gathered,
   * so that many small requests become one write.
   */
  private pump(): void {
    const { limits, sheet, queue } = this;
    while (this.writes < limits.writesMax) {
      let bytes = sheet.bytes;
      while (bytes < limits.batchBytes) {
        const item = queue.next();
        if (item === undefined) break;
        this.decode(item);
        bytes = sheet.bytes;
      }
      if (this.group.length === 0) break;
      if (this.writes > 0 && bytes < limits.batchBytes) break;
      this.flush();
    }
    if (this.closing && this.writes === 0 && queue.length === 0) {
      for (const resolve of this.idle.splice(0)) resolve();
    }
  }

  private decode(item: Item): void {
    const { sheet } = this;
    sheet.mark();
    try {
      const taken = item.decode(sheet, item.arrivedNs);
      item.taken = "signal" in taken ? [taken] : taken;
      this.group.push(item);
    } catch (error) {
      sheet.rollback();
      item.grant.release();
      item.reject(error);
    }
  }

  private flush(): void {
    const { sheet, options } = this;
    const group = this.group;
    this.group = [];
    if (sheet.rows === 0) {
      sheet.clear();
      for (const item of group) this.settle(item);
      return;
    }
    let encoded: Uint8Array;
    try {
      for (const step of options.steps ?? []) step(sheet.batch);
      encoded = sheet.take();
    } catch (error) {
      sheet.clear();
      for (const item of group) this.fail(item, error);
      return;
    }
    this.writes++;
    this.write(encoded)
      .then(
        () => {
          this.rate.add(encoded.length);
          for (const item of group) this.settle(item);
          this.tell(encoded);
        },
        (error: unknown) => {
          for (const item of group) this.fail(item, error);
        },
      )
      .finally(() => {
        this.writes--;
        this.pump();
      });
  }

  /** Offers a batch to the store until it takes it: its buffer may be full for a moment. */
  private async write(encoded: Uint8Array): Promise<void> {
    const { writer, clock } = this.options;
    const untilMs = clock.monotonic() + this.limits.holdMsMax;
    for (;;) {
      try {
        return await writer.write(encoded);
      } catch (error) {
        const leftMs = untilMs - clock.monotonic();
        if (!MorningError.is(error, "MOR_TELEMETRY_BUSY") || leftMs <= 0) throw error;
        const asked = error.details["retryAfterMs"];
        const waitMs = typeof asked === "number" && asked > 0 ? asked : 100;
        await sleep(clock, Math.min(waitMs, leftMs));
      }
    }
  }

  /** Tells who listens. What is stored stays stored, whatever becomes of it there. */
  private tell(encoded: Uint8Array): void {
    try {
      this.options.stored?.(encoded);
    } catch (error) {
      this.refuse("stored", "unknown", "listener", String(error));
    }
  }

  private settle(item: Item): void {
    item.grant.release();
    for (const { signal, problems } of item.taken) {
      for (const { reason, count, message, sample } of problems) {
        const told = sample === "" ? message : `${message}\n${sample}`;
        this.options.dropped.drop(item.source, signal, reason, count, told);
      }
    }
    item.resolve(item.taken);
  }

  private fail(item: Item, cause: unknown): void {
    item.grant.release();
    const why = cause instanceof Error ? cause.message : String(cause);
    this.refuse(item.source, item.signal, "unavailable", why);
    item.reject(
      ingestErrors.MOR_INGEST_UNAVAILABLE(`the telemetry store does not take records: ${why}`, {
        cause,
        details: { retryAfterMs: retryMsMin * 5 },
      }),
    );
  }

  /** Refuses what waits too long: its sender has given up or soon will. */
  private watch(): void {
    const { clock } = this.options;
    if (this.sweeping || this.queue.length === 0) return;
    this.sweeping = true;
    clock.after(sweepMs, () => {
      this.sweeping = false;
      const nowMs = clock.monotonic();
      for (const item of this.queue.sweep(({ untilMs }) => untilMs <= nowMs)) {
        const error = this.busy(item.client);
        item.grant.release();
        item.reject(error);
      }
      this.pump();
      this.watch();
    });
  }
}

/**
 * Makes the intake. Fair among clients: each has its own line, and a client that fills the buffer
 * is refused (`MOR_INGEST_BUSY`) while others are served.
 */
export function intake(options: IntakeOptions): Intake {
  return new Taking(options);
}
