import { sleep } from "../../core/clock.ts";
import type { Clock } from "../../core/clock.ts";
import type { Random } from "../../core/ids.ts";
import { backoffMs } from "../../core/retry.ts";
import type { Signal } from "../signals/records.ts";
import type { CheckedDestination } from "./destination.ts";
import type { ExportLoss, LossReport, Tally } from "./figures.ts";
import type { AnyRecord, Encoded, Outcome, Protocol } from "./protocol.ts";

/** Delays after failures: exponential with full jitter, from 1 s to 30 s. */
const backoff = { baseMs: 1000, delayMsMax: 30_000 } as const;

/** Failures in a row after which a destination is paused. */
export const failuresMax = 8;
/** Requests refused for good in a row after which it is paused: a wrong key, a wrong address. */
export const refusalsMax = 3;
/**
 * How long it is paused, milliseconds; up to a quarter more, so that several do not come at once.
 */
export const pauseMs: number = 5 * 60_000;

/** Delivers records to one destination, however long it takes. */
export interface Delivery {
  /**
   * Resolves once all records were delivered or are lost and counted; to false where it was stopped
   * before.
   * @param atMs when the newest of them was put into the buffer
   */
  deliver(signal: Signal, records: readonly AnyRecord[], atMs: number): Promise<boolean>;
  /** Waits while the destination is paused. */
  rest(): Promise<void>;
}

/** What a delivery is made from. */
export interface DeliveryContext {
  readonly destination: CheckedDestination;
  readonly protocol: Protocol;
  readonly clock: Clock;
  readonly random: Random;
  readonly stop: AbortSignal;
  readonly tally: Tally;
  readonly report: LossReport;
}

/** Records that wait for their request, and since when. */
interface Parcel {
  readonly signal: Signal;
  readonly records: readonly AnyRecord[];
  readonly atMs: number;
}

class Deliverer implements Delivery {
  readonly #context: DeliveryContext;
  #failures = 0;
  #refusals = 0;
  #pausedUntilMs = 0;

  constructor(context: DeliveryContext) {
    this.#context = context;
  }

  #lose(signal: Signal, why: ExportLoss, count: number, sample: string): void {
    if (count <= 0) return;
    const { tally, report, destination } = this.#context;
    tally.lost[why] = (tally.lost[why] ?? 0) + count;
    report(destination.name, signal, why, count, sample);
  }

  #problem(message: string): void {
    const { tally, clock } = this.#context;
    tally.problem = { message: message.slice(0, 1000), atMs: clock.now() };
  }

  async deliver(signal: Signal, records: readonly AnyRecord[], atMs: number): Promise<boolean> {
    const queue: Parcel[] = [{ signal, records, atMs }];
    const { stop } = this.#context;
    for (let parcel = queue.shift(); parcel !== undefined; parcel = queue.shift()) {
      await this.rest();
      if (stop.aborted) return false;
      const rest = await this.#send(parcel);
      if (stop.aborted && rest.length > 0) return false;
      queue.unshift(...rest);
    }
    return true;
  }

  /** Tries a parcel once; gives what of it is to be sent again. */
  async #send(parcel: Parcel): Promise<readonly Parcel[]> {
    const { destination, protocol, clock, stop, tally } = this.#context;
    const { signal, records, atMs } = parcel;
    if (clock.now() - atMs > destination.ageMsMax) {
      this.#lose(signal, "expired", records.length, "");
      return [];
    }
    const encoded = this.#encode(parcel);
    if (encoded === undefined) return this.#halve(parcel, "unsupported");
    if (encoded.body.length > destination.requestBytesMax) return this.#halve(parcel);
    // Counted once: what is tried again consists of what the protocol can say.
    if (encoded.count === 0) {
      this.#lose(signal, "unsupported", encoded.unsupported, "");
      return [];
    }
    tally.state = "sending";
    tally.requests++;
    const outcome = await protocol.send(signal, encoded, stop);
    // An answer that came after the stop counts; a request that the stop broke does not.
    if (stop.aborted && outcome.type === "retry") return [parcel];
    return this.#settle(parcel, encoded, outcome);
  }

  #settle(
    parcel: Parcel,
    encoded: Encoded,
    outcome: Outcome,
  ): readonly Parcel[] | Promise<readonly Parcel[]> {
    const { signal } = parcel;
    if (outcome.type === "too-large") return this.#halve(parcel);
    if (outcome.type === "retry") return this.#again(parcel, encoded.count, outcome);
    this.#lose(signal, "unsupported", encoded.unsupported, "");
    if (outcome.type === "refused") return this.#refused(parcel, encoded.count, outcome.reason);
    if (outcome.rejected > 0) {
      this.#problem(`${outcome.rejected} rejected: ${outcome.message}`);
      this.#lose(signal, "rejected", outcome.rejected, outcome.message);
    } else if (outcome.message !== "") this.#problem(`warning: ${outcome.message}`);
    this.#took(signal, encoded.count - outcome.rejected);
    return [];
  }

  #took(signal: Signal, count: number): void {
    const { tally, clock } = this.#context;
    tally.delivered[signal] = (tally.delivered[signal] ?? 0) + count;
    tally.deliveredAtMs = clock.now();
    tally.nextAtMs = undefined;
    this.#failures = 0;
    this.#refusals = 0;
  }

  /**
   * Undefined where a record is among them that cannot be encoded: an instant past all calendars.
   */
  #encode({ signal, records }: Parcel): Encoded | undefined {
    try {
      return this.#context.protocol.encode(signal, records);
    } catch (error) {
      this.#problem(String(error));
      return undefined;
    }
  }

  #halve(parcel: Parcel, why: ExportLoss = "too-large"): readonly Parcel[] {
    const { records, signal } = parcel;
    if (records.length <= 1) {
      if (why === "too-large") this.#problem("one record alone is larger than a request may be");
      this.#lose(signal, why, records.length, "");
      return [];
    }
    const middle = records.length >> 1;
    return [
      { ...parcel, records: records.slice(0, middle) },
      { ...parcel, records: records.slice(middle) },
    ];
  }

  #refused(parcel: Parcel, count: number, reason: string): readonly Parcel[] {
    this.#problem(reason);
    this.#lose(parcel.signal, "refused", count, reason);
    this.#failures = 0;
    this.#refusals++;
    // What waits behind would be refused too, and lost: better that it waits for someone to look.
    if (this.#refusals >= refusalsMax) this.#pause();
    return [];
  }

  #pause(): void {
    const { clock, random, tally } = this.#context;
    this.#pausedUntilMs = clock.monotonic() + pauseMs * (1 + random.next() / 4);
    tally.nextAtMs = clock.now() + (this.#pausedUntilMs - clock.monotonic());
  }

  async #again(
    parcel: Parcel,
    sent: number,
    outcome: Extract<Outcome, { type: "retry" }>,
  ): Promise<readonly Parcel[]> {
    const { clock, random, tally, stop } = this.#context;
    const { only, rejected = 0, afterMs, reason } = outcome;
    this.#problem(reason);
    const records = only?.map((index) => parcel.records[index]).filter((one) => one !== undefined);
    if (records !== undefined) {
      this.#lose(parcel.signal, "rejected", rejected, reason);
      const taken = sent - rejected - records.length;
      if (taken > 0) this.#took(parcel.signal, taken);
    }
    tally.retries++;
    this.#failures++;
    const rest = { ...parcel, records: records ?? parcel.records };
    if (this.#failures >= failuresMax) {
      this.#pause();
      return [rest];
    }
    const waitMs = Math.max(backoffMs(this.#failures, backoff, random), afterMs ?? 0);
    tally.state = "retrying";
    tally.nextAtMs = clock.now() + waitMs;
    await sleep(clock, waitMs, stop);
    return [rest];
  }

  async rest(): Promise<void> {
    const { clock, stop, tally } = this.#context;
    const restMs = this.#pausedUntilMs - clock.monotonic();
    if (restMs <= 0) return;
    tally.state = "paused";
    await sleep(clock, restMs, stop);
  }
}

/** Makes the delivery to one destination. */
export function makeDelivery(context: DeliveryContext): Delivery {
  return new Deliverer(context);
}
