import type { Clock } from "../../../core/clock.ts";
import { sleep } from "../../../core/clock.ts";
import type { Random } from "../../../core/ids.ts";
import { backoffMs } from "../../../core/retry.ts";
import type { Protocol } from "../../export/protocol.ts";
import type { LogRecord } from "../../signals/records.ts";

/** Limits of what waits to be sent. */
export interface SenderLimits {
  /** Bytes that wait at most; past it the oldest records are dropped. */
  readonly bufferBytes: number;
  readonly requestRecords: number;
  readonly requestBytes: number;
  /** How long a request waits for more records, milliseconds. */
  readonly lingerMs: number;
}

/** Limits where nothing else is said. */
export const senderLimits: SenderLimits = {
  bufferBytes: 64 * 1024 ** 2,
  requestRecords: 2_000,
  requestBytes: 2 * 1024 ** 2,
  lingerMs: 500,
};

/** Why records were not sent. */
export type ShipLoss =
  /** The buffer was full: the platform was away or slower than the source. */
  | "buffer-full"
  /** The platform said no for good. */
  | "refused"
  /** It took the request, but not these records of it. */
  | "rejected"
  /** One record alone is larger than a request may be. */
  | "too-large"
  /** The platform did not take them before the time to finish was over. */
  | "unsent";

/** What became of the records so far. */
export interface ShipFigures {
  readonly sent: number;
  readonly lost: Readonly<Partial<Record<ShipLoss, number>>>;
  /** What the platform, or the network, said last when something went wrong; else empty. */
  readonly problem: string;
}

/** What a sender is made of. */
export interface SenderOptions {
  readonly protocol: Protocol;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits?: Partial<SenderLimits>;
  /** Hears the first failure: the person who started it should not learn of it at the end. */
  readonly warn: (problem: string) => void;
}

/** Sends log records, in order, for as long as it takes. */
export interface Sender {
  /** Takes a record at once; where the buffer is full, the oldest one is dropped for it. */
  add(record: LogRecord, bytes: number): void;
  /** Resolves when half of the buffer is free, or the sender ends: for sources that can wait. */
  room(): Promise<void>;
  /** Whether the last request failed. */
  readonly isFailing: boolean;
  /** Sends what waits, `graceMs` at most; what is left then is lost. */
  close(graceMs: number): Promise<ShipFigures>;
}

/** The longest wait after a failure when little time is left, milliseconds. */
const closingWaitMs = 1_000;
const backoff = { baseMs: 500, delayMsMax: 10_000 } as const;

interface Waiting {
  readonly record: LogRecord;
  readonly bytes: number;
}

class Sending implements Sender {
  private readonly options: SenderOptions;
  private readonly limits: SenderLimits;
  private readonly stop = new AbortController();
  private readonly closing = new AbortController();
  private readonly lost: Partial<Record<ShipLoss, number>> = {};
  private readonly done: Promise<void>;
  /** Records from `head` on wait; those in front of it have been taken. */
  private queue: Waiting[] = [];
  private head = 0;
  private bytes = 0;
  private sent = 0;
  private failures = 0;
  private problem = "";
  private wake: () => void = () => {};
  private waiters: (() => void)[] = [];

  constructor(options: SenderOptions) {
    this.options = options;
    this.limits = { ...senderLimits, ...options.limits };
    this.done = this.run();
  }

  private get isClosing(): boolean {
    return this.closing.signal.aborted;
  }

  get isFailing(): boolean {
    return this.failures > 0;
  }

  add(record: LogRecord, bytes: number): void {
    this.queue.push({ record, bytes });
    this.bytes += bytes;
    while (this.bytes > this.limits.bufferBytes && this.head < this.queue.length) {
      this.take();
      this.lose("buffer-full", 1);
    }
    this.wake();
  }

  async room(): Promise<void> {
    while (this.bytes > this.limits.bufferBytes / 2 && !this.stop.signal.aborted) {
      await new Promise<void>((resolve) => void this.waiters.push(resolve));
    }
  }

  async close(graceMs: number): Promise<ShipFigures> {
    this.closing.abort();
    this.wake();
    const cancel = this.options.clock.after(graceMs, () => this.stop.abort());
    await this.done;
    cancel();
    this.lose("unsent", this.queue.length - this.head);
    this.queue = [];
    this.stop.abort();
    this.free();
    await this.options.protocol.close();
    return { sent: this.sent, lost: this.lost, problem: this.problem };
  }

  private lose(why: ShipLoss, count: number): void {
    if (count > 0) this.lost[why] = (this.lost[why] ?? 0) + count;
  }

  private free(): void {
    for (const resolve of this.waiters.splice(0)) resolve();
  }

  private take(): Waiting | undefined {
    const first = this.queue[this.head];
    if (first === undefined) return undefined;
    this.head++;
    this.bytes -= first.bytes;
    // An array that is cut at its head each time is copied each time.
    if (this.head > 10_000 && this.head * 2 > this.queue.length) {
      this.queue = this.queue.slice(this.head);
      this.head = 0;
    }
    return first;
  }

  private async run(): Promise<void> {
    const { stop, limits } = this;
    while (!stop.signal.aborted) {
      await this.gather();
      const records: LogRecord[] = [];
      let bytes = 0;
      while (records.length < limits.requestRecords && bytes < limits.requestBytes) {
        const one = this.take();
        if (one === undefined) break;
        records.push(one.record);
        bytes += one.bytes;
      }
      if (records.length === 0) return;
      // What is under way is held too: it counts until it is sent.
      this.bytes += bytes;
      await this.deliver(records);
      this.bytes -= bytes;
      if (this.bytes <= limits.bufferBytes / 2) this.free();
    }
  }

  /** Waits for records, then a moment for more of them. */
  private async gather(): Promise<void> {
    const { limits, stop } = this;
    const waiting = (): number => this.queue.length - this.head;
    while (waiting() === 0 && !this.isClosing && !stop.signal.aborted) await this.news();
    let isDue = false;
    const cancel = this.options.clock.after(limits.lingerMs, () => {
      isDue = true;
      this.wake();
    });
    const isFull = (): boolean =>
      waiting() >= limits.requestRecords || this.bytes >= limits.requestBytes;
    while (!isDue && !isFull() && !this.isClosing) await this.news();
    cancel();
  }

  private news(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  /** Sends records until they are taken, refused for good, or the sender is stopped. */
  private async deliver(all: readonly LogRecord[]): Promise<void> {
    const { protocol } = this.options;
    const { signal } = this.stop;
    const parcels: (readonly LogRecord[])[] = [all];
    for (let records = parcels.shift(); records !== undefined; records = parcels.shift()) {
      if (signal.aborted) {
        this.lose("unsent", records.length);
        continue;
      }
      const encoded = protocol.encode("logs", records);
      const outcome = await protocol.send("logs", encoded, signal);
      if (outcome.type === "retry") {
        parcels.unshift(records);
        await this.failed(outcome.reason, outcome.afterMs);
        continue;
      }
      if (outcome.type === "too-large") {
        const middle = records.length >> 1;
        if (middle === 0) this.lose("too-large", 1);
        else parcels.unshift(records.slice(0, middle), records.slice(middle));
        continue;
      }
      this.failures = 0;
      if (outcome.type === "refused") {
        this.tell(outcome.reason);
        this.lose("refused", records.length);
        continue;
      }
      if (outcome.message !== "") this.tell(outcome.message);
      this.lose("rejected", outcome.rejected);
      this.sent += records.length - outcome.rejected;
    }
  }

  private tell(problem: string): void {
    const isFirst = this.problem === "";
    this.problem = problem;
    if (isFirst) this.options.warn(problem);
  }

  private async failed(reason: string, afterMs = 0): Promise<void> {
    const { clock, random } = this.options;
    const { signal } = this.stop;
    if (signal.aborted) return;
    this.failures++;
    this.tell(reason);
    const waitMs = Math.max(backoffMs(this.failures, backoff, random), afterMs, 50);
    // At the end there is little time: the wait that is under way ends, and later ones are short.
    if (this.isClosing) await sleep(clock, Math.min(waitMs, closingWaitMs), signal);
    else await sleep(clock, waitMs, this.closing.signal);
  }
}

/** Makes a sender, which begins at once. */
export function makeSender(options: SenderOptions): Sender {
  return new Sending(options);
}
